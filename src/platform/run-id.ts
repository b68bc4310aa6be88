import { createHash } from 'node:crypto';
import type { CheckedTask } from '../contracts/check.ts';

const readableLength = 100;

/**
 * The id of a task: `capability/account/period`. The same work has the same id, so it can't run
 * twice at once; a dry run of it ends in `/dry-run`. A period too long to read is cut and ends in a hash of all of it.
 */
export function workflowIdOf({ request, capability, input }: CheckedTask): string {
  const dry = request.dryRun ? '/dry-run' : '';
  const period = capability.period(input);
  const short =
    period.length <= readableLength
      ? period
      : `${period.slice(0, readableLength - 13)}~${createHash('sha256').update(period).digest('hex').slice(0, 12)}`;
  return `${capability.id}/${request.account}/${short}${dry}`;
}

import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { BulkActivities } from '../activities/bulk.ts';
import type { BulkCounts, BulkRequest } from '../contracts/bulk.ts';
import { steering } from './policies.ts';

const { carryBulk } = proxyActivities<BulkActivities>(steering);

/**
 * Does one act to many runs, which were written down when it was asked for. Runs that refuse it are
 * counted; whoever cancels it keeps what is done.
 */
export async function bulk({ id }: BulkRequest): Promise<BulkCounts> {
  for (;;) {
    const counts = await carryBulk(id);
    const { total, done, skipped, failed, open } = counts;
    setCurrentDetails(
      `${total - open} of ${total} runs: ${done} done, ${skipped} skipped, ${failed} failed`,
    );
    if (open === 0) return counts;
  }
}

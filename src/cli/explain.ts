import { WorkflowNotFoundError } from '@temporalio/client';
import { BadRequest } from '../contracts/check.ts';
import { ConfigError } from '../platform/config.ts';
import { RunHasEnded } from '../platform/end-run.ts';
import { UnknownFlowKey } from '../platform/flow-keys.ts';
import { CannotSettle } from '../platform/ledger.ts';
import { NotDecidable } from '../platform/posts.ts';
import { NotInMemory } from '../platform/memory-reader.ts';
import { WordRefused } from '../platform/tell-run.ts';
import { NobodyServes, SwarmRefused } from '../platform/steer-swarm.ts';
import { UnknownSchedule } from '../platform/schedules.ts';
import { NotSuppressible } from '../platform/suppressions.ts';
import { UnknownTopic } from '../platform/topics.ts';
import { ExitCode, Stop, unreachable } from './exit.ts';

/**
 * Puts any error into one line that says what to do, and the code to end with.
 *
 * @param addresses of the servers, as the settings name them.
 * @param flagOf the flag behind a field of the request: `/input/startDate` → `--start-date`.
 */
export function explain(
  error: unknown,
  addresses: { readonly temporal: string; readonly database: string },
  flagOf: (path: string) => string = (path) => path.slice(1).replaceAll('/', '.'),
): { readonly code: ExitCode; readonly message: string } {
  if (error instanceof Stop) return { code: error.code, message: error.message };
  if (error instanceof BadRequest) {
    const wrong = error.fields.map(({ path, message }) => `${flagOf(path)}: ${message}`);
    const isAboutFields = error.failure !== 'NotServed' && wrong.length > 0;
    return {
      code: ExitCode.wrongInput,
      message: isAboutFields ? wrong.join('\n') : error.message,
    };
  }
  if (
    error instanceof ConfigError ||
    error instanceof UnknownFlowKey ||
    error instanceof UnknownSchedule ||
    error instanceof UnknownTopic ||
    error instanceof NotInMemory ||
    error instanceof RunHasEnded ||
    error instanceof SwarmRefused ||
    error instanceof CannotSettle ||
    error instanceof NotDecidable ||
    error instanceof NotSuppressible ||
    error instanceof WordRefused
  ) {
    return { code: ExitCode.wrongInput, message: error.message };
  }
  if (error instanceof NobodyServes) {
    return { code: ExitCode.unreachable, message: error.message };
  }
  if (error instanceof WorkflowNotFoundError) {
    const message = `There is no run ${error.workflowId}; \`agentic runs\` lists them.`;
    return { code: ExitCode.wrongInput, message };
  }
  const silent = unreachable(error);
  if (silent) {
    const [at, setting] =
      silent === 'Temporal'
        ? [addresses.temporal, 'TEMPORAL_ADDRESS']
        : [addresses.database, 'DATABASE_URL'];
    const message = `${silent} does not answer at ${at}: start the system with \`npm start\`, or set ${setting}.`;
    return { code: ExitCode.unreachable, message };
  }
  return {
    code: ExitCode.failed,
    message: error instanceof Error ? error.message : String(error),
  };
}

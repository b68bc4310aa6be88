import { WorkflowNotFoundError } from '@temporalio/client';
import { BadRequest } from '../contracts/check.ts';
import { ConfigError } from '../platform/config.ts';
import { RunHasEnded } from '../platform/end-run.ts';
import { UnknownFlowKey } from '../platform/flow-keys.ts';
import { CannotSettle } from '../platform/ledger.ts';
import { WordRefused } from '../platform/pipeline-run.ts';
import { NobodyServes, SwarmRefused } from '../platform/steer-swarm.ts';
import { UnknownSchedule } from '../platform/schedules.ts';
import { NotSuppressible } from '../platform/suppressions.ts';
import { UnknownTopic } from '../platform/topics.ts';

/** What the command ends with; scripts may rely on it. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  wrongInput: 2,
  unreachable: 3,
  timedOut: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Ends the command with one line for people. */
export class Stop extends Error {
  override readonly name = 'Stop';
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** gRPC's codes for “nobody answers”: DEADLINE_EXCEEDED, UNAVAILABLE. */
const silentServer: readonly unknown[] = [4, 14];
const silentDatabase =
  /^(ECONN|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|EAI_AGAIN|CONNECT_TIMEOUT|CONNECTION_|57P0|3D000|28)/;
const missingTables = '42P01';

/** What could not be reached, going by the causes of an error; `undefined` when it is something else. */
export function unreachable(error: unknown): 'Temporal' | 'The database' | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (!('code' in cause)) continue;
    if (silentServer.includes(cause.code)) return 'Temporal';
    const code = String(cause.code);
    if (silentDatabase.test(code) || code === missingTables) return 'The database';
  }
  return undefined;
}

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
    error instanceof RunHasEnded ||
    error instanceof SwarmRefused ||
    error instanceof CannotSettle ||
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

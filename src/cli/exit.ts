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

import { Writable } from 'node:stream';
import { multistream, pino, type Logger } from 'pino';
import type { Config } from './config.ts';
import type { Database } from './database.ts';
import { createLogKeeper } from './log-keeper.ts';
import { hidingSecrets, type SecretSettings } from './secrets.ts';

/** A log of JSON lines that also keeps its lines in the database. */
export interface KeptLog {
  readonly logger: Logger;
  /** Writes what waits, then stops keeping. */
  close(): Promise<void>;
}

/** What a log has to know of the settings. */
type LogSettings = Pick<Config, 'LOG_LEVEL'> & SecretSettings;

/**
 * Opens the log of a process. Lines reach the table within half a second; while the database is
 * away the newest 5,000 wait, and no work waits for them. Secrets of the settings are blacked out.
 *
 * @param name of the process: `worker`, `dashboard`, `start`.
 * @param isSilent writes nothing to standard output, which has other things to say.
 */
export function openLog(
  name: string,
  config: LogSettings,
  database: Database,
  { isSilent = false }: { readonly isSilent?: boolean } = {},
): KeptLog {
  const { LOG_LEVEL: level } = config;
  const tellLoss = (lines: number, why: string) =>
    logger.warn({ lost: lines }, `${lines} lines of the log were not kept: ${why}`);
  const keeper = createLogKeeper(database, (lines) =>
    tellLoss(lines, 'the database was away for too long, or did not take them'),
  );
  const keep = new Writable({
    write(chunk: Buffer, _encoding, done) {
      keeper.take(chunk.toString());
      done();
    },
  });
  const logger = pino(
    { level, base: { process: name }, hooks: { streamWrite: hidingSecrets(config) } },
    multistream([
      ...(isSilent ? [] : [{ level, stream: process.stdout }]),
      { level, stream: keep },
    ]),
  );
  return {
    logger,
    async close() {
      const lost = await keeper.close();
      if (lost > 0) tellLoss(lost, 'the database was away at the end');
    },
  };
}

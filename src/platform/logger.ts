import { Writable } from 'node:stream';
import { pino, multistream, type Logger } from 'pino';
import { z } from 'zod';
import type { LogLine } from '../contracts/api.ts';
import type { Database } from './database.ts';
import { logLines } from './schema.ts';

const flushEveryMs = 500;
const mostWaiting = 5_000;
const mostAtOnce = 500;

type Row = typeof logLines.$inferInsert;

const levels: Readonly<Record<number, LogLine['level']>> = {
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'error',
};

const Line = z.looseObject({
  level: z.number(),
  time: z.number(),
  msg: z.string().default(''),
  workflowId: z.string().optional(),
  runId: z.string().optional(),
  workflowRunId: z.string().optional(),
});

/** A log of JSON lines on standard output that also keeps its lines in the database. */
export interface KeptLog {
  readonly logger: Logger;
  /** Writes what waits, then stops keeping. */
  close(): Promise<void>;
}

/**
 * Opens the log of a process. Lines reach the table within half a second; while the database is
 * away the newest 5,000 wait, and no work waits for them.
 *
 * @param name of the process: `worker`, `dashboard`.
 */
export function openLog(name: string, level: LogLine['level'], { db }: Database): KeptLog {
  let waiting: Row[] = [];
  const keep = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const row = rowOf(chunk.toString());
      if (row) waiting.push(row);
      if (waiting.length > mostWaiting) waiting = waiting.slice(-mostWaiting);
      done();
    },
  });

  let writing = Promise.resolve();
  const flush = async () => {
    while (waiting.length > 0) {
      const some = waiting.slice(0, mostAtOnce);
      await db.insert(logLines).values(some);
      waiting = waiting.slice(some.length);
    }
  };
  const timer = setInterval(() => {
    writing = writing.then(flush).catch(() => undefined); // the database is away: they wait
  }, flushEveryMs);
  timer.unref();

  const logger = pino(
    { level, base: { process: name } },
    multistream([
      { level, stream: process.stdout },
      { level, stream: keep },
    ]),
  );
  return {
    logger,
    async close() {
      clearInterval(timer);
      await writing;
      await flush().catch(() => undefined);
    },
  };
}

function rowOf(text: string): Row | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const line = Line.safeParse(json);
  if (!line.success) return undefined;
  const { level, time, msg, workflowId, runId, workflowRunId, ...fields } = line.data;
  return {
    at: new Date(time),
    level: levels[level] ?? 'info',
    message: msg.slice(0, 4_000),
    workflowId: workflowId ?? null,
    runId: runId ?? workflowRunId ?? null,
    fields,
  };
}

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { agents } from '../contracts/agents.ts';
import type { LogLevel } from '../contracts/logs.ts';
import type { Database } from './database.ts';
import { logLines } from './schema.ts';
import { within } from './within.ts';

const flushEveryMs = 500;
const closeWithinMs = 5_000;
const mostWaiting = 5_000;
const mostAtOnce = 500;
const longestMessage = 4_000;
const longestField = 4_000;
/** Any number: whoever writes lines holds this lock, so that ids are seen in their order. */
const lockKey = 7_233_542;

type Row = typeof logLines.$inferInsert;

const levels: Readonly<Record<number, LogLevel>> = {
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'error',
};

const Line = z.looseObject({
  level: z.number(),
  time: z.number().min(0).max(8.64e15),
  msg: z.string().default(''),
  workflowId: z.string().optional(),
  runId: z.string().optional(),
  workflowRunId: z.string().optional(),
  agent: z.string().optional(),
  taskQueue: z.string().optional(),
});

/** Brings lines of the log into the database, by and by. */
export interface LogKeeper {
  /** Takes a line of JSON. Nothing waits for it, and it never fails. */
  take(line: string): void;
  /** Writes what waits, for at most 5 s, then stops. @returns how many lines are lost. */
  close(): Promise<number>;
}

/**
 * Lines reach the table within half a second. While the database is away the newest 5,000 wait.
 *
 * @param onLost told how many lines did not get there, once others do again.
 */
export function createLogKeeper({ db }: Database, onLost: (lines: number) => void): LogKeeper {
  let waiting: Row[] = [];
  let lost = 0;
  let writing: Promise<void> | undefined;

  const wait = (rows: readonly Row[]) => {
    const tooMany = Math.max(0, rows.length - mostWaiting);
    lost += tooMany;
    waiting = rows.slice(tooMany);
  };
  const insert = (rows: readonly Row[]) =>
    db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${lockKey})`);
      await tx.insert(logLines).values([...rows]);
    });
  /** A line that the table refuses must not keep the others out. */
  const insertEach = async (rows: readonly Row[]) => {
    for (const row of rows) {
      await insert([row]).catch((error: unknown) => {
        if (!isRefusal(error)) throw error;
        lost += 1;
      });
    }
  };
  const flush = async () => {
    while (waiting.length > 0) {
      const some = waiting.splice(0, mostAtOnce);
      try {
        await insert(some).catch((error: unknown) => {
          if (!isRefusal(error)) throw error;
          return insertEach(some);
        });
      } catch (error) {
        wait([...some, ...waiting]);
        throw error;
      }
      if (lost > 0) {
        onLost(lost);
        lost = 0;
      }
    }
  };
  const timer = setInterval(() => {
    writing ??= flush()
      .catch(() => undefined) // the database is away: they wait
      .finally(() => (writing = undefined));
  }, flushEveryMs);
  timer.unref();

  return {
    take(line) {
      const row = rowOf(line);
      if (!row) return;
      waiting.push(row);
      if (waiting.length > mostWaiting) {
        waiting.shift();
        lost += 1;
      }
    },
    async close() {
      clearInterval(timer);
      const rest = (writing ?? Promise.resolve()).then(flush);
      await within(closeWithinMs, rest).catch(() => undefined);
      return lost + waiting.length;
    },
  };
}

/** Whether a row itself is at fault: the errors that Postgres calls data exceptions. */
function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code.startsWith('22');
  }
  return false;
}

function rowOf(text: string): Row | undefined {
  const line = Line.safeParse(jsonOf(text));
  if (!line.success) return undefined;
  const { level, time, msg, workflowId, runId, workflowRunId, agent, ...fields } = line.data;
  return {
    at: new Date(time),
    level: levels[level] ?? 'info',
    message: msg.slice(0, longestMessage),
    workflowId: workflowId ?? null,
    runId: runId ?? workflowRunId ?? null,
    agent: agents.find(({ id }) => id === (agent ?? fields.taskQueue))?.id ?? null,
    fields: Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, cut(each)])),
  };
}

/** Text in the database has neither NUL nor half characters. */
const unstorable = /\\u(0000|d[89a-f][0-9a-f]{2})/gi;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replaceAll(unstorable, String.raw`\ufffd`));
  } catch {
    return undefined;
  }
}

/** A field as it is; a long one as the beginning of its text. */
function cut(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > longestField ? `${text.slice(0, longestField)}…` : value;
}

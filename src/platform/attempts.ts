import { hostname } from 'node:os';
import { and, eq, isNotNull } from 'drizzle-orm';
import { z } from 'zod';
import type { Attempt } from '../contracts/api.ts';
import type { Database } from './database.ts';
import { attempts, runs } from './schema.ts';

type Row = typeof attempts.$inferInsert;
/** Which try of which activity. */
type AttemptKey = Pick<Row, 'runId' | 'activityId' | 'attempt'>;
/** What is known when a try begins. */
type AttemptStart = AttemptKey &
  Pick<Row, 'workflowId' | 'activity' | 'method' | 'how' | 'queuedAt' | 'startedAt'>;
/** How a try ended. */
export interface AttemptEnd {
  readonly outcome: 'completed' | 'failed' | 'cancelled';
  readonly failure: Attempt['failure'];
  readonly vendorAnswer: Attempt['vendorAnswer'];
  readonly nextAttemptAt: Date | null;
  /** Of a squad's try that comes again: its tasks. */
  readonly carried: Carried | null;
}

/** Tasks of a swarm that one activity carries: a range in the line of an agent. */
export const Carried = z.object({
  list: z.string(),
  agent: z.string(),
  from: z.int(),
  to: z.int(),
});
type Carried = z.infer<typeof Carried>;

/** One row for each try of an activity: Temporal's history keeps only the last one. */
export interface AttemptStore {
  begin(attempt: AttemptStart): Promise<void>;
  end(key: AttemptKey, end: AttemptEnd): Promise<void>;
}

/** This process, as attempts name it. */
export const workerName = `${process.pid}@${hostname()}`;

/** @param database where the table `attempts` is. */
export const createAttemptStore = ({ db }: Database): AttemptStore => ({
  async begin(attempt) {
    await db
      .insert(attempts)
      .values({ ...attempt, outcome: 'running', worker: workerName })
      .onConflictDoNothing();
  },

  async end({ runId, activityId, attempt }, end) {
    const { outcome, failure, vendorAnswer, nextAttemptAt, carried } = end;
    const ended = db.$with('ended').as(
      db
        .update(attempts)
        .set({
          endedAt: new Date(),
          outcome,
          vendorAnswer,
          nextAttemptAt,
          carried,
          failure: failure?.type ?? null,
          errorClass: failure?.class ?? null,
          message: failure?.message ?? null,
        })
        .where(
          and(
            eq(attempts.runId, runId),
            eq(attempts.activityId, activityId),
            eq(attempts.attempt, attempt),
          ),
        )
        .returning({ workflowId: attempts.workflowId }),
    );
    // a run may be over, and read by memory, before its last try is: memory looks at it once more.
    // Taken hold of first: whoever is just marking it counts this try or is undone here.
    const run = db
      .$with('run')
      .as(
        db
          .select({ workflowId: runs.workflowId, distilledAt: runs.distilledAt })
          .from(runs)
          .innerJoin(ended, eq(runs.workflowId, ended.workflowId))
          .where(eq(runs.runId, runId))
          .for('update', { of: runs }),
      );
    await db
      .with(ended, run)
      .update(runs)
      .set({ distilledAt: null })
      .from(run)
      .where(
        and(eq(runs.workflowId, run.workflowId), eq(runs.runId, runId), isNotNull(run.distilledAt)),
      );
  },
});

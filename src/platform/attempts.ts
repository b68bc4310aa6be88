import { hostname } from 'node:os';
import { z } from 'zod';
import type { Attempt } from '../contracts/api.ts';
import { jsonbOf, type Database } from './database.ts';
import type { attempts } from './schema.ts';

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

/**
 * Each activity waits for its row. So these are words that postgres.js prepares: one round trip, and
 * planned once a connection.
 *
 * @param database where the tables `attempts` and `runs` are.
 */
export const createAttemptStore = ({ sql }: Pick<Database, 'sql'>): AttemptStore => ({
  async begin({ workflowId, runId, activityId, attempt, activity, ...start }) {
    const { method = null, how, queuedAt, startedAt } = start;
    await sql`
      insert into attempts (workflow_id, run_id, activity_id, attempt, activity, method, how,
        queued_at, started_at, outcome, worker)
      values (${workflowId}, ${runId}, ${activityId}, ${attempt}, ${activity}, ${method},
        ${jsonbOf(how)}::text::jsonb, ${queuedAt}, ${startedAt}, 'running', ${workerName})
      on conflict do nothing`;
  },

  async end({ runId, activityId, attempt }, end) {
    const { outcome, failure, vendorAnswer, nextAttemptAt, carried } = end;
    // a run may be over, and read by memory, before its last try is: memory looks at it once more.
    // Taken hold of first: whoever is just marking it counts this try or is undone here.
    await sql`
      with ended as (
        update attempts set ended_at = ${new Date()}, outcome = ${outcome},
          failure = ${failure?.type ?? null}, error_class = ${failure?.class ?? null},
          message = ${failure?.message ?? null}, vendor_answer = ${jsonbOf(vendorAnswer)}::text::jsonb,
          next_attempt_at = ${nextAttemptAt}, carried = ${jsonbOf(carried)}::text::jsonb
        where run_id = ${runId} and activity_id = ${activityId} and attempt = ${attempt}
        returning workflow_id
      ), run as (
        select r.workflow_id, r.distilled_at from runs r
        join ended on r.workflow_id = ended.workflow_id
        where r.run_id = ${runId}
        for update of r
      )
      update runs r set distilled_at = null from run
      where r.workflow_id = run.workflow_id and r.run_id = ${runId}
        and run.distilled_at is not null`;
  },
});

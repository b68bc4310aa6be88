import { asc, eq } from 'drizzle-orm';
import { Attempt } from '../contracts/api.ts';
import type { Database } from './database.ts';
import { attempts } from './schema.ts';

const mostTries = 1_000;
const Failure = Attempt.shape.failure.unwrap();
const Answer = Attempt.shape.vendorAnswer;

/** The tries of one run that our table has, oldest first. */
export async function attemptsOf({ db }: Database, runId: string): Promise<Attempt[]> {
  const rows = await db
    .select()
    .from(attempts)
    .where(eq(attempts.runId, runId))
    .orderBy(asc(attempts.startedAt), asc(attempts.attempt))
    .limit(mostTries);
  return rows.map(attemptOf);
}

function attemptOf(row: typeof attempts.$inferSelect): Attempt {
  const answer = Answer.safeParse(row.vendorAnswer);
  return {
    activity: row.activity,
    activityId: row.activityId,
    attempt: row.attempt,
    method: row.method,
    queuedAt: row.queuedAt.toISOString(),
    startedAt: row.startedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    outcome: Attempt.shape.outcome.catch('failed').parse(row.outcome),
    failure:
      row.failure === null
        ? null
        : {
            type: row.failure,
            class: Failure.shape.class.catch('unknown').parse(row.errorClass),
            message: row.message ?? '',
          },
    vendorAnswer: answer.success ? answer.data : null,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    worker: row.worker,
  };
}

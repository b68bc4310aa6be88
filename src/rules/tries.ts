import type { Attempt } from '../contracts/api.ts';

/** A step that the server has not settled yet. */
export interface PendingStep {
  readonly activity: string;
  readonly activityId: string;
  /** The try under way, or the one that comes next. */
  readonly attempt: number;
  readonly isStarted: boolean;
  readonly scheduledAt: string;
  readonly startedAt: string;
  /** When the try before this one ended. */
  readonly lastEndedAt: string | null;
  readonly lastFailure: Attempt['failure'];
  readonly worker: string;
}

const workerLost: Attempt['failure'] = {
  type: 'WorkerLost',
  class: 'transient',
  message: 'The worker stopped during this try, and the work went back to the queue',
};

/**
 * All tries of a run, oldest first: those in our table, with what the server adds. A worker that
 * was killed leaves a row without an end; a row may be missing when the database was away.
 *
 * @param closedAt when the run ended; null while it is open.
 */
export function settledTries(
  rows: readonly Attempt[],
  pending: readonly PendingStep[],
  closedAt: string | null,
): Attempt[] {
  const added = pending.flatMap((step) => triesMissing(step, rows));
  const all = [...rows, ...added].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  return all.map((row, index) => {
    if (row.outcome !== 'running') return row;
    const later = all.slice(index + 1).find((each) => each.activityId === row.activityId);
    const step = pending.find((each) => each.activityId === row.activityId);
    const isOver = later !== undefined || closedAt !== null || (step?.attempt ?? 0) > row.attempt;
    if (!isOver) return row;
    return {
      ...row,
      outcome: 'failed',
      endedAt: later?.queuedAt ?? step?.lastEndedAt ?? closedAt,
      failure: step?.lastFailure ?? workerLost,
    };
  });
}

function triesMissing(step: PendingStep, rows: readonly Attempt[]): readonly Attempt[] {
  const has = (attempt: number): boolean =>
    rows.some((row) => row.activityId === step.activityId && row.attempt === attempt);
  const base = {
    activity: step.activity,
    activityId: step.activityId,
    method: null,
    vendorAnswer: null,
    nextAttemptAt: null,
    worker: step.worker,
  };
  const tries: Attempt[] = [];
  if (step.attempt > 1 && !has(step.attempt - 1)) {
    const endedAt = step.lastEndedAt ?? step.scheduledAt;
    tries.push({
      ...base,
      attempt: step.attempt - 1,
      queuedAt: step.startedAt,
      startedAt: step.startedAt,
      endedAt,
      outcome: 'failed',
      failure: step.lastFailure ?? workerLost,
    });
  }
  if (step.isStarted && !has(step.attempt)) {
    tries.push({
      ...base,
      attempt: step.attempt,
      queuedAt: step.scheduledAt,
      startedAt: step.startedAt,
      endedAt: null,
      outcome: 'running',
      failure: null,
    });
  }
  return tries;
}

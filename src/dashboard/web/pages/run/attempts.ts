import type { Attempt } from '../../../../contracts/api.ts';
import { words } from '../../numbers.ts';
import { clock, duration } from '../../time.ts';
import type { Span } from './timeline-scale.ts';

/** The tries of one step, in order. */
export interface Step {
  readonly id: string;
  readonly name: string;
  readonly attempts: readonly Attempt[];
}

/** The key of an attempt in the address. */
export const attemptKey = (attempt: Attempt): string => `${attempt.activityId}.${attempt.attempt}`;

/** Attempts gathered by the step they belong to, in the order of their first start. */
export function stepsOf(attempts: readonly Attempt[]): readonly Step[] {
  const steps = new Map<string, Attempt[]>();
  const inOrder = [...attempts].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  for (const attempt of inOrder) {
    steps.set(attempt.activityId, [...(steps.get(attempt.activityId) ?? []), attempt]);
  }
  return [...steps].map(([id, tries]) => ({
    id,
    name: words(tries[0]?.activity.split('.').at(-1) ?? id),
    attempts: tries,
  }));
}

/** When an attempt ended; `now` while it goes on. */
export const endOf = (attempt: Attempt, now: number): number =>
  attempt.endedAt === null ? now : Date.parse(attempt.endedAt);

/** The wait after a failed try: until the next one was queued, or until it is due. */
export function waitAfter(attempt: Attempt, next: Attempt | undefined): Span | undefined {
  if (attempt.outcome !== 'failed' || attempt.endedAt === null) return undefined;
  const from = Date.parse(attempt.endedAt);
  const due = attempt.nextAttemptAt === null ? NaN : Date.parse(attempt.nextAttemptAt);
  const queued = next ? Math.max(Date.parse(next.queuedAt), from) : due;
  const to = next && queued <= from ? Date.parse(next.startedAt) : queued;
  return to > from ? { from, to } : undefined;
}

/** Whether the wait after a try is for its flow key, and not the pause between any two tries. */
export const isHeldByKey = ({ failure, vendorAnswer }: Attempt): boolean =>
  failure?.type === 'RateLimited' ||
  failure?.type === 'DatabaseUnavailable' ||
  vendorAnswer?.status === 503;

/** The wait in the queue before a try, without what was waited for the retry. */
export function queueBefore(attempt: Attempt, previous: Attempt | undefined): Span | undefined {
  const queued = Date.parse(attempt.queuedAt);
  const previousEnd = previous?.endedAt ? Date.parse(previous.endedAt) : 0;
  const to = Date.parse(attempt.startedAt);
  // A retry that still carries the time of the first queueing waited for its retry, not in line.
  return queued >= previousEnd && to > queued ? { from: queued, to } : undefined;
}

/** What a failed try is called in a few letters: the vendor's status, or the failure's type. */
const failureMark = (attempt: Attempt): string =>
  attempt.vendorAnswer ? String(attempt.vendorAnswer.status) : (attempt.failure?.type ?? 'failed');

/** The one thing worth knowing at the end of a step's row. */
export function stepNote(step: Step, now: number): string {
  const last = step.attempts.at(-1);
  if (!last) return '';
  const took = duration(endOf(last, now) - Date.parse(last.startedAt));
  switch (last.outcome) {
    case 'running':
      return `running for ${took}`;
    case 'cancelled':
      return `cancelled after ${took}`;
    case 'failed':
      return last.nextAttemptAt === null
        ? `${failureMark(last)} after ${took}`
        : `${failureMark(last)}, try ${last.attempt + 1} at ${clock(last.nextAttemptAt)}`;
    case 'completed': {
      const failed = step.attempts.find((attempt) => attempt.outcome === 'failed');
      return failed ? `${failureMark(failed)}, then ${took}` : took;
    }
  }
}

/** An attempt in one sentence, for screen readers: `Attempt 2, failed, 14:24:50, 30 s, 429`. */
export function attemptWords(attempt: Attempt, now: number): string {
  const parts = [
    `Attempt ${attempt.attempt}`,
    attempt.outcome,
    clock(attempt.startedAt),
    duration(endOf(attempt, now) - Date.parse(attempt.startedAt)),
  ];
  return [...parts, ...(attempt.outcome === 'failed' ? [failureMark(attempt)] : [])].join(', ');
}

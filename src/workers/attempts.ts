import { activityInfo, Context, log, type Info } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, type RetryPolicy } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  Next,
} from '@temporalio/worker';
import { z } from 'zod';
import { answerIn } from '../activities/vendor-answer.ts';
import { FailureType } from '../contracts/failures.ts';
import { Carried, type AttemptEnd, type AttemptStore } from '../platform/attempts.ts';
import { How } from '../platform/evidence.ts';
import { errorClassOf } from '../rules/classify.ts';
import { rootFailureOf } from '../rules/failure.ts';

const beatEveryMs = 1_000;
const Call = z.object({ method: z.string() });
const DryCall = z.object({ isDryRun: z.literal(true) });

/**
 * Around each capability: beats, so that a dead worker is noticed and a cancellation arrives, and
 * one row for each try, because Temporal's history keeps only the last.
 */
export class AttemptRecorder implements ActivityInboundCallsInterceptor {
  readonly #store: AttemptStore;

  constructor(store: AttemptStore) {
    this.#store = store;
  }

  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const info = activityInfo();
    if (info.isLocal) return next(input);
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), beatEveryMs);
    try {
      return await (info.activityType.includes('.') ? this.#noted(input, next, info) : next(input));
    } finally {
      clearInterval(beat);
    }
  }

  async #noted(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
    info: Info,
  ): Promise<unknown> {
    const key = {
      runId: info.workflowExecution?.runId ?? info.activityId,
      activityId: info.activityId,
      attempt: info.attempt,
    };
    const method = Call.safeParse(input.args[0]);
    const begun = this.#note(() =>
      this.#store.begin({
        ...key,
        workflowId: info.workflowExecution?.workflowId ?? '',
        activity: info.activityType,
        method: method.success ? method.data.method : null,
        how: howOf(input.args[0]),
        queuedAt: new Date(info.currentAttemptScheduledTimestampMs),
        startedAt: new Date(),
      }),
    );
    try {
      const result = await next(input);
      await begun;
      await this.#note(() => this.#store.end(key, done));
      return result;
    } catch (error) {
      await begun;
      await this.#note(() => this.#store.end(key, endOf(error, info, input.args[0])));
      throw error;
    }
  }

  /** Work goes on when a row about it can't be written: the work itself is what was promised. */
  async #note(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      log.warn('An attempt could not be noted', { error: String(error) });
    }
  }
}

/** What memory has to know of it; a dry run shows nothing of how the work goes. */
const howOf = (call: unknown): z.infer<typeof How> | null =>
  DryCall.safeParse(call).success ? null : (How.safeParse(call).data ?? null);

const done: AttemptEnd = {
  outcome: 'completed',
  failure: null,
  vendorAnswer: null,
  nextAttemptAt: null,
  carried: null,
};

function endOf(error: unknown, info: Info, call: unknown): AttemptEnd {
  if (
    error instanceof CancelledFailure ||
    (error instanceof Error && error.name === 'AbortError')
  ) {
    return { ...done, outcome: 'cancelled' };
  }
  const { failure, message } = rootFailureOf(error);
  const nextAttemptAt = nextTryOf(error, info);
  return {
    outcome: failure === FailureType.HandedBack ? 'cancelled' : 'failed',
    failure: { type: failure, class: errorClassOf(failure), message },
    vendorAnswer: answerIn(error),
    nextAttemptAt,
    carried: nextAttemptAt === null ? null : (Carried.safeParse(call).data ?? null),
  };
}

/** When the server will try again: at the failure's own time, or by the policy's back-off. */
function nextTryOf(error: unknown, { attempt, retryPolicy }: Info): Date | null {
  if (error instanceof ApplicationFailure) {
    if (error.nonRetryable) return null;
    if (error.nextRetryDelay !== undefined && error.nextRetryDelay !== null) {
      return new Date(Date.now() + msToNumber(error.nextRetryDelay));
    }
  }
  return retryPolicy ? new Date(Date.now() + backOffMs(retryPolicy, attempt)) : null;
}

/** Temporal's formula: initial interval × coefficient to the number of earlier tries, capped. */
function backOffMs(policy: RetryPolicy, attempt: number): number {
  const first = msToNumber(policy.initialInterval ?? 1_000);
  const longest = msToNumber(policy.maximumInterval ?? 100 * first);
  return Math.min(first * (policy.backoffCoefficient ?? 2) ** (attempt - 1), longest);
}

import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { FailureType } from '../contracts/failures.ts';
import type { OpenTask, TaskEnd } from '../platform/swarm-store.ts';
import { errorClassOf } from '../rules/classify.ts';
import { rootFailureOf } from '../rules/failure.ts';
import type { TasksReport } from './activities.ts';
import { answerIn } from './vendor-answer.ts';

const fewestOutage = 20;
const longestMessage = 1_000;

/** A task that is done, so far without its result. */
export const endOf = ({ index, capability }: OpenTask, began: number, method: string): TaskEnd => ({
  index,
  state: 'completed',
  capability,
  method,
  failure: null,
  errorClass: null,
  message: null,
  vendorAnswer: null,
  result: null,
  tookMs: performance.now() - began,
  retryInMs: null,
});

/** A task that has failed. */
export function failedEnd(
  task: OpenTask,
  began: number,
  method: string | null,
  error: unknown,
): TaskEnd {
  const { failure, message } = rootFailureOf(error);
  return {
    ...endOf(task, began, method ?? ''),
    method,
    state: 'failed',
    failure,
    errorClass: errorClassOf(failure),
    message: message.slice(0, longestMessage),
    vendorAnswer: answerIn(error),
  };
}

/** Tried again when the vendor asked for it, or by the run's policy where it did not say. */
export const failureOf = ({
  failure,
  message,
  retryInMs,
}: Pick<TaskEnd, 'failure' | 'message' | 'retryInMs'>): ApplicationFailure =>
  ApplicationFailure.create({
    message: message ?? '',
    type: failure ?? 'unknown',
    ...(retryInMs === null ? {} : { nextRetryDelay: retryInMs }),
  });

/** A task whose vendor has named a later time: it holds no slot until then. */
export const notYet = (retryInMs: number): ApplicationFailure =>
  ApplicationFailure.create({
    message: `The vendor asked to come again in ${Math.ceil(retryInMs / 1_000)} s`,
    type: FailureType.NotReady,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.ceil(retryInMs),
  });

/** How long the vendor asked to be left alone. */
export const delayIn = (error: unknown): number | null =>
  error instanceof ApplicationFailure && typeof error.nextRetryDelay === 'number'
    ? error.nextRetryDelay
    : null;

/** More tasks fail in passing than go well: it is not the tasks. */
export const isOutage = (failing: number, ended: number): boolean =>
  failing >= fewestOutage && failing > ended;

/** What all of them wait for: the longest time that the vendor asked for, or as the policy says. */
export function outageOf(failing: readonly TaskEnd[]): ApplicationFailure {
  const [first] = failing;
  const asked = failing.flatMap(({ retryInMs }) => retryInMs ?? []);
  return failureOf({
    message: `${failing.length} tasks failed in passing: ${first?.message ?? ''}`,
    failure: first?.failure ?? null,
    retryInMs: asked.length > 0 ? Math.max(...asked) : null,
  });
}

/** What an activity says of the tasks it carried. */
export function reportOf(
  ends: readonly TaskEnd[],
  lifted: readonly number[],
  halt: TasksReport['halt'],
): TasksReport {
  const groups = Map.groupBy(
    ends,
    ({ capability, method, failure }) => `${capability} ${method} ${failure}`,
  );
  return {
    tasks: ends.length,
    failed: ends.filter(({ state }) => state === 'failed').length,
    taskMs: ends.reduce((sum, { tookMs }) => sum + tookMs, 0),
    lifted,
    halt,
    counts: [...groups.values()].flatMap((group) => {
      const [first] = group;
      if (!first) return [];
      const { capability, method, failure, errorClass } = first;
      const samples = group.slice(0, 3).map(({ index }) => index);
      return { capability, method, failure, class: errorClass, count: group.length, samples };
    }),
  };
}

import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import pLimit from 'p-limit';
import { findCapability } from '../contracts/agents.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Broken, OpenTask, SwarmStore, TaskEnd } from '../platform/swarm-store.ts';
import { errorClassOf } from '../rules/classify.ts';
import { rootFailureOf } from '../rules/failure.ts';
import { chooseMethods, isWorthAnotherMethod } from '../rules/method.ts';
import { brokenLast, isPlainlyBroken, type MethodTries } from '../rules/swarm.ts';
import type { AnyCapabilityActivity, SwarmActivities, TasksReport } from './activities.ts';
import { answerIn } from './vendor-answer.ts';

interface TasksDeps {
  readonly store: SwarmStore;
  /** What this worker does, by capability. */
  readonly activities: Readonly<Record<string, AnyCapabilityActivity>>;
  /** Tasks of swarms at work at once in this process. */
  readonly slots: number;
}

/** The turn of these tasks has not come: all of them wait, without holding a slot. */
const waits: readonly string[] = [FailureType.RateLimited, FailureType.DatabaseUnavailable];
/** Only a person mends these; tasks that meet them stay open. */
const halts: readonly string[] = [
  FailureType.CredentialRejected,
  FailureType.PlanRequired,
  FailureType.NotAllowed,
];
const fewestOutage = 20;
const flushEvery = { tasks: 500, ms: 1_000 };
const longestMessage = 1_000;

/** How one try of a task ended. */
type Try =
  | { readonly kind: 'ended'; readonly end: TaskEnd }
  | { readonly kind: 'lifted'; readonly end: TaskEnd }
  | { readonly kind: 'stopped'; readonly error: Error };

/**
 * Carries tasks of a swarm. Each writes its outcome as it finishes, and a retry takes only those
 * that have none: so an activity may carry one task or hundreds, and die at any moment.
 */
export function createTaskCarrier({
  store,
  activities,
  slots,
}: TasksDeps): Pick<SwarmActivities, 'swarm.tasks' | 'swarm.task'> {
  const free = pLimit(slots);
  const abilities = new Map(Object.entries(activities).flatMap(abilityOf));
  /** What methods have shown in this process since their last success, by swarm. */
  const tries = new Map<string, MethodTries>();

  /** Counts failures in a row; the one that makes it plain is told to all workers. */
  async function learn(
    swarm: string,
    { index, capability }: OpenTask,
    method: string,
    failure: string,
    broken: Set<string>,
  ): Promise<void> {
    const key = `${swarm} ${capability} ${method}`;
    const before = tries.get(key);
    const now = { failure, count: before?.failure === failure ? before.count + 1 : 1 };
    tries.set(key, now);
    if (!isPlainlyBroken(now) || broken.has(`${capability} ${method}`)) return;
    broken.add(`${capability} ${method}`);
    log.warn(`Method ${method} of ${capability} is plainly broken (${failure}), task ${index}`);
    await store.breakMethod(swarm, capability, method, failure);
  }

  /** Tries the methods of a task in turn, as the workflow `task` does. */
  async function attempt(
    swarm: string,
    task: OpenTask,
    broken: Set<string>,
    provenance: 'live' | 'stand-in' | null,
  ): Promise<Try> {
    const began = performance.now();
    const { capability: id } = task;
    const ability = abilities.get(id);
    if (!ability) return { kind: 'ended', end: failedEnd(task, began, null, notHere) };
    const { act, methods, tunables } = ability;
    const brokenHere = methods.filter((method) => broken.has(`${id} ${method}`));
    let last: TaskEnd | undefined;
    for (const method of brokenLast(methods, brokenHere)) {
      try {
        const { account, input } = task;
        const how = { account, input, method, tunables };
        const result = await act(provenance ? { ...how, provenance } : how);
        if (tries.size > 0) tries.delete(`${swarm} ${id} ${method}`);
        return { kind: 'ended', end: { ...endOf(task, began, method), result } };
      } catch (error) {
        cancellationSignal().throwIfAborted();
        const { failure } = rootFailureOf(error);
        if (error instanceof Error && [...waits, ...halts].includes(failure)) {
          return { kind: 'stopped', error };
        }
        last = failedEnd(task, began, method, error);
        const isFinal = error instanceof ApplicationFailure && error.nonRetryable === true;
        if (!isFinal) {
          const end = { ...last, state: 'retrying', retryInMs: delayIn(error) } as const;
          return { kind: 'lifted', end };
        }
        if (!isWorthAnotherMethod(failure)) break;
        await learn(swarm, task, method, failure, broken);
      }
    }
    return { kind: 'ended', end: last ?? failedEnd(task, began, null, notHere) };
  }

  return {
    async 'swarm.tasks'(call) {
      const { swarm, concurrency } = call;
      const workflowId = activityInfo().workflowExecution?.workflowId ?? '';
      const { tasks, broken: known, provenance } = await store.missing(call);
      const broken = namesOf(known);
      const ends: TaskEnd[] = [];
      const lifted = tasks.filter(({ isLifted }) => isLifted).map(({ seq }) => seq);
      const unwritten: TaskEnd[] = [];
      const failing: (TaskEnd & { readonly seq: number })[] = [];
      let stop: Error | undefined;
      let writtenAt = performance.now();

      const write = async (): Promise<void> => {
        writtenAt = performance.now();
        const rows = unwritten.splice(0);
        if (rows.length > 0) await store.write(swarm, workflowId, rows);
      };
      const cancelled = cancellationSignal();
      const carry = async (task: OpenTask): Promise<void> => {
        if (stop !== undefined) return;
        cancelled.throwIfAborted();
        const tried = await attempt(swarm, task, broken, provenance);
        if (tried.kind === 'stopped') {
          stop ??= tried.error;
          return;
        }
        if (tried.kind === 'lifted') failing.push({ ...tried.end, seq: task.seq });
        else {
          ends.push(tried.end);
          unwritten.push(tried.end);
        }
        if (isOutage(failing.length, ends.length)) stop ??= outageOf(failing);
        const isDue = performance.now() - writtenAt > flushEvery.ms;
        if (unwritten.length >= flushEvery.tasks || isDue) await write();
      };

      const open = tasks.filter(({ isLifted }) => !isLifted);
      const line = open.values();
      const lane = async (): Promise<void> => {
        for (const task of line) await free(carry, task);
      };
      const settled = await Promise.allSettled(
        Array.from({ length: Math.min(concurrency, open.length) }, lane),
      );
      if (stop === undefined) {
        unwritten.push(...failing);
        lifted.push(...failing.map(({ seq }) => seq));
      }
      await write();
      const wrong = settled.find((each) => each.status === 'rejected');
      if (wrong) throw wrong.reason;
      return reportOf(ends, lifted, stop === undefined ? null : haltOf(stop));
    },

    /** One task that failed before, tried alone until it goes well or its time is over. */
    async 'swarm.task'(call) {
      const { swarm } = call;
      const workflowId = activityInfo().workflowExecution?.workflowId ?? '';
      const { tasks, broken: known, provenance } = await store.missing(call);
      const [task] = tasks;
      if (!task) return reportOf([], [], null);
      if (task.retryInMs > 0) throw notYet(task.retryInMs);
      const tried = await free(() => attempt(swarm, task, namesOf(known), provenance));
      if (tried.kind === 'stopped') return reportOf([], [], haltOf(tried.error));
      await store.write(swarm, workflowId, [tried.end]);
      if (tried.kind === 'lifted') throw failureOf(tried.end);
      return reportOf([tried.end], [], null);
    },
  };
}

/** A capability of this worker, with how to do it; nothing for what is not declared. */
const abilityOf = ([id, act]: [string, AnyCapabilityActivity]) => {
  const found = findCapability(id);
  return found ? [[id, { act, ...chooseMethods(found.capability) }] as const] : [];
};

/** Methods that are plainly broken, as `capability method`. */
const namesOf = (broken: Broken): Set<string> =>
  new Set(
    Object.entries(broken).flatMap(([id, methods]) =>
      Object.keys(methods).map((method) => `${id} ${method}`),
    ),
  );

/** What a person has to mend. @throws what stopped the tasks, where they only have to wait. */
function haltOf(stop: Error): NonNullable<TasksReport['halt']> {
  const { failure, message } = rootFailureOf(stop);
  if (halts.includes(failure)) return { failure, message };
  throw stop;
}

const notHere = new Error('This worker does not serve the capability');

const endOf = ({ index, capability }: OpenTask, began: number, method: string): TaskEnd => ({
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

function failedEnd(task: OpenTask, began: number, method: string | null, error: unknown): TaskEnd {
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
const failureOf = ({
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
const notYet = (retryInMs: number): ApplicationFailure =>
  ApplicationFailure.create({
    message: `The vendor asked to come again in ${Math.ceil(retryInMs / 1_000)} s`,
    type: FailureType.NotReady,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: Math.ceil(retryInMs),
  });

/** How long the vendor asked to be left alone. */
const delayIn = (error: unknown): number | null =>
  error instanceof ApplicationFailure && typeof error.nextRetryDelay === 'number'
    ? error.nextRetryDelay
    : null;

/** More tasks fail in passing than go well: it is not the tasks. */
const isOutage = (failing: number, ended: number): boolean =>
  failing >= fewestOutage && failing > ended;

/** What all of them wait for: the longest time that the vendor asked for, or as the policy says. */
function outageOf(failing: readonly TaskEnd[]): ApplicationFailure {
  const [first] = failing;
  const asked = failing.flatMap(({ retryInMs }) => retryInMs ?? []);
  return failureOf({
    message: `${failing.length} tasks failed in passing: ${first?.message ?? ''}`,
    failure: first?.failure ?? null,
    retryInMs: asked.length > 0 ? Math.max(...asked) : null,
  });
}

function reportOf(
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

import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import pLimit from 'p-limit';
import { findCapability } from '../contracts/agents.ts';
import { FailureType } from '../contracts/failures.ts';
import type { MemoryStore } from '../platform/memory-store.ts';
import type { Broken, OpenTask, SwarmStore, TaskEnd } from '../platform/swarm-store.ts';
import { mendedByPerson } from '../rules/classify.ts';
import { rootFailureOf } from '../rules/failure.ts';
import type { World } from '../contracts/memory.ts';
import type { Evidence } from '../platform/evidence.ts';
import { isWorthAnotherMethod, triesOf, type MethodTry } from '../rules/method.ts';
import { refusalOf } from '../rules/refusal.ts';
import { brokenLast, isPlainlyBroken, type MethodTries } from '../rules/swarm.ts';
import type { AnyCapabilityActivity, SwarmActivities, TasksReport } from './activities.ts';
import { createHeed, type Heed } from './heed.ts';
import { createTryCounts, type TryCounts } from './swarm-counts.ts';
import {
  delayIn,
  endOf,
  failedEnd,
  failureOf,
  isOutage,
  notYet,
  outageOf,
  reportOf,
} from './task-ends.ts';

interface TasksDeps {
  readonly store: SwarmStore;
  readonly memories: MemoryStore;
  readonly evidence: Pick<Evidence, 'noteTries'>;
  readonly worldOf: (agent: string, account: string) => World;
  /** What this worker does, by capability. */
  readonly activities: Readonly<Record<string, AnyCapabilityActivity>>;
  /** Tasks of swarms at work at once in this process. */
  readonly slots: number;
  /** Nothing is begun any more. */
  readonly leaving: AbortSignal;
}

/** The turn of these tasks has not come: all of them wait, without holding a slot. */
const waits: readonly string[] = [
  FailureType.RateLimited,
  FailureType.DatabaseUnavailable,
  FailureType.HandedBack,
];
/** Rows are written while tasks go on: so many at once, and at the latest after so long. */
const flushEvery = { tasks: 100, ms: 1_000 };

/** How one try of a task ended. */
type Try =
  | { readonly kind: 'ended'; readonly end: TaskEnd }
  | { readonly kind: 'lifted'; readonly end: TaskEnd }
  | { readonly kind: 'stopped'; readonly error: Error };

/** What all tasks of one activity share. */
interface Carry {
  readonly swarm: string;
  readonly agent: string;
  /** Methods that are plainly broken, as `capability method`. */
  readonly broken: Set<string>;
  readonly provenance: 'live' | 'stand-in' | null;
  readonly counts: TryCounts;
  /** The ways in which a task is tried. @throws `Refused` when memory allows none. */
  readonly waysOf: (
    place: Pick<Parameters<ReturnType<typeof createHeed>>[0], 'agent' | 'capability' | 'world'>,
    task: OpenTask,
    broken: ReadonlySet<string>,
  ) => Promise<readonly MethodTry[]>;
}

/**
 * Carries tasks of a swarm. Each writes its outcome as it finishes, and a retry takes only those
 * that have none: so an activity may carry one task or hundreds, and die at any moment.
 */
export function createTaskCarrier({
  store,
  memories,
  evidence,
  worldOf,
  activities,
  slots,
  leaving,
}: TasksDeps): Pick<SwarmActivities, 'swarm.tasks' | 'swarm.task'> {
  const free = pLimit(slots);
  const abilities = new Map(Object.entries(activities).flatMap(abilityOf));
  const heed = createHeed(memories);
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

  /** Asks memory once for each capability and account of an activity; a canary is one task's. */
  function createAsker(owner: string | null): Carry['waysOf'] {
    const asked = new Map<string, Promise<Heed>>();
    return async ({ agent, capability, world }, { account, capability: id }, broken) => {
      const key = `${id} ${account}`;
      const known = asked.get(key);
      const asking = known ?? heed({ agent, capability, account, world, owner });
      asked.set(key, asking);
      const { choice, fallback } = await asking;
      const ways = triesOf(choice, fallback).filter(({ isCanary }) => !isCanary || !known);
      if (ways.length === 0) {
        const { lessons } = refusalOf({ choice, memo: { capability: id } });
        throw ApplicationFailure.nonRetryable(
          `Memory refuses every method of ${id}: ${lessons}`,
          FailureType.Refused,
        );
      }
      return brokenLast(ways, ({ method }) => broken.has(`${id} ${method}`));
    };
  }

  /** Tries the methods of a task in turn, as the workflow `task` does. */
  async function attempt(task: OpenTask, carry: Carry): Promise<Try> {
    const began = performance.now();
    const { swarm, agent, broken, provenance, counts } = carry;
    const { capability: id, account, input } = task;
    const ability = abilities.get(id);
    if (!ability) return { kind: 'ended', end: failedEnd(task, began, null, notHere) };
    const { act, capability } = ability;
    const place = { agent, capability, account, world: worldOf(agent, account) };
    let last: TaskEnd | undefined;
    let ways: readonly MethodTry[];
    try {
      ways = await carry.waysOf(place, task, broken);
    } catch (error) {
      if (rootFailureOf(error).failure !== FailureType.Refused) throw error;
      return { kind: 'ended', end: failedEnd(task, began, null, error) };
    }
    for (const way of ways) {
      const { method, tunables, obeyed } = way;
      const triedAt = performance.now();
      const count = (failure: string | null, result?: unknown): void =>
        counts.add({ ...place, as: way, tookMs: performance.now() - triedAt, failure, result });
      try {
        const how = { account, input, method, tunables, obeyed };
        const result = await act(provenance ? { ...how, provenance } : how);
        if (tries.size > 0) tries.delete(`${swarm} ${id} ${method}`);
        count(null, result);
        return { kind: 'ended', end: { ...endOf(task, began, method), result } };
      } catch (error) {
        cancellationSignal().throwIfAborted();
        const { failure } = rootFailureOf(error);
        if (error instanceof Error && [...waits, ...mendedByPerson].includes(failure)) {
          return { kind: 'stopped', error };
        }
        count(failure);
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
      const { swarm, agent, concurrency, beginsForMs = Infinity } = call;
      const { workflowId, activity, carrier } = hereOf();
      const { tasks, broken: known, provenance } = await store.missing(call);
      const counts = createTryCounts();
      const waysOf = createAsker(`${swarm} ${activity}`);
      const carrying = { swarm, agent, provenance, counts, waysOf, broken: namesOf(known) };
      const ends: TaskEnd[] = [];
      const lifted = tasks.filter(({ isLifted }) => isLifted).map(({ seq }) => seq);
      const unwritten: TaskEnd[] = [];
      const failing: (TaskEnd & { readonly seq: number })[] = [];
      let stop: Error | undefined;

      const write = async (): Promise<void> => {
        const rows = unwritten.splice(0);
        if (rows.length > 0) await store.write(swarm, workflowId, rows);
        await evidence.noteTries(swarm, carrier, counts.all());
      };
      // what has ended is written while others go on
      let flushing: Promise<void> | undefined;
      const flush = (): void => {
        if (unwritten.length === 0) return;
        flushing ??= write()
          .catch((error: unknown) => void (stop ??= asError(error)))
          .finally(() => (flushing = undefined));
      };
      const flushes = setInterval(flush, flushEvery.ms);

      const cancelled = cancellationSignal();
      const carry = async (task: OpenTask): Promise<void> => {
        if (leaving.aborted) stop ??= asError(leaving.reason);
        if (stop !== undefined) return;
        cancelled.throwIfAborted();
        const tried = await attempt(task, carrying);
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
        if (unwritten.length >= flushEvery.tasks) flush();
      };

      const open = tasks.filter(({ isLifted }) => !isLifted);
      const beginsUntil = performance.now() + beginsForMs;
      let begun = 0;
      const lane = async (): Promise<void> => {
        while (performance.now() < beginsUntil && !leaving.aborted) {
          const task = open[begun];
          if (!task) return;
          begun += 1;
          await free(carry, task);
        }
      };
      const settled = await Promise.allSettled(
        Array.from({ length: Math.min(concurrency, open.length) }, lane),
      );
      clearInterval(flushes);
      await flushing;
      if (stop === undefined) {
        unwritten.push(...failing);
        lifted.push(...failing.map(({ seq }) => seq));
      }
      await write();
      const wrong = settled.find((each) => each.status === 'rejected');
      if (wrong) throw wrong.reason;
      const reached = open[begun]?.seq;
      const own = lifted.filter((seq) => reached === undefined || seq < reached);
      const report = reportOf(ends, own, stop === undefined ? null : haltOf(stop));
      return reached === undefined ? report : { ...report, reached };
    },

    /** One task that failed before, tried alone until it goes well or its time is over. */
    async 'swarm.task'(call) {
      const { swarm, agent } = call;
      const { workflowId, carrier } = hereOf();
      const { tasks, broken: known, provenance } = await store.missing(call);
      const [task] = tasks;
      if (!task) return reportOf([], [], null);
      if (task.retryInMs > 0) throw notYet(task.retryInMs);
      const counts = createTryCounts();
      const waysOf = createAsker(null);
      const carrying = { swarm, agent, provenance, counts, waysOf, broken: namesOf(known) };
      const tried = await free(() => attempt(task, carrying));
      await evidence.noteTries(swarm, carrier, counts.all());
      if (tried.kind === 'stopped') return reportOf([], [], haltOf(tried.error));
      await store.write(swarm, workflowId, [tried.end]);
      if (tried.kind === 'lifted') throw failureOf(tried.end);
      return reportOf([tried.end], [], null);
    },
  };
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

/** A capability of this worker; nothing for what is not declared. */
const abilityOf = ([id, act]: [string, AnyCapabilityActivity]) => {
  const found = findCapability(id);
  return found ? [[id, { act, capability: found.capability }] as const] : [];
};

/** Which activity this is, and which try of it. */
function hereOf(): { workflowId: string; activity: string; carrier: string } {
  const { workflowExecution, activityId, attempt } = activityInfo();
  const { workflowId = '', runId = '' } = workflowExecution ?? {};
  const activity = `${runId}/${activityId}`;
  return { workflowId, activity, carrier: `${activity}/${attempt}` };
}

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
  if (mendedByPerson.includes(failure)) return { failure, message };
  throw stop;
}

const notHere = new Error('This worker does not serve the capability');

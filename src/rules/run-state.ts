import type { Attempt, RunState } from '../contracts/api.ts';
import type { FlowKey } from '../contracts/flow-keys.ts';
import type { RunNeeds } from '../contracts/needs.ts';
import { systemQueue } from './names.ts';

/** The last try of a run, as far as its state goes. */
export interface LastTry {
  readonly activity: string;
  readonly attempt: number;
  readonly method: string | null;
  readonly outcome: Attempt['outcome'];
  readonly failure: string | null;
  readonly message: string | null;
  readonly nextAttemptAt: string | null;
  /** The process that carries it still announces itself. */
  readonly isWorkerAlive: boolean;
}

/** The flow key of a run's login, and what holds calls under it back now. */
export interface FlowHold extends Pick<FlowKey, 'key' | 'closed' | 'paused'> {
  /** As people call it. */
  readonly vendor: string;
}

/** What our tables know of a swarm. */
export interface SwarmFacts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly paused: { readonly by: string; readonly reason: string } | null;
}

/** What our tables know of a run. */
export interface RunFacts {
  readonly workflowId: string;
  readonly type: string;
  /** Temporal's status in small letters. */
  readonly status: string;
  readonly capability: string | null;
  readonly agent: string | null;
  readonly account: string | null;
  readonly failure: string | null;
  readonly message: string | null;
  readonly lastTry: LastTry | null;
  /** Null for runs without a login, or whose login has made no call yet. */
  readonly flow: FlowHold | null;
  /** What it waits for a person to decide. */
  readonly needs: RunNeeds | null;
  /** At least one worker takes work from the queue of the run. */
  readonly isServed: boolean;
  /** Null for what is no swarm, and for a swarm whose tasks are not loaded. */
  readonly swarm: SwarmFacts | null;
}

/** The task queue on which a run's steps wait. */
export const queueOf = ({ type, agent }: Pick<RunFacts, 'type' | 'agent'>): string =>
  type === 'task' && agent !== null ? agent : systemQueue;

/** The one word for a run's state, and what belongs next to it. */
export function stateOf(run: RunFacts): RunState {
  switch (run.status) {
    case 'running':
    case 'paused':
      return openStateOf(run);
    case 'failed':
      return { kind: 'failed', failure: run.failure ?? 'unknown', message: run.message ?? '' };
    case 'timed_out':
      return { kind: 'timed-out' };
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'terminated':
      return { kind: 'terminated', reason: run.message ?? '' };
    default:
      return endedStateOf(run);
  }
}

function endedStateOf({ status, swarm }: RunFacts): RunState {
  if (status !== 'completed' || !swarm || swarm.completed === swarm.total) {
    return { kind: 'completed' };
  }
  return { kind: 'completed-with-failures', failed: swarm.failed, total: swarm.total };
}

/** Paused swarms wait for a word, whoever serves them; the others show how far they are. */
function openSwarmOf(run: RunFacts): RunState {
  const { swarm, isServed } = run;
  if (swarm?.paused) return { kind: 'paused', ...swarm.paused };
  if (!isServed) return { kind: 'queued', reason: waitingFor(run) };
  return { kind: 'running', step: swarm ? progressWords(swarm) : 'Checks and loads its tasks' };
}

/** How far a swarm is: `58,592 of 100,000, 55 failed`. */
export function progressWords({ total, completed, failed }: Omit<SwarmFacts, 'paused'>): string {
  const number = (value: number) => value.toLocaleString('en-US');
  const done = `${number(completed)} of ${number(total)}`;
  return failed === 0 ? done : `${done}, ${number(failed)} failed`;
}

function openStateOf(run: RunFacts): RunState {
  const [need] = run.needs?.open ?? [];
  if (need) return { kind: 'needs-you', ...need, count: run.needs?.count ?? 1 };
  if (run.type === 'swarm') return openSwarmOf(run);
  const last = run.lastTry;
  if (!last) {
    if (run.isServed && run.type === 'pipeline') return { kind: 'running', step: 'Runs its steps' };
    if (run.isServed && run.type === 'swarm') return { kind: 'running', step: 'Does its tasks' };
    if (run.isServed && run.type === 'bulk') return { kind: 'running', step: 'Takes run by run' };
    if (isFollower(run)) return { kind: 'running', step: 'Follows the run of its work' };
    return { kind: 'queued', reason: waitingFor(run) };
  }
  const step = `${last.method ?? last.activity}${last.attempt > 1 ? `, try ${last.attempt}` : ''}`;
  switch (last.outcome) {
    case 'running':
      return last.isWorkerAlive || run.isServed
        ? { kind: 'running', step }
        : { kind: 'queued', reason: `Its worker is gone. ${waitingFor(run)}` };
    case 'failed':
      return last.nextAttemptAt === null
        ? { kind: 'running', step: 'Decides what comes next' }
        : (waitOf(last, run.flow) ?? {
            kind: 'retrying',
            attempt: last.attempt + 1,
            nextAt: last.nextAttemptAt,
            failure: last.failure ?? 'unknown',
            message: last.message ?? '',
          });
    case 'cancelled':
      return { kind: 'running', step: 'Stops' };
    case 'completed':
      return { kind: 'running', step: 'Writes down its result' };
  }
}

/** Whether work that failed so waits for its flow key. */
export const isHeldBack = (failure: string | null, closed: FlowHold['closed']): boolean =>
  failure === 'RateLimited' ||
  failure === 'DatabaseUnavailable' ||
  (failure === 'VendorUnavailable' && closed !== null);

/** A try that failed because its flow key let it not, or no longer, through waits for that key. */
function waitOf(
  { failure, attempt, nextAttemptAt }: LastTry,
  flow: FlowHold | null,
): Extract<RunState, { kind: 'waiting' }> | undefined {
  if (!flow || !isHeldBack(failure, flow.closed)) return undefined;
  const { key, vendor, closed, paused } = flow;
  const wait = { kind: 'waiting', flowKey: key, attempt: attempt + 1 } as const;
  if (paused) {
    const reason = `${key} is paused by ${paused.by}: “${paused.why}”`;
    return { ...wait, because: 'paused', reason, until: null };
  }
  if (failure === 'DatabaseUnavailable') {
    const reason = 'Our own database was away, and nothing is sent or paid for without it';
    return { ...wait, because: 'database', reason, until: nextAttemptAt };
  }
  if (!closed)
    return {
      ...wait,
      because: 'turn',
      reason: `Waits for its turn at ${vendor}`,
      until: nextAttemptAt,
    };
  return closed.by === 'vendor'
    ? { ...wait, because: 'vendor', reason: `${vendor} asks us to wait`, until: closed.until }
    : {
        ...wait,
        because: 'guess',
        reason: `${vendor} is in trouble and named no time, so we leave it alone`,
        until: closed.until,
      };
}

/** Starters, and tasks that were started under an id of their own, wait for another run. */
function isFollower({ type, workflowId, capability, account, isServed }: RunFacts): boolean {
  if (!isServed) return false;
  if (type !== 'task') return true;
  return capability !== null && !workflowId.startsWith(`${capability}/${account ?? ''}/`);
}

const waitingFor = (run: RunFacts): string =>
  run.isServed ? `Waits for a free worker of ${queueOf(run)}` : `No worker serves ${queueOf(run)}`;

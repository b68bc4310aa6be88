import type { z } from 'zod';
import type { StartedRun } from '../contracts/api.ts';
import type { Agent, Capability, OnceEffect } from '../contracts/capability.ts';
import type { Obeyed } from '../contracts/memory.ts';
import type {
  RunMemo,
  StarterRequest,
  TaskMemo,
  TaskOutcome,
  TaskRequest,
} from '../contracts/runs.ts';
import type {
  FailureFilter,
  SwarmAddition,
  SwarmOutcome,
  SwarmRequest,
  SwarmWord,
  TaskSource,
} from '../contracts/swarm.ts';
import type { SwarmStanding } from '../platform/swarm-store.ts';
import type { Choice } from '../rules/method.ts';
import type { TaskRange } from '../rules/swarm.ts';
import type { OnceActivity } from './once.ts';

/** What a capability's activity is given: input that was checked, and how to do it. */
export interface CapabilityCall<Input = Record<string, unknown>> {
  readonly account: string;
  readonly input: Input;
  readonly method: string;
  readonly tunables: Readonly<Record<string, number>>;
  /** Where the caller has the input from, if it knows. */
  readonly provenance?: TaskRequest['provenance'];
  /** Only say what would happen. */
  readonly isDryRun?: boolean;
  /** The run was cancelled: only end the vendor's job that it started. */
  readonly isStop?: boolean;
  /** Ids of the lessons that chose the method or its numbers; what evidence is told by. */
  readonly obeyed?: readonly string[];
}

/** The one activity of a capability, its idempotent write included. */
export type CapabilityActivity<Input = Record<string, unknown>, Output = unknown> = (
  call: CapabilityCall<Input>,
) => Promise<Output>;

/**
 * Any capability's activity, for those who pass on input that was checked against its declaration.
 * A method's type, because only those may be given what another declares as its own.
 */
export type AnyCapabilityActivity = { act(call: CapabilityCall): Promise<unknown> }['act'];
type ActivityOf<C extends Capability> = C['effect'] extends OnceEffect
  ? OnceActivity<z.output<C['input']>, z.output<C['output']>, C['id']>
  : CapabilityActivity<z.output<C['input']>, z.output<C['output']>>;

/** One activity for each capability of an agent; those that send, spend or destroy come from `once`. */
export type Activities<A extends Agent> = {
  readonly [C in A['capabilities'][number] as C['id']]: ActivityOf<C>;
};

/** What the first step of a task found out: who it is and how it will work. */
export interface TaskPlan {
  /** The id this work has to run under. */
  readonly workflowId: string;
  readonly memo: TaskMemo;
  /** The request with defaults filled in. */
  readonly request: TaskRequest;
  readonly input: Record<string, unknown>;
  readonly choice: Choice;
  /** The choice without its canary. */
  readonly fallback?: Choice;
  /** The memory it was made from. */
  readonly snapshot?: Pick<Obeyed, 'world' | 'seq' | 'hash'>;
  /** The account's vendor is a stand-in. */
  readonly isStandIn: boolean;
  /** It starts a job of the vendor's, which ends with the run. */
  readonly startsJob?: true;
}

/** Activities of the system itself, on every queue. */
export interface SystemActivities {
  prepare(request: TaskRequest): Promise<TaskPlan>;
  planFiring(
    request: StarterRequest & { readonly scheduledAt: string },
  ): Promise<TaskRequest | undefined>;
  startRun(request: TaskRequest): Promise<StartedRun>;
  followRun(run: StartedRun): Promise<TaskOutcome>;
}

/** What the first step of a swarm found out. */
export interface SwarmPlan {
  readonly memo: RunMemo;
  /** The request with defaults filled in. */
  readonly request: SwarmRequest;
  readonly list: string;
  readonly total: number;
  readonly ranges: readonly TaskRange[];
  /** Processes that serve the agents, at least 1. */
  readonly workers: number;
  /** Tasks that all of them take at once. */
  readonly slots: number;
  /** What tasks of each agent take, as far as memory knows; milliseconds. */
  readonly taskMs: Readonly<Record<string, number>>;
  /** It is one squad's work, which it carries itself; earlier ones always have a child do so. */
  readonly isOneSquad?: boolean;
}

/** Tasks that came to a swarm later on. */
export interface MoreTasks {
  readonly total: number;
  readonly ranges: readonly TaskRange[];
}

/** A range of a swarm's tasks that one activity carries. */
interface TasksCall extends TaskRange {
  /** First run id of the swarm. */
  readonly swarm: string;
  readonly list: string;
  /** Tasks at work at once. */
  readonly concurrency: number;
  /** It begins no task after so long, and says where it stopped; all of them when left out. */
  readonly beginsForMs?: number;
}

/** What became of the tasks that one activity carried. */
export interface TasksReport {
  /** Tasks that are done or have failed for good. */
  readonly tasks: number;
  readonly failed: number;
  /** What they took, added up; milliseconds. */
  readonly taskMs: number;
  /** The place in line of the first task that it did not begin, when its time was over. */
  readonly reached?: number;
  /** Places in line of tasks that are to be tried again, each alone. */
  readonly lifted: readonly number[];
  /** How many went which way; what annealing reads. */
  readonly counts: readonly {
    readonly capability: string;
    readonly method: string | null;
    readonly failure: string | null;
    readonly class: string | null;
    readonly count: number;
    /** Up to three task indices. */
    readonly samples: readonly number[];
  }[];
  /** Nothing can go on before a person has mended this; the tasks it met are open. */
  readonly halt: { readonly failure: string; readonly message: string } | null;
}

/** Activities of swarms: those of the root on its own queue, those of tasks on each agent's. */
export interface SwarmActivities {
  /** Opens what work needs and asks what it asks, for nothing. */
  rehearse(): Promise<void>;
  planSwarm(request: SwarmRequest): Promise<SwarmPlan>;
  addTasks(
    list: string,
    swarm: string,
    source: TaskSource,
    word?: Pick<SwarmAddition, 'confirm' | 'reason'>,
  ): Promise<MoreTasks>;
  requeueFailed(swarm: string, of: FailureFilter): Promise<MoreTasks>;
  /** Asks the server to cancel the swarm that calls. */
  cancelSwarm(word: SwarmWord): Promise<void>;
  /** Notes how the swarm is steered, for those who ask while no worker is there. */
  noteSwarm(swarm: string, standing: SwarmStanding): Promise<void>;
  closeSwarm(swarm: string): Promise<Omit<SwarmOutcome, 'state'>>;
  /** Writes down all tasks without an outcome as failed. @returns how many. */
  giveUpRest(
    swarm: string,
    list: string,
    why: { readonly failure: string; readonly message: string },
  ): Promise<number>;
  /** @returns how many tasks were given up. */
  giveUpTasks(
    call: Omit<TasksCall, 'concurrency'>,
    why: { readonly failure: string; readonly message: string },
  ): Promise<number>;
  'swarm.tasks'(call: TasksCall): Promise<TasksReport>;
  'swarm.task'(call: TasksCall): Promise<TasksReport>;
}

import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Requester } from '../contracts/requester.ts';
import {
  SwarmRequest,
  type FailureFilter,
  type SwarmProgress,
  type SwarmWord,
  type TaskSource,
} from '../contracts/swarm.ts';
import { rootFailureOf } from '../rules/failure.ts';
import { systemQueue } from '../rules/names.ts';
import type { Database } from './database.ts';
import { RunHasEnded } from './end-run.ts';
import {
  startSwarm,
  type StartedSwarm,
  type StartSwarmDeps,
  type SwarmTasks,
} from './start-swarm.ts';
import { createTaskLists } from './task-lists.ts';

/** The swarm did not take the word; the message says why. */
export class SwarmRefused extends Error {
  override readonly name = 'SwarmRefused';
}

/** Nobody is there who could hear it; nothing was changed. */
export class NobodyServes extends Error {
  override readonly name = 'NobodyServes';
}

/** A word to a swarm, with what belongs to it. */
export type SwarmOrder =
  | { readonly kind: 'pause' | 'resume' | 'cancel' }
  | { readonly kind: 'window'; readonly window: number }
  | {
      readonly kind: 'add';
      readonly tasks: SwarmTasks;
      /** The text that tasks which can't be taken back ask for. */
      readonly confirm?: string | undefined;
    }
  | {
      readonly kind: 'retry-failed';
      readonly of: FailureFilter;
      /** The same, where a new swarm does them. */
      readonly confirm?: string | undefined;
    };

/** How far the swarm was afterwards; or the swarm that was started for one that had ended. */
export type Steered =
  | {
      readonly kind: 'told';
      readonly progress: SwarmProgress;
      /** The window before, where that is what was changed. */
      readonly before?: { readonly window: number | null };
    }
  | { readonly kind: 'started'; readonly run: StartedSwarm };

interface SteerDeps extends StartSwarmDeps {
  readonly database: Pick<Database, 'sql'>;
  readonly requestedBy: Requester;
  /** Whether a worker takes work from this queue now. */
  readonly isServed: (queue: string) => Promise<boolean>;
}

const answersWithinMs = 30_000;
const describesWithinMs = 5_000;
/** gRPC's code for “not so long”: DEADLINE_EXCEEDED. */
const tooLate: unknown = 4;

/**
 * Gives a swarm a word, with who says it and why. Failed tasks of a swarm that has ended are tried
 * again by a new one.
 *
 * @throws {RunHasEnded} for any other word to a swarm that has ended.
 * @throws {SwarmRefused} when it is not in a state to take the word.
 * @throws {NobodyServes} when no worker is there to take it.
 * @throws {BadRequest} for tasks that are wrong.
 */
export async function steerSwarm(
  deps: SteerDeps,
  workflowId: string,
  order: SwarmOrder,
  word: SwarmWord,
): Promise<Steered> {
  const { client, database, requestedBy } = deps;
  const { status, type } = await client.withDeadline(Date.now() + describesWithinMs, () =>
    client.workflow.getHandle(workflowId).describe(),
  );
  if (type !== 'swarm') throw new WorkflowNotFoundError('No swarm has this id', workflowId, '');
  if (status.name !== 'RUNNING') {
    if (order.kind === 'retry-failed') return again(order);
    throw ended(status.name.toLowerCase().replace('_', ' '));
  }
  if (!(await deps.isServed(systemQueue))) {
    throw new NobodyServes(
      `No worker serves ${systemQueue}, so nobody hears it: start one with “agentic worker”. Nothing was changed`,
    );
  }
  const loaded = order.kind === 'add' ? await sourceOf(database, order.tasks) : undefined;
  const before = order.kind === 'window' ? { before: await windowNow() } : {};
  try {
    return { kind: 'told', progress: await tell(argsOf(order, loaded)), ...before };
  } catch (error) {
    const hasGone = error instanceof WorkflowNotFoundError;
    if (hasGone && order.kind === 'retry-failed') return again(order);
    if (hasGone) throw ended('just now');
    if (isGrpcServiceError(error) && error.code === tooLate) {
      throw new NobodyServes(
        `${workflowId} has not answered within ${answersWithinMs / 1_000} s; it may still take the word`,
      );
    }
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const { failure, message } = rootFailureOf(error.cause ?? error);
    if (failure === FailureType.InvalidInput || failure === FailureType.NotConfirmed) {
      throw new BadRequest(failure, message);
    }
    throw new SwarmRefused(message);
  }

  function tell(rest: Record<string, unknown>): Promise<SwarmProgress> {
    const handle = client.workflow.getHandle(workflowId);
    return client.withDeadline(Date.now() + answersWithinMs, () =>
      handle.executeUpdate<SwarmProgress, [Record<string, unknown>]>(order.kind, {
        args: [{ ...word, ...rest }],
      }),
    );
  }

  async function windowNow(): Promise<{ window: number | null }> {
    const [row] = await database.sql<{ window: number | null }[]>`
      select "window" from swarms where workflow_id = ${workflowId}
      order by created_at desc limit 1`;
    return { window: row?.window ?? null };
  }

  function ended(how: string): RunHasEnded {
    return new RunHasEnded(`${workflowId} has ended already: ${how}.`);
  }

  async function again({
    of,
    confirm,
  }: Extract<SwarmOrder, { kind: 'retry-failed' }>): Promise<Steered> {
    const [row] = await database.sql<{ title: string; input: unknown }[]>`
      select title, input from runs where workflow_id = ${workflowId}
      order by started_at desc limit 1`;
    const settings = Settings.safeParse(row?.input).data ?? {};
    const run = await startSwarm(
      deps,
      { kind: 'source', source: { kind: 'failed', swarm: workflowId, of } },
      {
        ...settings,
        ...(confirm === undefined ? {} : { confirm }),
        title: row?.title ?? workflowId,
        reason: word.reason,
        requestedBy,
      },
    );
    return { kind: 'started', run };
  }
}

/** What the audit keeps of a word; tasks stand in their list. */
export function detailOf(order: SwarmOrder, steered: Steered): Record<string, unknown> {
  const { confirm } = { confirm: undefined, ...order };
  return {
    ...(order.kind === 'window' && steered.kind === 'told'
      ? { before: steered.before, after: { window: order.window } }
      : {}),
    ...(order.kind === 'retry-failed' ? { of: order.of } : {}),
    ...(confirm === undefined ? {} : { confirm }),
    ...(steered.kind === 'started' ? { started: steered.run.workflowId } : {}),
  };
}

/** What a swarm that tries the failed tasks of another one again is given of that one's request. */
const Settings = SwarmRequest.pick({
  window: true,
  failureThreshold: true,
  grain: true,
  squads: true,
  giveUpAfterSeconds: true,
  waitForPersonSeconds: true,
})
  .partial()
  .strip();

const argsOf = (order: SwarmOrder, source: TaskSource | undefined): Record<string, unknown> => {
  switch (order.kind) {
    case 'window':
      return { window: order.window };
    case 'retry-failed':
      return { of: order.of };
    case 'add':
      return { source, ...(order.confirm === undefined ? {} : { confirm: order.confirm }) };
    case 'pause':
    case 'resume':
    case 'cancel':
      return {};
  }
};

/** Tasks to add: checked here, where errors can name their place, and loaded as a list. */
async function sourceOf(database: Pick<Database, 'sql'>, tasks: SwarmTasks): Promise<TaskSource> {
  const lists = createTaskLists(database);
  switch (tasks.kind) {
    case 'source':
      return tasks.source;
    case 'stream':
      return { kind: 'list', list: (await lists.load(tasks.tasks, tasks.origin)).id };
    case 'tasks': {
      const placed = tasks.tasks.map((task, index) => ({ at: `tasks.${index}`, task }));
      return { kind: 'list', list: (await lists.load(placed, 'added')).id };
    }
  }
}

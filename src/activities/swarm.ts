import { createHash } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { agents as declared } from '../contracts/agents.ts';
import { BadRequest, checkConfirmed } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { World } from '../contracts/memory.ts';
import type { RunMemo } from '../contracts/runs.ts';
import { SwarmRequest, type TaskSource } from '../contracts/swarm.ts';
import type { AgentReader } from '../platform/agents.ts';
import type { Database } from '../platform/database.ts';
import { endRun } from '../platform/end-run.ts';
import type { MemoryStore } from '../platform/memory-store.ts';
import type { RunStore } from '../platform/runs.ts';
import { createSwarmStore } from '../platform/swarm-store.ts';
import { createTaskLists, listIdOf, type TaskList } from '../platform/task-lists.ts';
import { errorClassOf } from '../rules/classify.ts';
import { cutSquad } from '../rules/swarm.ts';
import type { SwarmActivities } from './activities.ts';
import { createSwarmStarts } from './swarm-starts.ts';

interface SwarmDeps {
  readonly client: Client;
  readonly database: Database;
  readonly runs: RunStore;
  readonly agents: Pick<AgentReader, 'workers' | 'isServed'>;
  readonly memories: Pick<MemoryStore, 'current'>;
  readonly worldOf: (agent: string, account: string) => World;
  /** Tasks that one worker process takes at once. */
  readonly slots: number;
}

type RootActivities = Omit<SwarmActivities, 'swarm.tasks' | 'swarm.task'>;

/** What the root of a swarm does outside: it loads tasks, finds workers, counts what came out. */
export const createSwarmActivities = (deps: SwarmDeps): RootActivities => {
  const { client, database, runs, agents, slots } = deps;
  const store = createSwarmStore(database);
  const lists = createTaskLists(database);
  const startsOf = createSwarmStarts(deps);

  /** @throws `NotServed` naming each agent that no worker serves. */
  async function workersFor(ids: readonly string[]): Promise<number> {
    const known = await agents.workers();
    const serving = known.filter(
      ({ state, queues }) => state === 'running' && ids.some((id) => queues.includes(id)),
    );
    const isServed = async (id: string): Promise<boolean> =>
      serving.some(({ queues }) => queues.includes(id)) || agents.isServed(id);
    const missing: string[] = [];
    for (const id of ids) if (!(await isServed(id))) missing.push(id);
    if (missing.length === 0) return Math.max(serving.length, 1);
    throw ApplicationFailure.nonRetryable(
      `No worker serves ${missing.join(', ')}: start one with “agentic worker”`,
      FailureType.NotServed,
    );
  }

  /** Each try of this activity has the same list. */
  async function load(source: TaskSource): Promise<TaskList> {
    switch (source.kind) {
      case 'inline':
        return lists.loadOnce(idOfThisCall(), placed(source.tasks), 'the request');
      case 'list':
        return lists.read(source.list);
      case 'failed':
        return lists.copyFailed(source.swarm, source.of, idOfThisCall());
    }
  }

  return {
    async rehearse() {
      await Promise.all(Array.from({ length: openConnections }, () => store.missing(nothing)));
      await store.write(nothing.swarm, '', []);
    },

    /**
     * Checks the request and every task in it, before anything is begun.
     *
     * @throws `InvalidInput`, `NotServed` (not retried), naming the place.
     */
    planSwarm: async (raw) =>
      refusing(async () => {
        const request = checkSwarm(raw);
        const list = await load(request.source);
        const [workers, scopes, toConfirm] = await Promise.all([
          workersFor(list.ranges.map(({ agent }) => agent)),
          store.scopesOf(list.id),
          lists.toConfirm(list.id),
        ]);
        checkConfirmed(toConfirm, request);
        const { taskMs, starts } = await startsOf(scopes);
        const { workflowExecution } = activityInfo();
        const memo = memoOf(request, list);
        if (workflowExecution) {
          const { tasks, ...source } = { tasks: undefined, ...request.source };
          await Promise.all([
            store.open(workflowExecution.runId, {
              workflowId: workflowExecution.workflowId,
              list: list.id,
              total: list.total,
              provenance: request.provenance,
              starts,
              window: request.window ?? workers * slots,
            }),
            runs.noteStart('swarm', workflowExecution, memo, {
              ...request,
              source: tasks === undefined ? source : { ...source, tasks: list.total },
            }),
          ]);
        }
        return {
          memo,
          request,
          list: list.id,
          total: list.total,
          ranges: list.ranges,
          workers,
          slots: workers * slots,
          taskMs,
          isOneSquad:
            request.squads === undefined && cutSquad(list.ranges, [], workers)?.left.length === 0,
        };
      }),

    addTasks: async (list, swarm, source, word) =>
      refusing(async () => {
        if (source.kind === 'failed') {
          throw new BadRequest(
            FailureType.InvalidInput,
            'source.kind: tasks are added to a running swarm inline or from a list',
          );
        }
        const other = source.kind === 'list' ? source.list : idOfThisCall();
        if (source.kind === 'inline') await lists.loadOnce(other, placed(source.tasks), 'added');
        checkConfirmed(await lists.toConfirm(other), word ?? {});
        await workersFor(await lists.agentsOf(other));
        const { total, ranges } = await lists.append(list, other);
        await store.grow(swarm, total);
        return { total, ranges };
      }),

    requeueFailed: async (swarm, of) => {
      const { total, ranges } = await lists.requeueFailed(idOfThisCall(), swarm, of);
      return { total, ranges };
    },

    async cancelSwarm({ by, reason }) {
      const { workflowExecution } = activityInfo();
      if (!workflowExecution) return;
      await endRun(
        { client, database },
        { ...workflowExecution, how: 'cancel', reason: `${by}: ${reason}` },
      );
    },

    closeSwarm: (swarm) => store.close(swarm),

    noteSwarm: (swarm, standing) => store.steer(swarm, standing),

    async giveUpRest(swarm, list, { failure, message }) {
      const workflowId = activityInfo().workflowExecution?.workflowId ?? '';
      const errorClass = errorClassOf(failure);
      return store.giveUp({ swarm, list }, workflowId, { failure, errorClass, message });
    },

    async giveUpTasks({ swarm, list, agent, from, to }, { failure, message }) {
      const workflowId = activityInfo().workflowExecution?.workflowId ?? '';
      const errorClass = errorClassOf(failure);
      const place = { swarm, list, agent, from, to };
      return store.giveUp(place, workflowId, { failure, errorClass, message });
    },
  };
};

/** As many as a pool has. */
const openConnections = 10;
const nobody = '00000000-0000-0000-0000-000000000000';
/** The place of no task. */
const nothing = { swarm: nobody, list: nobody, agent: '', from: 0, to: 0 };

const placed = (tasks: readonly unknown[]) =>
  tasks.map((task, index) => ({ at: `source.tasks.${index}`, task }));

/**
 * The same for each try of this activity, so that tasks are loaded, added, or tried again, once. It tells
 * when the activity was asked for (UUID version 7), as the ids of all lists do.
 */
function idOfThisCall(): string {
  const { workflowExecution, activityId, scheduledTimestampMs } = activityInfo();
  const call = `${workflowExecution?.runId} ${activityId}`;
  return listIdOf(scheduledTimestampMs, createHash('sha256').update(call).digest());
}

/** @throws {BadRequest} naming each field that is wrong. */
function checkSwarm(raw: unknown): SwarmRequest {
  const parsed = SwarmRequest.safeParse(raw);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => ({
    path: `/${path.join('/')}`,
    message,
  }));
  const list = fields.map(({ path, message }) => `${path.slice(1) || 'request'}: ${message}`);
  throw new BadRequest(FailureType.InvalidInput, list.join('; '), fields);
}

/** What is wrong with a request is not tried again. */
async function refusing<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    throw ApplicationFailure.nonRetryable(error.message, error.failure);
  }
}

/** What lists show of a swarm: the agent that has most of its tasks stands for all. */
function memoOf({ title, requestedBy }: SwarmRequest, { ranges }: TaskList): RunMemo {
  const [most] = [...ranges].sort((a, b) => b.to - b.from - (a.to - a.from));
  const agent = declared.find(({ id }) => id === most?.agent);
  return {
    title,
    capability: null,
    account: null,
    agent: agent?.id ?? null,
    requestedBy,
  };
}

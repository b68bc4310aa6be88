import { createHash } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { agents as declared } from '../contracts/agents.ts';
import type { StartedRun } from '../contracts/api.ts';
import { BadRequest, checkConfirmed, type TaskCounts } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { RunMemo } from '../contracts/runs.ts';
import {
  mostInlineTasks,
  SwarmRequest,
  type NewSwarm,
  type TaskSource,
} from '../contracts/swarm.ts';
import { runMemoKey, systemQueue } from '../rules/names.ts';
import type { Database } from './database.ts';
import { searchAttributes } from './search-attributes.ts';
import { shortList, type PlacedTask } from './checked-tasks.ts';
import { createTaskLists, type TaskList } from './task-lists.ts';

/** Where tasks come from, as those have them who start a swarm. */
export type SwarmTasks =
  | { readonly kind: 'tasks'; readonly tasks: readonly unknown[] }
  | { readonly kind: 'stream'; readonly tasks: AsyncIterable<PlacedTask>; readonly origin: string }
  | { readonly kind: 'source'; readonly source: TaskSource };

/** What starting a swarm takes. */
export interface StartSwarmDeps {
  readonly client: Client;
  readonly database: Pick<Database, 'sql'>;
  /** Refuses agents that no worker serves, before anything is started. */
  readonly checkServed: (agents: readonly string[]) => Promise<void>;
}

/** A swarm that was started or joined, and what lists show of it. */
export interface StartedSwarm extends StartedRun {
  readonly total: number;
  readonly memo: RunMemo;
}

/** What a swarm is to do, ready to be named and started. */
interface Prepared {
  readonly source: TaskSource;
  readonly digest: string;
  readonly total: number;
  readonly agents: readonly string[];
  /** Tasks of each capability, at least of those that a person has to confirm. */
  readonly counts: TaskCounts;
  /** A list that was loaded for this start. */
  readonly loaded?: string;
}

const mostInlineBytes = 100_000;
const longestSlug = 60;
const answersWithinMs = 5_000;

/**
 * Starts a swarm under `swarm/<title>/<digest of its tasks>`, or joins the one of the same title
 * and tasks that is under way. Lists too long for a request are loaded first.
 *
 * @throws {BadRequest} before anything is started, naming the first task that is wrong.
 */
export async function startSwarm(
  { client, database, checkServed }: StartSwarmDeps,
  tasks: SwarmTasks,
  settings: Omit<NewSwarm, 'source'>,
): Promise<StartedSwarm> {
  const checked = checkedSettings(settings);
  const lists = createTaskLists(database);
  const prepared = await prepare(database, tasks);
  try {
    checkConfirmed(prepared.counts, checked);
    await checkServed(prepared.agents);
  } catch (error) {
    if (prepared.loaded !== undefined) await lists.drop(prepared.loaded);
    throw error;
  }
  const { source, digest, total, agents } = prepared;
  const workflowId = `swarm/${slugOf(checked.title)}/${digest}`;
  const memo = memoOf(checked, agents);
  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    client.withDeadline(Date.now() + answersWithinMs, question);
  for (;;) {
    try {
      const handle = await ask(() =>
        client.workflow.start<(request: SwarmRequest) => Promise<unknown>>('swarm', {
          workflowId,
          taskQueue: systemQueue,
          args: [{ ...checked, source }],
          workflowIdConflictPolicy: 'FAIL',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          memo: { [runMemoKey]: memo },
          staticSummary: checked.title,
          typedSearchAttributes: new TypedSearchAttributes([
            { key: searchAttributes.agent, value: memo.agent },
            { key: searchAttributes.capability, value: memo.capability },
            { key: searchAttributes.account, value: memo.account },
          ]),
        }),
      );
      return { workflowId, runId: handle.firstExecutionRunId, started: true, total, memo };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const { runId, status } = await ask(() => client.workflow.getHandle(workflowId).describe());
      if (status.name !== 'RUNNING') continue; // it ended between the two calls: start it again
      if (prepared.loaded !== undefined) await lists.drop(prepared.loaded);
      return { workflowId, runId, started: false, total, memo };
    }
  }
}

/** The settings with defaults filled in. @throws {BadRequest} naming each field that is wrong. */
export function checkedSettings(settings: Omit<NewSwarm, 'source'>): Omit<SwarmRequest, 'source'> {
  const parsed = SwarmRequest.omit({ source: true }).safeParse(settings);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => ({
    path: `/${path.join('/')}`,
    message,
  }));
  const list = fields.map(({ path, message }) => `${path.slice(1)}: ${message}`);
  throw new BadRequest(FailureType.InvalidInput, list.join('; '), fields);
}

async function prepare(database: Pick<Database, 'sql'>, given: SwarmTasks): Promise<Prepared> {
  const lists = createTaskLists(database);
  switch (given.kind) {
    case 'stream':
      return loaded(given.tasks, given.origin);
    case 'tasks':
      return inline(given.tasks);
    case 'source':
      switch (given.source.kind) {
        case 'inline':
          return inline(given.source.tasks);
        case 'list': {
          const list = await lists.read(given.source.list);
          return { ...(await ofList(list)), source: given.source, digest: shortHash(list.id) };
        }
        case 'failed':
          // the failed tasks of one swarm are the same work, however often they are asked for
          return asLoaded(
            await lists.copyFailed(given.source.swarm, given.source.of),
            shortHash(`${given.source.swarm} ${JSON.stringify(given.source.of)}`),
          );
      }
  }

  async function inline(raw: readonly unknown[]): Promise<Prepared> {
    const placed = raw.map((task, index) => ({ at: `tasks.${index}`, task }));
    const isShort = raw.length <= mostInlineTasks && JSON.stringify(raw).length <= mostInlineBytes;
    if (!isShort || raw.length === 0) return loaded(placed, 'the request');
    const { digest, agents, counts, tasks } = shortList(placed);
    return { source: { kind: 'inline', tasks }, digest, total: tasks.length, agents, counts };
  }

  async function loaded(...tasks: Parameters<typeof lists.load>): Promise<Prepared> {
    const list = await lists.load(...tasks);
    return asLoaded(list, list.digest);
  }

  async function asLoaded(list: TaskList, digest: string): Promise<Prepared> {
    const { id } = list;
    return { ...(await ofList(list)), source: { kind: 'list', list: id }, digest, loaded: id };
  }

  async function ofList({ id, total, ranges }: TaskList) {
    const agents = [...new Set(ranges.map(({ agent }) => agent))];
    return { total, agents, counts: await lists.toConfirm(id) };
  }
}

const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The title as part of an id: small letters, digits and hyphens. */
function slugOf(title: string): string {
  const slug = title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, longestSlug)
    .replaceAll(/^-|-$/g, '');
  return slug || 'tasks';
}

/** What lists show of it before a worker has looked at it. */
function memoOf({ title, requestedBy }: Omit<SwarmRequest, 'source'>, agents: readonly string[]) {
  const agent = declared.find(({ id }) => id === agents[0]);
  const isOnly = agents.length === 1 && agent?.capabilities.length === 1;
  return {
    title,
    capability: isOnly ? (agent.capabilities[0]?.id ?? '') : '',
    account: '',
    agent: agent?.id ?? '',
    requestedBy,
  };
}

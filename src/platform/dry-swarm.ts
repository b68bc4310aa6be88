import type { Client } from '@temporalio/client';
import { agents as declared, findCapability } from '../contracts/agents.ts';
import { isOnceEffect, type Capability } from '../contracts/capability.ts';
import { BadRequest, checkConfirmed, confirmationOf } from '../contracts/check.ts';
import { DryRun } from '../contracts/dry-run.ts';
import { FailureType } from '../contracts/failures.ts';
import type { TaskOutcome } from '../contracts/runs.ts';
import type { NewSwarm } from '../contracts/swarm.ts';
import type { Refused, SwarmDryRun } from '../contracts/swarm-dry-run.ts';
import { lessonsOf } from '../rules/memory.ts';
import { decide } from '../rules/obey.ts';
import { provenanceObjection } from '../rules/provenance.ts';
import { squadsFor } from '../rules/swarm.ts';
import { accountsOf } from './accounts.ts';
import type { AgentReader } from './agents.ts';
import { checkedAt, type PlacedTask } from './checked-tasks.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';
import { createMemoryStore } from './memory-store.ts';
import { startTask } from './start-run.ts';
import { checkedSettings, type SwarmTasks } from './start-swarm.ts';
import { createSuppressions } from './suppressions.ts';
import { createTaskLists } from './task-lists.ts';

interface DrySwarmDeps {
  readonly client: Client;
  readonly database: Database;
  readonly config: Config;
  readonly agents: Pick<AgentReader, 'workers' | 'isServed'>;
}

type Placed = ReturnType<typeof checkedAt> & { readonly at: string };
type Group = SwarmDryRun['groups'][number];

const mostPlans = 3;
const plansWithinMs = 30_000;
const mostNamed = 5;
const addressesAtOnce = 500;

/**
 * Says what a swarm would do: reads and checks all of its tasks, and has its first requests planned
 * by dry runs. Nothing of the swarm is started or stored.
 *
 * @throws {BadRequest} for settings that are wrong, and for a list or a swarm that is not there.
 */
export async function dryRunSwarm(
  { client, database, config, agents }: DrySwarmDeps,
  tasks: SwarmTasks,
  settings: Omit<NewSwarm, 'source'>,
): Promise<SwarmDryRun> {
  const checked = checkedSettings(settings);
  const suppressions = createSuppressions(database);
  const memories = createMemoryStore(database);
  const problems = createTally();
  const refusals = createTally();
  const groups = new Map<string, Group>();
  const first: Placed[] = [];
  let recipients: { readonly at: string; readonly address: string }[] = [];

  async function lookUpRecipients(): Promise<void> {
    const asked = recipients;
    recipients = [];
    const refused = await suppressions.refuse(asked.map(({ address }) => address));
    for (const { address, pattern, reason } of refused) {
      const at = asked.find((each) => each.address === address)?.at ?? address;
      refusals.add(at, FailureType.Suppressed, `${pattern ?? address}: ${reason}`);
    }
  }

  async function methodsOf(
    agent: string,
    capability: Capability,
    account: string,
    isStandIn: boolean,
  ) {
    const world = isStandIn ? 'stand-in' : 'live';
    const { memory } = await memories.current({ agent, world });
    const scope = { capability: capability.id, account };
    const lessons = lessonsOf(memory, scope);
    const now = new Date().toISOString();
    return decide({ ...capability, methods: [...capability.methods] }, lessons, now).methods;
  }

  async function look(task: Placed): Promise<void> {
    const { at, input } = task;
    const found = findCapability(task.capability);
    if (!found) return;
    const { agent, capability } = found;
    const accounts = accountsOf(config, agent.vendor);
    const account = accounts.find(({ name }) => name === task.account);
    const isStandIn = account?.isStandIn ?? false;
    const key = `${task.capability} ${task.account}`;
    const group = groups.get(key) ?? {
      ...{ capability: task.capability, account: task.account, agent: agent.id, count: 0 },
      isStandIn,
      effect: capability.effect,
      methods: [...(await methodsOf(agent.id, capability, task.account, isStandIn))],
    };
    groups.set(key, { ...group, count: group.count + 1 });
    if (!account) {
      const names = accounts.map(({ name }) => name).join(', ');
      refusals.add(
        at,
        FailureType.InvalidInput,
        `account: ${agent.id} has no account “${task.account}”; settings name: ${names}`,
      );
      return;
    }
    if (!isOnceEffect(capability.effect)) return;
    if (first.length < mostPlans) first.push(task);
    const reached = capability.recipients?.(input) ?? [];
    const isLiveAccount = !account.isStandIn;
    const { provenance } = checked;
    const madeUp = provenanceObjection({
      ...{ isLiveAccount, provenance, isStandIn: false, recipients: reached },
    });
    if (madeUp !== null) refusals.add(at, FailureType.FromStandIn, madeUp);
    recipients.push(...reached.map((address) => ({ at, address })));
    if (recipients.length >= addressesAtOnce) await lookUpRecipients();
  }

  /** Begins a dry run of its own, which only reads; `undefined` when nobody answers in time. */
  async function plan({ at, capability, account, input }: Placed): Promise<SwarmDryRun['first']> {
    const { requestedBy, provenance } = checked;
    const more = { requestedBy, dryRun: true, ...(provenance ? { provenance } : {}) };
    const outcome = await client.withDeadline(Date.now() + plansWithinMs, async () => {
      const { workflowId, runId } = await startTask(client, {
        capability,
        account,
        input,
        ...more,
      });
      return client.workflow.getHandle<() => Promise<TaskOutcome>>(workflowId, runId).result();
    });
    return [{ at, plan: DryRun.parse(outcome.result) }];
  }

  await readAll(tasks, createTaskLists(database), problems, look);
  await lookUpRecipients();
  const all = [...groups.values()].sort((a, b) => b.count - a.count);
  const total = all.reduce((sum, { count }) => sum + count, 0);
  const counts: Record<string, number> = {};
  for (const { capability, count } of all) counts[capability] = (counts[capability] ?? 0) + count;
  problems.during('the request', () => checkConfirmed(counts, checked));
  const queues = await queuesOf(all);
  for (const { queue, isServed } of queues) {
    const words = `No worker serves ${queue}: start one with “agentic worker”`;
    if (!isServed) problems.add(queue, FailureType.NotServed, words);
  }
  const served = first.filter((each) =>
    queues.some((one) => one.queue === each.agent && one.isServed),
  );
  const plans = await Promise.all(served.map((each) => plan(each).catch(() => [])));
  const wouldStart = total > 0 && problems.list().length === 0;
  return {
    isDryRun: true,
    summary: summaryOf(total, queues, wouldStart),
    wouldStart,
    ...{ total, groups: all, queues },
    window: checked.window ?? null,
    problems: problems.list(),
    refusals: refusals.list(),
    confirmation: confirmationOf(counts) ?? null,
    first: plans.flat(),
  };

  async function queuesOf(found: readonly Group[]): Promise<SwarmDryRun['queues']> {
    const workers = (await agents.workers()).filter(({ state }) => state === 'running');
    const ids = declared
      .map(({ id }) => id)
      .filter((id) => found.some((each) => each.agent === id));
    const ranges = ids.map((agent) => {
      const to = found.reduce((sum, each) => sum + (each.agent === agent ? each.count : 0), 0);
      return { agent, from: 0, to };
    });
    const serving = workers.filter(({ queues: taken }) => ids.some((id) => taken.includes(id)));
    const squads = squadsFor(ranges, Math.max(serving.length, 1));
    return Promise.all(
      ranges.map(async ({ agent, to }) => ({
        queue: agent,
        tasks: to,
        squads: squads.filter((each) => each.agent === agent).length,
        isServed: await agents.isServed(agent),
      })),
    );
  }
}

/** Hands over all tasks that are right, and counts those that are not. */
async function readAll(
  given: SwarmTasks,
  lists: ReturnType<typeof createTaskLists>,
  problems: Tally,
  look: (task: Placed) => Promise<void>,
): Promise<void> {
  try {
    for await (const { at, task } of placed(given, lists)) {
      const right = problems.during(at, () => checkedAt(at, task));
      if (right) await look({ ...right, at });
    }
  } catch (error) {
    // a file that can't be read on is not read on
    if (!(error instanceof BadRequest) || given.kind === 'source') throw error;
    problems.add('', error.failure, error.message);
  }
}

function placed(
  given: SwarmTasks,
  lists: ReturnType<typeof createTaskLists>,
): AsyncIterable<PlacedTask> | Iterable<PlacedTask> {
  if (given.kind === 'stream') return given.tasks;
  if (given.kind === 'source' && given.source.kind !== 'inline') return lists.tasksOf(given.source);
  const tasks =
    given.kind === 'tasks' ? given.tasks : given.source.kind === 'inline' ? given.source.tasks : [];
  return tasks.map((task, index) => ({ at: `tasks.${index}`, task }));
}

/** Counts what is refused, by its words. */
interface Tally {
  add(at: string, failure: string, message: string): void;
  /** @returns what `act` does; `undefined` when it was refused, which is counted. */
  during<T>(at: string, act: () => T): T | undefined;
  list(): Refused[];
}

function createTally(): Tally {
  const known = new Map<string, Refused>();
  const add: Tally['add'] = (at, failure, message) => {
    const words = message.startsWith(`${at}: `) ? message.slice(at.length + 2) : message;
    const entry = known.get(words) ?? { failure, message: words, count: 0, such: [] };
    const such = entry.such.length < mostNamed && at !== '' ? [...entry.such, at] : entry.such;
    known.set(words, { ...entry, such, count: entry.count + 1 });
  };
  return {
    add,
    during(at, act) {
      try {
        return act();
      } catch (error) {
        if (!(error instanceof BadRequest)) throw error;
        add(at, error.failure, error.message);
        return undefined;
      }
    },
    list: () => [...known.values()].sort((a, b) => b.count - a.count).slice(0, 20),
  };
}

function summaryOf(total: number, queues: SwarmDryRun['queues'], wouldStart: boolean): string {
  if (!wouldStart) return total === 0 ? 'There are no tasks that could run' : 'It would not start';
  const squads = queues.reduce((sum, each) => sum + each.squads, 0);
  const names = queues.map(({ queue }) => queue).join(', ');
  return `It would do ${total.toLocaleString('en-US')} tasks of ${names} in ${squads} squads`;
}

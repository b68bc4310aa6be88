import type { Client } from '@temporalio/client';
import { optionalTsToDate, optionalTsToMs } from '@temporalio/common/lib/time.js';
import { z } from 'zod';
import { agents as declared } from '../contracts/agents.ts';
import { AgentInfo, type AgentList, type CapabilityInfo } from '../contracts/api.ts';
import type { Agent, Capability } from '../contracts/capability.ts';
import { WorkerInfo, type AgentWorker, type LoadCounts } from '../contracts/load.ts';
import { agentStateOf, stateOfAll } from '../rules/agent-state.ts';
import { accountsOf } from './accounts.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';

/** Who does the work: declarations, workers, queues and logins put together. */
export interface AgentReader {
  /** Every declared agent. Asks the server for its queues; answers or fails within about 3 s. */
  list(): Promise<AgentList>;
  /** Worker processes seen in the last hour, newest first. Reads the database only. */
  workers(): Promise<WorkerInfo[]>;
  /** Agents without a worker, by the workers' own announcements. */
  unserved(): Promise<string[]>;
  /** Whether a worker takes work for this agent now: one of ours, or any that polls its queue. */
  isServed(agent: string): Promise<boolean>;
}

interface AgentDeps {
  readonly client: Client;
  readonly database: Database;
  readonly config: Pick<Config, 'accounts'>;
}

const answersWithinMs = 3_000;
/** A worker that has been silent for this long takes no work. */
const silentMs = 30_000;
const goneMs = 120_000;
const recentMs = 600_000;
const pollsWithinMs = 60_000;
const queueTypes = [1, 2]; // temporal.api.enums.v1.TaskQueueType: workflow, activity

interface Queue {
  readonly backlog: number;
  readonly backlogAgeMs: number;
  readonly pollers: readonly { readonly identity: string; readonly seenAt: number }[];
}

/** @param deps the server for its queues, the tables for what workers announce. */
export function createAgentReader({ client, database, config }: AgentDeps): AgentReader {
  const { sql } = database;

  async function queueOf(name: string): Promise<Queue> {
    const replies = await client.withDeadline(Date.now() + answersWithinMs, () =>
      Promise.all(
        queueTypes.map((taskQueueType) =>
          client.workflowService.describeTaskQueue({
            namespace: client.options.namespace,
            taskQueue: { name },
            taskQueueType, // eslint-disable-line @typescript-eslint/no-unsafe-enum-assignment -- the SDK exports no such enum
            reportStats: true,
          }),
        ),
      ),
    );
    const sum = (counts: readonly number[]) => counts.reduce((all, each) => all + each, 0);
    const ages = replies.map(({ stats }) => optionalTsToMs(stats?.approximateBacklogAge) ?? 0);
    return {
      backlog: sum(replies.map(({ stats }) => Number(stats?.approximateBacklogCount ?? 0))),
      backlogAgeMs: Math.max(...ages),
      pollers: replies.flatMap(({ pollers }) =>
        pollers.map((poller) => ({
          identity: poller.identity ?? '',
          seenAt: optionalTsToDate(poller.lastAccessTime)?.getTime() ?? 0,
        })),
      ),
    };
  }

  async function workers(): Promise<WorkerInfo[]> {
    const rows = await sql<Record<string, unknown>[]>`
      select identity, host, pid, version, queues, started_at as "startedAt", seen_at as "seenAt",
        in_flight as "inFlight", slots, memory_mb as "memoryMb", cpu, state,
        loop_delay_ms as "loopDelayMs", loads
      from workers where seen_at > now() - interval '1 hour' order by started_at desc`;
    return rows.map((row) => {
      const worker = Stored.parse(row);
      const isGone = Date.now() - Date.parse(worker.seenAt) > goneMs;
      return isGone ? { ...worker, state: 'gone' as const } : worker;
    });
  }

  async function logins(): Promise<readonly Login[]> {
    return sql<Login[]>`select agent, account, state, message from credential_checks`;
  }

  async function countsToday(): Promise<readonly Counts[]> {
    return sql<Counts[]>`
      select agent, count(*) filter (where started_at >= ${startOfToday()})::int as runs,
        count(*) filter (where closed_at >= ${startOfToday()}
          and status in ('failed', 'timed_out'))::int as failed
      from runs
      where type <> 'starter' and agent is not null
        and (started_at >= ${startOfToday()} or closed_at >= ${startOfToday()})
      group by agent`;
  }

  const isFresh = (worker: WorkerInfo): boolean =>
    worker.state === 'running' && Date.now() - Date.parse(worker.seenAt) < silentMs;

  /** A worker that beats says so itself. */
  const isAnnounced = (id: string, known: readonly WorkerInfo[]): boolean =>
    known.some((worker) => worker.queues.includes(id) && isFresh(worker));

  /** A poller counts unless it is one of ours that has fallen silent. */
  function isServedBy(id: string, queue: Queue, known: readonly WorkerInfo[]): boolean {
    if (isAnnounced(id, known)) return true;
    return queue.pollers.some(
      (poller) =>
        Date.now() - poller.seenAt < pollsWithinMs &&
        !known.some((worker) => worker.identity === poller.identity),
    );
  }

  return {
    workers,

    async list() {
      const [known, checks, counts, queues] = await Promise.all([
        workers(),
        logins(),
        countsToday(),
        Promise.all(declared.map((agent) => queueOf(agent.id))),
      ]);
      return {
        agents: declared.map((agent, index): AgentInfo => {
          const queue = queues[index] ?? { backlog: 0, backlogAgeMs: 0, pollers: [] };
          const today = counts.find((each) => each.agent === agent.id);
          const serving = workersOf(agent.id, known);
          return {
            id: agent.id,
            title: agent.title,
            description: agent.description,
            queue: agent.id,
            capabilities: agent.capabilities.map(capabilityInfo),
            accounts: loginsOf(agent, config, checks),
            backlog: queue.backlog,
            backlogAgeMs: Math.round(queue.backlogAgeMs),
            isServed: isServedBy(agent.id, queue, known),
            state: stateOfAll(serving.map(({ agentState }) => agentState)),
            workers: serving,
            runsToday: today?.runs ?? 0,
            failedToday: today?.failed ?? 0,
          };
        }),
      };
    },

    async unserved() {
      const known = await workers();
      return declared.map((agent) => agent.id).filter((id) => !isAnnounced(id, known));
    },

    async isServed(agent) {
      const known = await workers();
      return isAnnounced(agent, known) || isServedBy(agent, await queueOf(agent), known);
    },
  };
}

/** Midnight UTC: "today" on every page. */
export function startOfToday(): Date {
  return new Date(new Date().setUTCHours(0, 0, 0, 0));
}

/** The workers of an agent, with its own part of what they do. */
function workersOf(agent: string, known: readonly WorkerInfo[]): AgentWorker[] {
  const triesOf = ({ done, failed }: LoadCounts): number => done + failed;
  const serving = known
    .filter(({ queues }) => queues.includes(agent))
    .map(({ loads, ...worker }) => {
      const load = loads.find((each) => each.agent === agent) ?? { agent, ...noLoad };
      // what a worker counted last is no news when it was long ago
      const isNews = Date.now() - Date.parse(worker.seenAt) < recentMs;
      return { worker, load, tries: isNews ? triesOf(load.lastTenMinutes) : 0 };
    });
  const all = serving.reduce((sum, { tries }) => sum + tries, 0);
  return serving.map(({ worker, load, tries }) => ({
    ...worker,
    load,
    share: all === 0 ? null : tries / all,
    freeSlots: Math.max(0, worker.slots - worker.inFlight),
    agentState: agentStateOf({
      worker: worker.state,
      inFlight: load.inFlight,
      recent: load.lastTenMinutes,
      loopDelayMs: worker.loopDelayMs,
    }),
  }));
}

const nothing: LoadCounts = { done: 0, failed: 0, busySeconds: 0 };
const noLoad = { inFlight: 0, sinceStart: nothing, lastHour: nothing, lastTenMinutes: nothing };

/** A capability as forms and lists need it, its input as JSON Schema. */
const capabilityInfo = (capability: Capability): CapabilityInfo => ({
  id: capability.id,
  verb: capability.verb,
  title: capability.title,
  description: capability.description,
  effect: capability.effect,
  inputSchema: { ...z.toJSONSchema(capability.input, { io: 'input' }) },
  isConfirmed: capability.confirmation !== undefined,
  methods: capability.methods.map(({ id, description }) => ({ id, description })),
  tunables: { ...capability.tunables },
});

const asIso = z.date().transform((date) => date.toISOString());
const Stored = WorkerInfo.extend({
  startedAt: asIso,
  seenAt: asIso,
  state: WorkerInfo.shape.state.catch('gone'),
});

interface Login {
  readonly agent: string;
  readonly account: string;
  readonly state: string;
  readonly message: string;
}

interface Counts {
  readonly agent: string;
  readonly runs: number;
  readonly failed: number;
}

const loginsOf = (
  agent: Agent,
  config: Pick<Config, 'accounts'>,
  checks: readonly Login[],
): AgentInfo['accounts'] =>
  accountsOf(config, agent.vendor).map(({ name, isStandIn }) => {
    const check = checks.find((each) => each.agent === agent.id && each.account === name);
    const states = AgentInfo.shape.accounts.unwrap().shape.credentials;
    return {
      name,
      vendor: agent.vendor,
      isStandIn,
      credentials: states.catch('unknown').parse(check?.state),
      message: check?.message ?? 'Not checked yet: a worker does it when it starts',
    };
  });

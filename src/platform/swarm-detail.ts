import {
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { z } from 'zod';
import {
  FailureGroup,
  SwarmCounts,
  SwarmRequest,
  type SwarmDetail,
  type SwarmPause,
  type SwarmProgress,
} from '../contracts/swarm.ts';
import { SwarmStart } from '../contracts/memory.ts';
import { progressWords } from '../rules/run-state.ts';
import { itself } from '../rules/swarm.ts';
import { whyOfSwarm } from '../rules/swarm-why.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';
import { paced } from './paced.ts';
import { createRunReader, type StoredRun } from './run-list.ts';
import { countsOfSwarm } from './swarm-counts.ts';
import { createSwarmRows, type SwarmRef } from './swarm-rows.ts';
import { Broken, mostFailureGroups, Totals } from './swarm-store.ts';

/** One swarm as its page shows it. */
export interface SwarmDetails {
  /**
   * Numbers from the rows, state from Temporal where it has the run, the rest from the workflow
   * while a worker answers for it; `undefined` when there is no such swarm.
   */
  read(workflowId: string, run?: string): Promise<SwarmDetail | undefined>;
}

interface SwarmDetailDeps {
  readonly client: Client;
  readonly database: Database;
  readonly config: Pick<Config, 'accounts'>;
}

interface Standing extends SwarmRef {
  readonly window: number | null;
  readonly paused: SwarmPause | null;
  readonly broken: unknown;
  readonly totals: unknown;
  readonly starts: unknown;
  readonly origin: string;
}

const describesWithinMs = 3_000;
const answersWithinMs = 1_000;
const asksAgainAfterMs = 5_000;
const mostKept = 100;
const Request = SwarmRequest.omit({ source: true, requestedBy: true }).partial().strip();

/** @param deps the servers it asks. */
export function createSwarmDetails({ client, database, config }: SwarmDetailDeps): SwarmDetails {
  const { sql } = database;
  const runs = createRunReader(database, config);
  const rows = createSwarmRows(database);
  const countsOf = paced(readCounts);
  const methodsOf = paced(readMethods);
  const rateOf = paced(readRate);
  const silentUntil = new Map<string, number>();

  async function standingOf(workflowId: string, run?: string): Promise<Standing | undefined> {
    const found = await rows.find(workflowId, run);
    if (!found) return undefined;
    const [row] = await sql<Omit<Standing, keyof SwarmRef>[]>`
      select s."window", paused, broken, totals, starts, coalesce(l.origin, '') as origin
      from swarms s left join task_lists l on l.id = s.list where s.id = ${found.id}`;
    return row && { ...found, ...row };
  }

  /** As the server has it; `undefined` when it never had it or has dropped it. */
  async function described(workflowId: string, run?: string) {
    try {
      return await client.withDeadline(Date.now() + describesWithinMs, () =>
        client.workflow.getHandle(workflowId, run).describe(),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** The workflow's own word; `undefined` when nobody answers for it at once, or has not of late. */
  async function progressOf({ workflowId, runId }: WorkflowExecutionDescription) {
    if ((silentUntil.get(runId) ?? 0) > Date.now()) return undefined;
    try {
      return await client.withDeadline(Date.now() + answersWithinMs, () =>
        client.workflow.getHandle(workflowId, runId).query<SwarmProgress>('progress'),
      );
    } catch {
      if (silentUntil.size > mostKept) silentUntil.clear();
      silentUntil.set(runId, Date.now() + asksAgainAfterMs);
      return undefined;
    }
  }

  async function readCounts(id: string, total: number) {
    const [row] = await sql<{ completed: number; failed: number; retrying: number }[]>`
      ${countsOfSwarm(sql, sql`${id}::uuid`)}`;
    const { completed, failed, retrying } = row ?? { completed: 0, failed: 0, retrying: 0 };
    const failures = await sql`
      select capability, method, failure, error_class as class, count(*)::int,
        (array_agg(index order by index))[1:5] as samples, left(min(message), 500) as message
      from swarm_outcomes where swarm = ${id} and state = 'failed' and state <> 'completed'
      group by capability, method, failure, error_class
      order by count desc limit ${mostFailureGroups}`;
    const open = Math.max(0, total - completed - failed - retrying);
    return {
      counts: { total, completed, failed, retrying, open },
      failures: z.array(FailureGroup).parse(failures),
    };
  }

  async function readMethods(id: string): Promise<SwarmDetail['methods']> {
    return sql<SwarmDetail['methods']>`
      select capability, method, count(*)::int from swarm_outcomes
      where swarm = ${id} and state = 'completed' and method is not null
      group by capability, method order by count desc`;
  }

  async function numbersOf(standing: Standing | undefined, isOpen: boolean) {
    if (!standing) return { counts: SwarmCounts.parse(none), methods: [], failures: [] };
    const ended = isOpen ? undefined : Totals.safeParse(standing.totals).data;
    if (ended) return ended;
    const [numbers, methods] = await Promise.all([
      countsOf(standing.id, standing.total),
      methodsOf(standing.id),
    ]);
    return { ...numbers, methods };
  }

  /** Tasks settled a second over the last 10 s, or since it began when that is not so long ago. */
  async function readRate(id: string): Promise<number> {
    const [row] = await sql<{ rate: number }[]>`
      with recent as materialized (
        select swarm, state from swarm_outcomes where at > now() - interval '10 seconds'
      )
      select count(*) filter (where swarm = ${id} and state <> 'retrying')::float8
        / greatest(0.5, least(10, extract(epoch from now() -
            (select created_at from swarms where id = ${id}))::float8)) as rate
      from recent`;
    return Math.round((row?.rate ?? 0) * 10) / 10;
  }

  async function storedOf(
    workflowId: string,
    run: string | undefined,
    server: WorkflowExecutionDescription | undefined,
  ): Promise<StoredRun | undefined> {
    const row = await runs.find(workflowId, server?.runId ?? run);
    if (row?.type !== 'swarm') return undefined;
    if (!server) return row;
    const status = server.status.name.toLowerCase();
    return { ...row, status, closedAt: server.closeTime ?? null };
  }

  return {
    async read(workflowId, wanted) {
      const server = await described(workflowId, wanted);
      const [stored, standing] = await Promise.all([
        storedOf(workflowId, wanted, server),
        standingOf(workflowId, server?.runId ?? wanted),
      ]);
      if (!stored) return undefined;
      const isOpen = stored.closedAt === null;
      const [numbers, progress, rate] = await Promise.all([
        numbersOf(standing, isOpen),
        isOpen && server ? progressOf(server) : undefined,
        isOpen && standing ? rateOf(standing.id) : 0,
      ]);
      const { counts } = numbers;
      const swarm = standing && { ...counts, paused: standing.paused };
      const summary = await runs.summarize({ ...stored, swarm: swarm ?? null });
      const isAnswered = progress !== undefined && summary.state.kind === 'queued';
      const run = isAnswered
        ? { ...summary, state: { kind: 'running' as const, step: progressWords(counts) } }
        : summary;
      const request = Request.safeParse(stored.input).data ?? {};
      const halted = progress?.paused ?? standing?.paused ?? null;
      const paused = isOpen && halted ? shownPause(halted) : null;
      const undone = counts.open + counts.retrying;
      const facts = {
        run,
        counts,
        phase: progress?.phase ?? phaseOf(isOpen, standing),
        paused,
        failures: [...numbers.failures],
        methods: [...numbers.methods],
        broken: brokenOf(standing),
        rate,
        secondsLeft: rate > 0 ? Math.ceil(undone / rate) : null,
      };
      return {
        ...facts,
        swarm: standing?.id ?? run.runId,
        request: {
          title: run.title,
          origin: standing?.origin ?? '',
          window: request.window ?? null,
          failureThreshold: request.failureThreshold ?? 0.1,
          grain: request.grain ?? null,
          giveUpAfterSeconds: request.giveUpAfterSeconds ?? null,
          waitForPersonSeconds: request.waitForPersonSeconds ?? null,
        },
        window: progress?.window ?? standing?.window ?? null,
        squads: {
          open: isOpen && server ? squadsOf(server) : [],
          ended: progress?.squads.ended ?? null,
          waiting: progress?.waiting ?? null,
        },
        starts: z.array(SwarmStart).parse(standing?.starts ?? []),
        why: whyOfSwarm(facts),
        cli: `npm run -s agentic -- swarm show ${workflowId}`,
      };
    },
  };
}

const none = { total: 0, completed: 0, failed: 0, retrying: 0, open: 0 };

const shownPause = ({ by, reason, until }: SwarmPause): SwarmDetail['paused'] => ({
  ...{ by, reason, until: until ?? null },
  isHalt: by === itself,
});

/** What it does, going by its row. */
function phaseOf(isOpen: boolean, standing: Standing | undefined): SwarmDetail['phase'] {
  if (!isOpen) return 'closed';
  if (!standing) return 'planning';
  return standing.paused ? 'paused' : 'working';
}

const brokenOf = (standing: Standing | undefined): SwarmDetail['broken'] =>
  Object.entries(Broken.parse(standing?.broken ?? {})).flatMap(([capability, methods]) =>
    Object.entries(methods).map(([method, failure]) => ({ capability, method, failure })),
  );

/** Its children, and the swarm itself while it carries tasks. */
const squadsOf = ({ raw }: WorkflowExecutionDescription): SwarmDetail['squads']['open'] => {
  const isCarrying = raw.pendingActivities?.some(({ activityType }) =>
    activityType?.name?.startsWith('swarm.task'),
  );
  const own = raw.workflowExecutionInfo?.execution;
  return [...(isCarrying && own ? [own] : []), ...(raw.pendingChildren ?? [])].map(
    ({ workflowId, runId }) => ({ workflowId: workflowId ?? '', runId: runId ?? '' }),
  );
};

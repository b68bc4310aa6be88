import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionInfo,
} from '@temporalio/client';
import { and, eq, inArray, isNull, lt, sql, type SQL } from 'drizzle-orm';
import type { Obeyed, World } from '../contracts/memory.ts';
import type { RunNeeds } from '../contracts/needs.ts';
import { RunMemo, type RunEnd } from '../contracts/runs.ts';
import { rootFailureOf } from '../rules/failure.ts';
import { runMemoKey } from '../rules/names.ts';
import { jsonbOf, type Database } from './database.ts';
import { isPayloadGone } from './payloads.ts';
import { runs } from './schema.ts';

/** What listing and describing a run have in common. */
type RunInfo = Omit<WorkflowExecutionInfo, 'raw'>;

/** One execution of a workflow. */
interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

/** Our own table of runs: a copy of what Temporal knows, for search and for what it has dropped. */
export interface RunStore {
  /** Notes a run under way, with what lists show of it. A repeat changes nothing. */
  noteStart(
    type: string,
    execution: Execution,
    memo: RunMemo,
    input: Record<string, unknown>,
    world?: World,
  ): Promise<void>;
  /** Notes what memory decided for a run, so that one that fails can be explained, too. */
  noteMemory(execution: Execution, memory: Obeyed): Promise<void>;
  /** Notes what a run waits for a person to decide; an older report changes nothing. */
  noteNeeds(execution: Execution, needs: RunNeeds): Promise<void>;
  /** Notes a run's end; the first report of an end stays. */
  noteEnd(execution: Execution, end: RunEnd): Promise<void>;
  /**
   * Compares the table with Temporal: runs it has not seen, ends no worker reported (terminated,
   * timed out, killed), decisions that no worker could note, and open rows the server no longer has.
   * Processes take turns.
   */
  reconcile(client: Client): Promise<void>;
}

/** A process that dies in its turn holds the others up this long. */
const turnMs = 30_000;
/** Visibility lags behind the truth, so recent ends are looked for again. */
const visibilityLagMs = 120_000;

/** Parts of a swarm stand on its page; topics and the writers of memory are no work that comes to an end, rehearsals none at all. */
const isWork = "WorkflowType NOT IN ('squad', 'topic', 'anneal', 'rehearsal')";

/** @param database where the table `runs` is. */
export const createRunStore = ({ db, sql: raw }: Database): RunStore => {
  const isThis = ({ workflowId, runId }: Execution) =>
    and(eq(runs.workflowId, workflowId), eq(runs.runId, runId));

  /** Stores what Temporal says; an end that a worker reported keeps its output and words. */
  async function store(client: Client, info: RunInfo): Promise<void> {
    const row = {
      ...describe(info),
      ...(info.status.name === 'COMPLETED' || info.status.name === 'FAILED'
        ? await endOf(client, info)
        : {}),
    };
    const { workflowId, runId, startedAt, ...changing } = row;
    await db
      .insert(runs)
      .values(row)
      .onConflictDoUpdate({
        target: [runs.workflowId, runs.runId],
        set: { ...changing, needs: newerNeeds },
      });
  }

  /** Ids of the runs among `infos` of which the table knows all: how they stand, and what they need. */
  async function settled(infos: readonly RunInfo[]): Promise<ReadonlySet<string>> {
    const told = new Map(infos.map((info) => [info.runId, info]));
    const rows = await db
      .select({ runId: runs.runId, status: runs.status, neededAt: neededAt(runs.needs) })
      .from(runs)
      .where(inArray(runs.runId, [...told.keys()]));
    const isKnown = ({ runId, status, neededAt: at }: (typeof rows)[number]): boolean => {
      const info = told.get(runId);
      return info !== undefined && statusOf(info) === status && toldNeedsAt(info) <= at;
    };
    return new Set(rows.filter(isKnown).map(({ runId }) => runId));
  }

  async function storeAll(client: Client, query: string): Promise<void> {
    for await (const page of pagesOf(client.workflow.list({ query, pageSize: 200 }), 200)) {
      const known = await settled(page);
      for (const info of page) if (!known.has(info.runId)) await store(client, info);
      await db
        .update(runs)
        .set({ seenAt: new Date() })
        .where(inArray(runs.runId, [...known]));
    }
  }

  /** Rows that look open but were not in the server's list: ask for each. */
  async function settleLeftOver(client: Client, began: Date): Promise<void> {
    const leftOver = await db
      .select({ workflowId: runs.workflowId, runId: runs.runId })
      .from(runs)
      .where(and(isNull(runs.closedAt), lt(runs.seenAt, began), lt(runs.startedAt, began)))
      .limit(100);
    for (const { workflowId, runId } of leftOver) {
      try {
        await store(client, await client.workflow.getHandle(workflowId, runId).describe());
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        await db
          .update(runs)
          .set({
            status: 'terminated',
            message: 'The server no longer has this run',
            closedAt: began,
          })
          .where(isThis({ workflowId, runId }));
      }
    }
  }

  return {
    async noteStart(type, { workflowId, runId }, memo, input, world) {
      const { title, capability, agent, account, requestedBy } = memo;
      const now = new Date();
      await raw`
        insert into runs (workflow_id, run_id, type, status, title, capability, agent, account,
          requested_by_kind, requested_by_name, input, world, started_at, seen_at)
        values (${workflowId}, ${runId}, ${type}, 'running', ${title}, ${capability}, ${agent},
          ${account}, ${requestedBy.kind}, ${requestedBy.name}, ${jsonbOf(input)}::text::jsonb,
          ${world ?? null}, ${now}, ${now})
        on conflict (workflow_id, run_id) do update set title = excluded.title,
          capability = excluded.capability, agent = excluded.agent, account = excluded.account,
          requested_by_kind = excluded.requested_by_kind,
          requested_by_name = excluded.requested_by_name, input = excluded.input,
          world = excluded.world`;
    },

    async noteMemory(execution, memory) {
      await db.update(runs).set({ memory }).where(isThis(execution));
    },

    async noteNeeds(execution, needs) {
      await db
        .update(runs)
        .set({ needs })
        .where(and(isThis(execution), sql`${neededAt(runs.needs)} < ${needs.at}::float8`));
    },

    async noteEnd({ workflowId, runId }, { status, output, failure = null, message = null }) {
      const now = new Date();
      await raw`
        update runs set status = ${status}, output = ${jsonbOf(output)}::text::jsonb,
          failure = ${failure}, message = ${message}, closed_at = ${now}, seen_at = ${now}
        where workflow_id = ${workflowId} and run_id = ${runId} and closed_at is null`;
    },

    async reconcile(client) {
      const began = new Date();
      const [turn] = await raw<{ at: Date | null }[]>`
        insert into reconciliations as r (name, claimed_until)
        values ('runs', ${new Date(began.getTime() + turnMs)})
        on conflict (name) do update set claimed_until = excluded.claimed_until
        where r.claimed_until < ${began} returning at`;
      if (!turn) return;
      const since = turn.at && new Date(turn.at.getTime() - visibilityLagMs);
      await storeAll(client, `ExecutionStatus = 'Running' AND ${isWork}`);
      await storeAll(
        client,
        `${since ? `CloseTime > '${since.toISOString()}'` : "ExecutionStatus != 'Running'"} AND ${isWork}`,
      );
      await settleLeftOver(client, began);
      await raw`update reconciliations set at = ${began}, claimed_until = ${began} where name = 'runs'`;
    },
  };
};

/** When a run said what it needs; 0 when it never did. */
const neededAt = (needs: SQL | typeof runs.needs): SQL<number> =>
  sql<number>`coalesce((${needs} ->> 'at')::float8, 0)`;

/** What the run said last: the server's lists lag behind what it has told us itself. */
const newerNeeds = sql`case when ${neededAt(sql`excluded.needs`)} > ${neededAt(runs.needs)}
  then excluded.needs else ${runs.needs} end`;

type Columns = Pick<
  typeof runs.$inferInsert,
  'title' | 'capability' | 'agent' | 'account' | 'requestedByKind' | 'requestedByName'
>;

function columnsOf(memo: RunMemo): Columns {
  const { title, capability, agent, account, requestedBy } = memo;
  return {
    title,
    capability,
    agent,
    account,
    requestedByKind: requestedBy.kind,
    requestedByName: requestedBy.name,
  };
}

/** The same, as the server has it: what a worker could not write down stands there. */
const toldNeedsAt = (info: RunInfo): number =>
  RunMemo.safeParse(info.memo?.[runMemoKey]).data?.needs?.at ?? 0;

const statusOf = (info: RunInfo): string => info.status.name.toLowerCase();

function describe(info: RunInfo): typeof runs.$inferInsert {
  const memo = RunMemo.safeParse(info.memo?.[runMemoKey]);
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    type: info.type,
    status: statusOf(info),
    startedAt: info.startTime,
    closedAt: info.closeTime ?? null,
    historyLength: info.historyLength,
    seenAt: new Date(),
    ...(memo.success
      ? { ...columnsOf(memo.data), needs: memo.data.needs ?? null }
      : { title: info.workflowId }),
  };
}

/** Result or failure of a closed run, read from the end of its history. */
async function endOf(
  client: Client,
  { workflowId, runId }: Execution,
): Promise<Pick<RunEnd, 'output' | 'failure' | 'message'>> {
  const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
  try {
    const output: unknown = await handle.result();
    return { output };
  } catch (error) {
    if (isPayloadGone(error)) return {};
    if (error instanceof WorkflowFailedError) return rootFailureOf(error.cause);
    throw error;
  }
}

async function* pagesOf<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let page: T[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length === size) {
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

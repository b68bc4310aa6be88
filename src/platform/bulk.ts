import type { Client } from '@temporalio/client';
import type { z } from 'zod';
import { findCapability } from '../contracts/agents.ts';
import type { StartedRun } from '../contracts/api.ts';
import {
  BulkView,
  mostBulkItems,
  type BulkAct,
  type BulkCounts,
  type BulkItem,
  type BulkItemsQuery,
  type BulkPreview,
  type BulkQuestion,
  type BulkRequest,
  type BulkSelection,
  type NewBulk,
} from '../contracts/bulk.ts';
import type { Effect } from '../contracts/capability.ts';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import { Requester } from '../contracts/requester.ts';
import type { RunMemo } from '../contracts/runs.ts';
import type { StrugglingRunsQuery } from '../contracts/struggling.ts';
import { bulkTitle } from '../rules/bulk.ts';
import { runMemoKey, systemQueue } from '../rules/names.ts';
import type { AuditEntry } from './audit.ts';
import type { Database } from './database.ts';
import { runsMatching } from './run-filter.ts';
import { createRunStore } from './runs.ts';
import { startOrJoin } from './start-run.ts';
import type { StrugglingReader } from './struggling.ts';
import { swarmOfRun } from './swarm-counts.ts';

/** What was shown no longer holds; nothing was done. */
export class BulkMoved extends Error {
  override readonly name = 'BulkMoved';
}

/** Who asks for it, as the audit and as runs name them. */
interface Asker {
  readonly by: string;
  readonly requestedBy: Requester;
}

/** An act on many runs, as the run that carries it out reads it. */
export interface BulkOrder extends Asker {
  readonly act: BulkAct;
  readonly reason: string;
}

/** One run whose turn has come. */
export interface OpenItem extends Pick<BulkItem, 'seq' | 'workflowId' | 'runId' | 'type'> {
  /** An earlier try began it, and nobody knows how far it came. */
  readonly isBegun: boolean;
}

/** Acts on many runs at once: their rows say what is to be done, and what was. */
export interface Bulk {
  /** To how many runs it would be done now. */
  preview(question: BulkQuestion): Promise<BulkPreview>;
  /**
   * Writes down the runs that are meant, and starts the run that does it to each. A repeat with the
   * same id joins it.
   *
   * @throws {BulkMoved} when their number differs by more than a tenth from the one expected.
   * @throws {BadRequest} for none, or too many.
   */
  start(
    client: Client,
    order: z.output<typeof NewBulk>,
    asker: Asker,
  ): Promise<StartedRun & { readonly total: number }>;
  /** One page of it; `undefined` when there is none of this id. */
  read(id: string, query: BulkItemsQuery): Promise<BulkView | undefined>;
  order(id: string): Promise<BulkOrder | undefined>;
  counts(id: string): Promise<BulkCounts>;
  /** Marks the next few runs without a result as begun. */
  begin(id: string, limit: number): Promise<readonly OpenItem[]>;
  /** Notes how a run took it, with the row of the audit log; a repeat changes nothing. */
  settle(
    id: string,
    seq: number,
    end: { readonly result: 'done' | 'skipped' | 'failed'; readonly message: string },
    audit: Omit<AuditEntry, 'from'>,
  ): Promise<void>;
}

interface Candidate {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly title: string;
  readonly capability: string | null;
}

/** Runs of one page of what struggles. */
const pageOfStruggling = 200;
const allowedDrift = 0.1;

/** The id of the run that carries an act out. */
const bulkIdOf = (id: string): string => `bulk/${id}`;

/** @param deps the tables, and what knows which runs struggle. */
export function createBulk({
  database,
  struggling,
}: {
  readonly database: Database;
  readonly struggling: Pick<StrugglingReader, 'runs'>;
}): Bulk {
  const { sql } = database;
  const store = createRunStore(database);

  async function strugglingRuns(selection: Extract<BulkSelection, { kind: 'causes' }>) {
    const found = new Map<string, { workflowId: string; runId: string }>();
    for (const cause of selection.causes) {
      let query: StrugglingRunsQuery | undefined = {
        ...{ ...selection.filter, cause, limit: pageOfStruggling },
      };
      while (query && found.size <= mostBulkItems) {
        const { runs, next } = await struggling.runs(query);
        for (const { workflowId, runId } of runs) found.set(runId, { workflowId, runId });
        query = next === null ? undefined : { ...query, cursor: next };
      }
    }
    return [...found.values()];
  }

  /** SQL: the rows of `runs` with these ids. */
  const oneOf = (runs: readonly Pick<Candidate, 'workflowId' | 'runId'>[]) => sql`
    (workflow_id, run_id) in (select * from unnest(
      ${runs.map(({ workflowId }) => workflowId)}::text[],
      ${runs.map(({ runId }) => runId)}::text[]))`;

  /** SQL: of a run `r`, that the act has something to do. */
  function isReadyFor(act: BulkAct) {
    const isPaused = sql`exists (select from swarms s where s.workflow_id = r.workflow_id
      and s.totals is null and s.paused is not null)`;
    switch (act) {
      case 'cancel':
        return sql`closed_at is null and type <> 'bulk'`;
      case 'retry-now':
        return sql`closed_at is null and type in ('task', 'swarm')`;
      case 'pause':
        return sql`closed_at is null and type = 'swarm' and not ${isPaused}`;
      case 'resume':
        return sql`closed_at is null and type = 'swarm' and ${isPaused}`;
      case 'retry':
        return sql`closed_at is not null
          and (type in ('task', 'pipeline')
              and status in ('failed', 'timed_out', 'cancelled', 'terminated')
            or type = 'swarm' and exists (
              select from (${swarmOfRun(sql)}) s join swarm_outcomes o on o.swarm = s.id
                and o.state = 'failed' and o.state <> 'completed'))
          and not exists (select from runs later where later.workflow_id = r.workflow_id
            and later.started_at > r.started_at)
          and (type <> 'task' or workflow_id like capability || '/' || account || '/%')`;
    }
  }

  async function candidates({ act, selection }: BulkQuestion) {
    const struggles = selection.kind === 'causes' ? await strugglingRuns(selection) : [];
    const which =
      selection.kind === 'filter'
        ? runsMatching(sql, selection.filter)
        : oneOf(selection.kind === 'runs' ? selection.runs : struggles);
    const rows = await sql<(Candidate & { isReady: boolean })[]>`
      select workflow_id as "workflowId", run_id as "runId", type, title, capability,
        ${isReadyFor(act)} as "isReady"
      from runs r where ${which} order by started_at desc, run_id limit ${mostBulkItems * 2}`;
    const ready = rows.filter(({ isReady }) => isReady);
    return { ready, leftOut: rows.length - ready.length };
  }

  return {
    async preview(question) {
      const { ready, leftOut } = await candidates(question);
      return {
        total: ready.length,
        leftOut,
        kinds: countsOf(ready.map(({ type }) => type)).map(([type, count]) => ({ type, count })),
        effects: countsOf(ready.flatMap(effectOf)).map(([effect, count]) => ({ effect, count })),
        examples: ready.slice(0, 5).map(({ title }) => title),
      };
    },

    async start(client, { id, act, selection, reason, expected }, { by, requestedBy }) {
      const [known] = await sql<{ total: number }[]>`
        select count(*)::int as total from bulk_items where bulk = ${id} having count(*) > 0`;
      const total = known?.total ?? (await write());
      const title = bulkTitle(act, total);
      const memo: RunMemo = {
        ...{ title, capability: null, account: null, agent: null, requestedBy },
      };
      const run = await startOrJoin(client, 'bulk', {
        workflowId: bulkIdOf(id),
        taskQueue: systemQueue,
        args: [{ id } satisfies BulkRequest],
        memo: { [runMemoKey]: memo },
        staticSummary: title,
      });
      if (run.started) await store.noteStart('bulk', run, memo, { act, reason, total });
      return { ...run, total };

      async function write(): Promise<number> {
        const { ready } = await candidates({ act, selection });
        checkSize(ready.length, expected);
        await sql.begin(async (tx) => {
          await tx`insert into bulk_actions (id, act, reason, by, requested_by)
            values (${id}, ${act}, ${reason}, ${by}, ${tx.json(requestedBy)})`;
          await tx`insert into bulk_items (bulk, seq, workflow_id, run_id, type, title)
            select ${id}::uuid, seq - 1, workflow_id, run_id, type, title from unnest(
              ${ready.map(({ workflowId }) => workflowId)}::text[],
              ${ready.map(({ runId }) => runId)}::text[], ${ready.map(({ type }) => type)}::text[],
              ${ready.map((each) => each.title)}::text[]
            ) with ordinality as item (workflow_id, run_id, type, title, seq)`;
        });
        return ready.length;
      }
    },

    async read(id, { result, from = 0, limit = 100 }) {
      const [head] = await sql<{ createdAt: Date }[]>`
        select id, act, reason, by, created_at as "createdAt" from bulk_actions where id = ${id}`;
      if (!head) return undefined;
      const first = Number(from);
      const most = Number(limit);
      const [items, counts] = await Promise.all([
        sql<{ seq: number; at: Date | null }[]>`
          select seq, workflow_id as "workflowId", run_id as "runId", type, title, result, message,
            case when result is not null then at end as at
          from bulk_items where bulk = ${id} and seq >= ${first}
            ${result === undefined ? sql`` : result === 'open' ? sql`and result is null` : sql`and result = ${result}`}
          order by seq limit ${most + 1}`,
        countsFor(id),
      ]);
      return BulkView.parse({
        ...head,
        createdAt: head.createdAt.toISOString(),
        counts,
        items: items
          .slice(0, most)
          .map((item) => ({ ...item, at: item.at?.toISOString() ?? null })),
        next: items.length > most ? (items[most]?.seq ?? null) : null,
      });
    },

    async order(id) {
      const [row] = await sql<(Omit<BulkOrder, 'requestedBy'> & { requestedBy: unknown })[]>`
        select act, reason, by, requested_by as "requestedBy" from bulk_actions where id = ${id}`;
      return row && { ...row, requestedBy: Requester.parse(row.requestedBy) };
    },

    counts: countsFor,

    begin: (id, limit) => sql<OpenItem[]>`
      with next as (
        select seq, at is not null as begun from bulk_items
        where bulk = ${id} and result is null order by seq limit ${limit}
      )
      update bulk_items i set at = now() from next where i.bulk = ${id} and i.seq = next.seq
      returning i.seq, i.workflow_id as "workflowId", i.run_id as "runId", i.type,
        next.begun as "isBegun"`,

    async settle(id, seq, { result, message }, { by, action, target, reason, detail = {} }) {
      await sql`
        with settled as (
          update bulk_items set result = ${result}, message = ${message.slice(0, 1_000)}, at = now()
          where bulk = ${id} and seq = ${seq} and result is null returning seq
        )
        insert into audit (by, "from", action, target, reason, detail)
        select ${by}, 'bulk', ${action}, ${target}, ${reason}, ${sql.json({ ...detail, result })}::jsonb
        from settled where ${result} = 'done'`;
    },
  };

  async function countsFor(id: string): Promise<BulkCounts> {
    const [row] = await sql<BulkCounts[]>`
      select count(*)::int as total, count(*) filter (where result = 'done')::int as done,
        count(*) filter (where result = 'skipped')::int as skipped,
        count(*) filter (where result = 'failed')::int as failed,
        count(*) filter (where result is null)::int as open
      from bulk_items where bulk = ${id}`;
    return row ?? { total: 0, done: 0, skipped: 0, failed: 0, open: 0 };
  }
}

function checkSize(found: number, expected: number): void {
  if (found > mostBulkItems) {
    const message = `expected at most ${mostBulkItems} runs, these are more: narrow the filter`;
    throw new BadRequest(FailureType.InvalidInput, message);
  }
  if (found === 0 || Math.abs(found - expected) > Math.max(1, expected * allowedDrift)) {
    throw new BulkMoved(
      `It would be ${found} runs by now, not ${expected}. Nothing was done: look again, then decide`,
    );
  }
}

/** The effect of a task; swarms and pipelines have many. */
const effectOf = ({ capability }: Candidate): readonly Effect[] => {
  const effect = capability === null ? undefined : findCapability(capability)?.capability.effect;
  return effect === undefined ? [] : [effect];
};

/** How often each value is there, the most frequent first. */
function countsOf<T>(values: readonly T[]): readonly (readonly [T, number])[] {
  const groups = Map.groupBy(values, (value) => value);
  return [...groups]
    .map(([value, all]) => [value, all.length] as const)
    .toSorted(([, a], [, b]) => b - a);
}

import { z } from 'zod';
import type { Attempt } from '../contracts/api.ts';
import type { SwarmStart } from '../contracts/memory.ts';
import {
  FailureGroup,
  SwarmCounts,
  type SwarmOutcome,
  type SwarmPause,
} from '../contracts/swarm.ts';
import type { Database } from './database.ts';

/** A task that has no outcome yet. */
export interface OpenTask {
  /** Place in the line of its agent. */
  readonly seq: number;
  readonly index: number;
  readonly capability: string;
  readonly account: string;
  readonly input: Record<string, unknown>;
  /** It failed and is to be tried alone. */
  readonly isLifted: boolean;
  /** How long its vendor still asks to be left alone; mostly 0. */
  readonly retryInMs: number;
}

/** How a task went. */
export interface TaskEnd {
  readonly index: number;
  readonly state: 'completed' | 'failed' | 'retrying';
  readonly capability: string;
  readonly method: string | null;
  readonly failure: string | null;
  readonly errorClass: string | null;
  readonly message: string | null;
  readonly vendorAnswer: Attempt['vendorAnswer'];
  readonly result: unknown;
  readonly tookMs: number;
  /** How long the vendor asked to be left alone before another try; null when it did not say. */
  readonly retryInMs: number | null;
}

/** Tasks of a swarm: those of a range of one agent, or a single one. */
interface TaskPlace {
  readonly swarm: string;
  readonly list: string;
  readonly agent: string;
  readonly from: number;
  readonly to: number;
}

/** The rows of swarms and of how their tasks went. */
export interface SwarmStore {
  /** Notes a swarm and its list; a repeat changes nothing. */
  open(
    swarm: string,
    row: {
      workflowId: string;
      list: string;
      total: number;
      window: number;
      provenance?: Provenance;
      starts?: readonly SwarmStart[];
    },
  ): Promise<void>;
  /** Notes how it is steered, for those who ask while no worker is there. */
  steer(swarm: string, standing: SwarmStanding): Promise<void>;
  /** Notes how many tasks there are now. */
  grow(swarm: string, total: number): Promise<void>;
  /** The tasks of a range that are neither done nor failed, and what is known of the swarm. */
  missing(
    place: TaskPlace,
  ): Promise<z.infer<typeof Known> & { readonly tasks: readonly OpenTask[] }>;
  /** Notes for all workers that a method is plainly broken. */
  breakMethod(swarm: string, capability: string, method: string, failure: string): Promise<void>;
  /** Writes how tasks went, by upsert; a task that is done stays done. */
  write(swarm: string, workflowId: string, ends: readonly TaskEnd[]): Promise<void>;
  /** Writes down as failed what is still missing, in a range or in all of the list. @returns how many. */
  giveUp(
    place: TaskPlace | Pick<TaskPlace, 'swarm' | 'list'>,
    workflowId: string,
    failure: Failed,
  ): Promise<number>;
  /** Exact totals, which stay. */
  close(swarm: string): Promise<Omit<SwarmOutcome, 'state'>>;
  /** Exact totals. */
  totals(swarm: string): Promise<Omit<SwarmOutcome, 'state'>>;
  /** What the first tasks of each agent in a list are: capabilities, and the accounts they use. */
  scopesOf(list: string): Promise<readonly TaskScope[]>;
}

/** What some tasks of a swarm are. */
export interface TaskScope {
  readonly agent: string;
  readonly capability: string;
  readonly account: string;
}

/** How a swarm is steered. */
export interface SwarmStanding {
  readonly window: number;
  readonly paused: SwarmPause | null;
}

/** Why tasks are given up. */
interface Failed {
  readonly failure: string;
  readonly errorClass: string;
  readonly message: string;
}

/** Methods that are plainly broken, and by which failure; by capability. */
export const Broken = z.record(z.string(), z.record(z.string(), z.string()));
export type Broken = z.infer<typeof Broken>;

/** What all tasks of a swarm have to know. */
const Known = z.object({ broken: Broken, provenance: z.enum(['live', 'stand-in']).nullable() });
type Provenance = 'live' | 'stand-in' | null | undefined;

/** Exact totals, as the row of a swarm that has ended keeps them. */
export const Totals = z.object({
  counts: SwarmCounts,
  methods: z.array(z.object({ capability: z.string(), method: z.string(), count: z.int() })),
  failures: z.array(FailureGroup),
});
/** Failures beyond these are counted, not listed. */
export const mostFailureGroups = 20;

/** A column that is left out is null, too, and of a task that is done most are. */
function rowOf(end: TaskEnd): Partial<TaskEnd> {
  if (end.state !== 'completed') return end;
  const { index, state, capability, method, result, tookMs } = end;
  return { index, state, capability, method, result, tookMs };
}

/**
 * Not prepared, so that it is planned each time: a plan that was kept from when the tables were
 * small would read all outcomes of a swarm for each of its tasks.
 */
const missingTasks = `
  select t.seq, t.index, t.capability, t.account, t.input, o.state is not null as "isLifted",
    greatest(0, coalesce(extract(epoch from o.retry_at - now()), 0) * 1000)::float8 as "retryInMs"
  from swarm_tasks t left join swarm_outcomes o on o.swarm = $1 and o.index = t.index
  where t.list = $2 and t.agent = $3 and t.seq >= $4 and t.seq < $5
    and (o.state is null or o.state = 'retrying')
  order by t.seq`;

/** @param database where the tables of swarms are. */
export const createSwarmStore = ({ sql }: Pick<Database, 'sql'>): SwarmStore => ({
  async open(swarm, { workflowId, list, total, window, starts = [], provenance = null }) {
    await sql`insert into swarms (id, workflow_id, list, total, "window", provenance, starts)
      values (${swarm}, ${workflowId}, ${list}, ${total}, ${window}, ${provenance},
        ${JSON.stringify(starts)}::text::jsonb)
      on conflict do nothing`;
  },

  async steer(swarm, { window, paused }) {
    await sql`update swarms set "window" = ${window}, paused = ${paused && sql.json({ ...paused })}
      where id = ${swarm}`;
  },

  async grow(swarm, total) {
    await sql`update swarms set total = greatest(total, ${total}) where id = ${swarm}`;
  },

  async missing({ swarm, list, agent, from, to }) {
    const [tasks, [row]] = await Promise.all([
      sql.unsafe<OpenTask[]>(missingTasks, [swarm, list, agent, from, to]),
      sql<{ broken: unknown; provenance: string | null }[]>`
        select broken, provenance from swarms where id = ${swarm}`,
    ]);
    return { tasks, ...Known.parse(row ?? { broken: {}, provenance: null }) };
  },

  async breakMethod(swarm, capability, method, failure) {
    await sql`update swarms set broken = broken || jsonb_build_object(${capability}::text,
        coalesce(broken -> ${capability}::text, '{}') || jsonb_build_object(${method}::text, ${failure}::text))
      where id = ${swarm}`;
  },

  async write(swarm, workflowId, ends) {
    await sql`
      insert into swarm_outcomes as o (swarm, index, state, capability, method, failure,
        error_class, message, vendor_answer, result, took_ms, workflow_id, retry_at)
      select ${swarm}, index, state, capability, method, failure, "errorClass", message,
        "vendorAnswer", result, "tookMs", ${workflowId},
        now() + "retryInMs" * interval '1 millisecond'
      from json_to_recordset(${JSON.stringify(ends.map(rowOf))}::text::json) as r (index int, state text,
        capability text, method text, failure text, "errorClass" text, message text,
        "vendorAnswer" jsonb, result jsonb, "tookMs" real, "retryInMs" float8)
      on conflict (swarm, index) do update set state = excluded.state, method = excluded.method,
        failure = excluded.failure, error_class = excluded.error_class,
        message = excluded.message, vendor_answer = excluded.vendor_answer,
        result = excluded.result, took_ms = excluded.took_ms,
        workflow_id = excluded.workflow_id, retry_at = excluded.retry_at, at = now()
      where o.state <> 'completed'`;
  },

  async giveUp(place, workflowId, { failure, errorClass, message }) {
    const { swarm, list } = place;
    const inRange =
      'agent' in place
        ? sql`and t.agent = ${place.agent} and t.seq >= ${place.from} and t.seq < ${place.to}`
        : sql`and t.index < (select total from swarms where id = ${swarm})`;
    const rows = await sql`
      insert into swarm_outcomes as o (swarm, index, state, capability, failure, error_class,
        message, took_ms, workflow_id)
      select distinct on (t.index) ${swarm}::uuid, t.index, 'failed', t.capability, ${failure},
        ${errorClass}, ${message}, 0, ${workflowId}
      from swarm_tasks t where t.list = ${list} ${inRange}
      on conflict (swarm, index) do update set state = 'failed', at = now()
      where o.state = 'retrying'`;
    return rows.count;
  },

  async close(swarm) {
    const totals = await this.totals(swarm);
    await sql`update swarms set totals = ${sql.json(totals)} where id = ${swarm}`;
    return totals;
  },

  async totals(swarm) {
    const [row] = await sql`
      with counted as (
        select count(*) filter (where state = 'completed')::int as completed,
          count(*) filter (where state = 'failed')::int as failed,
          count(*) filter (where state = 'retrying')::int as retrying
        from swarm_outcomes where swarm = ${swarm}
      ), by_method as (
        select capability, method, count(*)::int from swarm_outcomes
        where swarm = ${swarm} and state = 'completed' and method is not null
        group by capability, method order by count desc
      ), by_failure as (
        select capability, method, failure, error_class as class, count(*)::int,
          (array_agg(index order by index))[1:5] as samples,
          left(min(message), 500) as message
        from swarm_outcomes where swarm = ${swarm} and state = 'failed'
        group by capability, method, failure, error_class
        order by count desc limit ${mostFailureGroups}
      )
      select json_build_object('total', s.total, 'completed', completed, 'failed', failed,
          'retrying', retrying, 'open', s.total - completed - failed - retrying) as counts,
        (select coalesce(json_agg(by_method), '[]') from by_method) as methods,
        (select coalesce(json_agg(by_failure), '[]') from by_failure) as failures
      from swarms s, counted where s.id = ${swarm}`;
    return Totals.parse(row);
  },

  scopesOf: (list) => sql<TaskScope[]>`
    select distinct agent, capability, account from swarm_tasks
    where list = ${list} and seq < 1000 order by agent, capability, account`,
});

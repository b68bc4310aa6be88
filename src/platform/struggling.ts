import { agents, findCapability } from '../contracts/agents.ts';
import type { FlowKeyInUse } from '../contracts/flow-keys.ts';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type {
  Struggling,
  StrugglingCause,
  StrugglingQuery,
  StrugglingRuns,
  StrugglingRunsQuery,
} from '../contracts/struggling.ts';
import { flowKeyOf } from '../rules/flow.ts';
import { shortened } from '../rules/shortened.ts';
import { mainCauseOf, stateOfCause, whyNotNow, wordsIn } from '../rules/struggling.ts';
import type { Database } from './database.ts';
import { swarmOfRun } from './swarm-counts.ts';

/** Work that retries or waits, read from the tables alone. */
export interface StrugglingReader {
  /** All causes, counted exactly. */
  read(query: StrugglingQuery): Promise<Struggling>;
  /** One page of runs, in a fixed order. @throws {BadRequest} for a cursor that no page gave. */
  runs(query: StrugglingRunsQuery): Promise<StrugglingRuns>;
}

interface StrugglingDeps {
  readonly database: Pick<Database, 'sql'>;
  readonly flowKeys: { list(): Promise<readonly FlowKeyInUse[]> };
  readonly agents: { workers(): Promise<readonly { state: string; inFlight: number }[]> };
}

/** What both kinds of rows have. */
interface Row {
  readonly cause: string;
  readonly capability: string;
  readonly account: string;
  readonly failure: string;
  readonly class: string | null;
  readonly status: number | null;
  readonly answer: string | null;
  readonly message: string;
  readonly tasks: number;
  readonly least: number;
  readonly most: number;
  readonly nextAt: Date | null;
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly run: string;
}

interface CauseRow extends Row {
  readonly runs: number;
  readonly swarms: number;
  readonly total: number;
  readonly allTasks: number;
}

const mostCauses = 100;
const longestWords = 200;
const longestBody = 4_096;

/** @param deps the tables, and what knows flow keys and workers. */
export function createStrugglingReader(deps: StrugglingDeps): StrugglingReader {
  const { sql } = deps.database;

  const agentsWith = (query: StrugglingQuery): readonly string[] | undefined => {
    if (query.key === undefined) return query.agent === undefined ? undefined : [query.agent];
    const [vendor] = query.key.split(':');
    return agents
      .filter((each) => each.vendor === vendor && (query.agent ?? each.id) === each.id)
      .map(({ id }) => id);
  };

  /**
   * One row for each task that waits for its next try, or is in the middle of it. A try counts that
   * failed, names when the next one is due, and after which none has ended; after an hour without
   * one nobody is there to begin it.
   * A task of a swarm waits with the activity that carries it, or alone once it has failed itself.
   */
  const struggling = (query: StrugglingQuery) => {
    const ids = agentsWith(query);
    const account = query.key?.replace(/^[^:]*:/, '');
    return sql`
    with tries as materialized (
      select a.* from attempts a
      where a.outcome = 'failed' and a.next_attempt_at > now() - interval '1 hour'
        and not exists (select from attempts later where later.run_id = a.run_id
          and later.activity_id = a.activity_id and later.attempt > a.attempt
          and later.outcome <> 'running')
    ), alone as (
      select r.workflow_id, r.run_id, r.type, r.title, r.agent, r.capability, r.account, t.failure,
        t.error_class, t.message, t.vendor_answer, t.attempt + 1 as attempt,
        t.next_attempt_at as next_at, t.ended_at as at
      from tries t join runs r on r.workflow_id = t.workflow_id and r.run_id = t.run_id
      where r.closed_at is null and r.type = 'task' and r.capability is not null
    ), open_swarms as materialized (
      select r.workflow_id, r.run_id, r.title, s.id, s.list
      from runs r cross join lateral (${swarmOfRun(sql)}) s
      where r.type = 'swarm' and r.closed_at is null and s.paused is null
    ), carried as (
      select distinct on (o.id, q.index) o.id, q.index, q.agent, q.capability, q.account,
        t.activity, t.failure, t.error_class, t.message, t.vendor_answer, t.attempt,
        t.next_attempt_at, t.ended_at
      from open_swarms o
      join tries t on t.carried ->> 'list' = o.list::text
        and split_part(t.workflow_id, ':squad-', 1) = o.workflow_id
      join swarm_tasks q on q.list = o.list and q.agent = t.carried ->> 'agent'
        and q.seq >= (t.carried ->> 'from')::int and q.seq < (t.carried ->> 'to')::int
      where not exists (select from swarm_outcomes e where e.swarm = o.id and e.index = q.index
        and e.state <> 'retrying')
      order by o.id, q.index, t.next_attempt_at desc
    ), lifted as (
      select o.id, e.index, q.agent, q.capability, q.account, e.failure, e.error_class, e.message,
        e.vendor_answer, e.retry_at, e.at
      from open_swarms o join swarm_outcomes e on e.swarm = o.id and e.state = 'retrying'
        and e.state <> 'completed'
      cross join lateral (select agent, capability, account from swarm_tasks
        where list = o.list and index = e.index limit 1) q
    ), of_swarms as (
      select id, agent, capability, account, coalesce(l.failure, c.failure) as failure,
        coalesce(l.error_class, c.error_class) as error_class,
        coalesce(l.message, c.message) as message,
        coalesce(l.vendor_answer, c.vendor_answer) as vendor_answer,
        coalesce(c.attempt, 1) + case when l.index is null or c.activity is null then 1 else 2 end
          as attempt,
        coalesce(c.next_attempt_at, l.retry_at) as next_at, coalesce(l.at, c.ended_at) as at
      from carried c full join lifted l using (id, index, agent, capability, account)
    ), tasks as (
      select * from alone union all
      select o.workflow_id, o.run_id, 'swarm', o.title, s.agent, s.capability, s.account, s.failure,
        s.error_class, s.message, s.vendor_answer, s.attempt, s.next_at, s.at
      from of_swarms s join open_swarms o using (id)
    ), struggling as (
      select *, concat_ws('|', capability, account, failure, status) as cause
      from (select *, case when failure in ('RateLimited', 'DatabaseUnavailable') then null
        else (vendor_answer ->> 'status')::int end as status from tasks) known
      where true
        ${ids === undefined ? sql`` : sql`and agent = any(${[...ids]})`}
        ${account === undefined ? sql`` : sql`and account = ${account}`}
        ${query.class === undefined ? sql`` : sql`and error_class = ${query.class}`}
        ${query['min-attempt'] === undefined ? sql`` : sql`and attempt >= ${query['min-attempt']}`}
    )`;
  };

  /** Of the rows of one group: what they have in common, and what the newest of them says. */
  const grouped = sql`
    cause, min(capability) as capability, min(account) as account, min(failure) as failure,
    min(error_class) as class, count(*)::int as tasks, min(attempt)::int as least,
    max(attempt)::int as most, min(next_at) as "nextAt",
    (array_agg(left(message, ${longestWords * 2}) order by at desc nulls last))[1] as message,
    (array_agg((vendor_answer ->> 'status')::int order by at desc)
      filter (where vendor_answer is not null))[1] as status,
    (array_agg(left(vendor_answer ->> 'body', ${longestBody}) order by at desc)
      filter (where vendor_answer is not null))[1] as answer`;

  return {
    async read(query) {
      const [rows, flowKeys, workers] = await Promise.all([
        sql<CauseRow[]>`${struggling(query)}
          select ${grouped}, count(distinct workflow_id)::int as runs,
            count(distinct workflow_id) filter (where type = 'swarm')::int as swarms,
            (min(array[workflow_id, run_id, type, title]))[1] as "workflowId",
            (min(array[workflow_id, run_id, type, title]))[2] as "runId",
            (min(array[workflow_id, run_id, type, title]))[3] as type,
            (min(array[workflow_id, run_id, type, title]))[4] as run,
            count(*) over ()::int as total, sum(count(*)) over ()::int as "allTasks"
          from struggling group by cause order by tasks desc, cause limit ${mostCauses}`,
        deps.flowKeys.list(),
        deps.agents.workers(),
      ]);
      const causes = rows.map((row): StrugglingCause => ({
        ...sharedOf(row, flowKeys),
        id: row.cause,
        runs: row.runs,
        swarms: row.swarms,
        first: runOf(row),
      }));
      const tasks = rows[0]?.allTasks ?? 0;
      const now = new Date().toISOString();
      return {
        causes,
        total: rows[0]?.total ?? 0,
        tasks,
        main: mainCauseOf({ causes, tasks, flowKeys, now }),
        atWork: workers
          .filter(({ state }) => state !== 'gone')
          .reduce((sum, { inFlight }) => sum + inFlight, 0),
      };
    },

    async runs({ cause, cursor, limit, ...query }) {
      const after = cursor === undefined ? undefined : placeOf(cursor);
      const [rows, flowKeys] = await Promise.all([
        sql<Row[]>`${struggling(query)}
          select ${grouped}, workflow_id as "workflowId", run_id as "runId", type, title as run
          from struggling
          where ${cause === undefined ? sql`true` : sql`cause = ${cause}`}
            ${
              after === undefined
                ? sql``
                : sql`and (workflow_id, run_id, cause) > (${after[0]}, ${after[1]}, ${after[2]})`
            }
          group by workflow_id, run_id, type, title, cause
          order by workflow_id, run_id, cause limit ${limit}`,
        deps.flowKeys.list(),
      ]);
      const last = rows.at(-1);
      const next = last && rows.length === limit ? cursorOf(last) : null;
      return {
        runs: rows.map((row) => ({
          ...sharedOf(row, flowKeys),
          ...runOf(row),
          cause: row.cause,
        })),
        next,
      };
    },
  };
}

const runOf = ({ workflowId, runId, type, run }: Row): StrugglingCause['first'] => ({
  ...{ workflowId, runId, type, run },
});

function sharedOf(row: Row, flowKeys: readonly FlowKeyInUse[]) {
  const { capability: id, account, failure, status, tasks, least, most, nextAt } = row;
  const found = findCapability(id);
  const name = flowKeyOf(found?.agent.vendor ?? '', account);
  const flowKey = flowKeys.find(({ key }) => key === name);
  const state = stateOfCause(failure, flowKey);
  const said = wordsIn(row.answer ?? '') ?? row.message;
  return {
    state,
    capability: id,
    title: found?.capability.title ?? id,
    agent: found?.agent.id ?? '',
    ...{ account, flowKey: name, failure, status, tasks },
    blocked: whyNotNow({ state, flowKey: name }, flowKey, new Date().toISOString()),
    class: row.class ?? 'unknown',
    words: shortened(said, longestWords),
    attempts: { least, most },
    nextAt: nextAt?.toISOString() ?? null,
  };
}

const cursorOf = ({ workflowId, runId, cause }: Row): string =>
  Buffer.from([workflowId, runId, cause].join('\n')).toString('base64url');

function placeOf(cursor: string): readonly [string, string, string] {
  const [workflowId, runId, cause] = Buffer.from(cursor, 'base64url').toString().split('\n');
  if (workflowId !== undefined && runId !== undefined && cause !== undefined) {
    return [workflowId, runId, cause];
  }
  const message = 'expected what the page before gave as “next”';
  throw new BadRequest(FailureType.InvalidInput, `cursor: ${message}`, [
    { path: '/cursor', message },
  ]);
}

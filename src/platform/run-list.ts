import { agents } from '../contracts/agents.ts';
import type { RunList, RunQuery, RunSummary } from '../contracts/api.ts';
import { RunNeeds } from '../contracts/needs.ts';
import type { FlowKey } from '../contracts/flow-keys.ts';
import { flowKeyOf } from '../rules/flow.ts';
import { queueOf, stateOf, type RunFacts, type SwarmFacts } from '../rules/run-state.ts';
import { accountsOf } from './accounts.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';
import { createFlowKeys } from './flow-keys.ts';
import { paced } from './paced.ts';
import { cursorOf, runsMatching } from './run-filter.ts';
import { countsOfSwarm, swarmOfRun } from './swarm-counts.ts';

/** The table of runs as people read it. Reads the database only. */
export interface RunReader {
  /** One page, newest first. Starters, which only start other runs, show up in searches by text. */
  search(query: RunQuery): Promise<RunList>;
  /** The runs that ended last. */
  latestEnded(limit: number): Promise<RunSummary[]>;
  /** One execution, or the newest of its id; `undefined` when the table has none. */
  find(workflowId: string, runId?: string): Promise<StoredRun | undefined>;
  /** Executions of one id, newest first, at most 20. */
  executions(workflowId: string): Promise<RunSummary[]>;
  /** The run as people read it, its state worked out. */
  summarize(run: StoredFacts): Promise<RunSummary>;
}

/** What a row says of a run. */
interface StoredFacts extends Omit<RunFacts, 'isServed' | 'flow'> {
  readonly runId: string;
  readonly title: string;
  readonly requestedBy: RunSummary['requestedBy'];
  readonly startedAt: Date;
  readonly closedAt: Date | null;
}

/** A row with what only the run's own page shows. */
export interface StoredRun extends StoredFacts {
  readonly input: unknown;
  readonly output: unknown;
  /** What memory decided before it began; null when no lesson changed anything. */
  readonly memory: unknown;
  readonly historyLength: number;
}

interface Row
  extends Omit<StoredFacts, 'requestedBy' | 'lastTry' | 'needs' | 'swarm'>, SwarmColumns {
  readonly needs: unknown;
  readonly requestedByKind: string | null;
  readonly requestedByName: string | null;
  readonly closedAt: Date | null;
  readonly position: string;
  readonly lastActivity: string | null;
  readonly lastAttempt: number;
  readonly lastMethod: string | null;
  readonly lastOutcome: string;
  readonly lastFailure: string | null;
  readonly lastMessage: string | null;
  readonly lastNextAt: Date | null;
  readonly isWorkerAlive: boolean;
}

/** What a run's state depends on besides its own rows. */
interface Surroundings {
  readonly served: ReadonlySet<string>;
  readonly flowKeys: readonly FlowKey[];
}

interface SwarmColumns {
  readonly swarmTotal: number | null;
  readonly swarmCompleted: number;
  readonly swarmFailed: number;
  /** A swarm whose tasks nobody has counted for good. */
  readonly uncounted: string | null;
  readonly swarmPaused: SwarmFacts['paused'];
}

const mostCounted = 10_000;
const never = new Date(0).toISOString();
const requesterKinds = ['person', 'cli', 'schedule', 'tour', 'temporal'] as const;
const outcomes = ['running', 'completed', 'failed', 'cancelled'] as const;

/** @param config whose accounts tell stand-ins from live vendors. */
export function createRunReader({ sql }: Database, config: Pick<Config, 'accounts'>): RunReader {
  const keys = createFlowKeys({ sql });
  const isStandIn = ({ agent, account }: StoredFacts): boolean =>
    agents.some(
      (each) =>
        each.id === agent &&
        accountsOf(config, each.vendor).some((login) => login.name === account && login.isStandIn),
    );

  const summaryOf = (run: StoredFacts, { served, flowKeys }: Surroundings): RunSummary => ({
    workflowId: run.workflowId,
    runId: run.runId,
    type: run.type,
    title: run.title,
    capability: run.capability,
    agent: run.agent,
    account: run.account,
    state: stateOf({
      ...run,
      isServed: served.has(queueOf(run)),
      flow: holdOf(run, flowKeys),
    }),
    progress: progressOf(run),
    requestedBy: run.requestedBy,
    isStandIn: isStandIn(run),
    startedAt: run.startedAt.toISOString(),
    closedAt: run.closedAt?.toISOString() ?? null,
  });

  const surroundings = async (): Promise<Surroundings> => {
    const [served, flowKeys] = await Promise.all([servedQueues(), keys.list()]);
    return { served, flowKeys };
  };

  const servedQueues = async (): Promise<ReadonlySet<string>> => {
    const rows = await sql<{ queue: string }[]>`
      select distinct unnest(queues) as queue from workers
      where state = 'running' and seen_at > now() - interval '1 minute'`;
    return new Set(rows.map((row) => row.queue));
  };

  const storedRows = (
    which: ReturnType<typeof runsMatching>,
    limit: number,
    order = sql`r.started_at desc, r.run_id`,
  ) => sql<Row[]>`
    select r.workflow_id as "workflowId", r.run_id as "runId", r.type, r.status, r.title,
      r.capability, r.agent, r.account, r.requested_by_kind as "requestedByKind",
      r.requested_by_name as "requestedByName", r.failure, r.message, r.needs,
      r.started_at as "startedAt", r.closed_at as "closedAt", r.started_at::text as position,
      a.activity as "lastActivity", a.attempt as "lastAttempt", a.method as "lastMethod",
      a.outcome as "lastOutcome", a.failure as "lastFailure", a.message as "lastMessage",
      a.next_attempt_at as "lastNextAt",
      exists (select from workers w where w.identity = a.worker and w.state <> 'gone'
        and w.seen_at > now() - interval '20 seconds') as "isWorkerAlive",
      s.total as "swarmTotal", s.paused as "swarmPaused",
      (s.totals -> 'counts' ->> 'completed')::int as "swarmCompleted",
      (s.totals -> 'counts' ->> 'failed')::int as "swarmFailed",
      case when s.totals is null then s.id::text end as "uncounted"
    from (select * from runs r where ${which} order by ${order} limit ${limit}) r
    left join lateral (
      select * from attempts where run_id = r.run_id and r.closed_at is null
      order by started_at desc, attempt desc limit 1
    ) a on true
    left join lateral (${swarmOfRun(sql)}) s on true
    order by ${order}`;

  /** Counting a large swarm takes longer than all the rest: lists that show one share the count. */
  const countsOf = paced(async (ids: string) => {
    const counts = await sql<{ id: string; completed: number; failed: number }[]>`
      select s.id::text, c.completed, c.failed from unnest(${ids.split(',')}::uuid[]) s (id),
        lateral (${countsOfSwarm(sql, sql`s.id`)}) c`;
    return new Map(counts.map((each) => [each.id, each]));
  });

  async function rowsOf(...which: Parameters<typeof storedRows>): Promise<readonly Row[]> {
    const rows = await storedRows(...which);
    const ids = rows.flatMap(({ uncounted }) => uncounted ?? []);
    if (ids.length === 0) return rows;
    const counts = await countsOf(ids.toSorted().join(','));
    return rows.map((row) => {
      const { completed, failed } = counts.get(row.uncounted ?? '') ?? {};
      return {
        ...row,
        swarmCompleted: completed ?? row.swarmCompleted,
        swarmFailed: failed ?? row.swarmFailed,
      };
    });
  }

  async function read(...which: Parameters<typeof rowsOf>): Promise<RunSummary[]> {
    const [rows, around] = await Promise.all([rowsOf(...which), surroundings()]);
    return rows.map((row) => summaryOf(factsOf(row), around));
  }

  return {
    async search({ limit, cursor, ...filters }) {
      const [rows, around, counts, compared] = await Promise.all([
        rowsOf(runsMatching(sql, { ...filters, cursor }), limit),
        surroundings(),
        sql<{ total: number }[]>`
          select count(*)::int as total from
            (select from runs where ${runsMatching(sql, filters)} limit ${mostCounted + 1}) matching`,
        sql<{ at: Date | null }[]>`select at from reconciliations where name = 'runs'`,
      ]);
      const total = counts[0]?.total ?? 0;
      const last = rows.at(-1);
      return {
        runs: rows.map((row) => summaryOf(factsOf(row), around)),
        next: last && rows.length === limit ? cursorOf(last) : null,
        total: Math.min(total, mostCounted),
        isTotalExact: total <= mostCounted,
        asOf: compared[0]?.at?.toISOString() ?? never,
      };
    },

    latestEnded: (limit) =>
      read(
        sql`closed_at is not null and type <> 'starter'`,
        limit,
        sql`r.closed_at desc, r.run_id`,
      ),

    async find(workflowId, runId) {
      const which = sql`workflow_id = ${workflowId} ${runId === undefined ? sql`` : sql`and run_id = ${runId}`}`;
      const [row] = await rowsOf(which, 1);
      if (!row) return undefined;
      const [more] = await sql<Pick<StoredRun, 'input' | 'output' | 'memory' | 'historyLength'>[]>`
        select input, output, memory, history_length as "historyLength" from runs
        where workflow_id = ${workflowId} and run_id = ${row.runId}`;
      return more && { ...factsOf(row), ...more };
    },

    executions: (workflowId) => read(sql`workflow_id = ${workflowId}`, 20),

    async summarize(run) {
      return summaryOf(run, await surroundings());
    },
  };
}

function holdOf(
  { agent: id, account }: StoredFacts,
  flowKeys: readonly FlowKey[],
): RunFacts['flow'] {
  const agent = agents.find((each) => each.id === id);
  if (!agent || account === null) return null;
  const key = flowKeyOf(agent.vendor, account);
  const flowKey = flowKeys.find((each) => each.key === key);
  return flowKey ? { ...flowKey, vendor: agent.title } : null;
}

const factsOf = (row: Row): StoredFacts => ({
  ...row,
  needs: RunNeeds.nullable().catch(null).parse(row.needs),
  requestedBy: requesterOf(row),
  lastTry: lastTryOf(row),
  swarm: swarmOf(row),
});

function swarmOf(row: Row): SwarmFacts | null {
  if (row.swarmTotal === null) return null;
  const { swarmTotal: total, swarmCompleted: completed, swarmFailed: failed } = row;
  return { total, completed, failed, paused: row.swarmPaused };
}

function progressOf({ swarm }: StoredFacts): RunSummary['progress'] {
  if (!swarm) return null;
  const { total, completed, failed } = swarm;
  return { total, completed, failed };
}

function lastTryOf(row: Row) {
  const outcome = outcomes.find((each) => each === row.lastOutcome);
  if (row.lastActivity === null || outcome === undefined) return null;
  return {
    activity: row.lastActivity,
    attempt: row.lastAttempt,
    method: row.lastMethod,
    outcome,
    failure: row.lastFailure,
    message: row.lastMessage,
    nextAttemptAt: row.lastNextAt?.toISOString() ?? null,
    isWorkerAlive: row.isWorkerAlive,
  };
}

function requesterOf({ requestedByKind, requestedByName }: Row): RunSummary['requestedBy'] {
  const kind = requesterKinds.find((each) => each === requestedByKind);
  return kind === undefined ? null : { kind, name: requestedByName ?? '' };
}

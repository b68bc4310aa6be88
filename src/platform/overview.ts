import type { AgentList, Overview, RunSummary } from '../contracts/api.ts';
import type { ScheduleInfo } from '../contracts/schedules.ts';
import type { FlowKeyInUse } from '../contracts/flow-keys.ts';
import { attentionOf, type AttentionFacts } from '../rules/attention.ts';
import { startOfToday, type AgentReader } from './agents.ts';
import type { Database } from './database.ts';
import type { NeedsReader } from './needs.ts';
import type { RunReader } from './run-list.ts';

interface OverviewDeps {
  readonly database: Database;
  readonly runs: RunReader;
  readonly agents: AgentReader;
  readonly schedules: { list(): Promise<readonly ScheduleInfo[]> };
  readonly flowKeys: { list(): Promise<FlowKeyInUse[]> };
  readonly needs: NeedsReader;
}

/** The morning look: counts, what goes on, and what a person should do about it. */
export interface OverviewReader {
  /** Reads the database; what only the server knows is left out while it gives no answer. */
  read(): Promise<Overview>;
}

const shown = 8;
const needsShown = 5;
const keysShown = 4;
const mostRetries = 200;
const failed = ['failed', 'timed_out'];
const cancelled = ['cancelled', 'terminated'];

/** @param deps the other read models it is put together from. */
export function createOverviewReader(deps: OverviewDeps): OverviewReader {
  const { runs, agents, schedules } = deps;
  const { sql } = deps.database;

  async function counts() {
    const today = startOfToday();
    const yesterday = new Date(today.getTime() - 86_400_000);
    const [row] = await sql<
      Pick<Overview, 'runsToday' | 'runsYesterday' | 'completedToday' | 'failedToday' | 'running'>[]
    >`
      select count(*) filter (where started_at >= ${today})::int as "runsToday",
        count(*) filter (where started_at >= ${yesterday} and started_at < ${today})::int
          as "runsYesterday",
        count(*) filter (where closed_at >= ${today} and status = 'completed')::int
          as "completedToday",
        count(*) filter (where closed_at >= ${today} and status in ${sql(failed)})::int
          as "failedToday",
        count(*) filter (where closed_at is null)::int as running
      from runs where type <> 'starter'
        and (started_at >= ${yesterday} or closed_at >= ${today} or closed_at is null)`;
    return row ?? { runsToday: 0, runsYesterday: 0, completedToday: 0, failedToday: 0, running: 0 };
  }

  /** Stand-in numbers count only while there are no live ones. */
  async function lastDay(): Promise<Pick<Overview, 'lastDay' | 'sentLastDay'>> {
    const [row] = await sql<{ day: string; sent: number }[]>`
      with real as (select not exists (
        select from instantly_email_daily_analytics where not is_stand_in) as is_stand_in)
      select date::text as day, sum(sent)::float8 as sent
      from instantly_email_daily_analytics join real using (is_stand_in)
      group by date order by date desc limit 1`;
    return { lastDay: row?.day ?? null, sentLastDay: row?.sent ?? null };
  }

  async function hours(): Promise<Overview['hours']> {
    const rows = await sql<(Omit<Overview['hours'][number], 'at'> & { at: Date })[]>`
      select hour as at,
        count(r.run_id) filter (where r.status in ('completed', 'continued_as_new'))::int
          as completed,
        count(r.run_id) filter (where r.status in ${sql(failed)})::int as failed,
        count(r.run_id) filter (where r.status in ${sql(cancelled)})::int as cancelled
      from generate_series(date_trunc('hour', now()) - interval '23 hours',
        date_trunc('hour', now()), interval '1 hour') hour
      left join runs r on r.closed_at >= hour and r.closed_at < hour + interval '1 hour'
        and r.type <> 'starter'
      group by hour order by hour`;
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }

  /** Failed work of the last day that no later run of the same id has made good or taken up. */
  async function failures(): Promise<AttentionFacts['failures']> {
    const rows = await sql<(Omit<AttentionFacts['failures'][number], 'lastAt'> & { at: Date })[]>`
      select capability, failure, count(*)::int as runs, max(closed_at) as at,
        (array_agg(title order by closed_at desc))[1] as title,
        (array_agg(message order by closed_at desc))[1] as message
      from (
        select distinct on (workflow_id) capability, title, closed_at, status,
          coalesce(failure, status) as failure, coalesce(message, '') as message
        from runs
        where type <> 'starter' and workflow_id in (select workflow_id from runs
          where closed_at > now() - interval '24 hours' and status in ${sql(failed)})
        order by workflow_id, started_at desc) latest
      where status in ${sql(failed)}
      group by capability, failure order by runs desc, at desc limit 3`;
    return rows.map(({ at, ...row }) => ({ ...row, lastAt: at.toISOString() }));
  }

  async function waiting(): Promise<readonly Waiting[]> {
    return sql<Waiting[]>`
      select agent, count(*)::int as runs,
        extract(epoch from now() - min(started_at))::float8 * 1000 as "oldestMs"
      from runs r where closed_at is null and type = 'task' and agent is not null
        and not exists (select from attempts a where a.run_id = r.run_id)
      group by agent`;
  }

  return {
    async read() {
      const now = new Date().toISOString();
      const [numbers, days, bars, open, recent, workers, unserved, queued, list, keys, needs] =
        await Promise.all([
          counts(),
          lastDay(),
          hours(),
          runs.search({ state: 'open', limit: mostRetries }),
          runs.latestEnded(shown),
          agents.workers(),
          agents.unserved(),
          waiting(),
          agents.list().catch(() => undefined),
          deps.flowKeys.list(),
          deps.needs.read(),
        ]);
      const attention = attentionOf({
        now,
        needs: needs.needs,
        unserved: unserved.map((agent) => {
          const queue = queued.find((each) => each.agent === agent);
          return { agent, waiting: queue?.runs ?? 0, oldestMs: queue?.oldestMs ?? 0 };
        }),
        failures: await failures(),
        waits: waitsOf(open.runs),
        retries: retriesOf(open.runs),
      });
      const busy = workers.filter((worker) => worker.state !== 'gone');
      const sum = (of: (worker: (typeof busy)[number]) => number) =>
        busy.reduce((all, worker) => all + of(worker), 0);
      const next = await schedules.list().catch((): readonly ScheduleInfo[] => []);
      return {
        attention,
        ...numbers,
        slots: sum((worker) => worker.slots),
        inFlight: sum((worker) => worker.inFlight),
        ...days,
        longestWait: longestWaitOf(list),
        needs: needs.needs.slice(0, needsShown),
        needsTotal: needs.total,
        flowKeys: keys.toSorted(byTrouble).slice(0, keysShown),
        inProgress: open.runs.slice(0, shown),
        hours: bars,
        recent,
        nextSchedules: next
          .flatMap(({ id, title, next: [at] }) => (at === undefined ? [] : [{ id, title, at }]))
          .sort((a, b) => a.at.localeCompare(b.at))
          .slice(0, shown),
      };
    },
  };
}

interface Waiting {
  readonly agent: string;
  readonly runs: number;
  readonly oldestMs: number;
}

function longestWaitOf(list: AgentList | undefined): Overview['longestWait'] {
  const [longest] = (list?.agents ?? [])
    .filter((agent) => agent.backlog > 0)
    .sort((a, b) => b.backlogAgeMs - a.backlogAgeMs);
  return longest ? { ms: Math.round(longest.backlogAgeMs / 1000) * 1000, agent: longest.id } : null;
}

/** What holds work back first. */
const byTrouble = (a: FlowKeyInUse, b: FlowKeyInUse): number =>
  Number(isHeld(b)) - Number(isHeld(a)) || b.waiting - a.waiting || a.share - b.share;

const isHeld = ({ closed, paused }: FlowKeyInUse): boolean => closed !== null || paused !== null;

function waitsOf(open: readonly RunSummary[]): AttentionFacts['waits'] {
  const groups = new Map<string, AttentionFacts['waits'][number]>();
  for (const { state } of open) {
    if (state.kind !== 'waiting' || state.because === 'turn') continue;
    const { flowKey, reason, until } = state;
    const runs = (groups.get(flowKey)?.runs ?? 0) + 1;
    groups.set(flowKey, { flowKey, reason, until, runs });
  }
  return [...groups.values()].sort((a, b) => b.runs - a.runs);
}

function retriesOf(open: readonly RunSummary[]): AttentionFacts['retries'] {
  const groups = new Map<string, { message: string; next: (string | null)[] }>();
  for (const { agent, state } of open) {
    if (state.kind !== 'retrying' || agent === null) continue;
    const group = groups.get(agent) ?? { message: state.message, next: [] };
    groups.set(agent, { ...group, next: [...group.next, state.nextAt] });
  }
  return [...groups]
    .map(([agent, { message, next }]) => ({
      agent,
      message,
      runs: next.length,
      nextAt: next.filter((at) => at !== null).sort()[0] ?? null,
    }))
    .sort((a, b) => b.runs - a.runs);
}

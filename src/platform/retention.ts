import type { PendingQuery, Row, Sql } from 'postgres';
import type { Overdue } from '../contracts/database.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';

/** The settings that say how long rows stay. */
export type Keep = Pick<
  Config,
  'RUN_RETENTION_DAYS' | 'LOG_RETENTION_DAYS' | 'TEMPORAL_RETENTION_DAYS'
>;

/** A file that is wanted again after this is loaded again. */
const daysOfLeadFiles = 7;
const dayMs = 86_400_000;

/**
 * Deletes what is older than the settings keep: closed runs and their attempts, log lines, and
 * workers gone for a day, and large payloads that no history refers to any more: those of no run
 * that was open when they were last stored and is open, or younger than Temporal keeps it, now.
 * Messages go with log lines once all subscribers have them, and with runs at the latest.
 * Audit rows, acts on many runs, swarms and what happened to flow keys stay as long as runs. Lists of tasks that no swarm
 * ever took go after a day, rows of imported files after a week. Business data, memory, the
 * suppression list and the ledger are never deleted here, and no run, try or swarm that memory has
 * not taken note of.
 *
 * @returns how many rows went, by table.
 */
export async function prune(
  { sql }: Database,
  keep: Keep,
  now = new Date(),
): Promise<Readonly<Record<string, number>>> {
  const gone: Record<string, number> = {};
  for (const { table, goes } of rulesOf(sql, keep, now)) {
    gone[table] = (await sql`delete from ${sql(table)} t where ${goes}`).count;
  }
  return gone;
}

/** What `prune` would delete now, by the same rules; tables without such rows are left out. */
export async function overdue(
  { sql }: Database,
  keep: Keep,
  now = new Date(),
): Promise<readonly Overdue[]> {
  const found: Overdue[] = [];
  for (const { table, goes } of rulesOf(sql, keep, now)) {
    const [sum] = await sql<{ rows: number; bytes: number }[]>`
      select count(*)::int as rows, coalesce(sum(pg_column_size(t.*)), 0)::float8 as bytes
      from ${sql(table)} t where ${goes}`;
    if (sum && sum.rows > 0) found.push({ table, ...sum });
  }
  return found;
}

interface Rule {
  readonly table: string;
  /** Of a row `t`: it goes. Holds for the same rows also after the rules before it were carried out. */
  readonly goes: PendingQuery<Row[]>;
}

/** In the order in which rows are deleted: those that a rule asks about go after it. */
function rulesOf(sql: Sql, keep: Keep, now: Date): readonly Rule[] {
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);
  const runsGo = daysAgo(keep.RUN_RETENTION_DAYS);
  const logsGo = daysAgo(keep.LOG_RETENTION_DAYS);
  const historyGoes = daysAgo(keep.TEMPORAL_RETENTION_DAYS);
  const yesterday = daysAgo(1);
  const filesGo = daysAgo(daysOfLeadFiles);
  const swarmsThatGo = sql`
    select s.id from swarms s where s.created_at < ${runsGo} and not exists (
      select from runs r where r.workflow_id = s.workflow_id
        and (r.closed_at is null or r.closed_at >= ${runsGo}))
      and not exists (select from swarm_tries u where u.swarm = s.id and u.distilled_at is null)`;
  return [
    {
      table: 'payloads',
      goes: sql`t.stored_at < ${historyGoes} and not exists (
        select from runs r where r.started_at <= t.stored_at + interval '1 hour'
          and (r.closed_at is null or r.closed_at > ${historyGoes}))`,
    },
    { table: 'swarm_outcomes', goes: sql`t.swarm in (${swarmsThatGo})` },
    { table: 'swarm_tries', goes: sql`t.swarm in (${swarmsThatGo})` },
    { table: 'task_lists', goes: listGoes(sql, swarmsThatGo, yesterday) },
    { table: 'swarm_tasks', goes: tasksGo(sql, swarmsThatGo, yesterday) },
    { table: 'swarms', goes: sql`t.id in (${swarmsThatGo})` },
    {
      table: 'lead_file_rows',
      goes: sql`t.loaded_at < ${filesGo} and not exists (
        select from lead_files f where f.upload = t.upload and f.loaded_at >= ${filesGo})`,
    },
    { table: 'lead_files', goes: sql`t.loaded_at < ${filesGo}` },
    { table: 'lead_imports', goes: sql`t.at < ${filesGo}` },
    { table: 'lead_import_lines', goes: sql`t.at < ${filesGo}` },
    {
      table: 'attempts',
      goes: sql`t.started_at < ${runsGo} and not exists (select from runs r
        where r.run_id = t.run_id and r.world is not null and r.distilled_at is null)`,
    },
    {
      table: 'runs',
      goes: sql`t.closed_at < ${runsGo} and (t.world is null or t.distilled_at is not null)`,
    },
    {
      table: 'bulk_items',
      goes: sql`t.bulk in (select id from bulk_actions where created_at < ${runsGo})`,
    },
    { table: 'bulk_actions', goes: sql`t.created_at < ${runsGo}` },
    { table: 'audit', goes: sql`t.at < ${runsGo}` },
    { table: 'flow_events', goes: sql`t.at < ${runsGo}` },
    { table: 'log_lines', goes: sql`t.at < ${logsGo}` },
    {
      table: 'topic_messages',
      goes: sql`t.at < ${runsGo} or (t.at < ${logsGo} and not exists (
        select from topic_subscribers s where s.topic = t.topic and s.cursor < t.seq))`,
    },
    { table: 'leases', goes: sql`t.used_at < ${runsGo}` },
    { table: 'barriers', goes: sql`t.used_at < ${runsGo}` },
    { table: 'workers', goes: sql`t.seen_at < ${yesterday}` },
  ];
}

/** Of a list `t`: no swarm that stays has it, and none is being started from it. */
const listGoes = (sql: Sql, swarmsThatGo: Rule['goes'], loadedBefore: Date): Rule['goes'] => sql`
  t.created_at < ${loadedBefore}
    and not exists (select from swarms s where s.list = t.id and s.id not in (${swarmsThatGo}))
    and not exists (select from runs r where r.closed_at is null and r.type = 'swarm'
      and (r.input is null or r.input -> 'source' ->> 'list' = t.id::text))`;

/**
 * Tasks of lists that have no row: of those that go, and of those that were given up half-way. The id
 * of a list begins with the time at which it was made. The lists are found by hopping through the index.
 */
const tasksGo = (sql: Sql, swarmsThatGo: Rule['goes'], loadedBefore: Date): Rule['goes'] => sql`
  t.list in (
    with recursive lists as (
      (select list from swarm_tasks order by list limit 1)
      union all
      select (select t.list from swarm_tasks t where t.list > lists.list order by t.list limit 1)
      from lists where lists.list is not null
    )
    select list from lists where list is not null
      and not (substr(list::text, 15, 1) = '7' and
        ('x' || substr(replace(list::text, '-', ''), 1, 12))::bit(48)::bigint
          > ${loadedBefore.getTime()})
      and not exists (select from task_lists t where t.id = lists.list
        and not (${listGoes(sql, swarmsThatGo, loadedBefore)})))`;

import { and, eq, gt, isNotNull, isNull, lt, lte, notExists, or, sql, type SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Config } from './config.ts';
import { barriers, leases, topicMessages, topicSubscribers } from './coordination-schema.ts';
import type { Sql } from 'postgres';
import type { Database } from './database.ts';
import { attempts, audit, flowEvents, logLines, payloads, runs, workers } from './schema.ts';

/**
 * Deletes what is older than the settings keep: closed runs and their attempts, log lines, and
 * workers gone for a day, and large payloads that no history refers to any more: those of no run
 * that was open when they were last stored and is open, or younger than Temporal keeps it, now.
 * Messages go with log lines once all subscribers have them, and with runs at the latest.
 * Audit rows, swarms and what happened to flow keys stay as long as runs. Lists of tasks that no swarm
 * ever took go after a day, rows of imported files after a week. Business data and memory are never deleted here, and no run, try or swarm
 * that memory has not taken note of.
 *
 * @returns how many rows went, by table.
 */
export async function prune(
  { db, sql: raw }: Database,
  {
    RUN_RETENTION_DAYS,
    LOG_RETENTION_DAYS,
    TEMPORAL_RETENTION_DAYS,
  }: Pick<Config, 'RUN_RETENTION_DAYS' | 'LOG_RETENTION_DAYS' | 'TEMPORAL_RETENTION_DAYS'>,
  now = new Date(),
): Promise<Readonly<Record<string, number>>> {
  const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
  const isDelivered = sql`not exists (select from ${topicSubscribers}
    where ${topicSubscribers.topic} = ${topicMessages.topic}
      and ${topicSubscribers.cursor} < ${topicMessages.seq})`;
  const remove = async (table: PgTable, where: SQL | undefined): Promise<number> =>
    (await db.delete(table).where(where)).count;
  const before = (column: PgColumn, days: number) => lt(column, daysAgo(days));
  const historyGoes = daysAgo(TEMPORAL_RETENTION_DAYS);
  const readers = db
    .select({ one: sql`1` })
    .from(runs)
    .where(
      and(
        lte(runs.startedAt, sql`${payloads.storedAt} + interval '1 hour'`),
        or(isNull(runs.closedAt), gt(runs.closedAt, historyGoes)),
      ),
    );
  const unread = and(lt(payloads.storedAt, historyGoes), notExists(readers));
  const isRead = or(isNull(runs.world), isNotNull(runs.distilledAt));
  const unreadRuns = db
    .select({ one: sql`1` })
    .from(runs)
    .where(and(eq(runs.runId, attempts.runId), isNotNull(runs.world), isNull(runs.distilledAt)));
  return {
    payloads: unread ? await remove(payloads, unread) : 0,
    ...(await pruneSwarms(raw, daysAgo(RUN_RETENTION_DAYS), daysAgo(1))),
    lead_file_rows: await pruneLeadFiles(raw, daysAgo(daysOfLeadFiles)),
    attempts: await remove(
      attempts,
      and(before(attempts.startedAt, RUN_RETENTION_DAYS), notExists(unreadRuns)),
    ),
    runs: await remove(runs, and(before(runs.closedAt, RUN_RETENTION_DAYS), isRead)),
    audit: await remove(audit, before(audit.at, RUN_RETENTION_DAYS)),
    flow_events: await remove(flowEvents, before(flowEvents.at, RUN_RETENTION_DAYS)),
    log_lines: await remove(logLines, before(logLines.at, LOG_RETENTION_DAYS)),
    topic_messages: await remove(
      topicMessages,
      or(
        before(topicMessages.at, RUN_RETENTION_DAYS),
        and(before(topicMessages.at, LOG_RETENTION_DAYS), isDelivered),
      ),
    ),
    leases: await remove(leases, before(leases.usedAt, RUN_RETENTION_DAYS)),
    barriers: await remove(barriers, before(barriers.usedAt, RUN_RETENTION_DAYS)),
    workers: await remove(workers, before(workers.seenAt, 1)),
  };
}

/** @param loadedBefore lists that nobody used and that were loaded before this are left-overs. */
async function pruneSwarms(sql: Sql, endedBefore: Date, loadedBefore: Date) {
  const old = await sql<{ id: string }[]>`
    select id from swarms s where created_at < ${endedBefore} and not exists (
      select from runs r where r.workflow_id = s.workflow_id
        and (r.closed_at is null or r.closed_at >= ${endedBefore}))
      and not exists (select from swarm_tries t where t.swarm = s.id and t.distilled_at is null)`;
  let outcomes = 0;
  for (const { id } of old) {
    outcomes += (await sql`delete from swarm_outcomes where swarm = ${id}`).count;
    await sql`delete from swarm_tries where swarm = ${id}`;
    await sql`delete from swarms where id = ${id}`;
  }
  const lists = await sql`
    delete from task_lists l where created_at < ${loadedBefore}
      and not exists (select from swarms s where s.list = l.id)
      and not exists (select from runs r where r.closed_at is null and r.type = 'swarm'
        and (r.input is null or r.input -> 'source' ->> 'list' = l.id::text))`;
  return {
    swarms: old.length,
    swarm_outcomes: outcomes,
    task_lists: lists.count,
    swarm_tasks: await pruneTasks(sql, loadedBefore),
  };
}

/**
 * Tasks of lists that have no row: of those just deleted, and of those that were given up half-way.
 * The id of a list begins with the time at which it was made.
 */
async function pruneTasks(sql: Sql, loadedBefore: Date): Promise<number> {
  const lists = await sql<{ list: string }[]>`
    with recursive lists as (
      (select list from swarm_tasks order by list limit 1)
      union all
      select (select t.list from swarm_tasks t where t.list > lists.list order by t.list limit 1)
      from lists where lists.list is not null
    )
    select list from lists where list is not null
      and not exists (select from task_lists l where l.id = lists.list)`;
  let count = 0;
  for (const { list } of lists) {
    const madeAt = Number.parseInt(list.replaceAll('-', '').slice(0, 12), 16);
    const isTimed = list[14] === '7';
    if (isTimed && madeAt > loadedBefore.getTime()) continue;
    count += (await sql`delete from swarm_tasks where list = ${list}`).count;
  }
  return count;
}

/** A file that is wanted again after this is loaded again. */
const daysOfLeadFiles = 7;

/** Files of leads with their rows, those of uploads that were given up half-way among them. */
async function pruneLeadFiles(sql: Sql, loadedBefore: Date): Promise<number> {
  await sql`delete from lead_files where loaded_at < ${loadedBefore}`;
  await sql`delete from lead_imports where at < ${loadedBefore}`;
  await sql`delete from lead_import_lines where at < ${loadedBefore}`;
  const rows = await sql`
    delete from lead_file_rows r where loaded_at < ${loadedBefore}
      and not exists (select from lead_files f where f.upload = r.upload)`;
  return rows.count;
}

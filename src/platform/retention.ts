import { and, gt, isNull, lt, lte, notExists, or, sql, type SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Config } from './config.ts';
import { barriers, leases, topicMessages, topicSubscribers } from './coordination-schema.ts';
import type { Database } from './database.ts';
import { attempts, audit, flowEvents, logLines, payloads, runs, workers } from './schema.ts';

/**
 * Deletes what is older than the settings keep: closed runs and their attempts, log lines, and
 * workers gone for a day, and large payloads that no history refers to any more: those of no run
 * that was open when they were last stored and is open, or younger than Temporal keeps it, now.
 * Messages go with log lines once all subscribers have them, and with runs at the latest.
 * Audit rows and what happened to flow keys stay as long as runs. Business data is never deleted here.
 *
 * @returns how many rows went, by table.
 */
export async function prune(
  { db }: Database,
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
  return {
    payloads: unread ? await remove(payloads, unread) : 0,
    runs: await remove(runs, before(runs.closedAt, RUN_RETENTION_DAYS)),
    attempts: await remove(attempts, before(attempts.startedAt, RUN_RETENTION_DAYS)),
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

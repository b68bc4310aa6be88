import type { PendingQuery, Row, Sql } from 'postgres';
import { BadRequest } from '../contracts/check.ts';
import type { RunQuery } from '../contracts/api.ts';
import { FailureType } from '../contracts/failures.ts';

/**
 * SQL: the rows of `runs` that a search means. Starters, which only start other runs, show up in
 * searches by text. @throws {BadRequest} for a cursor that no page gave.
 */
export function runsMatching(sql: Sql, query: Omit<RunQuery, 'limit'>): PendingQuery<Row[]> {
  const { q, state, type, agent, capability, account, by, from, to, cursor } = query;
  const words = q === undefined ? '' : `%${q.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const after = cursor === undefined ? undefined : positionOf(cursor);
  return sql`true
    ${
      q
        ? sql`and (workflow_id ilike ${words} or run_id = ${q} or title ilike ${words}
            or input::text ilike ${words} or message ilike ${words} or failure ilike ${words})`
        : sql`and type <> 'starter'`
    }
    ${state === 'open' ? sql`and closed_at is null` : sql``}
    ${state === 'needs-you' ? sql`and closed_at is null and (needs ->> 'count')::int > 0` : sql``}
    ${state === 'completed' ? sql`and status in ('completed', 'continued_as_new')` : sql``}
    ${state === 'failed' ? sql`and status in ('failed', 'timed_out')` : sql``}
    ${state === 'cancelled' ? sql`and status in ('cancelled', 'terminated')` : sql``}
    ${type ? sql`and type = ${type}` : sql``}
    ${agent ? sql`and agent = ${agent}` : sql``}
    ${capability ? sql`and capability = ${capability}` : sql``}
    ${account ? sql`and account = ${account}` : sql``}
    ${by ? sql`and requested_by_kind = ${by}` : sql``}
    ${from ? sql`and started_at >= ${from}` : sql``}
    ${to ? sql`and started_at < ${to}` : sql``}
    ${
      after
        ? sql`and started_at <= ${after.startedAt}::text::timestamptz
            and (started_at < ${after.startedAt}::text::timestamptz or run_id > ${after.runId})`
        : sql``
    }`;
}

/** Where the next page begins. */
export const cursorOf = (last: { readonly position: string; readonly runId: string }): string =>
  Buffer.from(`${last.position}|${last.runId}`).toString('base64url');

function positionOf(cursor: string): { readonly startedAt: string; readonly runId: string } {
  const [startedAt, runId] = Buffer.from(cursor, 'base64url').toString().split('|');
  if (startedAt === undefined || runId === undefined || Number.isNaN(Date.parse(startedAt))) {
    const message = 'expected what the page before gave as “next”';
    throw new BadRequest(FailureType.InvalidInput, `cursor: ${message}`, [
      { path: '/cursor', message },
    ]);
  }
  return { startedAt, runId };
}

import { getTableColumns, sql, type SQL } from 'drizzle-orm';
import type { PgColumn, PgInsertValue, PgTable } from 'drizzle-orm/pg-core';
import type { Account } from '../../platform/config.ts';
import type { Database } from '../../platform/database.ts';
import { campaignOverviews, campaignRanges, emailDays } from '../../platform/instantly-schema.ts';
import type { Campaign, MailboxDay, Metrics } from './answers.ts';
import type { DayRange } from './client.ts';

/**
 * The agent's own writes. Each is one transaction of upserts on the table's natural key, touches
 * only rows that differ, and returns how many those were: a repeat changes nothing.
 */
export interface InstantlyTables {
  upsertMailboxDays(account: Account, days: readonly MailboxDay[]): Promise<number>;
  upsertOverview(
    account: Account,
    range: DayRange & { readonly campaignId: string | null },
    metrics: Metrics,
  ): Promise<number>;
  upsertCampaigns(
    account: Account,
    range: DayRange,
    campaigns: readonly Campaign[],
  ): Promise<number>;
  /** Whether all we know of a campaign was made up by a stand-in. */
  isStandInCampaign(campaignId: string): Promise<boolean>;
}

/** Postgres takes at most 65,535 parameters a statement; these rows have up to 32. */
const rowsAStatement = 500;

/** @param database where the migrations have run. */
export const createInstantlyTables = ({ db, sql: raw }: Database): InstantlyTables => ({
  async isStandInCampaign(id) {
    const [row] = await raw<{ isStandIn: boolean | null }[]>`
      select bool_and(is_stand_in) as "isStandIn" from (
        select is_stand_in from instantly_campaign_analytics where campaign_id = ${id}
        union all
        select is_stand_in from instantly_campaign_analytics_overview where campaign_id = ${id}
      ) known`;
    return row?.isStandIn ?? false;
  },

  upsertMailboxDays({ name, isStandIn }, days) {
    const key = [emailDays.account, emailDays.date, emailDays.emailAccount];
    const rows = days.map((day) => ({
      account: name,
      isStandIn,
      date: day.date,
      emailAccount: day.email_account,
      sent: day.sent,
      bounced: day.bounced,
      contacted: day.contacted,
      newLeadsContacted: day.new_leads_contacted,
      opened: day.opened,
      uniqueOpened: day.unique_opened,
      replies: day.replies,
      uniqueReplies: day.unique_replies,
      repliesAutomatic: day.replies_automatic,
      uniqueRepliesAutomatic: day.unique_replies_automatic,
      clicks: day.clicks,
      uniqueClicks: day.unique_clicks,
    }));
    return upsert(db, emailDays, key, rows);
  },

  upsertOverview({ name, isStandIn }, range, metrics) {
    const { account, startDate, endDate, campaignId } = campaignOverviews;
    const key = [account, startDate, endDate, campaignId];
    return upsert(db, campaignOverviews, key, [{ account: name, isStandIn, ...range, ...metrics }]);
  },

  upsertCampaigns({ name, isStandIn }, { startDate, endDate }, campaigns) {
    const { account, startDate: start, endDate: end, campaignId } = campaignRanges;
    const key = [account, start, end, campaignId];
    const rows = campaigns.map(({ facts, metrics }) => ({
      account: name,
      isStandIn,
      startDate,
      endDate,
      campaignId: facts.campaign_id,
      campaignName: facts.campaign_name,
      campaignStatus: facts.campaign_status,
      campaignIsEvergreen: facts.campaign_is_evergreen ?? false,
      leadsCount: facts.leads_count ?? null,
      ...metrics,
    }));
    return upsert(db, campaignRanges, key, rows);
  },
});

/** Writes all rows or none. @returns how many were new or differed. */
function upsert<T extends PgTable>(
  db: Database['db'],
  table: T,
  key: PgColumn[],
  rows: readonly PgInsertValue<T>[],
): Promise<number> {
  const conflict = { target: key, ...ifDifferent(getTableColumns(table), key) };
  return db.transaction(async (tx) => {
    let changed = 0;
    for (const some of chunksOf(rows)) {
      changed += (await tx.insert(table).values(some).onConflictDoUpdate(conflict)).count;
    }
    return changed;
  });
}

/** Sets every value that came in and moves `updated_at`, but only where one of them differs. */
function ifDifferent(
  columns: Readonly<Record<string, PgColumn>>,
  key: readonly PgColumn[],
): { readonly set: Record<string, SQL>; readonly setWhere: SQL } {
  const kept = [...key.map((column) => column.name), 'id', 'created_at', 'updated_at'];
  const values = Object.entries(columns).filter(([, column]) => !kept.includes(column.name));
  const incoming = (column: PgColumn) => sql`excluded.${sql.identifier(column.name)}`;
  const stored = sql.join(
    values.map(([, column]) => sql`${column}`),
    sql`, `,
  );
  const arrived = sql.join(
    values.map(([, column]) => incoming(column)),
    sql`, `,
  );
  return {
    set: {
      ...Object.fromEntries(values.map(([name, column]) => [name, incoming(column)])),
      updatedAt: sql`now()`,
    },
    setWhere: sql`(${stored}) is distinct from (${arrived})`,
  };
}

function* chunksOf<T>(rows: readonly T[]): Generator<T[]> {
  for (let from = 0; from < rows.length; from += rowsAStatement) {
    yield rows.slice(from, from + rowsAStatement);
  }
}

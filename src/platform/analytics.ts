import type { Sql } from 'postgres';
import {
  CampaignAnalytics,
  type AnalyticsQuery,
  type EmailAnalytics,
  type EmailSums,
} from '../contracts/analytics.ts';
import { type ScheduleInfo } from '../contracts/schedules.ts';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import {
  campaignAnalytics,
  campaignOverview,
  dailyAnalytics,
  instantly,
  overviewMetrics,
} from '../contracts/instantly.ts';
import { accountsOf } from './accounts.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';

/** Figures of e-mails and campaigns: SQL sums over the tables that the agents fill. */
export interface Analytics {
  /** Opens, replies and clicks are the unique ones, so that they are shares of what was sent. */
  email(query: AnalyticsQuery): Promise<EmailAnalytics>;
  /** Of each account: the latest range that ends within the days, the widest if several end then. */
  campaigns(query: AnalyticsQuery): Promise<CampaignAnalytics>;
  /** The rows behind the e-mail figures, oldest first. */
  emailExport(query: AnalyticsQuery): Export;
  /** The rows behind the campaign figures, of all stored ranges within the days. */
  campaignExport(query: AnalyticsQuery): Export;
}

/** A table of any length: its columns, and its rows as they are taken. */
export interface Export {
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<readonly Row[]>;
}

/** One row, by column. */
type Row = Record<string, unknown>;

interface AnalyticsDeps {
  readonly database: Database;
  readonly config: Pick<Config, 'accounts'>;
  /** For the time of the next pull; may fail while the server is away. */
  readonly schedules: { list(): Promise<readonly ScheduleInfo[]> };
}

const longestDays = 3_660;
const dayMs = 86_400_000;
const rowsAtOnce = 500;

/** @param deps the database, the accounts of the settings, and the schedules that pull. */
export function createAnalytics({ database, config, schedules }: AnalyticsDeps): Analytics {
  const { sql } = database;
  const accounts = accountsOf(config, instantly.vendor).map(({ name, isStandIn }) => ({
    name,
    vendor: instantly.vendor,
    isStandIn,
  }));

  /** When rows were last changed or confirmed by a pull, and when the next pull is due. */
  async function freshness(
    table: 'instantly_email_daily_analytics' | 'instantly_campaign_analytics',
    capabilities: readonly string[],
    account: string | undefined,
  ) {
    const [[found], next] = await Promise.all([
      sql<{ at: Date | null }[]>`
        select greatest(
          (select max(updated_at) from ${sql(table)} where true ${ofAccount(sql, account)}),
          (select max(closed_at) from runs where status = 'completed'
            and capability in ${sql(capabilities)} ${ofAccount(sql, account)})) as at`,
      schedules.list().catch((): readonly ScheduleInfo[] => []),
    ]);
    const due = next
      .filter((each) => capabilities.includes(each.capability))
      .filter((each) => account === undefined || each.account === account)
      .flatMap((each) => each.next.slice(0, 1));
    return { pulledAt: found?.at?.toISOString() ?? null, nextPullAt: due.sort()[0] ?? null };
  }

  const sumsOf = (range: Days, account: string | undefined) => sql<EmailSums[]>`
    select ${sums(sql)} from instantly_email_daily_analytics
    where date between ${range.from} and ${range.to} ${ofAccount(sql, account)}`;

  const daysOf = (range: Days, account: string | undefined) => sql<EmailAnalytics['days']>`
    select date::text, ${sums(sql)} from instantly_email_daily_analytics
    where date between ${range.from} and ${range.to} ${ofAccount(sql, account)}
    group by date order by date`;

  const mailboxesOf = (range: Days, account: string | undefined) =>
    sql<(EmailAnalytics['mailboxes'][number] & { mailboxCount: number })[]>`
      select account, email_account as "emailAccount", sum(sent)::float8 as sent,
        sum(bounced)::float8 as bounced, (sum(bounced)::float8 / sum(sent)) as "bounceRate",
        (count(*) over ())::int as "mailboxCount"
      from instantly_email_daily_analytics
      where date between ${range.from} and ${range.to} ${ofAccount(sql, account)}
      group by account, email_account having sum(sent) > 0
      order by "bounceRate" desc, sent desc, email_account, account limit 50`;

  return {
    async email(query) {
      const range = daysIn(query);
      const before = daysBefore(range);
      const { account } = query;
      const [totals, totalsBefore, days, earlier, mailboxes, fresh] = await Promise.all([
        sumsOf(range, account),
        sumsOf(before, account),
        daysOf(range, account),
        daysOf(before, account),
        mailboxesOf(range, account),
        freshness('instantly_email_daily_analytics', [dailyAnalytics.id], account),
      ]);
      return {
        ...range,
        totals: totals[0] ?? nothing,
        before: totalsBefore[0] ?? nothing,
        days: [...days],
        daysBefore: [...earlier],
        mailboxes: mailboxes.map(({ account, emailAccount, sent, bounced, bounceRate }) => ({
          account,
          emailAccount,
          sent,
          bounced,
          bounceRate,
        })),
        mailboxCount: mailboxes[0]?.mailboxCount ?? 0,
        accounts,
        ...fresh,
      };
    },

    async campaigns(query) {
      const { from, to } = daysIn(query);
      const { account } = query;
      const [overviews, campaigns, fresh] = await Promise.all([
        sql<Row[]>`
          select account, start_date::text as "startDate", end_date::text as "endDate",
            ${sql(overviewMetrics)}
          from instantly_campaign_analytics_overview
          where campaign_id is null and start_date >= ${from} and end_date <= ${to}
            ${ofAccount(sql, account)}
          order by end_date, start_date, account`,
        sql<Row[]>`
          with latest as (
            select distinct on (account) account, start_date, end_date
            from instantly_campaign_analytics
            where end_date between ${from} and ${to} ${ofAccount(sql, account)}
            order by account, end_date desc, start_date)
          select *, start_date::text as "startDate", end_date::text as "endDate"
          from instantly_campaign_analytics join latest using (account, start_date, end_date)
          order by emails_sent_count desc, campaign_name, campaign_id`,
        freshness(
          'instantly_campaign_analytics',
          [campaignAnalytics.id, campaignOverview.id],
          account,
        ),
      ]);
      return {
        overviews: overviews.map((row) => ({
          ...rangeOf(row),
          metrics: AllMetrics.parse(metricsOf(row)),
        })),
        campaigns: campaigns.map((row) => ({
          ...rangeOf(row),
          campaignId: String(row.campaign_id),
          name: String(row.campaign_name),
          status: Number(row.campaign_status),
          leads: row.leads_count === null ? null : Number(row.leads_count),
          metrics: SomeMetrics.parse(metricsOf(row)),
        })),
        accounts,
        ...fresh,
      };
    },

    emailExport(query) {
      const { from, to } = daysIn(query);
      const rows = sql<Row[]>`
        select ${sql(emailColumns)}, date::text from instantly_email_daily_analytics
        where date between ${from} and ${to} ${ofAccount(sql, query.account)}
        order by instantly_email_daily_analytics.date, account, email_account`;
      return { columns: ['date', ...emailColumns], rows: rows.cursor(rowsAtOnce) };
    },

    campaignExport(query) {
      const { from, to } = daysIn(query);
      const rows = sql<Row[]>`
        select ${sql(campaignColumns)}, start_date::text, end_date::text
        from instantly_campaign_analytics campaign
        where end_date between ${from} and ${to} ${ofAccount(sql, query.account)}
        order by campaign.end_date, campaign.start_date, account, campaign_name, campaign_id`;
      const columns = ['start_date', 'end_date', ...campaignColumns];
      return { columns, rows: rows.cursor(rowsAtOnce) };
    },
  };
}

const emailColumns = [
  'account',
  'email_account',
  'sent',
  'bounced',
  'contacted',
  'new_leads_contacted',
  'opened',
  'unique_opened',
  'replies',
  'unique_replies',
  'replies_automatic',
  'unique_replies_automatic',
  'clicks',
  'unique_clicks',
  'is_stand_in',
];

/** Metrics that the vendor counts for a workspace, but not for each campaign. */
const onlyInOverviews: readonly string[] = [
  'total_interested',
  'total_meeting_booked',
  'total_meeting_completed',
  'total_closed',
];

const campaignColumns = [
  'account',
  'campaign_id',
  'campaign_name',
  'campaign_status',
  'leads_count',
  ...overviewMetrics.filter((name) => !onlyInOverviews.includes(name)),
  'is_stand_in',
];

const nothing: EmailSums = {
  sent: 0,
  bounced: 0,
  contacted: 0,
  opened: 0,
  replied: 0,
  clicked: 0,
};

const sums = (sql: Sql) => sql`
  coalesce(sum(sent), 0)::float8 as sent, coalesce(sum(bounced), 0)::float8 as bounced,
  coalesce(sum(contacted), 0)::float8 as contacted,
  coalesce(sum(unique_opened), 0)::float8 as opened,
  coalesce(sum(unique_replies), 0)::float8 as replied,
  coalesce(sum(unique_clicks), 0)::float8 as clicked`;

const ofAccount = (sql: Sql, account: string | undefined) =>
  account === undefined ? sql`` : sql`and account = ${account}`;

/** The row's metrics; money comes out of the database as text. */
const metricsOf = (row: Row): Record<string, number> =>
  Object.fromEntries(
    overviewMetrics
      .filter((name) => row[name] !== undefined)
      .map((name) => [name, Number(row[name])]),
  );

const AllMetrics = CampaignAnalytics.shape.overviews.unwrap().shape.metrics;
const SomeMetrics = CampaignAnalytics.shape.campaigns.unwrap().shape.metrics;

const rangeOf = (row: Row) => ({
  account: String(row.account),
  startDate: String(row.startDate),
  endDate: String(row.endDate),
});

interface Days {
  readonly from: string;
  readonly to: string;
}

function daysIn({ from, to }: AnalyticsQuery): Days {
  const message =
    from > to
      ? 'expected a day not after “to”'
      : lengthOf({ from, to }) > longestDays
        ? `expected at most ${longestDays} days`
        : undefined;
  if (message === undefined) return { from, to };
  throw new BadRequest(FailureType.InvalidInput, `from: ${message}`, [{ path: '/from', message }]);
}

const lengthOf = ({ from, to }: Days): number => (Date.parse(to) - Date.parse(from)) / dayMs + 1;

/** As many days, right before. */
function daysBefore(range: Days): Days {
  const shift = (day: string) =>
    new Date(Date.parse(day) - lengthOf(range) * dayMs).toISOString().slice(0, 10);
  return { from: shift(range.from), to: shift(range.to) };
}

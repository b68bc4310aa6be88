/** The tables of what Instantly reports, by mailbox, day and campaign. */
import {
  bigint,
  boolean,
  date,
  index,
  integer,
  numeric,
  pgTable,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';
import type { OverviewMetric } from '../contracts/instantly.ts';

const time = (name: string) => timestamp(name, { withTimezone: true });
const count = (name: string) => integer(name).notNull().default(0);
const stamps = () => ({
  /** True when the vendor was a stand-in. */
  isStandIn: boolean('is_stand_in').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
  /** Moves only when a value changed, so that a repeated pull leaves the row as it was. */
  updatedAt: time('updated_at').notNull().defaultNow(),
});

/** What each mailbox did on each day. A mailbox without activity has no row. */
export const emailDays = pgTable(
  'instantly_email_daily_analytics',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    account: text().notNull(),
    date: date().notNull(),
    emailAccount: text('email_account').notNull(),
    sent: count('sent'),
    bounced: count('bounced'),
    contacted: count('contacted'),
    newLeadsContacted: count('new_leads_contacted'),
    opened: count('opened'),
    uniqueOpened: count('unique_opened'),
    replies: count('replies'),
    uniqueReplies: count('unique_replies'),
    repliesAutomatic: count('replies_automatic'),
    uniqueRepliesAutomatic: count('unique_replies_automatic'),
    clicks: count('clicks'),
    uniqueClicks: count('unique_clicks'),
    ...stamps(),
  },
  (table) => [
    unique('instantly_email_daily_analytics_key').on(table.account, table.date, table.emailAccount),
    index('instantly_email_daily_analytics_date').on(table.date),
  ],
);

/** One column a metric, with the names of the vendor's API; money is numeric, the rest whole. */
const metrics = () => ({
  open_count: count('open_count'),
  open_count_unique: count('open_count_unique'),
  open_count_unique_by_step: count('open_count_unique_by_step'),
  link_click_count: count('link_click_count'),
  link_click_count_unique: count('link_click_count_unique'),
  link_click_count_unique_by_step: count('link_click_count_unique_by_step'),
  reply_count: count('reply_count'),
  reply_count_unique: count('reply_count_unique'),
  reply_count_unique_by_step: count('reply_count_unique_by_step'),
  reply_count_automatic: count('reply_count_automatic'),
  reply_count_automatic_unique: count('reply_count_automatic_unique'),
  reply_count_automatic_unique_by_step: count('reply_count_automatic_unique_by_step'),
  bounced_count: count('bounced_count'),
  unsubscribed_count: count('unsubscribed_count'),
  completed_count: count('completed_count'),
  emails_sent_count: count('emails_sent_count'),
  contacted_count: count('contacted_count'),
  new_leads_contacted_count: count('new_leads_contacted_count'),
  total_opportunities: count('total_opportunities'),
  total_opportunity_value: numeric('total_opportunity_value', { mode: 'number' })
    .notNull()
    .default(0),
});

/** The 24 overview metrics of a range of days; `campaign_id` null is the whole workspace. */
export const campaignOverviews = pgTable(
  'instantly_campaign_analytics_overview',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    account: text().notNull(),
    startDate: date('start_date').notNull(),
    endDate: date('end_date').notNull(),
    campaignId: text('campaign_id'),
    ...metrics(),
    total_interested: count('total_interested'),
    total_meeting_booked: count('total_meeting_booked'),
    total_meeting_completed: count('total_meeting_completed'),
    total_closed: count('total_closed'),
    ...stamps(),
  } satisfies Record<OverviewMetric, unknown> & Record<string, unknown>,
  (table) => [
    unique('instantly_campaign_analytics_overview_key')
      .on(table.account, table.startDate, table.endDate, table.campaignId)
      .nullsNotDistinct(),
  ],
);

/** Every figure the vendor has for each campaign in a range of days. */
export const campaignRanges = pgTable(
  'instantly_campaign_analytics',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    account: text().notNull(),
    startDate: date('start_date').notNull(),
    endDate: date('end_date').notNull(),
    campaignId: text('campaign_id').notNull(),
    campaignName: text('campaign_name').notNull(),
    campaignStatus: integer('campaign_status').notNull(),
    campaignIsEvergreen: boolean('campaign_is_evergreen').notNull().default(false),
    leadsCount: integer('leads_count'),
    ...metrics(),
    ...stamps(),
  },
  (table) => [
    unique('instantly_campaign_analytics_key').on(
      table.account,
      table.startDate,
      table.endDate,
      table.campaignId,
    ),
  ],
);

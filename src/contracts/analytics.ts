/**
 * The part of the HTTP API that is about results: what the analytics routes take and answer.
 * Days are `YYYY-MM-DD`, rates shares from 0 to 1.
 */
import { z } from 'zod';
import { AccountInfo } from './api.ts';
import { overviewMetrics } from './instantly.ts';

const Time = z.iso.datetime();

const Sums = z.object({
  sent: z.int(),
  bounced: z.int(),
  contacted: z.int(),
  opened: z.int(),
  replied: z.int(),
  clicked: z.int(),
});
export type EmailSums = z.infer<typeof Sums>;

/** Query of the analytics routes; `account` is one login, all of them when left out. */
export const AnalyticsQuery = z.object({
  account: z.string().max(40).optional(),
  from: z.iso.date(),
  to: z.iso.date(),
});
export type AnalyticsQuery = z.infer<typeof AnalyticsQuery>;

/** `GET /api/analytics/email`: sums are SQL sums over `instantly_email_daily_analytics`. */
export const EmailAnalytics = z.object({
  from: z.iso.date(),
  to: z.iso.date(),
  totals: Sums,
  /** The same number of days right before. */
  before: Sums,
  /** Only days with rows; a missing day is a gap, never zero. */
  days: z.array(Sums.extend({ date: z.iso.date() })),
  daysBefore: z.array(Sums.extend({ date: z.iso.date() })),
  /** The 50 mailboxes that bounce most, with at least one mail sent. */
  mailboxes: z.array(
    z.object({
      account: z.string(),
      emailAccount: z.string(),
      sent: z.int(),
      bounced: z.int(),
      bounceRate: z.number(),
    }),
  ),
  mailboxCount: z.int(),
  accounts: z.array(AccountInfo),
  /** When a row last changed or was confirmed; null while there is none. */
  pulledAt: Time.nullable(),
  nextPullAt: Time.nullable(),
});
export type EmailAnalytics = z.infer<typeof EmailAnalytics>;

const metricsShape = z.record(z.enum(overviewMetrics), z.number());
/** `GET /api/analytics/campaigns`: of the latest stored range that ends within the query's days. */
export const CampaignAnalytics = z.object({
  /** Overviews of whole workspaces within the days asked for, oldest first. */
  overviews: z.array(
    z.object({
      account: z.string(),
      startDate: z.iso.date(),
      endDate: z.iso.date(),
      metrics: metricsShape,
    }),
  ),
  campaigns: z.array(
    z.object({
      account: z.string(),
      campaignId: z.string(),
      name: z.string(),
      /** The vendor's number: 0 draft, 1 active, 2 paused, 3 completed, 4 subsequences, below 0 trouble. */
      status: z.int(),
      startDate: z.iso.date(),
      endDate: z.iso.date(),
      leads: z.int().nullable(),
      metrics: z.partialRecord(z.enum(overviewMetrics), z.number()),
    }),
  ),
  accounts: z.array(AccountInfo),
  pulledAt: Time.nullable(),
  nextPullAt: Time.nullable(),
});
export type CampaignAnalytics = z.infer<typeof CampaignAnalytics>;

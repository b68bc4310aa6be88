import { z } from 'zod';
import { defineAgent, defineCapability, Day } from './capability.ts';
import { campaignStatus, createCampaign, previewCampaign } from './instantly-campaigns.ts';
import { debugResponse } from './instantly-debug.ts';
import {
  activateCampaign,
  addLead,
  deleteLead,
  pauseCampaign,
  pushLeads,
} from './instantly-writes.ts';

/** How many rows a pull brought, and what a person should look at. */
export const DailyAnalyticsOutput = z.strictObject({
  date: Day,
  /** Mailboxes with a row for the day; 0 is a quiet day, not a failure. */
  accounts: z.int().nonnegative(),
  /** Rows that were new or had changed. A repeat of the same day changes none. */
  changed: z.int().nonnegative(),
  sent: z.int().nonnegative(),
  bounced: z.int().nonnegative(),
  /** Mailboxes above `maxBounceRate`, worst first, at most 20 of them. */
  flagged: z.array(z.strictObject({ emailAccount: z.string(), bounceRate: z.number() })),
  /** The chunk size that the vendor took last, where a chunk was full; only the method in chunks has one. */
  chunkSize: z.int().positive().optional(),
});
export type DailyAnalyticsOutput = z.infer<typeof DailyAnalyticsOutput>;

export const DailyAnalyticsInput = z.strictObject({
  date: Day.meta({ title: 'Day', description: 'UTC day to pull', examples: ['2026-01-05'] }),
  emails: z
    .array(z.email('expected an e-mail address'))
    .min(1)
    .max(10_000)
    .optional()
    .meta({ title: 'Mailboxes', description: 'Only these mailboxes; all of them when left out' }),
  maxBounceRate: z.number().min(0).max(1).default(0.2).meta({
    title: 'Highest bounce rate',
    description: 'Share of sent mail, 0 to 1, above which a mailbox is flagged',
  }),
});
export type DailyAnalyticsInput = z.infer<typeof DailyAnalyticsInput>;

const range = {
  startDate: Day.meta({ title: 'From', description: 'First UTC day', examples: ['2026-01-01'] }),
  endDate: Day.meta({ title: 'To', description: 'Last UTC day, as the vendor counts it' }),
};
const startsBeforeItEnds = (input: { startDate: string; endDate: string }): boolean =>
  input.startDate <= input.endDate;
const rangeError = { path: ['startDate'], error: 'expected a day not after endDate' };
const period = (input: { startDate: string; endDate: string }): string =>
  `${input.startDate}..${input.endDate}`;

/** The vendor's 24 overview metrics, by the names of its API. */
export const overviewMetrics = [
  'open_count',
  'open_count_unique',
  'open_count_unique_by_step',
  'link_click_count',
  'link_click_count_unique',
  'link_click_count_unique_by_step',
  'reply_count',
  'reply_count_unique',
  'reply_count_unique_by_step',
  'reply_count_automatic',
  'reply_count_automatic_unique',
  'reply_count_automatic_unique_by_step',
  'bounced_count',
  'unsubscribed_count',
  'completed_count',
  'emails_sent_count',
  'contacted_count',
  'new_leads_contacted_count',
  'total_opportunities',
  'total_opportunity_value',
  'total_interested',
  'total_meeting_booked',
  'total_meeting_completed',
  'total_closed',
] as const;
export type OverviewMetric = (typeof overviewMetrics)[number];

export const CampaignOverviewInput = z
  .strictObject({
    ...range,
    campaignId: z.uuid('expected a campaign id (uuid)').optional().meta({
      title: 'Campaign',
      description: 'Only this campaign; the whole workspace when left out',
    }),
  })
  .refine(startsBeforeItEnds, rangeError);
export type CampaignOverviewInput = z.infer<typeof CampaignOverviewInput>;

export const CampaignOverviewOutput = z.strictObject({
  startDate: Day,
  endDate: Day,
  campaignId: z.string().nullable(),
  changed: z.int().nonnegative(),
  metrics: z.record(z.enum(overviewMetrics), z.number()),
});
export type CampaignOverviewOutput = z.infer<typeof CampaignOverviewOutput>;

export const CampaignAnalyticsInput = z.strictObject(range).refine(startsBeforeItEnds, rangeError);
export type CampaignAnalyticsInput = z.infer<typeof CampaignAnalyticsInput>;

export const CampaignAnalyticsOutput = z.strictObject({
  startDate: Day,
  endDate: Day,
  campaigns: z.int().nonnegative(),
  changed: z.int().nonnegative(),
  sent: z.int().nonnegative(),
  /** The chunk size that the vendor took last, where a chunk was full; only the method in chunks has one. */
  chunkSize: z.int().positive().optional(),
});
export type CampaignAnalyticsOutput = z.infer<typeof CampaignAnalyticsOutput>;

const chunkSize = {
  description: 'Mailboxes or campaigns asked for in one call',
  unit: 'addresses',
  default: 200,
  min: 1,
  max: 200,
};

export const dailyAnalytics = defineCapability({
  id: 'instantly.daily-analytics',
  verb: 'daily',
  title: 'Daily e-mail analytics',
  description: 'Stores what each mailbox sent, and what bounced, was opened and answered on a day',
  effect: 'upsert',
  input: DailyAnalyticsInput,
  output: DailyAnalyticsOutput,
  methods: [
    { id: 'whole-workspace', description: 'One call for all mailboxes' },
    { id: 'in-chunks', description: 'Lists the mailboxes, then asks for them in chunks' },
  ],
  tunables: {
    chunkSize: { ...chunkSize, accepted: (output: DailyAnalyticsOutput) => output.chunkSize },
  },
  period: (input) =>
    input.emails ? `${input.date}/${[...input.emails].sort().join(',')}` : input.date,
  schedule: { at: '02:00', inputFor: ({ day }) => ({ date: day }) },
});

export const campaignOverview = defineCapability({
  id: 'instantly.campaign-overview',
  verb: 'overview',
  title: 'Campaign overview',
  description: 'Stores the 24 overview metrics of a range of days, for all campaigns or one',
  effect: 'upsert',
  input: CampaignOverviewInput,
  output: CampaignOverviewOutput,
  methods: [{ id: 'overview', description: 'One call' }],
  tunables: {},
  period: (input) => (input.campaignId ? `${period(input)}/${input.campaignId}` : period(input)),
  schedule: {
    at: '02:10',
    inputFor: ({ day, nextDay }) => ({ startDate: day, endDate: nextDay }),
  },
});

export const campaignAnalytics = defineCapability({
  id: 'instantly.campaign-analytics',
  verb: 'campaigns',
  title: 'Campaign analytics',
  description: 'Stores every figure the vendor has for each campaign in a range of days',
  effect: 'upsert',
  input: CampaignAnalyticsInput,
  output: CampaignAnalyticsOutput,
  methods: [
    { id: 'whole-workspace', description: 'One call for all campaigns' },
    { id: 'in-chunks', description: 'Lists the campaigns, then asks for them in chunks' },
  ],
  tunables: {
    chunkSize: {
      ...{ ...chunkSize, default: 50, max: 100 },
      accepted: (output: CampaignAnalyticsOutput) => output.chunkSize,
    },
  },
  period,
  schedule: {
    at: '02:20',
    inputFor: ({ day, nextDay }) => ({ startDate: day, endDate: nextDay }),
  },
});

/** E-mail campaigns and their figures, from Instantly.ai. */
export const instantly = defineAgent({
  id: 'instantly',
  title: 'Instantly',
  description: 'E-mail campaigns and their figures, from Instantly.ai',
  vendor: 'instantly',
  limits: { perSecond: 90, perMinute: 5_400, atOnce: 5 }, // it allows 100 and 6,000 a workspace
  capabilities: [
    dailyAnalytics,
    campaignOverview,
    campaignAnalytics,
    createCampaign,
    previewCampaign,
    campaignStatus,
    debugResponse,
    addLead,
    pushLeads,
    activateCampaign,
    pauseCampaign,
    deleteLead,
  ],
});

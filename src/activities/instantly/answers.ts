/** What Instantly sends, read leniently: keys we don't know are dropped, missing counts are 0. */
import { z } from 'zod';
import { overviewMetrics } from '../../contracts/instantly.ts';

const asNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number),
]);
/** A number, 0 when missing; the `*_by_step` ones arrive as a list at times and are summed then. */
const amount = z
  .union([
    asNumber,
    z.array(asNumber).transform((steps) => steps.reduce((sum, step) => sum + step, 0)),
    z.null(),
  ])
  .optional()
  .transform((value) => value ?? 0);
/** What a column takes. */
const count = amount.pipe(z.int32().nonnegative());
const money = amount.pipe(z.number().nonnegative().max(1_000_000_000));
const text = z.string().refine((value) => !value.includes('\0'), 'has a NUL character in it');

/** What one mailbox did on one day. */
export const MailboxDay = z.object({
  date: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}/, 'expected a day as YYYY-MM-DD')
    .transform((date) => date.slice(0, 10))
    .pipe(z.iso.date()),
  email_account: text.min(1),
  sent: count,
  bounced: count,
  contacted: count,
  new_leads_contacted: count,
  opened: count,
  unique_opened: count,
  replies: count,
  unique_replies: count,
  replies_automatic: count,
  unique_replies_automatic: count,
  clicks: count,
  unique_clicks: count,
});
export type MailboxDay = z.infer<typeof MailboxDay>;

/** All 24 metrics; those an answer lacks are 0 unless it has none, and only money may be fractional. */
export const Metrics = z
  .record(z.string(), z.unknown())
  .refine((raw) => overviewMetrics.some((metric) => metric in raw), 'has none of the metrics')
  .transform((raw) => Object.fromEntries(overviewMetrics.map((metric) => [metric, raw[metric]])))
  .pipe(z.record(z.enum(overviewMetrics), amount))
  .superRefine((metrics, context) => {
    for (const metric of overviewMetrics) {
      const kind = metric === 'total_opportunity_value' ? money : count;
      const [issue] = kind.safeParse(metrics[metric]).error?.issues ?? [];
      if (issue) context.addIssue({ code: 'custom', path: [metric], message: issue.message });
    }
  });
export type Metrics = z.infer<typeof Metrics>;

const CampaignFacts = z.object({
  campaign_id: text.min(1),
  campaign_name: text.default(''),
  campaign_status: asNumber.pipe(z.int32()).default(0),
  campaign_is_evergreen: z.boolean().nullish(),
  leads_count: asNumber.pipe(z.int32().nonnegative()).nullish(),
});
/** One campaign's figures in a range of days. */
export const Campaign = z
  .record(z.string(), z.unknown())
  .transform((raw) => ({ facts: raw, metrics: raw }))
  .pipe(z.object({ facts: CampaignFacts, metrics: Metrics }));
export type Campaign = z.infer<typeof Campaign>;

/** One page of a list; even the last one may carry a cursor. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next_starting_after: z.string().nullish() });

const Hours = z.object({
  timing: z.object({ from: z.string(), to: z.string() }),
  days: z.record(z.string(), z.boolean()),
  timezone: z.string(),
});
/**
 * A campaign on its own page, with all of its settings; status 0 draft, 1 active, 2 paused,
 * 3 completed, 4 subsequences, below 0 trouble.
 */
export const CampaignState = z.looseObject({
  id: z.string().min(1),
  name: z.string().default(''),
  status: asNumber.pipe(z.int()),
  not_sending_status: asNumber.nullish().catch(null),
  email_list: z.array(z.string()).catch([]),
});
export type CampaignState = z.infer<typeof CampaignState>;

/** When a campaign sends; empty where it does not say so in a form that we know. */
export const hoursOf = ({ campaign_schedule }: CampaignState): readonly z.infer<typeof Hours>[] =>
  z.object({ schedules: z.array(Hours) }).safeParse(campaign_schedule).data?.schedules ?? [];

const Mails = z.object({
  sequences: z.array(
    z.object({
      steps: z.array(
        z.object({
          variants: z.array(
            z.object({ subject: z.string().catch(''), body: z.string().catch('') }),
          ),
        }),
      ),
    }),
  ),
});

/** All texts of a campaign's mails; none where it does not tell them in a form that we know. */
export const mailTextsOf = (campaign: CampaignState): readonly string[] =>
  (Mails.safeParse(campaign).data?.sequences ?? [])
    .flatMap(({ steps }) => steps.flatMap(({ variants }) => variants))
    .flatMap(({ subject, body }) => [subject, body]);

/** Why a campaign is slow to send; both are null when the vendor has nothing to say. */
export const SendingStatus = z.object({
  diagnostics: z.record(z.string(), z.unknown()).nullish().default(null),
  summary: z.unknown().transform((summary) => summary ?? null),
});
export type SendingStatus = z.infer<typeof SendingStatus>;

/** One lead of a campaign; 1 active, 2 paused, 3 completed, below 0 nothing is sent any more. */
export const Lead = z.object({
  id: text.min(1),
  email: text.nullish(),
  campaign: text.nullish(),
  status: asNumber.pipe(z.int()).default(1),
});
export type Lead = z.infer<typeof Lead>;

/** A sender; status 1 active, 2 paused, 3 maintenance, below 0 trouble. */
export const Mailbox = z.object({
  email: z.string().min(1),
  status: asNumber.pipe(z.int()).default(1),
});
export type Mailbox = z.infer<typeof Mailbox>;

export const CampaignId = z.object({ id: z.string().min(1) });

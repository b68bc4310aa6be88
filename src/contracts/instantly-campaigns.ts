/** Campaigns at Instantly: what they are made of, how they look to a lead, and how they stand. */
import { z } from 'zod';
import { defineCapability, Day } from './capability.ts';
import { ListName } from './leads.ts';
import { instantlyTimeZones, nearestTimeZones } from './time-zones.ts';

/** Days of the week as people name them, in their order. */
export const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
export type Weekday = (typeof weekdays)[number];

const Variant = z.strictObject({
  /** Empty: it goes into the thread of the mail before. */
  subject: z.string().max(500),
  /** Plain text, an empty line between paragraphs; or HTML, which begins with `<`. */
  body: z.string().trim().min(1, 'expected the text of the mail').max(50_000),
});
const Step = z.strictObject({
  /** Days after the mail before; 0 for the first. */
  waitDays: z.int().min(0).max(365).default(0),
  /** The vendor gives each lead one of them. */
  variants: z.array(Variant).min(1, 'expected at least one subject with its body').max(26),
});
const steps = z.array(Step).min(1, 'expected at least one step').max(50);
const variables = z.array(z.string().min(1).max(100)).max(100);

/** A campaign's mails, as a file below `campaigns/` holds them. */
export const CampaignTemplate = z.strictObject({
  title: z.string().optional(),
  description: z.string().optional(),
  /** Merge tags beside the built-in ones, by the exact names that leads carry. */
  variables: variables.default([]),
  steps,
});
export type CampaignTemplate = z.infer<typeof CampaignTemplate>;

const senderStates = [
  'active',
  'paused',
  'maintenance',
  'connection-error',
  'bounce-error',
  'sending-error',
] as const;
/** What people call the state of a mailbox. */
export type SenderState = (typeof senderStates)[number];
const SenderStatus = z.enum(senderStates, `expected one of ${senderStates.join(', ')}`);

const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected hours and minutes such as 09:00');
const timeZone = z.string().superRefine((name, context) => {
  if (instantlyTimeZones.includes(name)) return;
  const nearest = nearestTimeZones(name);
  context.addIssue({
    code: 'custom',
    message:
      nearest.length > 0
        ? `Instantly does not take “${name}”; the nearest that it takes: ${nearest.join(', ')}`
        : `“${name}” is no time zone; Instantly takes ${instantlyTimeZones.length} names such as America/Chicago`,
  });
});

const planned = {
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .meta({
      title: 'Name',
      description: 'Name of the campaign; a second run finds it by this',
      examples: ['Dentists in Utrecht'],
    }),
  template: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'expected small letters, digits and hyphens')
    .optional()
    .meta({
      title: 'Template',
      description: 'A file below campaigns/, without .yaml',
      examples: ['first-contact'],
    }),
  steps: steps
    .optional()
    .meta({ title: 'Steps', description: 'The mails, in place of a template' }),
  variables: variables.optional().meta({
    title: 'Variables',
    description: 'Custom variables that the leads carry, beside those of the template',
  }),
  list: ListName.optional().meta({
    title: 'List',
    description: 'Leads that are to go in: merge tags are checked against what they have',
    examples: ['dentists-berlin'],
  }),
  senders: z.array(z.email('expected an e-mail address')).min(1).optional().meta({
    title: 'Senders',
    description: 'Only these mailboxes; all of the right state when left out',
  }),
  senderStatuses: z.array(SenderStatus).min(1).default(['active']).meta({
    title: 'States of senders',
    description: 'Mailboxes in these states may send',
  }),
  timeZone: timeZone
    .default('America/Chicago')
    .meta({ title: 'Time zone', description: 'Of the sending hours; Instantly takes 102 names' }),
  days: z
    .array(z.enum(weekdays, 'expected days such as Mon,Tue,Wed'))
    .min(1)
    .default(['Mon', 'Tue', 'Wed', 'Thu', 'Fri'])
    .meta({ title: 'Days', description: 'On which it sends' }),
  from: clock.default('09:00').meta({ title: 'From', description: 'First minute of the day' }),
  to: clock.default('17:00').meta({ title: 'To', description: 'Last minute of the day' }),
  startDate: Day.optional().meta({ title: 'Starts on', description: 'First day of sending' }),
  endDate: Day.optional().meta({ title: 'Ends on', description: 'Last day of sending' }),
  dailyLimit: z.int().min(1).max(100_000).optional().meta({
    title: 'Mails a day',
    description: 'Most mails of the campaign in a day',
  }),
  gapMinutes: z.int().min(1).max(1_440).optional().meta({
    title: 'Gap',
    description: 'Minutes between two mails of a sender',
  }),
  stopOnReply: z
    .boolean()
    .default(true)
    .meta({ title: 'Stop on reply', description: 'Who answers gets no further mail' }),
  openTracking: z
    .boolean()
    .default(false)
    .meta({ title: 'Track opens', description: 'Tell who opened a mail' }),
  linkTracking: z
    .boolean()
    .default(false)
    .meta({ title: 'Track links', description: 'Tell who followed a link' }),
};
const hasOneText = {
  check: (input: { template?: string | undefined; steps?: unknown }) =>
    (input.template === undefined) !== (input.steps === undefined),
  params: { path: ['template'], error: 'expected either template or steps' },
};
const endsLater = {
  check: (input: { from: string; to: string }) => input.from < input.to,
  params: { path: ['to'], error: 'expected a time after “from”, on the same day' },
};

export const CreateCampaignInput = z
  .strictObject(planned)
  .refine(hasOneText.check, hasOneText.params)
  .refine(endsLater.check, endsLater.params);
export type CreateCampaignInput = z.infer<typeof CreateCampaignInput>;

/** One sentence for each merge tag without a fallback that leads lack a value for. */
const lacking = z.array(z.string());

const CreateCampaignOutput = z.strictObject({
  /** Null when only a person says that it is done. */
  campaignId: z.string().nullable(),
  name: z.string(),
  action: z.enum(['created', 'changed', 'unchanged']),
  /** What was changed, one line each. */
  changes: z.array(z.string()),
  /** In the vendor's numbers: 0 draft, which sends nothing. */
  status: z.int().nullable(),
  lacking: lacking.default([]),
});
export type CreateCampaignOutput = z.infer<typeof CreateCampaignOutput>;

export const createCampaign = defineCapability({
  id: 'instantly.create-campaign',
  verb: 'create-campaign',
  command: ['campaigns', 'create'],
  title: 'Create a campaign',
  description: 'Makes a campaign as a draft, or changes the one of this name to what is asked',
  effect: 'send',
  input: CreateCampaignInput,
  output: CreateCampaignOutput,
  methods: [{ id: 'whole', description: 'One call, with all mails in it' }],
  tunables: {},
  period: (input) => input.name,
});

const text = z.string().max(1_000).optional();
/** Somebody the mails are shown for. */
const SampleLead = z.strictObject({
  ...{ email: text, firstName: text, lastName: text, companyName: text, jobTitle: text },
  ...{ phone: text, website: text, personalization: text },
  customVariables: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .optional(),
});

export const PreviewCampaignInput = z
  .strictObject({
    ...planned,
    lead: SampleLead.default({}).meta({
      title: 'Lead',
      description: 'Whose mails are shown',
      examples: ['{"firstName":"Mara","companyName":"Praxis Nord"}'],
    }),
  })
  .refine(hasOneText.check, hasOneText.params)
  .refine(endsLater.check, endsLater.params);
export type PreviewCampaignInput = z.infer<typeof PreviewCampaignInput>;

const PreviewCampaignOutput = z.strictObject({
  name: z.string(),
  /** What a run of `create` would do now. */
  next: z.string(),
  /** Why it would be refused. */
  problems: z.array(z.string()),
  /** How many mailboxes would send, and how many were left out by state. */
  senders: z.string(),
  firstSenders: z.array(z.string()),
  schedule: z.string(),
  /** Which numbers the days become, and what happens where the vendor counts otherwise. */
  dayMapping: z.string(),
  /** The next times at which it would send; UTC. */
  windows: z.array(z.strictObject({ from: z.string(), to: z.string() })),
  /** Merge tags that this lead has no value for, and that have no fallback. */
  missing: z.array(z.string()),
  /** Leads of the list that would go in; null without one. */
  leads: z.int().nullable(),
  lacking,
  mails: z.array(
    z.strictObject({
      step: z.int(),
      variant: z.int(),
      /** Days after the first mail, at the earliest. */
      day: z.int(),
      subject: z.string(),
      body: z.string(),
    }),
  ),
});
export type PreviewCampaignOutput = z.infer<typeof PreviewCampaignOutput>;

export const previewCampaign = defineCapability({
  id: 'instantly.preview-campaign',
  verb: 'preview-campaign',
  command: ['campaigns', 'preview'],
  title: 'Preview a campaign',
  description: 'Shows each mail as a lead would get it, who would send it and when; makes nothing',
  effect: 'read',
  input: PreviewCampaignInput,
  output: PreviewCampaignOutput,
  methods: [{ id: 'render', description: 'Fills in the merge tags here' }],
  tunables: {},
  period: (input) => `${input.name}/${JSON.stringify(input)}`,
});

/** A campaign as people point at one. */
export const campaignNamed = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .meta({
    title: 'Campaign',
    description: 'The campaign, by its id or its exact name',
    examples: ['0198a5c4-1d2e-7a3b-8c4d-5e6f7a8b9c0d'],
  });

export const CampaignStatusInput = z.strictObject({ campaign: campaignNamed });
export type CampaignStatusInput = z.infer<typeof CampaignStatusInput>;

const CampaignStatusOutput = z.strictObject({
  campaignId: z.string(),
  name: z.string(),
  status: z.string(),
  /** Why nothing is sent just now; null while there is no reason. */
  notSending: z.string().nullable(),
  schedule: z.string(),
  dayMapping: z.string(),
  senders: z.int(),
  figures: z.record(z.string(), z.number()),
  /** What the vendor says of trouble, as it came; null when it says nothing. */
  diagnostics: z.record(z.string(), z.unknown()).nullable(),
  summary: z.unknown(),
});
export type CampaignStatusOutput = z.infer<typeof CampaignStatusOutput>;

export const campaignStatus = defineCapability({
  id: 'instantly.campaign-status',
  verb: 'status',
  command: ['campaigns', 'status'],
  title: 'Status of a campaign',
  description: 'Tells whether a campaign sends, why not, and what it has done so far',
  effect: 'read',
  input: CampaignStatusInput,
  output: CampaignStatusOutput,
  methods: [{ id: 'ask', description: 'Campaign, figures and sending status, one call each' }],
  tunables: {},
  period: (input) => input.campaign,
});

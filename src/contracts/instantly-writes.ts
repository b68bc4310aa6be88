/** What changes something at Instantly: leads that come and go, campaigns that start and stop. */
import { z } from 'zod';
import { defineCapability } from './capability.ts';
import { ListName } from './leads.ts';
import { campaignNamed } from './instantly-campaigns.ts';

const campaignId = z.uuid('expected a campaign id (uuid)').meta({
  title: 'Campaign',
  description: 'The campaign, by its id',
  examples: ['0198a5c4-1d2e-7a3b-8c4d-5e6f7a8b9c0d'],
});
const email = z
  .email('expected an e-mail address')
  .toLowerCase()
  .meta({ title: 'E-mail', description: 'Address of the lead', examples: ['mara@example.com'] });
const field = (title: string, description: string) =>
  z.string().max(1_000).optional().meta({ title, description });

export const AddLeadInput = z.strictObject({
  campaignId,
  email,
  firstName: field('First name', 'As mails use it: {{firstName}}'),
  lastName: field('Last name', 'As mails use it: {{lastName}}'),
  companyName: field('Company', 'As mails use it: {{companyName}}'),
  jobTitle: field('Job title', 'As mails use it: {{jobTitle}}'),
  phone: field('Phone', 'As mails use it: {{phone}}'),
  website: field('Website', 'As mails use it: {{website}}'),
  personalization: field('Personalization', 'As mails use it: {{personalization}}'),
  customVariables: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .optional()
    .meta({ title: 'Custom variables', description: 'More variables, by the names mails use' }),
});
export type AddLeadInput = z.infer<typeof AddLeadInput>;

export const AddLeadOutput = z.strictObject({
  campaignId: z.string(),
  email: z.string(),
  /** Null when the vendor named none. */
  leadId: z.string().nullable(),
  /** It was in the campaign already, so the vendor left it as it was. */
  isSkipped: z.boolean(),
});

export const addLead = defineCapability({
  id: 'instantly.add-lead',
  verb: 'add-lead',
  title: 'Add a lead',
  description: 'Puts one lead into a campaign; an active campaign then writes to it',
  effect: 'send',
  input: AddLeadInput,
  output: AddLeadOutput,
  methods: [{ id: 'one', description: 'One call for the one lead' }],
  tunables: {},
  period: (input) => `${input.campaignId}/${input.email}`,
  recipients: (input) => [input.email],
});

const someLeads = z.strictObject({
  count: z.int().nonnegative(),
  /** At most 20 of them. */
  first: z.array(z.strictObject({ email: z.string(), reason: z.string() })),
});

const PushedLead = AddLeadInput.omit({ campaignId: true });
/** A lead as a push hands it to the vendor. */
export type PushedLead = z.infer<typeof PushedLead>;

export const PushLeadsInput = z
  .strictObject({
    campaign: campaignNamed,
    list: ListName.optional().meta({
      title: 'List',
      description: 'The leads of this list, each by its first address',
      examples: ['dentists-berlin'],
    }),
    leads: z
      .array(PushedLead)
      .min(1)
      .max(1_000)
      .optional()
      .meta({
        title: 'Leads',
        description: 'In place of a list: up to 1,000, with the fields of a single one',
        examples: ['[{"email":"mara@example.com","firstName":"Mara"}]'],
      }),
  })
  .refine(({ list, leads }) => (list === undefined) !== (leads === undefined), {
    path: ['list'],
    error: 'expected either list or leads',
  });
export type PushLeadsInput = z.infer<typeof PushLeadsInput>;

const PushLeadsOutput = z.strictObject({
  campaignId: z.string(),
  /** In the campaign by our doing: by this run, or before. */
  pushed: someLeads,
  /** Left out by us or by the vendor; they are not harmed by another run. */
  skipped: someLeads,
  /** The vendor refuses them, in its own words. */
  failed: someLeads,
  /** Only a person can tell: they wait in the ledger. */
  unknown: someLeads,
  /** One sentence for each merge tag of the campaign that some of the leads lack a value for. */
  lacking: z.array(z.string()),
});
export type PushLeadsOutput = z.infer<typeof PushLeadsOutput>;

export const pushLeads = defineCapability({
  id: 'instantly.push-leads',
  verb: 'push-leads',
  command: ['leads', 'push'],
  title: 'Push leads',
  description:
    'Puts the leads of a list into a campaign, each once; an active one then writes to them',
  effect: 'send',
  input: PushLeadsInput,
  output: PushLeadsOutput,
  methods: [
    { id: 'bulk', description: 'Many leads a call' },
    { id: 'one-by-one', description: 'One call for each lead' },
  ],
  tunables: {
    chunkSize: {
      ...{ description: 'Leads of one call', unit: 'leads' },
      ...{ default: 100, min: 1, max: 1_000 },
    },
  },
  period: ({ campaign, list, leads }) => `${campaign}/${list ?? JSON.stringify(leads)}`,
  recipients: ({ leads = [] }) => leads.map(({ email }) => email),
});

export const CampaignInput = z.strictObject({ campaignId });
export type CampaignInput = z.infer<typeof CampaignInput>;

export const CampaignOutput = z.strictObject({
  campaignId: z.string(),
  /** The vendor's number: 1 active, 2 paused; null when only a person says that it is done. */
  status: z.int().nullable(),
});
export type CampaignOutput = z.infer<typeof CampaignOutput>;

export const activateCampaign = defineCapability({
  id: 'instantly.activate-campaign',
  verb: 'activate',
  command: ['campaigns', 'activate'],
  title: 'Activate a campaign',
  description: 'Starts the real sending of a campaign to all of its leads',
  effect: 'send',
  input: CampaignInput,
  output: CampaignOutput,
  methods: [{ id: 'activate', description: 'One call' }],
  tunables: {},
  period: (input) => input.campaignId,
  confirmation: (input) => input.campaignId,
});

export const pauseCampaign = defineCapability({
  id: 'instantly.pause-campaign',
  verb: 'pause',
  command: ['campaigns', 'pause'],
  title: 'Pause a campaign',
  description: 'Stops the sending of a campaign until it is activated again',
  effect: 'upsert',
  input: CampaignInput,
  output: CampaignOutput,
  methods: [{ id: 'pause', description: 'One call' }],
  tunables: {},
  period: (input) => input.campaignId,
});

const DeleteLeadInput = z.strictObject({ campaignId, email });

const DeleteLeadOutput = z.strictObject({
  campaignId: z.string(),
  email: z.string(),
  /** False when somebody had deleted it before. */
  wasThere: z.boolean(),
});

export const deleteLead = defineCapability({
  id: 'instantly.delete-lead',
  verb: 'delete-lead',
  title: 'Delete a lead',
  description: 'Takes one lead out of a campaign for good, with what the vendor knows of it',
  effect: 'destroy',
  input: DeleteLeadInput,
  output: DeleteLeadOutput,
  methods: [{ id: 'by-id', description: 'Finds the lead by its address, then deletes it' }],
  tunables: {},
  period: (input) => `${input.campaignId}/${input.email}`,
  confirmation: (input) => input.email,
});

import { z } from 'zod';
import { instantlyTimeZones } from '../../contracts/time-zones.ts';
import { readBody, Refusal } from './query.ts';
import type { Campaign, Workspace } from './workspace.ts';

const text = z.string('must be string');
const flag = z.boolean('must be boolean').optional();
const count = z.number('must be number').min(0, 'must be >= 0').nullish();
const clock = z
  .string('must be string')
  .regex(
    /^([01][0-9]|2[0-3]):([0-5][0-9])$/,
    'must match pattern "^([01][0-9]|2[0-3]):([0-5][0-9])$"',
  );
const zone = text.refine(
  (name) => instantlyTimeZones.includes(name),
  'must be equal to one of the allowed values',
);
const days = z
  .strictObject(Object.fromEntries('0123456'.split('').map((day) => [day, flag])))
  .refine((given) => Object.keys(given).length > 0, 'must NOT have fewer than 1 properties');
const addresses = z.array(z.email('must match format "email"')).optional();

const Variant = z.strictObject({ subject: text, body: text, v_disabled: flag });
const Step = z.strictObject({
  type: z.literal('email', 'must be equal to one of the allowed values'),
  delay: z.number('must be number').min(0, 'must be >= 0'),
  delay_unit: z
    .enum(['minutes', 'hours', 'days'], 'must be equal to one of the allowed values')
    .optional(),
  pre_delay: z.number('must be number').optional(),
  pre_delay_unit: text.optional(),
  variants: z.array(Variant).min(1, 'must NOT have fewer than 1 items'),
});

/** Body of `POST /campaigns` and `PATCH /campaigns/{id}`; what is not named here is refused. */
const Settings = z.strictObject({
  name: text.optional(),
  campaign_schedule: z
    .strictObject({
      start_date: text.nullish(),
      end_date: text.nullish(),
      schedules: z
        .array(
          z.strictObject({
            name: text,
            timing: z.strictObject({ from: clock, to: clock }),
            days,
            timezone: zone,
          }),
        )
        .min(1, 'must NOT have fewer than 1 items'),
    })
    .optional(),
  email_list: addresses,
  sequences: z.array(z.strictObject({ steps: z.array(Step) })).optional(),
  daily_limit: count,
  email_gap: count,
  stop_on_reply: flag,
  open_tracking: flag,
  link_tracking: flag,
  pl_value: count,
  is_evergreen: flag,
  random_wait_max: count,
  text_only: flag,
  first_email_text_only: flag,
  email_tag_list: z.array(z.uuid('must match format "uuid"')).optional(),
  stop_on_auto_reply: flag,
  daily_max_leads: count,
  prioritize_new_leads: flag,
  auto_variant_select: z.object({ trigger: text }).nullish(),
  match_lead_esp: flag,
  stop_for_company: flag,
  insert_unsubscribe_header: flag,
  allow_risky_contacts: flag,
  disable_bounce_protect: flag,
  limit_emails_per_company_override: z.record(z.string(), z.unknown()).nullish(),
  cc_list: addresses,
  bcc_list: addresses,
  owned_by: z.uuid('must match format "uuid"').nullish(),
  provider_routing_rules: z.array(z.record(z.string(), z.unknown())).optional(),
});
const Variables = z.strictObject({ variables: z.array(text) });

/** Makes a draft, even where one of this name is there. @throws {Refusal} 400 naming what is wrong. */
export function createCampaign(workspace: Workspace, body: unknown): Campaign {
  const { name, ...settings } = readBody(Settings, body);
  if (name === undefined) throw new Refusal(400, "body must have required property 'name'");
  if (!settings.campaign_schedule)
    throw new Refusal(400, "body must have required property 'campaign_schedule'");
  checkSenders(workspace, settings.email_list);
  const at = new Date().toISOString();
  const campaign: Campaign = {
    id: crypto.randomUUID(),
    ...{ name, settings, status: 0, createdAt: at, updatedAt: at },
    ...{ leads: 0, mailboxes: [], variables: [] },
  };
  workspace.campaigns.push(campaign);
  return campaign;
}

/** Replaces the settings that are named, `sequences` whole. @throws {Refusal} */
export function changeCampaign(workspace: Workspace, campaign: Campaign, body: unknown): void {
  const { name = campaign.name, ...settings } = readBody(Settings, body);
  if (typeof body === 'object' && Object.keys(body ?? {}).length === 0) {
    throw new Refusal(400, 'body must NOT have fewer than 1 properties');
  }
  checkSenders(workspace, settings.email_list);
  campaign.name = name;
  campaign.settings = { ...campaign.settings, ...settings };
  campaign.updatedAt = new Date().toISOString();
}

/** Adds names of variables that leads may carry. @throws {Refusal} */
export function addVariables(campaign: Campaign, body: unknown): void {
  const { variables } = readBody(Variables, body);
  campaign.variables = [...new Set([...campaign.variables, ...variables])];
}

/** Why it sends nothing, where that is so: 2 waits for a lead. */
export const notSendingOf = ({ status, leads }: Campaign): number | null =>
  status === 1 && leads === 0 ? 2 : null;

/** What the vendor tells of a campaign that is slow to send; nothing about one that never ran. */
export const sendingStatusOf = (campaign: Campaign) =>
  campaign.status === 0
    ? { diagnostics: null, summary: null }
    : {
        diagnostics: {
          campaign_id: campaign.id,
          last_updated: campaign.updatedAt,
          status: notSendingOf(campaign) === null ? 'healthy' : 'waiting_for_leads',
          issue_tracking: {},
        },
        summary: null,
      };

function checkSenders({ options, byEmail }: Workspace, emails: readonly string[] = []): void {
  const unknown = emails.find((email) => !byEmail.has(email));
  if (unknown === undefined || options.takesAnySender) return;
  throw new Refusal(400, `body/email_list: ${unknown} is not an account of this workspace`);
}

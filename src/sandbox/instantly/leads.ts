import { z } from 'zod';
import { Refusal } from './query.ts';

const text = z.string('must be string').optional();
const flag = z.boolean('must be boolean').optional();
const uuid = z.uuid('must match format "uuid"');

/** Body of `POST /leads`: what is not named here is refused. */
const NewLead = z.strictObject({
  campaign: uuid.optional(),
  list_id: uuid.optional(),
  email: z.email('must match format "email"').optional(),
  first_name: text,
  last_name: text,
  company_name: text,
  job_title: text,
  phone: text,
  website: text,
  personalization: text,
  lt_interest_status: z.number('must be number').optional(),
  pl_value_lead: text,
  assigned_to: uuid.optional(),
  skip_if_in_workspace: flag,
  skip_if_in_campaign: flag,
  skip_if_in_list: flag,
  blocklist_id: uuid.optional(),
  verify_leads_on_import: flag,
  verify_leads_for_lead_finder: flag,
  custom_variables: z
    .record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean(), z.null()], {
        error: 'must be string, number, boolean or null',
      }),
    )
    .optional(),
});

/** Body of `POST /leads/list`: what is not known is ignored. */
const LeadList = z.object({
  campaign: uuid.optional(),
  contacts: z.array(z.string()).optional(),
  ids: z.array(z.string()).optional(),
  excluded_ids: z.array(z.string()).optional(),
  limit: z.int('must be integer').min(1, 'must be >= 1').max(100, 'must be <= 100').optional(),
  starting_after: z.string().optional(),
});

/** A lead as the vendor shows it. */
interface Lead {
  readonly id: string;
  readonly campaign: string;
  readonly email: string;
  /** 1 active. */
  readonly status: number;
  readonly [field: string]: unknown;
}

/** The leads that were put into one workspace through the API; seeded campaigns only count theirs. */
export class Leads {
  #leads: readonly Lead[] = [];
  #count = 0;

  /**
   * Puts one lead into a campaign.
   *
   * @returns the lead, and whether it was there already and is therefore skipped.
   */
  add(
    body: unknown,
    { organization, campaigns }: { organization: string; campaigns: readonly string[] },
  ): { readonly lead: Lead; readonly isSkipped: boolean } {
    const wanted = read(NewLead, body);
    const { campaign, email } = wanted;
    if (campaign === undefined) throw new Refusal(400, 'body must have campaign or list_id');
    if (email === undefined) throw new Refusal(400, "body must have required property 'email'");
    if (!campaigns.includes(campaign)) throw new Refusal(404, 'Campaign not found');
    const address = email.toLowerCase();
    const known = this.#leads.find(
      (lead) =>
        lead.email === address &&
        (wanted.skip_if_in_workspace === true ||
          (wanted.skip_if_in_campaign === true && lead.campaign === campaign)),
    );
    if (known) return { lead: known, isSkipped: true };
    this.#count += 1;
    const at = new Date().toISOString();
    const {
      skip_if_in_workspace,
      skip_if_in_campaign,
      skip_if_in_list,
      verify_leads_on_import,
      verify_leads_for_lead_finder,
      custom_variables = {},
      ...fields
    } = wanted;
    const lead: Lead = {
      ...fields,
      id: `00000000-0000-7000-8000-${this.#count.toString(16).padStart(12, '0')}`,
      timestamp_created: at,
      timestamp_updated: at,
      organization,
      campaign,
      email: address,
      status: 1,
      email_open_count: 0,
      email_reply_count: 0,
      email_click_count: 0,
      company_domain: address.slice(address.indexOf('@') + 1),
      payload: { email: address, ...custom_variables },
      upload_method: 'api',
    };
    this.#leads = [...this.#leads, lead];
    return { lead, isSkipped: false };
  }

  /** The leads that a list asks for, by id, and how it wants to page. */
  list(body: unknown): { readonly leads: readonly Lead[]; readonly paging: URLSearchParams } {
    const { campaign, contacts, ids, excluded_ids, limit, starting_after } = read(LeadList, body);
    const addresses = contacts?.map((each) => each.toLowerCase());
    const leads = this.#leads.filter(
      (lead) =>
        (campaign === undefined || lead.campaign === campaign) &&
        (addresses === undefined || addresses.includes(lead.email)) &&
        (ids === undefined || ids.includes(lead.id)) &&
        excluded_ids?.includes(lead.id) !== true,
    );
    const paging = new URLSearchParams();
    if (limit !== undefined) paging.set('limit', String(limit));
    if (starting_after !== undefined) paging.set('starting_after', starting_after);
    return { leads, paging };
  }

  /** @throws {Refusal} 404 for an id that nobody has. */
  find(id: string): Lead {
    if (!uuid.safeParse(id).success) throw new Refusal(400, 'params/id must match format "uuid"');
    const lead = this.#leads.find((each) => each.id === id);
    if (!lead) throw new Refusal(404, 'Lead not found');
    return lead;
  }

  /** Takes a lead away for good. @throws {Refusal} 404 for an id that nobody has. */
  remove(id: string): Lead {
    const lead = this.find(id);
    this.#leads = this.#leads.filter((each) => each !== lead);
    return lead;
  }
}

function read<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    throw new Refusal(400, `body must NOT have additional properties: ${issue.keys.join(', ')}`);
  }
  throw new Refusal(400, `body/${issue?.path.join('/') ?? ''} ${issue?.message ?? 'is wrong'}`);
}

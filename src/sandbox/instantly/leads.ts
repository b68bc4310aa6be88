import { z } from 'zod';
import { readBody, Refusal } from './query.ts';
import type { Workspace } from './workspace.ts';

const text = z.string('must be string').optional();
const flag = z.boolean('must be boolean').optional();
const uuid = z.uuid('must match format "uuid"');

/** What a lead may carry, alone or among others. */
const fields = {
  first_name: text,
  last_name: text,
  company_name: text,
  job_title: text,
  phone: text,
  website: text,
  personalization: text,
  lt_interest_status: z.number('must be number').optional(),
  pl_value_lead: text,
  custom_variables: z
    .record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean(), z.null()], {
        error: 'must be string, number, boolean or null',
      }),
    )
    .optional(),
};

/** Body of `POST /leads`: what is not named here is refused. */
const NewLead = z.strictObject({
  ...fields,
  campaign: uuid.optional(),
  list_id: uuid.optional(),
  email: z.email('must match format "email"').optional(),
  assigned_to: uuid.optional(),
  skip_if_in_workspace: flag,
  skip_if_in_campaign: flag,
  skip_if_in_list: flag,
  blocklist_id: uuid.optional(),
  verify_leads_on_import: flag,
  verify_leads_for_lead_finder: flag,
});

/** Body of `POST /leads/add`; an address that is none is counted, not refused. */
const NewLeads = z.strictObject({
  campaign_id: uuid.optional(),
  list_id: uuid.optional(),
  leads: z
    .array(z.strictObject({ ...fields, email: z.string('must be string').optional() }))
    .min(1, 'must NOT have fewer than 1 items')
    .max(1_000, 'must NOT have more than 1000 items'),
  skip_if_in_workspace: flag,
  skip_if_in_campaign: flag,
  skip_if_in_list: flag,
  blocklist_id: uuid.optional(),
  assigned_to: uuid.optional(),
  verify_leads_on_import: flag,
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

/** What a new lead is made of. */
interface LeadFields {
  readonly campaign: string;
  readonly email: string;
  readonly organization: string;
  readonly custom_variables?: Readonly<Record<string, unknown>> | undefined;
  readonly [field: string]: unknown;
}

/** The leads that were put into one workspace through the API; seeded campaigns only count theirs. */
export class Leads {
  readonly #take: (campaign: string, email: string) => void;
  #leads: Lead[] = [];
  #count = 0;

  /** @param take is told of each lead that a call puts in, also of one that is there already. */
  constructor(take: (campaign: string, email: string) => void) {
    this.#take = take;
  }

  /**
   * Puts one lead into a campaign.
   *
   * @returns the lead, and whether it was there already and is therefore skipped.
   */
  add(
    body: unknown,
    { organization, campaigns }: { organization: string; campaigns: readonly string[] },
  ): { readonly lead: Lead; readonly isSkipped: boolean } {
    const wanted = readBody(NewLead, body);
    const { campaign, email } = wanted;
    if (campaign === undefined) throw new Refusal(400, 'body must have campaign or list_id');
    if (email === undefined) throw new Refusal(400, "body must have required property 'email'");
    if (!campaigns.includes(campaign)) throw new Refusal(404, 'Campaign not found');
    const address = email.toLowerCase();
    this.#take(campaign, address);
    const known = this.#leads.find(
      (lead) =>
        lead.email === address &&
        (wanted.skip_if_in_workspace === true ||
          (wanted.skip_if_in_campaign === true && lead.campaign === campaign)),
    );
    if (known) return { lead: known, isSkipped: true };
    const {
      skip_if_in_workspace,
      skip_if_in_campaign,
      skip_if_in_list,
      verify_leads_on_import,
      verify_leads_for_lead_finder,
      ...fields
    } = wanted;
    return {
      lead: this.#put({ ...fields, campaign, email: address, organization }),
      isSkipped: false,
    };
  }

  /**
   * Puts up to 1,000 leads into a campaign. What is blocked, no address, or there already is left
   * out and only counted.
   *
   * @throws {Refusal} for a body that is wrong anywhere, and then none was put in.
   */
  addMany(body: unknown, { id: organization, campaigns, options }: Workspace) {
    const { campaign_id: campaign, list_id, leads, ...flags } = readBody(NewLeads, body);
    if (campaign !== undefined && list_id !== undefined)
      throw new Refusal(400, 'body must have either campaign_id or list_id, not both');
    if (list_id !== undefined) throw new Refusal(404, 'List not found');
    if (campaign === undefined) throw new Refusal(400, 'body must have campaign_id or list_id');
    if (!campaigns.some(({ id }) => id === campaign)) throw new Refusal(404, 'Campaign not found');
    const bad = leads.findIndex(({ email }) => options.refusedAddresses.includes(email ?? ''));
    if (bad >= 0) throw new Refusal(400, `body/leads/${bad}/email is not accepted`);

    const isSkipping = flags.skip_if_in_workspace === true || flags.skip_if_in_campaign === true;
    const seen = new Set<string>();
    const counts = {
      ...{ in_blocklist: 0, duplicated_leads: 0, skipped_count: 0 },
      ...{ invalid_email_count: 0, incomplete_count: 0, duplicate_email_count: 0 },
    };
    const whyNot = (email: string): keyof typeof counts | undefined => {
      const places = this.#leads.filter((lead) => lead.email === email);
      if (email === '') return 'incomplete_count';
      if (!z.email().safeParse(email).success) return 'invalid_email_count';
      if (options.blocklist.includes(email)) return 'in_blocklist';
      if (seen.has(email)) return 'duplicate_email_count';
      if (isSkipping && places.length > 0) return 'skipped_count';
      return places.some((lead) => lead.campaign === campaign) ? 'duplicated_leads' : undefined;
    };
    const added = leads.flatMap(({ email = '', ...fields }, index) => {
      const address = email.toLowerCase();
      const why = whyNot(address);
      seen.add(address);
      if (why === undefined || why === 'skipped_count' || why === 'duplicated_leads') {
        this.#take(campaign, address);
      }
      if (why !== undefined) {
        counts[why] += 1;
        return [];
      }
      return [{ index, lead: this.#put({ ...fields, campaign, email: address, organization }) }];
    });
    return {
      added: added.map(({ lead }) => lead),
      answer: {
        status: 'success',
        total_sent: leads.length,
        leads_uploaded: added.length,
        blocklist_used: null,
        ...counts,
        remaining_in_plan: Math.max(0, 100_000 - this.#leads.length),
        created_leads: added.map(({ index, lead }) => ({
          ...{ index, id: lead.id, email: lead.email },
          first_name: lead.first_name ?? null,
          last_name: lead.last_name ?? null,
          phone: lead.phone ?? null,
        })),
      },
    };
  }

  #put({ custom_variables = {}, ...fields }: LeadFields): Lead {
    this.#count += 1;
    const at = new Date().toISOString();
    const { email } = fields;
    const lead: Lead = {
      ...fields,
      id: `00000000-0000-7000-8000-${this.#count.toString(16).padStart(12, '0')}`,
      timestamp_created: at,
      timestamp_updated: at,
      status: 1,
      email_open_count: 0,
      email_reply_count: 0,
      email_click_count: 0,
      company_domain: email.slice(email.indexOf('@') + 1),
      payload: { email, ...custom_variables },
      upload_method: 'api',
    };
    this.#leads.push(lead);
    return lead;
  }

  /** The leads that a list asks for, by id, and how it wants to page. */
  list(body: unknown): { readonly leads: readonly Lead[]; readonly paging: URLSearchParams } {
    const { campaign, contacts, ids, excluded_ids, limit, starting_after } = readBody(
      LeadList,
      body,
    );
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

import { z } from 'zod';
import type { Effect } from '../../contracts/capability.ts';
import { instantly } from '../../contracts/instantly.ts';
import type { Account } from '../../platform/config.ts';
import { flowKeyOf } from '../../rules/flow.ts';
import type { Door, VendorCall } from '../door.ts';
import {
  Campaign,
  CampaignId,
  CampaignState,
  Lead,
  Mailbox,
  MailboxDay,
  Metrics,
  pageOf,
  SendingStatus,
} from './answers.ts';

/** Days of a question, both `YYYY-MM-DD`, as the vendor counts them. */
export interface DayRange {
  readonly startDate: string;
  readonly endDate: string;
}

/**
 * Instantly's API v2, one function a question. All but one read; what sends or destroys is planned by
 * its capability and goes out through `once`. Facts: Instantly's OpenAPI
 * document of August 2026: at most 31 days and 200 addresses a call, pages of at most 100,
 * filters named `id`, `ids` and `emails`, arrays as repeated parameters.
 */
export interface InstantlyClient {
  /** Each mailbox's figures by day; mailboxes without activity are left out by the vendor. */
  mailboxDays(account: Account, range: DayRange, emails?: readonly string[]): Promise<MailboxDay[]>;
  /** One mailbox, or none: the cheapest question that shows whether a key works. */
  firstMailbox(account: Account): Promise<string | undefined>;
  /** All mailboxes with their states, over all pages. */
  mailboxStates(account: Account): Promise<Mailbox[]>;
  /** Addresses of all mailboxes, over all pages. */
  mailboxes(account: Account): Promise<string[]>;
  /** The 24 metrics of the workspace, or of one campaign. */
  overview(account: Account, range: DayRange, campaignId?: string): Promise<Metrics>;
  /** Figures of each campaign, or of those named; of all days without a range. The unfiltered call leaves out drafts. */
  campaigns(
    account: Account,
    range: DayRange | undefined,
    ids?: readonly string[],
  ): Promise<Campaign[]>;
  /** Ids of all campaigns, over all pages. */
  campaignIds(account: Account): Promise<string[]>;
  /** Whatever is answered to a question, unread; it must be one that only reads. */
  raw(account: Account, question: RawQuestion): Promise<unknown>;
  /** @throws `NotFound` for a campaign that this workspace does not have. */
  campaign(account: Account, id: string): Promise<CampaignState>;
  /** Those with exactly this name, over all pages. */
  campaignsNamed(account: Account, name: string): Promise<CampaignState[]>;
  /** Why a campaign is slow to send. */
  sendingStatus(account: Account, id: string): Promise<SendingStatus>;
  /** Stops its sending; a repeat leaves it paused. */
  pauseCampaign(account: Account, id: string): Promise<CampaignState>;
  /** The lead with this address in a campaign. */
  lead(account: Account, campaignId: string, email: string): Promise<Lead | undefined>;
  /** The leads with these addresses, at most 100, in a campaign or, without one, in all of them. */
  leadsOf(account: Account, emails: readonly string[], campaignId?: string): Promise<Lead[]>;
  /** All leads of a campaign, over all pages. */
  leads(account: Account, campaignId: string): Promise<Lead[]>;
}

/** A question as it is asked, its query in the path. */
interface RawQuestion {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** Most addresses that one question about mailboxes may name. */
export const mostAddresses = 200;
const pageSize = 100;

interface Page<T> {
  readonly items: T[];
  readonly next_starting_after?: string | null | undefined;
}
type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

interface Question {
  readonly method: NonNullable<VendorCall['method']>;
  /** From the root of the vendor's address: `/api/v2/leads`. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
}

/** A question or a write as Instantly takes it, with the login's key. */
export function instantlyCall<E extends Effect>(
  account: Account,
  { path, query = {}, ...question }: Question,
  effect: E,
): VendorCall<E> {
  const url = new URL(`${account.baseUrl}${path}`);
  for (const [name, value] of Object.entries(query)) {
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) {
      url.searchParams.append(name, each);
    }
  }
  const headers = { authorization: `Bearer ${account.apiKey}` };
  const flow = {
    key: flowKeyOf(instantly.vendor, account.name),
    limits: instantly.limits,
    effect,
  };
  return { vendor: instantly.title, flow, url, headers, ...question };
}

/** @param door the only way out; it classifies what the vendor says. */
export const createInstantlyClient = (door: Door): InstantlyClient => {
  const get = <T>(account: Account, path: string, query: Query, answer: z.ZodType<T>) =>
    door.call(
      instantlyCall(account, { method: 'GET', path: `/api/v2/${path}`, query }, 'read'),
      answer,
    );

  /** Follows the cursor until a page is empty, names none, or names the same one again. */
  const pages = async <T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> => {
    const items: T[] = [];
    let cursor: string | undefined;
    for (;;) {
      const page = await read(cursor);
      items.push(...page.items);
      const next = page.next_starting_after ?? undefined;
      if (page.items.length === 0 || next === undefined || next === cursor) return items;
      cursor = next;
    }
  };

  const all = <T>(
    account: Account,
    path: string,
    item: z.ZodType<T>,
    query: Query = {},
  ): Promise<T[]> =>
    pages((cursor) =>
      get(
        account,
        path,
        { ...query, limit: String(pageSize), starting_after: cursor },
        pageOf(item),
      ),
    );

  const leads = (account: Account, body: Readonly<Record<string, unknown>>) =>
    door.call(
      instantlyCall(account, { method: 'POST', path: '/api/v2/leads/list', body }, 'read'),
      pageOf(Lead),
    );

  const days = (range?: DayRange): Query => ({
    start_date: range?.startDate,
    end_date: range?.endDate,
  });

  return {
    mailboxDays: (account, range, emails) =>
      get(account, 'accounts/analytics/daily', { ...days(range), emails }, z.array(MailboxDay)),

    firstMailbox: async (account) =>
      (await get(account, 'accounts', { limit: '1' }, pageOf(Mailbox))).items[0]?.email,

    mailboxStates: (account) => all(account, 'accounts', Mailbox),

    mailboxes: async (account) =>
      (await all(account, 'accounts', Mailbox)).map((mailbox) => mailbox.email),

    overview: (account, range, campaignId) =>
      get(account, 'campaigns/analytics/overview', { ...days(range), id: campaignId }, Metrics),

    campaigns: (account, range, ids) =>
      get(account, 'campaigns/analytics', { ...days(range), ids }, z.array(Campaign)),

    campaignIds: async (account) =>
      (await all(account, 'campaigns', CampaignId)).map((campaign) => campaign.id),

    raw: (account, question) => door.call(instantlyCall(account, question, 'read'), z.unknown()),

    campaign: (account, id) => get(account, `campaigns/${id}`, {}, CampaignState),

    campaignsNamed: async (account, name) =>
      (await all(account, 'campaigns', CampaignState, { search: name })).filter(
        (campaign) => campaign.name === name,
      ),

    sendingStatus: (account, id) =>
      get(account, `campaigns/${id}/sending-status`, {}, SendingStatus),

    pauseCampaign: (account, id) =>
      door.call(
        instantlyCall(account, { method: 'POST', path: `/api/v2/campaigns/${id}/pause` }, 'upsert'),
        CampaignState,
      ),

    async lead(account, campaign, email) {
      const { items } = await leads(account, { campaign, contacts: [email], limit: pageSize });
      return items.find((lead) => lead.email?.toLowerCase() === email);
    },

    leadsOf: (account, contacts, campaign) =>
      pages((cursor) =>
        leads(account, { campaign, contacts, limit: pageSize, starting_after: cursor }),
      ),

    leads: (account, campaign) =>
      pages((cursor) => leads(account, { campaign, limit: pageSize, starting_after: cursor })),
  };
};

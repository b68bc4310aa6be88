import {
  LeadCounts,
  LeadDetail,
  LeadList,
  PushState,
  type FoundLead,
  type Lead,
  type LeadFilter,
  type LeadPage,
  type LeadQuery,
  type LeadSource,
} from '../contracts/leads.ts';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Database } from './database.ts';
import {
  fromLeads,
  idsOf,
  leadOf,
  matching,
  pageOfLeads,
  pushesOf,
  selected,
} from './lead-rows.ts';
import { saveChunk, sifted, type SavedLeads } from './save-leads.ts';
import { createSuppressions } from './suppressions.ts';

/** What became of one address of a lead, as whoever pushes it says. */
interface PushNote {
  /** Left out by who knows only the address: it is noted with the first lead that has it, if any. */
  readonly leadId?: number;
  readonly email: string;
  readonly state: PushState;
  readonly reason: string;
}

/** The leads of all accounts: what sources say goes in, one truth comes out. */
export interface LeadStore {
  /**
   * Takes in what a source says of leads of one account and puts them into a list. A blank never
   * replaces a good value, the source of each field is kept, and a repeat changes nothing.
   * Addresses on the suppression list are not kept. A chunk is stored whole or not at all.
   */
  save(
    account: string,
    list: string,
    found: readonly FoundLead[],
    source: LeadSource,
  ): Promise<SavedLeads>;
  /** Pages through leads by a stable order; memory does not grow with their number. */
  each(account: string, filter: LeadFilter, pageSize?: number): AsyncIterable<readonly Lead[]>;
  /** One page for people. @throws {BadRequest} for a cursor that no page gave. */
  page(query: LeadQuery): Promise<LeadPage>;
  /** One lead with its sources, lists and campaigns; `undefined` when the account has none of this id. */
  get(account: string, id: number): Promise<LeadDetail | undefined>;
  counts(account: string, filter?: LeadFilter): Promise<LeadCounts>;
  /** The lists of an account, the one that grew last first. */
  lists(account: string): Promise<readonly LeadList[]>;
  /** Leaves leads out of everything for good. @returns how many were not left out before. */
  exclude(
    account: string,
    ids: readonly number[],
    word: { readonly why: string; readonly by: string },
  ): Promise<number>;
  /** Takes leads in again. @returns how many had been left out. */
  include(account: string, ids: readonly number[]): Promise<number>;
  /** Notes what became of addresses in a campaign; the last word on an address counts. */
  notePushes(account: string, campaignId: string, notes: readonly PushNote[]): Promise<void>;
}

const chunk = 1_000;
const mostCounted = 10_000;

/** @param database where the tables of leads and the suppression list are. */
export function createLeadStore(database: Database): LeadStore {
  const { sql } = database;
  const suppressions = createSuppressions(database);

  return {
    async save(account, list, found, source) {
      const sum = { created: 0, changed: 0, unchanged: 0 };
      const out = [];
      for (let from = 0; from < found.length; from += chunk) {
        const some = found.slice(from, from + chunk);
        const { candidates, leftOut } = await sifted(suppressions, some);
        const counts = await sql.begin((tx) => saveChunk(tx, account, list, candidates, source));
        sum.created += counts.created;
        sum.changed += counts.changed;
        sum.unchanged += counts.unchanged;
        out.push(...leftOut.map(({ at, why }) => ({ at: at + from, why })));
      }
      return { ...sum, leftOut: out };
    },

    async *each(account, filter, pageSize = 500) {
      for (let after = 0; ;) {
        const page = await pageOfLeads(sql, account, filter, after, pageSize);
        if (page.length > 0) yield page;
        const last = page.at(-1);
        if (!last || page.length < pageSize) return;
        after = last.id;
      }
    },

    async page({ account, cursor, limit, ...filter }) {
      const leads = await pageOfLeads(sql, account, filter, positionOf(cursor), limit);
      // a first page that is not full is all there is: nobody has to look for more a second time
      const isAll = cursor === undefined && leads.length < limit;
      const [counted] = isAll
        ? []
        : await sql<{ total: number }[]>`
            select count(*)::int as total from (
              ${idsOf(sql, account, filter)} limit ${mostCounted + 1}) m`;
      const pushes = await pushesOf(
        sql,
        leads.map(({ id }) => id),
        filter.campaign,
      );
      const total = counted?.total ?? leads.length;
      const last = leads.at(-1);
      return {
        leads: leads.map((lead) => ({ ...lead, pushes: pushes.get(lead.id) ?? [] })),
        next: last && leads.length === limit ? String(last.id) : null,
        total: Math.min(total, mostCounted),
        isTotalExact: total <= mostCounted,
      };
    },

    async get(account, id) {
      const [row] = await sql`
        select ${selected(sql)}, l.sources, array(
          select list from lead_lists i where i.lead_id = l.id order by list) as lists
        from leads l where l.account = ${account} and l.id = ${id}`;
      if (!row) return undefined;
      const pushes = (await pushesOf(sql, [id])).get(id);
      return LeadDetail.parse({ ...row, ...leadOf(row), pushes });
    },

    async counts(account, filter = {}) {
      const which = matching(sql, account, filter);
      const from = fromLeads(sql, account, filter);
      const [[row], pushes] = await Promise.all([
        sql`
          select count(*)::int as leads,
            (count(*) filter (where cardinality(l.emails) > 0))::int as "withEmail",
            (count(*) filter (where cardinality(l.phones) > 0))::int as "withPhone",
            (count(*) filter (where l.website is not null))::int as "withWebsite",
            (count(*) filter (where l.excluded is not null))::int as excluded,
            (count(*) filter (where l.is_stand_in))::int as "standIn"
          from ${from} where ${which}`,
        sql<{ state: string; count: number }[]>`
          select p.state, count(*)::int from ${from} join lead_pushes p on p.lead_id = l.id
          where ${which}
            ${filter.campaign === undefined ? sql`` : sql`and p.campaign_id = ${filter.campaign}`}
          group by p.state`,
      ]);
      const none = Object.fromEntries(PushState.options.map((state) => [state, 0]));
      const some = Object.fromEntries(pushes.map(({ state, count }) => [state, count]));
      return LeadCounts.parse({ ...row, pushes: { ...none, ...some } });
    },

    async lists(account) {
      const rows = await sql<{ list: string; leads: number; latest: Date }[]>`
        select list, count(*)::int as leads, max(added_at) as latest from lead_lists
        where account = ${account} group by list order by latest desc, list`;
      return rows.map((row) => LeadList.parse({ ...row, latest: row.latest.toISOString() }));
    },

    async exclude(account, ids, { why, by }) {
      const rows = await sql`
        update leads set updated_at = now(), excluded = jsonb_build_object(
          'why', ${why}::text, 'by', ${by}::text, 'at', ${new Date().toISOString()}::text)
        where account = ${account} and id = any(${[...ids]}::bigint[]) and excluded is null`;
      return rows.count;
    },

    async include(account, ids) {
      const rows = await sql`
        update leads set excluded = null, updated_at = now()
        where account = ${account} and id = any(${[...ids]}::bigint[]) and excluded is not null`;
      return rows.count;
    },

    async notePushes(account, campaignId, notes) {
      for (let from = 0; from < notes.length; from += chunk) {
        const last = new Map(notes.slice(from, from + chunk).map((note) => [note.email, note]));
        await sql`
          insert into lead_pushes (account, campaign_id, email, lead_id, state, reason)
          select ${account}, ${campaignId}, n.email, l.id, n.state, n.reason
          from jsonb_to_recordset(${JSON.stringify([...last.values()])}::text::jsonb)
            as n(email text, "leadId" bigint, state text, reason text)
          join leads l on l.account = ${account} and l.id = coalesce(n."leadId", (
            select min(o.id) from leads o
            where o.account = ${account} and o.emails @> array[n.email]))
          on conflict (account, campaign_id, email) do update
          set lead_id = excluded.lead_id, state = excluded.state, reason = excluded.reason, at = now()
          where (lead_pushes.state, lead_pushes.reason)
            is distinct from (excluded.state, excluded.reason)`;
      }
    },
  };
}

function positionOf(cursor: string | undefined): number {
  if (cursor === undefined || /^\d{1,15}$/.test(cursor)) return Number(cursor ?? 0);
  const message = 'expected what the page before gave as “next”';
  throw new BadRequest(FailureType.InvalidInput, `cursor: ${message}`, [
    { path: '/cursor', message },
  ]);
}

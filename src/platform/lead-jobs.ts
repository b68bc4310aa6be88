import { z } from 'zod';
import type { Database } from './database.ts';

/** How far the data set of a search has been copied, and what came of it. */
export interface Copied {
  /** Items that are stored. */
  readonly copied: number;
  readonly unreadable: number;
  readonly closed: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly leftOut: number;
}

/** Whose websites, and which asking of them. */
export interface SiteList {
  readonly account: string;
  readonly list: string;
  /** The same website is asked about once an edition. */
  readonly edition: string;
}

/** A website that is to be asked about. */
export interface Site {
  /** What it is known by, however it is spelled. */
  readonly site: string;
  readonly url: string;
  readonly isStandIn: boolean;
}

/** What one run said of the websites it was asked about. */
export interface BatchEnd {
  readonly runId: string;
  readonly status: string;
  readonly costUsd: number | null;
  /** Leads that were given something new. */
  readonly changed: number;
  readonly sites: readonly {
    readonly site: string;
    readonly outcome: 'found' | 'empty' | 'unreached' | 'missed';
  }[];
}

/** What became of all websites of a list. */
const SiteTotals = z.object({
  sites: z.int(),
  withContacts: z.int(),
  unreached: z.int(),
  missed: z.int(),
  runs: z.int(),
  partialRuns: z.int(),
  changed: z.int(),
  costUsd: z.number(),
  /** Not asked about yet, or not stored. */
  open: z.int(),
});
type SiteTotals = z.infer<typeof SiteTotals>;

/** Where the work on vendors' jobs for leads stands, so that whoever goes on begins there. */
export interface LeadJobs {
  /** How far a search's data set has been copied. */
  copied(account: string, runId: string): Promise<Copied>;
  /** Notes that one more page is stored, unless somebody else was faster. */
  advance(account: string, runId: string, from: number, page: Copied): Promise<void>;
  /** Which of these have not been asked about in this edition, in any list of the account. */
  unasked(of: SiteList, sites: readonly Site[]): Promise<readonly Site[]>;
  /** Puts websites in line; those that stand there already stay where they are. */
  enlist(of: SiteList, sites: readonly Site[]): Promise<void>;
  /** Settles which of those in line are asked about next, together. @returns how many. */
  freeze(of: SiteList, most: number): Promise<number>;
  /** What is settled and not stored yet, batch by batch, each in the order of names. */
  frozen(of: SiteList): Promise<readonly (readonly Site[])[]>;
  /** Stores what became of them. */
  close(of: SiteList, end: BatchEnd): Promise<void>;
  totals(of: SiteList): Promise<SiteTotals>;
}

const nothing: Copied = {
  ...{ copied: 0, unreadable: 0, closed: 0 },
  ...{ created: 0, changed: 0, unchanged: 0, leftOut: 0 },
};

/** @param database where the tables `lead_scrapes` and `crawled_sites` are. */
export function createLeadJobs({ sql }: Database): LeadJobs {
  const within = ({ account, list, edition }: SiteList) =>
    sql`account = ${account} and list = ${list} and edition = ${edition}`;
  const rowsOf = (sites: readonly Site[]) =>
    sql`jsonb_to_recordset(${JSON.stringify(sites)}::text::jsonb)
      as s(site text, url text, "isStandIn" boolean)`;

  return {
    async copied(account, runId) {
      const [row] = await sql<Copied[]>`
        select copied, unreadable, closed, created, changed, unchanged, left_out as "leftOut"
        from lead_scrapes where account = ${account} and run_id = ${runId}`;
      return row ?? nothing;
    },

    async advance(account, runId, from, page) {
      await sql`
        insert into lead_scrapes as s (account, run_id, copied, unreadable, closed, created,
          changed, unchanged, left_out)
        values (${account}, ${runId}, ${page.copied}, ${page.unreadable}, ${page.closed},
          ${page.created}, ${page.changed}, ${page.unchanged}, ${page.leftOut})
        on conflict (account, run_id) do update set updated_at = now(),
          copied = s.copied + excluded.copied, unreadable = s.unreadable + excluded.unreadable,
          closed = s.closed + excluded.closed, created = s.created + excluded.created,
          changed = s.changed + excluded.changed, unchanged = s.unchanged + excluded.unchanged,
          left_out = s.left_out + excluded.left_out
        where s.copied = ${from}`;
    },

    unasked: ({ account, edition }, sites) => sql<Site[]>`
      select s.site, s.url, s."isStandIn" from ${rowsOf(sites)} where not exists (
        select from crawled_sites c
        where c.account = ${account} and c.edition = ${edition} and c.site = s.site
          and c.outcome is not null)`,

    async enlist({ account, list, edition }, sites) {
      await sql`
        insert into crawled_sites (account, edition, site, url, list, is_stand_in)
        select ${account}, ${edition}, s.site, s.url, ${list}, s."isStandIn" from ${rowsOf(sites)}
        on conflict do nothing`;
    },

    async freeze(of, most) {
      const rows = await sql`
        update crawled_sites set batch = (
          select coalesce(max(batch), 0) + 1 from crawled_sites where ${within(of)})
        where ${within(of)} and site in (
          select site from crawled_sites where ${within(of)} and batch is null
          order by site collate "C" limit ${most})`;
      return rows.count;
    },

    async frozen(of) {
      const rows = await sql<(Site & { batch: number })[]>`
        select batch, site, url, is_stand_in as "isStandIn" from crawled_sites
        where ${within(of)} and outcome is null and batch is not null
        order by batch, site collate "C"`;
      const batches = Map.groupBy(rows, ({ batch }) => batch);
      return [...batches.values()].map((sites) => sites.map(({ batch: _, ...site }) => site));
    },

    async close(of, { runId, status, costUsd, changed, sites }) {
      await sql`
        update crawled_sites c set run_id = ${runId}, run_status = ${status},
          run_cost_usd = ${costUsd}, run_changed = ${changed}, outcome = e.outcome
        from jsonb_to_recordset(${JSON.stringify(sites)}::text::jsonb)
          as e(site text, outcome text)
        where ${within(of)} and c.site = e.site and c.outcome is null`;
    },

    async totals(of) {
      const [row] = await sql`
        with batches as (
          select batch, max(run_status) as status, max(run_cost_usd) as cost,
            max(run_changed) as changed
          from crawled_sites
          where ${within(of)} and run_id is not null group by batch
        )
        select count(*)::int as sites,
          (count(*) filter (where outcome = 'found'))::int as "withContacts",
          (count(*) filter (where outcome = 'unreached'))::int as unreached,
          (count(*) filter (where outcome = 'missed'))::int as missed,
          (count(*) filter (where outcome is null))::int as open,
          (select coalesce(sum(changed), 0)::int from batches) as changed,
          (select count(*)::int from batches) as runs,
          (select count(*)::int from batches where status <> 'SUCCEEDED') as "partialRuns",
          (select coalesce(sum(cost), 0)::float8 from batches) as "costUsd"
        from crawled_sites where ${within(of)}`;
      return SiteTotals.parse(row);
    },
  };
}

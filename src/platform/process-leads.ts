import type { TransactionSql } from 'postgres';
import { LeadFields } from '../contracts/leads.ts';
import type { EnrichOutput, ProcessOutput } from '../contracts/leads-work.ts';
import { fill, givenBySite, type Fields } from '../rules/lead.ts';
import { cleanLead } from './clean-lead.ts';
import type { Database } from './database.ts';
import {
  flat,
  takeTurn,
  unflat,
  workingNamed,
  workingWhere,
  write,
  type Working,
} from './lead-writes.ts';
import { createSuppressions, type Suppressions } from './suppressions.ts';

/** Work on whole lists, a page at a time. A repeat finds nothing left to do. */
export interface LeadWork {
  /** @param country of leads that name none. */
  process(account: string, list: string, country?: string): Promise<ProcessOutput>;
  enrich(account: string, list: string): Promise<EnrichOutput>;
}

const pageSize = 1_000;
const mostSamples = 20;

/** @param database where the tables of leads and the suppression list are. */
export function createLeadWork(database: Database): LeadWork {
  const { sql } = database;
  const suppressions = createSuppressions(database);

  /** Each page of a list in a transaction of its own. @returns how many leads there were. */
  async function inPages(
    account: string,
    list: string,
    work: (tx: TransactionSql, page: readonly Working[]) => Promise<void>,
  ): Promise<number> {
    let leads = 0;
    let after = 0;
    for (;;) {
      const page = await sql.begin(async (tx) => {
        await takeTurn(tx, account);
        const ids = await tx<{ id: number }[]>`
          select lead_id::float8 as id from lead_lists
          where account = ${account} and list = ${list} and lead_id > ${after}
          order by lead_id limit ${pageSize}`;
        const rows = await workingWhere(tx, tx`l.id = any(${ids.map(({ id }) => id)}::bigint[])`);
        await work(tx, rows);
        return ids;
      });
      leads += page.length;
      after = page.at(-1)?.id ?? after;
      if (page.length < pageSize) return leads;
    }
  }

  return {
    async process(account, list, country) {
      const counts = { changed: 0, merged: 0, dropped: 0 };
      const samples: ProcessOutput['samples'] = [];
      const leads = await inPages(account, list, async (tx, page) => {
        for (const { lead, dropped } of await cleaned(suppressions, page, country)) {
          counts.changed += 1;
          counts.dropped += dropped.length;
          const what =
            dropped.length > 0 ? `dropped ${dropped.join(', ')}` : 'is written uniformly';
          samples.push({ leadId: lead.id ?? 0, what });
        }
        await write(tx, account, page);
        for (const { keep, gone } of await mergeDuplicates(tx, account, page)) {
          counts.merged += 1;
          samples.push({ leadId: keep, what: `took in ${gone}` });
        }
        samples.splice(mostSamples);
      });
      return { list, leads, ...counts, samples };
    },

    async enrich(account, list) {
      const filled: Record<string, number> = {};
      const samples: EnrichOutput['samples'] = [];
      let enriched = 0;
      const leads = await inPages(account, list, async (tx, page) => {
        const others = await ofSameSites(tx, account, page);
        for (const lead of page) {
          const before = lead.known;
          const names = givenBySite(isPerson(lead));
          const donors = others.get(String(before.fields.site)) ?? [];
          for (const donor of donors.filter((each) => each.id !== lead.id && !isPerson(each))) {
            lead.known = fill(lead.known, donor.known, names, false);
          }
          if (lead.known === before) continue;
          lead.isChanged = true;
          enriched += 1;
          const got = names.filter((name) => lead.known.fields[name] !== before.fields[name]);
          for (const name of got) filled[name] = (filled[name] ?? 0) + 1;
          samples.push({ leadId: lead.id ?? 0, what: `got ${got.join(', ')}` });
        }
        samples.splice(mostSamples);
        await write(tx, account, page);
      });
      return { list, leads, enriched, filled, samples };
    },
  };
}

/** People are known by their address; businesses by place or site, or by an address without a name. */
const isPerson = ({ key, known: { fields } }: Working): boolean =>
  key.startsWith('email:') &&
  [fields.firstName, fields.lastName, fields.jobTitle].some((each) => typeof each === 'string');

/** Writes the fields of a page by today's rules. @returns those that changed, and what they lost. */
async function cleaned(
  suppressions: Suppressions,
  page: readonly Working[],
  country: string | undefined,
): Promise<readonly { readonly lead: Working; readonly dropped: readonly string[] }[]> {
  const emails = page.flatMap(({ known }) => listIn(known.fields.emails));
  const refused = new Set((await suppressions.refuse(emails)).map(({ address }) => address));
  return page.flatMap((lead) => {
    const before = LeadFields.parse(unflat(lead.known.fields));
    const clean = cleanLead({ ...before, countryCode: before.countryCode ?? country });
    const after: Fields = {
      ...lead.known.fields,
      ...flat({ ...clean, emails: clean.emails.filter((email) => !refused.has(email)) }),
    };
    if (JSON.stringify(after) === JSON.stringify(lead.known.fields)) return [];
    const dropped = Object.keys(after).flatMap((name) => {
      const now = listIn(after[name]);
      const less = listIn(lead.known.fields[name]).length - now.length;
      return less > 0 ? listIn(lead.known.fields[name]).filter((each) => !now.includes(each)) : [];
    });
    lead.known = { ...lead.known, fields: after };
    lead.isChanged = true;
    return [{ lead, dropped }];
  });
}

const listIn = (value: Fields[string] | undefined): readonly string[] =>
  typeof value === 'object' && value !== null ? value : [];

/** The businesses of the account that share a site with any of these, by site. */
async function ofSameSites(
  tx: TransactionSql,
  account: string,
  page: readonly Working[],
): Promise<ReadonlyMap<string, readonly Working[]>> {
  const sites = [...new Set(page.map(({ known }) => known.fields.site))].filter(
    (site) => typeof site === 'string',
  );
  const rows = await workingNamed(tx, account, { sites });
  return Map.groupBy(rows, ({ known }) => String(known.fields.site));
}

interface Merge {
  readonly keep: number;
  readonly gone: number;
}

/**
 * Merges leads of a page into those they are the same as: an address into the business that has it,
 * a site into its only place, and a place into an older one of the same site and name at the same
 * phone or address. Lists and campaigns go over, too.
 */
async function mergeDuplicates(
  tx: TransactionSql,
  account: string,
  page: readonly Working[],
): Promise<readonly Merge[]> {
  const ids = page.flatMap(({ id }) => id ?? []);
  const pairs = await tx<Merge[]>`
    select l.id::float8 as gone, min(o.id)::float8 as keep
    from leads l join leads o on o.account = l.account and o.id <> l.id
      and o.emails @> array[substr(l.key, 7)]
      and (o.key not like 'email:%' or o.id < l.id)
    where l.id = any(${ids}::bigint[]) and l.key like 'email:%'
      and coalesce(l.first_name, l.last_name, l.job_title) is null
    group by l.id
    union all
    select l.id::float8, min(o.id)::float8
    from leads l join leads o on o.account = l.account and o.site = l.site and o.place_id is not null
    where l.id = any(${ids}::bigint[]) and l.key like 'site:%'
    group by l.id having count(*) = 1
    union all
    select l.id::float8, min(o.id)::float8
    from leads l join leads o on o.account = l.account and o.site = l.site and o.id < l.id
      and o.place_id is not null and lower(o.business_name) = lower(l.business_name)
      and (o.phones && l.phones or o.address = l.address)
    where l.id = any(${ids}::bigint[]) and l.place_id is not null
    group by l.id`;
  if (pairs.length === 0) return [];
  const into = new Map(pairs.map(({ gone, keep }) => [gone, keep]));
  const rootOf = (id: number): number => {
    const next = into.get(id);
    return next === undefined ? id : rootOf(next);
  };
  const merges = [...into.keys()].map((gone) => ({ gone, keep: rootOf(gone) }));
  await carryOut(tx, account, merges);
  return merges;
}

async function carryOut(
  tx: TransactionSql,
  account: string,
  merges: readonly Merge[],
): Promise<void> {
  const gone = merges.map((merge) => merge.gone);
  const keep = merges.map((merge) => merge.keep);
  const rows = await workingWhere(tx, tx`l.id = any(${[...gone, ...keep]}::bigint[])`);
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const merge of merges) {
    const [kept, other] = [byId.get(merge.keep), byId.get(merge.gone)];
    if (!kept || !other) continue;
    kept.known = fill(kept.known, other.known, Object.keys(other.known.fields), true);
    kept.isChanged = true;
  }
  await tx`
    insert into lead_lists (account, list, lead_id, added_at)
    select i.account, i.list, m.keep, i.added_at
    from unnest(${gone}::bigint[], ${keep}::bigint[]) m (gone, keep)
    join lead_lists i on i.lead_id = m.gone
    on conflict do nothing`;
  await tx`
    update lead_pushes p set lead_id = m.keep
    from unnest(${gone}::bigint[], ${keep}::bigint[]) m (gone, keep) where p.lead_id = m.gone`;
  await tx`
    update leads k set excluded = coalesce(k.excluded, g.excluded)
    from unnest(${gone}::bigint[], ${keep}::bigint[]) m (gone, keep) join leads g on g.id = m.gone
    where k.id = m.keep and g.excluded is not null`;
  await tx`delete from leads where id = any(${gone}::bigint[])`;
  await write(
    tx,
    account,
    rows.filter(({ id }) => id !== null && keep.includes(id)),
  );
}

import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { EffectDetail } from '../contracts/effects.ts';
import type { LeadChoices, LeadRows, LeadView } from '../contracts/lead-views.ts';
import {
  FieldSource,
  LeadFields,
  type Lead,
  type LeadFilter,
  type LeadQuery,
} from '../contracts/leads.ts';
import { harmless } from './csv-cells.ts';
import type { Database } from './database.ts';
import { createLedger } from './ledger.ts';
import { createLeadStore } from './leads.ts';

/** An account whose leads may be looked at. */
interface LeadAccount {
  readonly name: string;
  readonly isStandIn: boolean;
}

/** Leads as pages show them. */
export interface LeadReader {
  /** @throws {BadRequest} for a cursor that no page gave. */
  page(query: LeadQuery): Promise<LeadRows>;
  /** All of one lead; `undefined` when the account has none of this id. */
  show(account: string, id: number): Promise<LeadView | undefined>;
  /** @param wanted the account; left out, `default` or the first that has leads. */
  choices(accounts: readonly LeadAccount[], wanted?: string): Promise<LeadChoices>;
  /** All that match as CSV under a header, read as fast as it is taken. */
  export(account: string, filter: LeadFilter): Readable;
}

/** @param database where leads, ledger and the figures of campaigns are. */
export function createLeadReader(database: Database): LeadReader {
  const { sql } = database;
  const store = createLeadStore(database);
  const ledger = createLedger({ database });

  /** Who spoke of each lead last. */
  async function latestOf(ids: readonly number[]): Promise<ReadonlyMap<number, FieldSource>> {
    const rows = await sql<{ id: string; latest: unknown }[]>`
      select l.id, s.latest from leads l, lateral (
        select said as latest from jsonb_path_query(l.sources, '$.*[*]') as said
        order by said ->> 'at' desc limit 1) s
      where l.id = any(${[...ids]}::bigint[])`;
    return new Map(rows.map(({ id, latest }) => [Number(id), FieldSource.parse(latest)]));
  }

  /** The campaigns of an account that leads or figures name, by their newest name. */
  async function campaignsOf(account: string): Promise<LeadChoices['campaigns']> {
    // from one campaign to the next by the index: there may be a million pushes
    return sql<LeadChoices['campaigns']>`
      with recursive pushed (id) as (
        (select campaign_id from lead_pushes where account = ${account}
          order by campaign_id limit 1)
        union all
        select (select campaign_id from lead_pushes
          where account = ${account} and campaign_id > pushed.id order by campaign_id limit 1)
        from pushed where pushed.id is not null)
      select id, coalesce(max(name), id) as name from (
        select id, null as name from pushed where id is not null
        union all
        (select distinct on (campaign_id) campaign_id, nullif(campaign_name, '')
          from instantly_campaign_analytics where account = ${account}
          order by campaign_id, end_date desc)) c
      group by id order by name`;
  }

  /** What the ledger says of the addresses, in every campaign that we know of. */
  async function effectsOf(account: string, lead: Pick<LeadView, 'emails' | 'pushes'>) {
    const campaigns = await campaignsOf(account);
    const emails = [...new Set([...lead.emails, ...lead.pushes.map(({ email }) => email)])];
    const keys = campaigns.flatMap(({ id }) =>
      emails.map((email) => `lead:${account}:${id}:${email}`),
    );
    const known = await sql<{ key: string }[]>`
      select key from effects where key = any(${keys}) order by updated_at desc limit 50`;
    const effects = await Promise.all(known.map(({ key }) => ledger.show(key)));
    return effects.filter((effect): effect is EffectDetail => effect !== undefined);
  }

  return {
    async page(query) {
      const page = await store.page(query);
      const latest = await latestOf(page.leads.map(({ id }) => id));
      const leads = page.leads.map((lead) => ({ ...lead, latest: latest.get(lead.id) ?? null }));
      return { ...page, leads };
    },

    async show(account, id) {
      const lead = await store.get(account, id);
      return lead && { ...lead, effects: await effectsOf(account, lead) };
    },

    async choices(accounts, wanted) {
      const names = accounts.map(({ name }) => name);
      const rows = await sql<{ name: string }[]>`
        select name from unnest(${names}::text[]) as name
        where exists (select from leads l where l.account = name)`;
      const all = accounts.map((each) => ({
        ...each,
        hasLeads: rows.some(({ name }) => name === each.name),
      }));
      const withLeads = all.filter(({ hasLeads }) => hasLeads).map(({ name }) => name);
      const fallback = withLeads.includes('default') ? 'default' : (withLeads[0] ?? 'default');
      const account = wanted ?? fallback;
      const [lists, campaigns] = await Promise.all([store.lists(account), campaignsOf(account)]);
      return { account, accounts: all, lists: [...lists], campaigns };
    },

    export(account, filter) {
      const table = stringify({ header: true, columns, cast: { string: harmless } });
      const pages = store.each(account, filter, 1_000);
      // what goes wrong with a page reaches the reader of the table
      return pipeline(Readable.from(cellsOf(pages)), table, () => undefined);
    },
  };
}

const columns = ['id', ...Object.keys(LeadFields.shape), 'leftOut', 'isStandIn', 'updatedAt'];

async function* cellsOf(pages: AsyncIterable<readonly Lead[]>) {
  for await (const page of pages) {
    for (const { custom, excluded, ...lead } of page) {
      const cells = Object.entries(lead).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join('\n') : value,
      ]);
      yield {
        ...Object.fromEntries(cells),
        custom: Object.keys(custom).length === 0 ? '' : JSON.stringify(custom),
        leftOut: excluded?.why ?? '',
      };
    }
  }
}

import { z } from 'zod';
import { Lead, LeadFields, LeadPush, type LeadFilter } from '../contracts/leads.ts';
import type { Database } from './database.ts';

/** A lead's row in the words of the database. */
const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (big) => `_${big.toLowerCase()}`);

const fields = Object.keys(LeadFields.shape);

/** The columns of all fields that a source may speak of. */
export const fieldColumns: readonly string[] = fields.map(snake);

const selection = (names: readonly string[]): string =>
  names.map((name) => `l.${snake(name)} as "${name}"`).join(', ');

/** What a select names to get all that sources said; the table is `l`. */
export const fieldSelection: string = selection(['id', 'key', 'sources', ...fields]);

/** What a select names to get a `Lead`; the table is `l`. */
const leadSelection = selection([
  'id',
  'account',
  ...fields,
  'isStandIn',
  'excluded',
  'createdAt',
  'updatedAt',
]);

/** Fields as an object that `jsonb_populate_recordset` takes. */
export const asRow = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [snake(name), value]));

const Row = Lead.extend({
  id: z.coerce.number(),
  createdAt: z.date().transform((at) => at.toISOString()),
  updatedAt: z.date().transform((at) => at.toISOString()),
});

/** A lead as it came out of the database. */
export const leadOf = (row: unknown): Lead => Row.parse(row);

type Db = Pick<Database, 'sql'>['sql'];

/** The columns of a lead in a select. */
export const selected = (sql: Db) => sql.unsafe(leadSelection);

/** A text that `like` takes as it is. */
const literal = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`);

/** The leads of a list, or all: what a select is from. A list leads to its leads by their order. */
export const fromLeads = (sql: Db, account: string, { list }: LeadFilter) =>
  list === undefined
    ? sql`leads l`
    : sql`lead_lists i join leads l
        on l.id = i.lead_id and i.account = ${account} and i.list = ${list}`;

/** The condition that the rest of a filter stands for; the table of leads is `l`. */
export function matching(sql: Db, account: string, filter: LeadFilter) {
  const { q, hasEmail, isExcluded, isStandIn, campaign, pushState, from } = filter;
  const words = (q ?? '').trim().toLowerCase().split(/\s+/).filter(Boolean);
  const push = sql`select from lead_pushes p where p.lead_id = l.id
    ${campaign === undefined ? sql`` : sql`and p.campaign_id = ${campaign}`}
    ${pushState === undefined || pushState === 'not-pushed' ? sql`` : sql`and p.state = ${pushState}`}`;
  return sql`l.account = ${account}
    ${words.reduce((all, word) => sql`${all} and l.search like ${`%${literal(word)}%`}`, sql``)}
    ${hasEmail === undefined ? sql`` : sql`and (cardinality(l.emails) > 0) = ${hasEmail}`}
    ${isExcluded === undefined ? sql`` : sql`and (l.excluded is not null) = ${isExcluded}`}
    ${isStandIn === undefined ? sql`` : sql`and l.is_stand_in = ${isStandIn}`}
    ${from === undefined ? sql`` : sql`and l.created_at >= ${from}::date`}
    ${
      pushState === 'not-pushed'
        ? sql`and not exists (${push})`
        : campaign === undefined && pushState === undefined
          ? sql``
          : sql`and exists (${push})`
    }`;
}

/** Leads in their order, those behind an id, at most so many. */
export const pageOfLeads = async (
  sql: Db,
  account: string,
  filter: LeadFilter,
  after: number,
  limit: number,
): Promise<readonly Lead[]> => {
  const id = filter.list === undefined ? sql`l.id` : sql`i.lead_id`;
  const rows = await sql`
    select ${selected(sql)} from ${fromLeads(sql, account, filter)}
    where ${matching(sql, account, filter)} and ${id} > ${after} order by ${id} limit ${limit}`;
  return rows.map(leadOf);
};

const PushRow = LeadPush.extend({
  leadId: z.coerce.number(),
  at: z.date().transform((at) => at.toISOString()),
});

/** What became of the addresses of these leads, oldest first. */
export async function pushesOf(
  sql: Db,
  ids: readonly number[],
  campaign?: string,
): Promise<ReadonlyMap<number, LeadPush[]>> {
  const rows = await sql`
    select lead_id as "leadId", campaign_id as "campaignId", email, state, reason, at
    from lead_pushes where lead_id = any(${[...ids]}::bigint[])
      ${campaign === undefined ? sql`` : sql`and campaign_id = ${campaign}`}
    order by at, campaign_id, email`;
  const parsed = rows.map((row) => PushRow.parse(row));
  return new Map(
    ids.map((id) => [id, parsed.flatMap(({ leadId, ...push }) => (leadId === id ? [push] : []))]),
  );
}

import type { PendingQuery, Row } from 'postgres';
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

const LeadRow = Lead.extend({
  id: z.coerce.number(),
  createdAt: z.date().transform((at) => at.toISOString()),
  updatedAt: z.date().transform((at) => at.toISOString()),
});

/** A lead as it came out of the database. */
export const leadOf = (row: unknown): Lead => LeadRow.parse(row);

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

/**
 * The ids of the leads that a filter stands for, those behind an id. A list alone, and what became
 * of its leads in campaigns, is told without a look at the leads.
 */
export function idsOf(sql: Db, account: string, filter: LeadFilter, after = 0) {
  const { list, campaign, pushState, ...ofLeads } = filter;
  if (list === undefined || Object.values(ofLeads).some((each) => each !== undefined)) {
    const id = list === undefined ? sql`l.id` : sql`i.lead_id`;
    return sql`select ${id} as id from ${fromLeads(sql, account, filter)}
      where ${matching(sql, account, filter)} and ${id} > ${after}`;
  }
  return sql`select i.lead_id as id from lead_lists i
    where i.account = ${account} and i.list = ${list} and i.lead_id > ${after}
      ${pushed(sql, account, sql`i.lead_id`, { campaign, pushState })}`;
}

/** The condition on what became of a lead in campaigns. */
function pushed(
  sql: Db,
  account: string,
  id: PendingQuery<Row[]>,
  { campaign, pushState }: Pick<LeadFilter, 'campaign' | 'pushState'>,
) {
  if (campaign === undefined && pushState === undefined) return sql``;
  const isNot = pushState === 'not-pushed';
  const push = sql`select from lead_pushes p where p.account = ${account} and p.lead_id = ${id}
    ${campaign === undefined ? sql`` : sql`and p.campaign_id = ${campaign}`}
    ${pushState === undefined || isNot ? sql`` : sql`and p.state = ${pushState}`}`;
  return isNot ? sql`and not exists (${push})` : sql`and exists (${push})`;
}

/**
 * The condition that the rest of a filter stands for; the table of leads is `l`. What is asked of
 * few leads stands as the indexes of those few have it.
 */
export function matching(sql: Db, account: string, filter: LeadFilter) {
  const { q, hasEmail, isExcluded, isStandIn, campaign, pushState, from } = filter;
  const words = (q ?? '').trim().toLowerCase().split(/\s+/).filter(Boolean);
  return sql`l.account = ${account}
    ${words.reduce((all, word) => sql`${all} and l.search like ${`%${literal(word)}%`}`, sql``)}
    ${hasEmail === undefined ? sql`` : sql`and (cardinality(l.emails) > 0) = ${hasEmail}`}
    ${isExcluded === undefined ? sql`` : isExcluded ? sql`and l.excluded is not null` : sql`and l.excluded is null`}
    ${isStandIn === undefined ? sql`` : isStandIn ? sql`and l.is_stand_in` : sql`and not l.is_stand_in`}
    ${from === undefined ? sql`` : sql`and l.created_at >= ${from}::date`}
    ${pushed(sql, account, sql`l.id`, { campaign, pushState })}`;
}

/** Leads in their order, those behind an id, at most so many. */
export const pageOfLeads = async (
  sql: Db,
  account: string,
  filter: LeadFilter,
  after: number,
  limit: number,
): Promise<readonly Lead[]> => {
  const rows = await sql`
    select ${selected(sql)} from leads l join (
      ${idsOf(sql, account, filter, after)} order by 1 limit ${limit}) m on m.id = l.id
    order by l.id`;
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

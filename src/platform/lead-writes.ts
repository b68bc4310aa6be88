import type { PendingQuery, Row, TransactionSql } from 'postgres';
import { z } from 'zod';
import { FieldSource, LeadFields } from '../contracts/leads.ts';
import type { Fields, Known } from '../rules/lead.ts';
import { asRow, fieldColumns, fieldSelection } from './lead-rows.ts';

/** A lead as it is being worked on, with what is known of it by now. */
export interface Working {
  /** Null while it has no row. */
  readonly id: number | null;
  key: string;
  known: Known;
  /** The database does not know yet. */
  isChanged: boolean;
}

const Stored = LeadFields.extend({
  id: z.coerce.number(),
  key: z.string(),
  sources: z.record(z.string(), z.array(FieldSource)),
});

/** Fields in a row, those of one's own as `custom.<name>`. */
export const flat = ({ custom, ...fields }: Partial<LeadFields>): Fields => ({
  ...fields,
  ...Object.fromEntries(
    Object.entries(custom ?? {}).map(([name, value]) => [ownPrefix + name, value]),
  ),
});
const ownPrefix = 'custom.';

/** The other way round. */
export function unflat(fields: Fields): Record<string, unknown> {
  const all = Object.entries(fields);
  const own = all.filter(([name]) => name.startsWith(ownPrefix));
  return {
    ...Object.fromEntries(all.filter(([name]) => !name.startsWith(ownPrefix))),
    custom: Object.fromEntries(own.map(([name, value]) => [name.slice(ownPrefix.length), value])),
  };
}

/** Leads to work on, by any condition on the table `l`, in their order. */
export async function workingWhere(
  tx: TransactionSql,
  condition: PendingQuery<Row[]>,
): Promise<readonly Working[]> {
  const rows = await tx`
    select ${tx.unsafe(fieldSelection)} from leads l where ${condition} order by l.id`;
  return rows.map((row) => {
    const { id, key, sources, ...fields } = Stored.parse(row);
    return { id, key, known: { fields: flat(fields), sources }, isChanged: false };
  });
}

/** What leads may be found by. */
interface Marks {
  readonly keys?: readonly string[];
  readonly sites?: readonly string[];
  readonly emails?: readonly string[];
}

/**
 * Leads of an account that any of these marks names. Each mark is looked up by its index: left to
 * choose, the planner reads the whole table for a thousand of them, which a long import does a
 * thousand times.
 */
export const workingNamed = (
  tx: TransactionSql,
  account: string,
  { keys = [], sites = [], emails = [] }: Marks,
): Promise<readonly Working[]> =>
  workingWhere(
    tx,
    tx`l.account = ${account} and l.id in (
      select o.id from unnest(${[...keys]}::text[]) as mark cross join lateral (
        select id from leads where account = ${account} and key = mark offset 0) o
      union select o.id from unnest(${[...sites]}::text[]) as mark cross join lateral (
        select id from leads where account = ${account} and site = mark offset 0) o
      union select o.id from unnest(${[...emails]}::text[]) as mark cross join lateral (
        select id from leads where emails @> array[mark] offset 0) o)`,
  );

/** Those who change leads of an account take turns, so that nobody inserts what another is about to. */
export const takeTurn = (tx: TransactionSql, account: string) =>
  tx`select pg_advisory_xact_lock(hashtextextended(${`leads ${account}`}, 0))`;

const searched = ['businessName', 'site', 'city', 'firstName', 'lastName', 'emails'];
const written = ['key', 'sources', 'search', ...fieldColumns];
const columns = written.join(', ');
const values = written.map((name) => `r.${name}`).join(', ');

/** Inserts what is new and updates what has changed: one statement each. */
export async function write(
  tx: TransactionSql,
  account: string,
  leads: readonly Working[],
): Promise<void> {
  const rows = leads
    .filter(({ isChanged }) => isChanged)
    .map(({ id, key, known: { fields, sources } }) => ({
      ...asRow(unflat(fields)),
      id,
      key,
      sources,
      search: searched
        .flatMap((name) => fields[name] ?? [])
        .join(' ')
        .toLowerCase(),
    }));
  const created = JSON.stringify(rows.filter(({ id }) => id === null));
  const changed = JSON.stringify(rows.filter(({ id }) => id !== null));
  await tx`
    insert into leads (account, ${tx.unsafe(columns)})
    select ${account}, ${tx.unsafe(columns)}
    from jsonb_populate_recordset(null::leads, ${created}::text::jsonb)`;
  await tx`
    update leads l set (${tx.unsafe(columns)}, updated_at) =
      row(${tx.unsafe(values)}, now())
    from jsonb_populate_recordset(null::leads, ${changed}::text::jsonb) r where l.id = r.id`;
}

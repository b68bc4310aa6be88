/**
 * The tables of the scripts before this system, where it is given their database. Two of them have
 * names of ours: they move into a schema of their own before ours are made, and nothing in them is
 * ever changed.
 */
import type { Sql } from 'postgres';
import type { Overdue, TakenOver } from '../contracts/database.ts';

/** The schema in which they are kept. */
export const olderSchema = 'older';

/** Tables with names of ours in a database that has none of ours yet. */
export async function tablesInTheWay(
  sql: Sql,
  names: readonly string[],
): Promise<readonly string[]> {
  const found = await sql<{ name: string }[]>`
    select tablename as name from pg_tables
    where schemaname = 'public' and tablename = any(${[...names]}) order by 1`;
  return found.map(({ name }) => name);
}

/** Moves tables aside with their indexes and sequences: all of them, or none when it fails. */
export async function setAsideOlder(sql: Sql, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await sql.begin(async (tx) => {
    await tx`create schema if not exists ${tx(olderSchema)}`;
    for (const name of names) {
      await tx`alter table public.${tx(name)} set schema ${tx(olderSchema)}`;
    }
  });
}

/** Which rows are taken over, and into which columns they are told apart by. */
const takeable: readonly {
  readonly table: string;
  readonly key: string;
  /** Of a row `t`: it says what it claims to. */
  readonly isSound: string;
}[] = [
  {
    table: 'instantly_email_daily_analytics',
    key: 'date, email_account',
    isSound: `pg_input_is_valid(t.date::text, 'date') and t.email_account like '%@%'`,
  },
  {
    // the older script asked for one campaign in words that the vendor ignores: such rows are of all
    table: 'instantly_campaign_analytics_overview',
    key: 'start_date, end_date',
    isSound: `coalesce(t.campaign_id::text, '') = ''`,
  },
];
const takenMark = 'taken over';
/** Those that we fill ourselves. */
const ownColumns = ['id', 'account', 'is_stand_in', 'campaign_id'];

/** Copies their rows into ours once, as those of the account `default`; of doubled ones the last counts. */
export async function takeOverOlder(sql: Sql): Promise<readonly TakenOver[]> {
  const done: TakenOver[] = [];
  for (const { table, key, isSound } of takeable) {
    const [found] = await sql<{ mark: string | null }[]>`
      select obj_description(c.oid) as mark from pg_class c
      where c.oid = to_regclass(${`${olderSchema}.${table}`})`;
    if (!found || found.mark === takenMark) continue;
    const columns = await sharedColumns(sql, table);
    const names = columns.map(({ name }) => name).join(', ');
    const values = columns.map(({ name, type }) =>
      type === 'integer' ? `coalesce(t.${name}, 0)` : `t.${name}::text::${type}`,
    );
    const newest = columns.some(({ name }) => name === 'updated_at') ? ', updated_at desc' : '';
    const from = `${olderSchema}.${table}`;
    done.push(
      await sql.begin(async (tx) => {
        const { count } = await tx.unsafe(`
          insert into public.${table} (account, is_stand_in, ${names})
          select distinct on (${key}) 'default', false, ${values.join(', ')}
          from ${from} t where ${isSound} order by ${key}${newest}
          on conflict do nothing`);
        const [sum] = await tx.unsafe<{ rows: number }[]>(
          `select count(*)::int as rows from ${from}`,
        );
        await tx.unsafe(`comment on table ${from} is '${takenMark}'`);
        return { table, rows: sum?.rows ?? 0, taken: count };
      }),
    );
  }
  return done;
}

/** The columns that a table of theirs and ours have both, with the type that ours has. */
const sharedColumns = (sql: Sql, table: string) => sql<{ name: string; type: string }[]>`
  select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
  from pg_attribute a
  join pg_attribute b on b.attname = a.attname and b.attnum > 0 and not b.attisdropped
    and b.attrelid = to_regclass(${`${olderSchema}.${table}`})
  where a.attrelid = to_regclass(${`public.${table}`}) and a.attnum > 0 and not a.attisdropped
    and a.attname <> all(${ownColumns})
  order by a.attnum`;

/** The tables that were set aside, with all they take on the disk. */
export async function listOlder(sql: Sql): Promise<readonly Overdue[]> {
  const found = await sql<{ name: string; bytes: number }[]>`
    select c.relname as name, pg_total_relation_size(c.oid)::float8 as bytes
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${olderSchema} and c.relkind = 'r' order by 1`;
  const sized: Overdue[] = [];
  for (const { name, bytes } of found) {
    const [sum] = await sql<{ rows: number }[]>`
      select count(*)::int as rows from ${sql(olderSchema)}.${sql(name)}`;
    sized.push({ table: `${olderSchema}.${name}`, rows: sum?.rows ?? 0, bytes });
  }
  return sized;
}

/** Drops the tables that were set aside, for good. */
export async function dropOlder(sql: Sql): Promise<void> {
  await sql`drop schema if exists ${sql(olderSchema)} cascade`;
}

import type { Sql } from 'postgres';
import type { TableCheck, TableSize } from '../contracts/database.ts';
import type { Database } from './database.ts';
import { hiddenValue } from './hidden-value.ts';
import { expectedTables, type ExpectedTable } from './migrations.ts';
import { olderSchema } from './older-tables.ts';

/** Looks at the tables of a database, ours and all others. Reads only. */
export interface Tables {
  /** All tables by name, with rows, size and last write. */
  list(): Promise<readonly TableSize[]>;
  /**
   * One table held against what this checkout expects, with some of its rows.
   *
   * @param name as the list has it: `runs`, `older.instantly_email_daily_analytics`.
   * @returns `undefined` when there is no such table, and none is expected.
   */
  check(
    name: string,
    sample: { readonly rows: number; readonly isShown: boolean },
  ): Promise<TableCheck | undefined>;
}

/** A table that takes longer to count is estimated. */
const countWithinMs = 10_000;

/** @param database whose tables are looked at. */
export function createTables({ sql }: Database): Tables {
  const expected = expectedTables();
  const ownerOf = ({ schema, name }: Found): TableSize['owner'] => {
    if (schema === olderSchema) return 'older';
    return schema === 'public' && expected.has(name) ? 'ours' : 'foreign';
  };

  return {
    async list() {
      const sizes: TableSize[] = [];
      for (const table of await tablesIn(sql)) {
        const { bytes, estimate } = table;
        const counted = await countOf(sql, table);
        const owner = ownerOf(table);
        const rows = counted?.rows ?? estimate;
        const isExact = counted !== undefined;
        const lastWriteAt = counted?.lastWriteAt ?? null;
        sizes.push({ name: shownName(table), owner, rows, isExact, bytes, lastWriteAt });
      }
      return sizes;
    },

    async check(name, { rows, isShown }) {
      const wanted = expected.get(name);
      const found = (await tablesIn(sql)).find((table) => shownName(table) === name);
      if (!found) {
        if (!wanted) return undefined;
        const differences = ['The table is missing: `agentic database migrate`'];
        return { name, owner: 'ours', columns: [], differences, sample: [] };
      }
      const columns = await columnsOf(sql, found);
      const owner = ownerOf(found);
      const isOurs = owner === 'ours' && wanted !== undefined;
      const differences = isOurs
        ? [...columnDifferences(columns, wanted), ...(await missingIndexes(sql, found, wanted))]
        : [];
      const newest = timesAmong(columns)[0];
      const order = newest === undefined ? sql`` : sql`order by ${sql(newest)} desc nulls last`;
      const read = await sql`select * from ${nameIn(sql, found)} ${order} limit ${rows}`;
      const sample = read.map((row) =>
        Object.fromEntries(
          columns.map((column) => {
            const value: unknown = row[column.name];
            return [column.name, plain(isShown ? value : hiddenValue(column, value))];
          }),
        ),
      );
      return { name, owner, columns: [...columns], differences, sample };
    },
  };
}

/** Any value of a row as JSON can carry it; of bytes their number. */
const plain = (value: unknown): unknown => {
  if (value instanceof Date) return value.toISOString();
  return value instanceof Uint8Array ? `${value.length} bytes` : value;
};

interface Found {
  readonly schema: string;
  readonly name: string;
  readonly bytes: number;
  readonly estimate: number;
}

const shownName = ({ schema, name }: Found): string =>
  schema === 'public' ? name : `${schema}.${name}`;

const nameIn = (sql: Sql, { schema, name }: Found) => sql`${sql(schema)}.${sql(name)}`;

const tablesIn = (sql: Sql) => sql<Found[]>`
  select n.nspname as schema, c.relname as name, pg_total_relation_size(c.oid)::float8 as bytes,
    greatest(c.reltuples, 0)::float8 as estimate
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname not like 'pg\\_%'
    and n.nspname not in ('information_schema', 'drizzle')
  order by n.nspname <> 'public', n.nspname, c.relname`;

/** Rows and the latest time in them, in one pass; `undefined` when that takes too long. */
async function countOf(sql: Sql, table: Found) {
  const times = timesAmong(await columnsOf(sql, table));
  const latest = times.map((name) => sql`max(${sql(name)}) filter (where ${sql(name)} <= now())`);
  const greatest = latest.reduce((all, each) => sql`${all}, ${each}`, sql`null::timestamptz`);
  try {
    return await sql.begin(async (tx) => {
      await tx.unsafe(`set local statement_timeout = ${countWithinMs}`);
      const [row] = await tx<{ rows: number; at: Date | null }[]>`
        select count(*)::float8 as rows, greatest(${greatest}) as at from ${nameIn(sql, table)}`;
      return { rows: row?.rows ?? 0, lastWriteAt: row?.at?.toISOString() ?? null };
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '57014') return undefined;
    throw error;
  }
}

type Column = TableCheck['columns'][number];

const columnsOf = (sql: Sql, { schema, name }: Found) => sql<Column[]>`
  select attname as name, format_type(atttypid, atttypmod) as type, not attnotnull as "isNullable"
  from pg_attribute
  where attrelid = format('%I.%I', ${schema}::text, ${name}::text)::regclass
    and attnum > 0 and not attisdropped
  order by attnum`;

/** Columns that tell when something happened, those of changes first. */
const timesAmong = (columns: readonly Column[]): readonly string[] =>
  columns
    .filter(({ type }) => type.startsWith('timestamp'))
    .map(({ name }) => name)
    .toSorted((a, b) => Number(b === 'updated_at') - Number(a === 'updated_at'));

function columnDifferences(
  columns: readonly Column[],
  { columns: expected }: ExpectedTable,
): readonly string[] {
  const has = new Map(columns.map((column) => [column.name, column]));
  const words = (isNullable: boolean) => (isNullable ? 'may be empty' : 'may not be empty');
  const missing = Object.entries(expected).flatMap(([name, { type, notNull }]) => {
    const column = has.get(name);
    if (!column) return [`Column ${name} (${type}) is missing`];
    const found = [];
    if (column.type !== type) found.push(`Column ${name} is ${column.type}; expected ${type}`);
    if (column.isNullable === notNull) {
      found.push(`Column ${name} ${words(column.isNullable)}; expected that it ${words(!notNull)}`);
    }
    return found;
  });
  const others = columns.filter(({ name }) => !Object.hasOwn(expected, name));
  return [...missing, ...others.map(({ name, type }) => `Column ${name} (${type}) is not ours`)];
}

async function missingIndexes(sql: Sql, { schema, name }: Found, expected: ExpectedTable) {
  const found = await sql<{ name: string }[]>`
    select indexname as name from pg_indexes where schemaname = ${schema} and tablename = ${name}`;
  const names = [expected.indexes, expected.uniqueConstraints, expected.compositePrimaryKeys]
    .flatMap((each) => Object.keys(each))
    .map((each) => each.slice(0, longestName));
  return names
    .filter((each) => !found.some((index) => index.name === each))
    .map((each) => `Index ${each} is missing`);
}

/** Postgres cuts longer names. */
const longestName = 63;

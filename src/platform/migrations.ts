import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import type { Sql } from 'postgres';
import { postgres } from './postgres-js.ts';
import { z } from 'zod';
import type { Migrated, MigrationState } from '../contracts/database.ts';
import { setAsideOlder, takeOverOlder, tablesInTheWay } from './older-tables.ts';

const folder = fileURLToPath(new URL('../../migrations', import.meta.url));
const lockKey = 7_233_541; // any number, the same in every process that migrates

const Journal = z.object({ entries: z.array(z.object({ when: z.number(), tag: z.string() })) });
const readJournal = () =>
  Journal.parse(JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8'))).entries;

/** A table as this checkout's migrations leave it. */
export const ExpectedTable = z.object({
  columns: z.record(z.string(), z.object({ type: z.string(), notNull: z.boolean() })),
  indexes: z.record(z.string(), z.unknown()),
  compositePrimaryKeys: z.record(z.string(), z.unknown()),
  uniqueConstraints: z.record(z.string(), z.unknown()),
});
export type ExpectedTable = z.infer<typeof ExpectedTable>;

const Snapshot = z.object({ tables: z.record(z.string(), ExpectedTable) });

/** The tables that all migrations together make, by name. */
export function expectedTables(): ReadonlyMap<string, ExpectedTable> {
  const last = String(readJournal().length - 1).padStart(4, '0');
  const file = join(folder, `meta/${last}_snapshot.json`);
  const { tables } = Snapshot.parse(JSON.parse(readFileSync(file, 'utf8')));
  return new Map(
    Object.entries(tables).map(([name, table]) => [name.replace(/^public\./, ''), table]),
  );
}

/** What the database lacks of this checkout's migrations. */
export async function migrationState(sql: Sql): Promise<MigrationState> {
  const ours = readJournal();
  const [table] = await sql`select to_regclass('drizzle.__drizzle_migrations') as name`;
  const [last] =
    table?.name == null
      ? []
      : await sql<{ at: string }[]>`
          select coalesce(max(created_at), 0)::text as at from drizzle.__drizzle_migrations`;
  const at = Number(last?.at ?? 0);
  const setAside = at === 0 ? await tablesInTheWay(sql, [...expectedTables().keys()]) : [];
  return {
    pending: ours.filter(({ when }) => when > at).map(({ tag }) => tag),
    isNewer: at > Math.max(...ours.map(({ when }) => when)),
    setAside: [...setAside],
  };
}

/**
 * Brings a database to the newest schema; a repeat changes nothing, and of several at once one does
 * it. Tables of older scripts that have names of ours are set aside first, and their rows taken over.
 */
export async function migrateDatabase(url: string): Promise<Migrated> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    await sql`select pg_advisory_lock(${lockKey})`;
    const state = await migrationState(sql);
    await sql`create extension if not exists pg_trgm`; // for searches in the middle of words
    await setAsideOlder(sql, state.setAside);
    await migrate(drizzle(sql), { migrationsFolder: folder });
    return { ...state, isDone: true, takenOver: [...(await takeOverOlder(sql))] };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

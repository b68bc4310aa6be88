/** Process: brings the database to the newest schema, waiting for it to come up. Exits 0 or 1. */
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { readConfig } from './config.ts';

const waitMs = 30_000;
const lockKey = 7_233_541; // any number, the same in every process that migrates

async function connected(url: string): Promise<postgres.Sql> {
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
    try {
      await sql`select 1`;
      return sql;
    } catch (error) {
      await sql.end({ timeout: 1 });
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

try {
  const sql = await connected(readConfig().DATABASE_URL);
  try {
    await sql`select pg_advisory_lock(${lockKey})`;
    await sql`create extension if not exists pg_trgm`; // for searches in the middle of words
    await migrate(drizzle(sql), {
      migrationsFolder: fileURLToPath(new URL('../../migrations', import.meta.url)),
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`The database could not be brought up to date: ${reason}`);
  process.exitCode = 1;
}

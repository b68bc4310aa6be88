import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';

/** Typed queries for tables and raw SQL for the rest, on two pools: drizzle changes its client's parsers. */
export interface Database {
  readonly db: PostgresJsDatabase;
  readonly sql: Sql;
  close(): Promise<void>;
}

/**
 * Opens the pools; nothing is connected before the first query, and a lost connection comes back
 * by itself with the next one.
 *
 * @param url `postgres://user:password@host:port/name`.
 * @param max connections of each of the two pools.
 */
export function openDatabase(url: string, max = 10): Database {
  const options = {
    max,
    idle_timeout: 60,
    connect_timeout: 10,
    backoff: (tries: number) => Math.min(0.1 * 2 ** tries, 2), // seconds; it would wait up to 20
    onnotice: () => undefined,
    connection: { application_name: 'agentic-os', timezone: 'UTC' },
  };
  const typed = postgres(url, options);
  const sql = postgres(url, options);
  return {
    db: drizzle(typed),
    sql,
    async close() {
      await Promise.all([typed.end({ timeout: 5 }), sql.end({ timeout: 5 })]);
    },
  };
}

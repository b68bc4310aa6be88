import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { Sql } from 'postgres';
import { postgres } from './postgres-js.ts';

/** Typed queries for tables and raw SQL for the rest, on two pools: drizzle changes its client's parsers. */
export interface Database {
  readonly db: PostgresJsDatabase;
  readonly sql: Sql;
  /**
   * Hands over what is notified on a channel from now on, maybe twice. What is said while the
   * connection is lost is lost too; it is back within seconds of the server.
   */
  follow(channel: string, take: (message: string) => void): void;
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
  const followers: Follower[] = [];
  return {
    db: drizzle(typed),
    sql,
    follow(channel, take) {
      followers.push(follow(() => postgres(url, { ...options, max: 1 }), channel, take));
    },
    async close() {
      await Promise.all([
        ...followers.map((follower) => follower.close()),
        typed.end({ timeout: 5 }),
        sql.end({ timeout: 5 }),
      ]);
    },
  };
}

/** What is stored as `${jsonbOf(value)}::text::jsonb`: null for nothing. */
export const jsonbOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);

const databaseAway =
  /^(08|57P0|53[13]00|58030|CONNECT|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH)/;

/** Whether this very error, not one below it, says that the database can't be reached, or has no room. */
export const isDatabaseAway = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  typeof error.code === 'string' &&
  databaseAway.test(error.code);

interface Follower {
  close(): Promise<void>;
}

const listenAgainEveryMs = 2_000;

/** Listens anew now and then: postgres.js stops for ever when the server is away as it tries again. */
function follow(connect: () => Sql, channel: string, take: (message: string) => void): Follower {
  let client: Sql | undefined;
  let unlisten: () => Promise<void> = () => Promise.resolve();
  let isBusy = false;
  const listen = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    const current = (client ??= connect());
    try {
      const listening = await current.listen(channel, take); // costs nothing while the last one holds
      await unlisten();
      unlisten = () => listening.unlisten();
    } catch {
      client = undefined;
      unlisten = () => Promise.resolve();
      await current.end({ timeout: 0 }).catch(() => undefined);
    }
    isBusy = false;
  };
  const timer = setInterval(() => void listen(), listenAgainEveryMs).unref();
  void listen();
  return {
    async close() {
      clearInterval(timer);
      await client?.end({ timeout: 0 });
    },
  };
}

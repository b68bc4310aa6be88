import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { freePort } from '../../src/local/checks.ts';
import { startPostgres } from '../../src/local/postgres-server.ts';
import { createSupervisor } from '../../src/local/supervisor.ts';

/** The Postgres of a bench, for everybody who stores in Postgres. */
export interface BenchPostgres {
  readonly url: string;
  readonly port: number;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** A database that lives as long as a contender. */
export interface BenchDatabase {
  readonly url: string;
  readonly sql: postgres.Sql;
  drop(): Promise<void>;
}

/** What all who store in Postgres share. */
export const postgresSettings = {
  server: 'the embedded Postgres of npm start',
  fsync: 'on',
  synchronous_commit: 'on',
  max_connections: 200,
} as const;

/** What that means. */
export const postgresDurability =
  'A kill -9 or a power cut loses nothing that was acknowledged: Postgres runs with fsync and synchronous_commit on.';

/** Starts the Postgres of `npm start`, durable, on a free loopback port with its data in a temporary folder. */
export async function startBenchPostgres(): Promise<BenchPostgres> {
  const port = await freePort('127.0.0.1', 0);
  if (port === undefined) throw new Error('There is no free port for Postgres');
  const folder = mkdtempSync(join(tmpdir(), 'agentic-bench-postgres-'));
  const supervisor = createSupervisor(folder, (line) => console.error(line));
  const url = await startPostgres(supervisor, { dataDir: join(folder, 'postgres'), port });
  return {
    url,
    port,
    async stop() {
      await supervisor.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes an empty database with a name of its own. */
export async function freshDatabase(serverUrl: string, prefix: string): Promise<BenchDatabase> {
  const name = `${prefix}_${randomBytes(4).toString('hex')}`;
  const admin = postgres(serverUrl, { max: 1, onnotice: () => undefined });
  await admin`create database ${admin(name)}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const sql = postgres(url.href, { max: 2, onnotice: () => undefined });
  return {
    url: url.href,
    sql,
    async drop() {
      await sql.end({ timeout: 5 });
      await admin`drop database if exists ${admin(name)} with (force)`;
      await admin.end({ timeout: 5 });
    },
  };
}

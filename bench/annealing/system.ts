import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { readConfig, type Config } from '../../src/platform/config.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { openTemporal } from '../../src/platform/temporal.ts';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { startWorker } from '../../test/support/worker-process.ts';
import { startBenchPostgres } from '../postgres.ts';
import { startLocalTemporal } from '../swarm/temporal-server.ts';

/** The product on servers of its own: Temporal, Postgres, stand-in vendors, and a worker now and then. */
export interface BenchSystem {
  readonly config: Config;
  readonly client: Client;
  readonly database: Database;
  readonly standIns: StandIns;
  /** What the servers are, and how they are set. */
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Does something while a worker process runs, which ends with it. */
  withWorker(work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the servers of `npm start`, as durable as there.
 *
 * @param accounts logins at Instantly, each a workspace of so many mailboxes at the stand-in. What
 * they teach counts as taught by a live vendor. None where a bench needs no such logins.
 */
export async function startBenchSystem(
  accounts: readonly string[] = [],
  mailboxes = 10,
): Promise<BenchSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'agentic-bench-'));
  const lessons = join(folder, 'lessons');
  const [postgres, temporal, standIns] = await Promise.all([
    startBenchPostgres(),
    startLocalTemporal('FULL'),
    startStandIns({ today: '2026-06-01', defaults: { mailboxes } }),
  ]);
  const logins = {
    INSTANTLY_BASE_URL: `${standIns.url}/instantly`,
    ...Object.fromEntries(
      accounts.map((name) => [
        `INSTANTLY_API_KEY_${name.toUpperCase().replaceAll('-', '_')}`,
        `stand-in-${name}`,
      ]),
    ),
  };
  const config = readConfig(
    {
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      DATABASE_URL: postgres.url,
      SANDBOX_URL: standIns.url,
      ...logins,
    },
    folder,
  );
  const database = openDatabase(config.DATABASE_URL);
  const client = openTemporal(config, 'bench', database);
  const [server] = await database.sql<{ version: string }[]>`
    select current_setting('server_version') as version`;
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  return {
    config,
    client,
    database,
    standIns,
    versions: { postgres: server?.version ?? 'unknown', temporal: serverVersion },
    settings: { temporal: temporal.settings, postgres: { fsync: 'on' } },
    async withWorker(work) {
      rmSync(lessons, { recursive: true, force: true });
      const worker = await startWorker({ config, standIns }, folder, { env: logins });
      try {
        await work();
      } finally {
        await worker.end('SIGTERM');
      }
    },
    async stop() {
      await client.connection.close();
      await database.close();
      await Promise.all([standIns.close(), temporal.stop(), postgres.end()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { globSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../src/local/postgres-server.ts';
import { commandLine, endLeftOvers } from '../src/local/process-record.ts';
import { createSupervisor, recordsOf } from '../src/local/supervisor.ts';
import { temporalBinary } from '../src/local/temporal-binary.ts';
import { startTemporal } from '../src/local/temporal-server.ts';
import { bundleWorkflowsTo } from '../src/workers/bundle.ts';
import * as servers from './support/servers.ts';

declare global {
  var endTestServers: (() => Promise<void>) | undefined;
}

const prefix = 'agentic-test-';

/** Ends the servers of a test run that was killed itself, and removes its folder. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(prefix))) {
    if (commandLine(Number(name.slice(prefix.length)))?.includes('jest')) continue;
    const folder = join(tmpdir(), name);
    await remove(folder);
  }
}

/** Kills every server that is recorded below a folder, also those a test left behind, and removes it. */
async function remove(folder: string): Promise<void> {
  for (const depth of ['.', '*', '*/*']) {
    for (const record of globSync(recordsOf(join(folder, depth)))) await endLeftOvers(record, 0);
  }
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Starts, once for all test files: Postgres with a migrated template database, Temporal with a
 * namespace for each test file, and the bundle of the workflows.
 */
export default async function setUp(): Promise<void> {
  await sweep();
  const folder = join(tmpdir(), `${prefix}${process.pid}`);
  mkdirSync(folder);
  const supervisor = createSupervisor(folder, (line) => console.error(line));
  const end = async () => {
    supervisor.kill(); // gentle ends take seconds, and nothing here is kept
    await supervisor.stop();
    await remove(folder);
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => void end().finally(() => process.exit(130)));
  }
  globalThis.endTestServers = end;

  const startPostgresAndMigrate = async () => {
    const port = await servers.anyPort();
    const url = await startPostgres(supervisor, {
      dataDir: join(folder, 'postgres'),
      port,
      isDurable: false,
    });
    process.env[servers.shared.database] = url;
    await servers.execute(url, `create database "${servers.templateDatabase}"`);
    const template = new URL(url);
    template.pathname = `/${servers.templateDatabase}`;
    await servers.migrate(template.href);
  };
  const startTemporalWithNamespaces = async () => {
    process.env[servers.shared.temporal] = await startTemporal(supervisor, {
      binary: await temporalBinary({ say: (line) => console.error(line) }),
      dbFile: join(folder, 'temporal.db'),
      port: await servers.anyPort(),
      namespaces: servers.testFiles().map(servers.namespaceOf),
      retentionDays: 1,
      synchronous: 'NORMAL',
      more: { 'limit.historyCount.suggestContinueAsNew': servers.longHistory },
    });
  };
  process.env[servers.shared.folder] = folder;
  const bundle = join(folder, 'workflows.js');
  process.env[servers.shared.bundle] = bundle;
  try {
    await Promise.all([
      startPostgresAndMigrate(),
      startTemporalWithNamespaces(),
      bundleWorkflowsTo(bundle),
    ]);
  } catch (error) {
    await end();
    throw error;
  }
}

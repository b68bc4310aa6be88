import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import Long from 'long';
import { freePort } from '../../src/local/checks.ts';
import { createSupervisor } from '../../src/local/supervisor.ts';
import { dynamicConfig, registeredAttributes } from '../../src/local/temporal-server.ts';
import { openTemporal } from '../../src/platform/temporal.ts';
import {
  freshDatabase,
  postgresDurability,
  postgresSettings,
  startBenchPostgres,
} from './postgres.ts';
import type { BenchTemporal } from './temporal-server.ts';
import { temporalServerBinaries } from './temporal-server-binaries.ts';

/**
 * As in the project's own configuration for Postgres. The number cannot be changed later, and each
 * shard takes turns with the database: more of them help a cluster, not two processors.
 */
const numHistoryShards = 4;
const maxConns = 20;
const services = ['frontend', 'history', 'matching', 'worker'] as const;
const schemas = {
  store: 'postgresql/v12/temporal',
  visibility: 'postgresql/v12/visibility',
} as const;
const run = promisify(execFile);

/**
 * Starts all four services of a Temporal server in one process, on loopback, with the dynamic
 * configuration of the server of `npm start`.
 *
 * @param postgresUrl a server to make its two databases in; without one it gets a server of its own.
 */
export async function startTemporalOnPostgres(postgresUrl?: string): Promise<BenchTemporal> {
  const binaries = await temporalServerBinaries((line) => console.error(line));
  const own = postgresUrl === undefined ? await startBenchPostgres() : undefined;
  const serverUrl = postgresUrl ?? own?.url ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'agentic-temporal-postgres-'));
  const supervisor = createSupervisor(folder, (line) => console.error(line));
  const store = await freshDatabase(serverUrl, 'temporal');
  const visibility = await freshDatabase(serverUrl, 'temporal_visibility');
  await Promise.all([
    laySchema(binaries.sqlTool, store.url, schemas.store),
    laySchema(binaries.sqlTool, visibility.url, schemas.visibility),
  ]);

  const ports = await freePorts(services.length * 2);
  const config = join(folder, 'server.yaml');
  writeFileSync(
    join(folder, 'dynamic.yaml'),
    JSON.stringify(
      Object.fromEntries(Object.entries(dynamicConfig).map(([key, value]) => [key, [{ value }]])),
    ),
  );
  writeFileSync(
    config,
    JSON.stringify(serverConfig({ folder, ports, store: store.url, visibility: visibility.url })),
  );
  const address = `127.0.0.1:${ports[0] ?? 0}`;
  await supervisor.start({
    name: 'temporal-server',
    command: binaries.server,
    args: ['--config-file', config, '--allow-no-auth', 'start'],
    ready: (abandoned) => prepareNamespace(address, abandoned),
  });
  return {
    label: 'Postgres',
    address,
    namespace: 'default',
    durability: postgresDurability,
    settings: {
      version: binaries.version,
      numHistoryShards,
      maxConns,
      dynamicConfig,
      postgres: postgresSettings,
    },
    async stop() {
      await supervisor.stop();
      await Promise.all([store.drop(), visibility.drop()]);
      await own?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = await freePort('127.0.0.1', 0);
    if (port === undefined) throw new Error('There are no free ports for the Temporal server');
    ports.add(port);
  }
  return [...ports];
}

async function laySchema(sqlTool: string, databaseUrl: string, schema: string): Promise<void> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const target = [
    ...['--plugin', 'postgres12', '--endpoint', hostname, '--port', port],
    ...['--user', username, '--password', password, '--database', pathname.slice(1)],
  ];
  await run(sqlTool, [...target, 'setup-schema', '--version', '0.0']);
  await run(sqlTool, [...target, 'update-schema', '--schema-name', schema]);
}

function serverConfig(options: {
  readonly folder: string;
  readonly ports: readonly number[];
  readonly store: string;
  readonly visibility: string;
}) {
  const rpc = (at: number) => ({
    rpc: {
      grpcPort: options.ports[at * 2],
      membershipPort: options.ports[at * 2 + 1],
      bindOnIP: '127.0.0.1',
    },
  });
  const frontend = `127.0.0.1:${options.ports[0] ?? 0}`;
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'store',
      visibilityStore: 'visibility',
      numHistoryShards,
      datastores: {
        store: datastore(options.store, maxConns),
        visibility: datastore(options.visibility, 10),
      },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: Object.fromEntries(services.map((name, at) => [name, rpc(at)])),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: frontend,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    publicClient: { hostPort: frontend },
    dynamicConfigClient: { filepath: join(options.folder, 'dynamic.yaml'), pollInterval: '60s' },
  };
}

function datastore(databaseUrl: string, connections: number) {
  const { host, username, password, pathname } = new URL(databaseUrl);
  return {
    sql: {
      pluginName: 'postgres12',
      databaseName: pathname.slice(1),
      connectAddr: host,
      connectProtocol: 'tcp',
      user: username,
      password,
      maxConns: connections,
      maxIdleConns: connections,
      maxConnLifetime: '1h',
    },
  };
}

/** Resolves once the server has the namespace and takes starts there. */
async function prepareNamespace(address: string, abandoned: AbortSignal): Promise<void> {
  const namespace = 'default';
  const workflowExecutionRetentionPeriod = { seconds: Long.fromNumber(86_400) };
  const client = openTemporal(
    { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, TEMPORAL_API_KEY: undefined },
    'bench',
  );
  const until = async (attempt: () => Promise<unknown>) => {
    for (;;) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (/already (exists|registered)/i.test(String(error))) return;
        await delay(100, undefined, { signal: abandoned });
      }
    }
  };
  try {
    await until(() =>
      client.workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod,
      }),
    );
    await until(() =>
      client.connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(
          registeredAttributes.map((name) => [name, 2]), // 2: Keyword
        ),
      }),
    );
    // The namespace reaches the services' caches a little later.
    await until(() => client.workflow.count(`WorkflowType = 'none'`));
  } finally {
    await client.connection.close();
  }
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { postgresUrl, startPostgres } from '../../src/local/postgres-server.ts';
import { commandLine, signal } from '../../src/local/process-record.ts';
import { createSupervisor, nodeProcess } from '../../src/local/supervisor.ts';
import { temporalBinary } from '../../src/local/temporal-binary.ts';
import { startTemporal } from '../../src/local/temporal-server.ts';
import { buildWebApp, isWebAppBuilt } from '../../src/local/web-app.ts';
import { readConfig, type Config } from '../../src/platform/config.ts';
import { workerFlags } from '../../src/platform/worker-flags.ts';
import { Cable } from '../../test/support/cable.ts';
import { migrate, root } from '../../test/support/servers.ts';
import { createPorts, processesOf } from './processes.ts';
import { createRelease } from './release.ts';

/** Two of them, so that work goes on when one is gone. */
export const workers = ['worker-1', 'worker-2'] as const;
export type Worker = (typeof workers)[number];
/** The processes of the system that a storm may strike. */
export type Part = Worker | 'temporal' | 'postgres' | 'dashboard';
/** The ways of the workers to what they need. */
export type Way = 'postgres' | 'temporal' | 'vendors';

/** Seconds: how long a vendor may take, and the longest freeze that does no harm. Settings of the workers. */
export const bounds = { vendorTimeout: 2, freeze: 4 } as const;

/** The whole system on servers of its own, and ways to do it harm. */
export interface Stage {
  /** Settings that lead to the servers, past the cables. */
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly dashboardUrl: string;
  readonly vendorsUrl: string;
  readonly cables: Readonly<Record<Way, Cable>>;
  pidOf(part: Part): number | undefined;
  isReady(part: Part): boolean;
  /** `kill -9`; it is started again after 200 ms. */
  kill(part: Part): void;
  /** Makes it stand still. @returns what lets it go on. */
  freeze(part: Part): () => void;
  /** Has a worker hand over and start again as a newer build. */
  renew(worker: Worker): void;
  /** Ends everything. @returns the processes and ports that are left all the same, in words. */
  stop(): Promise<readonly string[]>;
}

/**
 * Starts what `npm start` does, but with two workers, which reach the servers through cables, and
 * with the two short timeouts that make a dead worker's workflows go on within seconds.
 *
 * @param folder keeps all state and logs; made here.
 */
export async function setStage(folder: string, say: (line: string) => void): Promise<Stage> {
  mkdirSync(folder, { recursive: true });
  const ports = createPorts();
  const supervisor = createSupervisor(folder, say, [200]);
  const own = {
    postgres: await ports.next('Postgres'),
    temporal: await ports.next('Temporal'),
    vendors: await ports.next('the stand-ins'),
  };
  const cableTo = async (port: number): Promise<Cable> => {
    const cable = new Cable(await ports.next('a cable'), { host: '127.0.0.1', port });
    await cable.mend();
    return cable;
  };
  const cables = {
    postgres: await cableTo(own.postgres),
    temporal: await cableTo(own.temporal),
    vendors: await cableTo(own.vendors),
  };
  const dashboardPort = await ports.next('the dashboard');
  const settingsAt = (port: Readonly<Record<Way, number>>) => ({
    DATABASE_URL: postgresUrl(port.postgres),
    TEMPORAL_ADDRESS: `127.0.0.1:${port.temporal}`,
    SANDBOX_URL: `http://127.0.0.1:${port.vendors}`,
    SANDBOX_PORT: String(port.vendors),
    DASHBOARD_PORT: String(dashboardPort),
    AGENTIC_STATE_DIR: folder,
    INFORMATION_DIR: join(folder, 'lessons'),
    VENDOR_TIMEOUT_SECONDS: String(bounds.vendorTimeout),
    FREEZE_SECONDS: String(bounds.freeze),
    ...{ DASHBOARD_HOST: '', DASHBOARD_PUBLIC_URL: '', GOOGLE_CLIENT_ID: '', MEDIA_DIR: '' },
  });
  const env = settingsAt(own);
  const workerEnv = settingsAt({
    postgres: cables.postgres.port,
    temporal: cables.temporal.port,
    vendors: cables.vendors.port,
  });
  const releases = new Map(workers.map((name) => [name, createRelease(folder, name)]));
  /** Command lines by process: a number that was given to another one since is not the same. */
  const seen = new Map<number, string>();
  const look = (pid: number): void => void seen.set(pid, commandLine(pid) ?? '');

  async function stop(): Promise<readonly string[]> {
    processesOf(folder).forEach(look);
    await supervisor.stop();
    for (const cable of Object.values(cables)) cable.cut();
    const left = [...seen].filter(([pid, line]) => line !== '' && commandLine(pid) === line);
    const strangers = processesOf(folder).map((pid) => [pid, commandLine(pid) ?? ''] as const);
    const words = [...new Map([...left, ...strangers])].map(
      ([pid, line]) => `process ${pid}: ${line.slice(0, 120)}`,
    );
    return [...words, ...(await ports.held())];
  }
  async function start(): Promise<void> {
    const program = (name: string, script: string, settings: NodeJS.ProcessEnv) =>
      supervisor.start({ name, ...nodeProcess(join(root, script)), env: settings });
    await startPostgres(supervisor, { dataDir: join(folder, 'postgres'), port: own.postgres });
    await migrate(env.DATABASE_URL);
    await startTemporal(supervisor, {
      binary: await temporalBinary({ say }),
      dbFile: join(folder, 'temporal.db'),
      port: own.temporal,
      retentionDays: 1,
      more: { 'history.defaultWorkflowTaskTimeout': '2s' },
    });
    if (!isWebAppBuilt(root)) await buildWebApp(root, new AbortController().signal);
    await program('vendors', 'src/sandbox/main.ts', env);
    for (const [name, { link }] of releases) {
      const { args, ...node } = nodeProcess(join(link, 'src/workers/main.ts'));
      await supervisor.start({ name, ...node, args: [...workerFlags, ...args], env: workerEnv });
    }
    await program('dashboard', 'src/dashboard/main.ts', env);
  }
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  /** Sends a signal to a part that lives; one that is being started again is left alone. */
  const tell = (part: Part, name: NodeJS.Signals): number | undefined => {
    const pid = supervisor.pidOf(part);
    if (pid === undefined) return undefined;
    look(pid);
    signal(pid, name);
    return pid;
  };
  return {
    config: readConfig(env, folder),
    env,
    dashboardUrl: `http://127.0.0.1:${dashboardPort}`,
    vendorsUrl: env.SANDBOX_URL,
    cables,
    pidOf: (part) => supervisor.pidOf(part),
    isReady: (part) => supervisor.isReady(part),
    kill: (part) => void tell(part, 'SIGKILL'),
    freeze(part) {
      const pid = tell(part, 'SIGSTOP');
      return () => {
        if (pid !== undefined) signal(pid, 'SIGCONT');
      };
    },
    renew(worker) {
      releases.get(worker)?.renew();
      tell(worker, 'SIGTERM');
    },
    stop,
  };
}

import { execFile } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Config, LocalAddresses } from '../platform/config.ts';
import { workerFlags } from '../platform/worker-flags.ts';
import { checkDisk, claimFolder, claimPorts, type WantedPort } from './checks.ts';
import { postgresUrl, startPostgres } from './postgres-server.ts';
import { endLeftOvers } from './process-record.ts';
import { diskAdvice, StartError } from './start-error.ts';
import {
  createSupervisor,
  nodeProcess,
  recordsOf,
  type Say,
  type Supervisor,
} from './supervisor.ts';
import { temporalBinary } from './temporal-binary.ts';
import { startTemporal } from './temporal-server.ts';
import { buildWebApp, isWebAppBuilt } from './web-app.ts';

/** The programs the system is made of, relative to its folder; tests put small ones in place. */
interface Programs {
  readonly migrate: string;
  readonly sandbox: string;
  readonly worker: string;
  readonly dashboard: string;
  /** Whether the dashboard's web app is to be built. */
  readonly hasWebApp: boolean;
}

/** A system that runs. */
export interface System {
  readonly addresses: LocalAddresses;
  /** The settings its processes got, for another process that is to work with it. */
  readonly env: NodeJS.ProcessEnv;
  readonly supervisor: Supervisor;
  /** Takes all of it down in order and gives the folder back. */
  readonly stop: () => Promise<void>;
}

/** What `startSystem` needs to know. */
export interface SystemOptions {
  readonly config: Config;
  /** The checkout: programs and `.env` are in it. */
  readonly root: string;
  readonly programs?: Programs;
  readonly say: Say;
  /** Stops what was started so far when the person does not want it any more. */
  readonly signal: AbortSignal;
}

const ownPrograms: Programs = {
  migrate: 'src/platform/migrate.ts',
  sandbox: 'src/sandbox/main.ts',
  worker: 'src/workers/main.ts',
  dashboard: 'src/dashboard/main.ts',
  hasWebApp: true,
};

/**
 * Starts everything the settings do not name as running elsewhere: Postgres with its tables,
 * Temporal, the stand-in vendors, a worker and the dashboard. When one cannot start, what was
 * started before it is stopped again.
 *
 * @throws {StartError} in words that say what to do.
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { config, root, say, programs = ownPrograms } = options;
  const stateDir = resolve(root, config.AGENTIC_STATE_DIR);
  const folder = claimFolder(stateDir);
  const supervisor = createSupervisor(stateDir, say);
  const addressFile = join(stateDir, 'local.json');
  const stop = async () => {
    await supervisor.stop();
    for (const file of [addressFile, recordsOf(stateDir)]) rmSync(file, { force: true });
    folder.release();
  };
  options.signal.addEventListener('abort', () => void supervisor.stop());
  try {
    checkDisk(stateDir);
    const ended = await endLeftOvers(recordsOf(stateDir));
    if (ended.length > 0) say(`Ended what an earlier start left behind: ${ended.join(', ')}`);
    const addresses = await addressesFor(config);
    const env = environmentOf(addresses, stateDir);
    writeFileSync(`${addressFile}.new`, JSON.stringify(addresses, null, 2));
    renameSync(`${addressFile}.new`, addressFile);
    await startAll({ ...options, programs, stateDir, addresses, env, supervisor });
    return { addresses, env, supervisor, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Stages extends SystemOptions {
  readonly programs: Programs;
  readonly stateDir: string;
  readonly addresses: LocalAddresses;
  readonly env: NodeJS.ProcessEnv;
  readonly supervisor: Supervisor;
}

async function startAll(stages: Stages): Promise<void> {
  const { config, root, programs, supervisor, stateDir, env, addresses, say, signal } = stages;
  const stage = async (name: string, work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    say(
      `  ${name.padEnd(18)} ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`,
    );
  };
  const own = (name: string, script: string, flags: readonly string[] = []) => {
    const { args, ...process } = nodeProcess(join(root, script));
    return stage(name, () =>
      supervisor.start({ name, ...process, args: [...flags, ...args], env }),
    );
  };

  if (!config.external.database) {
    const port = Number(new URL(addresses.DATABASE_URL).port);
    await stage('postgres', () =>
      startPostgres(supervisor, { dataDir: join(stateDir, 'postgres'), port }),
    );
  }
  await stage('tables', () => runOnce(join(root, programs.migrate), { env, signal, say }));
  if (!config.external.temporal) {
    const binary = await temporalBinary({ say, signal });
    await stage('temporal', () =>
      startTemporal(supervisor, {
        binary,
        dbFile: join(stateDir, 'temporal.db'),
        port: Number(addresses.TEMPORAL_ADDRESS.split(':').at(-1)),
        uiPort: Number(new URL(addresses.TEMPORAL_UI_URL).port),
        retentionDays: config.TEMPORAL_RETENTION_DAYS,
      }),
    );
  }
  if (programs.hasWebApp && !isWebAppBuilt(root))
    await stage('web app', () => buildWebApp(root, signal));
  if (!config.external.sandbox) await own('sandbox', programs.sandbox);
  await own('worker', programs.worker, workerFlags);
  await own('dashboard', programs.dashboard);
}

async function addressesFor(config: Config): Promise<LocalAddresses> {
  const { external, DASHBOARD_HOST: host } = config;
  const wanted: WantedPort[] = [
    { of: 'dashboard', setting: 'DASHBOARD_PORT', host, port: config.DASHBOARD_PORT },
  ];
  const local = (of: string, setting: WantedPort['setting'], port: number) =>
    wanted.push({ of, setting, host: '127.0.0.1', port });
  if (!external.database) local('database', 'POSTGRES_PORT', config.POSTGRES_PORT);
  if (!external.temporal) {
    local('Temporal server', 'TEMPORAL_PORT', config.TEMPORAL_PORT);
    local('Temporal Web UI', 'TEMPORAL_UI_PORT', config.TEMPORAL_UI_PORT);
  }
  if (!external.sandbox) local('stand-in vendors', 'SANDBOX_PORT', config.SANDBOX_PORT);

  const ports = await claimPorts(wanted);
  const at = (setting: WantedPort['setting'], shown = '127.0.0.1') =>
    `${shown}:${ports.get(setting) ?? 0}`;
  const anywhere = ['0.0.0.0', '::'].includes(host);
  return {
    pid: process.pid,
    TEMPORAL_ADDRESS: external.temporal ? config.TEMPORAL_ADDRESS : at('TEMPORAL_PORT'),
    TEMPORAL_UI_URL: external.temporal
      ? (config.TEMPORAL_UI_URL ?? '')
      : `http://${at('TEMPORAL_UI_PORT')}`,
    DATABASE_URL: external.database
      ? config.DATABASE_URL
      : postgresUrl(ports.get('POSTGRES_PORT') ?? 0),
    SANDBOX_URL: external.sandbox ? config.SANDBOX_URL : `http://${at('SANDBOX_PORT')}`,
    DASHBOARD_URL: `http://${at('DASHBOARD_PORT', anywhere ? '127.0.0.1' : host)}`,
  };
}

/** The settings by which our processes find each other. */
function environmentOf(addresses: LocalAddresses, stateDir: string): NodeJS.ProcessEnv {
  const { TEMPORAL_ADDRESS, TEMPORAL_UI_URL, DATABASE_URL, SANDBOX_URL, DASHBOARD_URL } = addresses;
  return {
    ...{ TEMPORAL_ADDRESS, TEMPORAL_UI_URL, DATABASE_URL, SANDBOX_URL },
    DASHBOARD_PORT: new URL(DASHBOARD_URL).port,
    SANDBOX_PORT: new URL(SANDBOX_URL).port,
    AGENTIC_STATE_DIR: stateDir,
  };
}

/** Runs one of our programs to its end, and passes on what it says. @throws {StartError} with what it said when it failed. */
async function runOnce(
  script: string,
  { env, signal, say }: Pick<Stages, 'env' | 'signal' | 'say'>,
): Promise<void> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script], {
      env: { ...process.env, ...env },
      signal,
    });
    if (stdout !== '') say(stdout.trimEnd());
  } catch (cause) {
    const isObject = typeof cause === 'object' && cause !== null;
    const said = isObject && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new StartError(diskAdvice(said, script) ?? (said || `${script} failed`), { cause });
  }
}

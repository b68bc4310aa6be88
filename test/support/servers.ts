import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { freePort } from '../../src/local/checks.ts';
import { startPostgres as startPostgresServer } from '../../src/local/postgres-server.ts';
import { createSupervisor, type Supervisor } from '../../src/local/supervisor.ts';
import { temporalBinary } from '../../src/local/temporal-binary.ts';
import { startTemporal as startTemporalServer } from '../../src/local/temporal-server.ts';

/** The checkout. */
export const root = resolve(import.meta.dirname, '../..');

/** Name of the migrated database that every test's own database is a copy of. */
export const templateDatabase = 'agentic_template';

/** Events after which the shared server tells a run to go on as a new one, so that tests see it soon. */
export const longHistory = 500;

/** What `test/global-setup.ts` tells the test files, through the environment. */
export const shared = {
  /** Also a setting: a process that a test starts must not find a server somebody works with. */
  temporal: 'TEMPORAL_ADDRESS',
  database: 'TEST_DATABASE_URL',
  bundle: 'TEST_WORKFLOW_BUNDLE',
  folder: 'TEST_RUN_FOLDER',
} as const;

function told(name: keyof typeof shared): string {
  const value = process.env[shared[name]];
  if (!value) throw new Error(`${shared[name]} is not set: run tests with \`npm test\``);
  return value;
}

/** Address of the Temporal server all test files share; each has a namespace of its own there. */
export const temporalAddress = (): string => told('temporal');

/** Folder that is removed after the test run; servers recorded below it are ended first. */
export const testRunFolder = (): string => told('folder');

/** File with the bundled workflows, for `workflowBundle: { codePath }`. */
export const workflowBundlePath = (): string => told('bundle');

/**
 * The namespace that belongs to a test file, already there when it runs.
 *
 * @param testFile path or `import.meta.url`.
 */
export function namespaceOf(testFile: string): string {
  const path = testFile.startsWith('file:') ? fileURLToPath(testFile) : resolve(root, testFile);
  return relative(join(root, 'test'), path)
    .replace(/\.test\.ts$/, '')
    .replaceAll(/[^a-zA-Z0-9]+/g, '-');
}

/** All test files, relative to the checkout. */
export function testFiles(): readonly string[] {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('test', file))
    .toSorted();
}

/** A database of one test, with all tables and no rows. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * Makes a fresh database, a copy of the migrated template: about 100 ms.
 *
 * @param name makes it recognisable; a random part is added.
 */
export async function testDatabase(name = 'test'): Promise<TestDatabase> {
  const admin = told('database');
  const suffix = Math.random().toString(36).slice(2, 8);
  const database = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}_${suffix}`;
  await execute(admin, `create database "${database}" template "${templateDatabase}"`);
  const url = new URL(admin);
  url.pathname = `/${database}`;
  return {
    url: url.href,
    drop: () => execute(admin, `drop database if exists "${database}" with (force)`),
  };
}

/** Runs one statement on a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Brings a database to the newest schema, by the process production uses. */
export async function migrate(url: string): Promise<void> {
  const script = join(root, 'src/platform/migrate.ts');
  await promisify(execFile)(process.execPath, [script], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: url },
  });
}

/** A port nobody uses now. */
export async function anyPort(): Promise<number> {
  const port = await freePort('127.0.0.1', 0);
  if (port === undefined) throw new Error('no free port');
  return port;
}

/** A server of one test, which may kill it: it comes back by itself, on the same port with its data. */
export interface TestServer {
  readonly supervisor: Supervisor;
  /** `kill -9` of its process. */
  kill(): void;
  /** Ends it for good, at once. */
  end(): Promise<void>;
}

/** A Temporal server of one test with a database file; what it printed is in `<stateDir>/logs`. */
export async function startTemporal(options: {
  readonly stateDir: string;
  readonly port?: number;
  readonly namespaces?: readonly string[];
}): Promise<TestServer & { readonly address: string }> {
  const supervisor = createSupervisor(options.stateDir, () => undefined);
  const address = await startTemporalServer(supervisor, {
    binary: await temporalBinary({ say: () => undefined }),
    dbFile: join(options.stateDir, 'temporal.db'),
    port: options.port ?? (await anyPort()),
    namespaces: options.namespaces ?? [],
    retentionDays: 1,
    synchronous: 'NORMAL',
  });
  return { address, ...testServer(supervisor, 'temporal') };
}

/** A Postgres of one test, with all tables. */
export async function startPostgres(options: {
  readonly stateDir: string;
  readonly port?: number;
}): Promise<TestServer & { readonly url: string }> {
  const supervisor = createSupervisor(options.stateDir, () => undefined);
  const url = await startPostgresServer(supervisor, {
    dataDir: join(options.stateDir, 'postgres'),
    port: options.port ?? (await anyPort()),
    isDurable: false,
  });
  await migrate(url);
  return { url, ...testServer(supervisor, 'postgres') };
}

function testServer(supervisor: Supervisor, name: string): TestServer {
  return {
    supervisor,
    kill() {
      const pid = supervisor.pidOf(name);
      if (pid === undefined) throw new Error(`${name} does not run`);
      process.kill(pid, 'SIGKILL');
    },
    async end() {
      supervisor.kill();
      await supervisor.stop();
    },
  };
}

import { createServer } from 'node:http';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import postgres from 'postgres';
import { checkDisk } from '../../src/local/checks.ts';
import { commandLine } from '../../src/local/process-record.ts';
import { startSystem, type SystemOptions } from '../../src/local/system.ts';
import { readConfig, readLocalAddresses } from '../../src/platform/config.ts';
import { scratchFolder, write } from '../support/scratch.ts';
import { execute, root } from '../support/servers.ts';

const scratch = scratchFolder();
/** Stands for the stand-ins, a worker and the dashboard; its log shows which settings it got. */
const part = write(
  join(scratch, 'part.ts'),
  `console.log(process.env.TEMPORAL_ADDRESS, process.env.DATABASE_URL);
   setInterval(() => undefined, 1000);
   process.send?.({ ready: true });`,
);
const nothing = write(join(scratch, 'nothing.ts'), '');
const within = (file: string) => relative(root, file);
const programs = {
  migrate: within(nothing),
  ...{ sandbox: within(part), worker: within(part), dashboard: within(part) },
  hasWebApp: false,
};

function options(stateDir: string, settings: NodeJS.ProcessEnv = {}) {
  const lines: string[] = [];
  const ports = ['DASHBOARD', 'POSTGRES', 'TEMPORAL', 'TEMPORAL_UI', 'SANDBOX'];
  const config = readConfig(
    {
      ...Object.fromEntries(ports.map((name) => [`${name}_PORT`, '0'])),
      AGENTIC_STATE_DIR: stateDir,
      ...settings,
    },
    scratch,
  );
  const say = (line: string) => void lines.push(line);
  const signal = new AbortController().signal;
  return { config, root, say, signal, programs, lines } satisfies SystemOptions & {
    lines: string[];
  };
}

test('starts all, refuses a second start of the folder, stops all, and has its data the next time', async () => {
  const stateDir = join(scratch, 'state');
  const first = options(stateDir);
  const system = await startSystem(first);
  const { addresses, supervisor } = system;
  await execute(addresses.DATABASE_URL, 'create table kept as select 42 as n');
  const pids = ['postgres', 'temporal', 'sandbox', 'worker', 'dashboard'].map(
    (name) => supervisor.pidOf(name) ?? 0,
  );

  expect(readLocalAddresses(stateDir)).toEqual(addresses);
  expect(first.lines.map((line) => line.replace(/ +[\d.]+ s$/, '').trim())).toEqual([
    'postgres',
    'tables',
    'temporal',
    'sandbox',
    'worker',
    'dashboard',
  ]);
  expect(readFileSync(join(stateDir, 'logs/worker.log'), 'utf8')).toContain(
    `${addresses.TEMPORAL_ADDRESS} ${addresses.DATABASE_URL}`,
  );
  expect((await fetch(addresses.TEMPORAL_UI_URL)).status).toBe(200);
  await expect(startSystem(options(stateDir))).rejects.toThrow(
    `already runs in this folder (pid ${process.pid}, dashboard ${addresses.DASHBOARD_URL})`,
  );

  await system.stop();

  expect(pids.map(commandLine)).toEqual(pids.map(() => undefined));
  expect(existsSync(join(stateDir, 'local.json'))).toBe(false);

  const again = await startSystem(options(stateDir));
  const sql = postgres(again.addresses.DATABASE_URL, { max: 1 });
  expect(await sql`select n from kept`).toEqual([{ n: 42 }]);
  await sql.end();
  await again.stop();
});

test('ports in use are all named with the setting that changes them, and the folder stays free', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = String(typeof address === 'object' ? address?.port : '');
  const stateDir = join(scratch, 'ports');
  const start = startSystem(options(stateDir, { DASHBOARD_PORT: port, TEMPORAL_PORT: port }));

  await expect(start).rejects.toThrow(
    new RegExp(
      `Port ${port}, which the dashboard needs, is in use.* set DASHBOARD_PORT in .env[^]*` +
        `Port ${port}, which the Temporal server needs, is in use.* set TEMPORAL_PORT in .env`,
    ),
  );
  expect(existsSync(join(stateDir, 'lock'))).toBe(false);
  taken.close();
});

test('two of our own settings with one port are in each other’s way', async () => {
  const both = { DASHBOARD_PORT: '40404', SANDBOX_PORT: '40404' };

  await expect(startSystem(options(join(scratch, 'same'), both))).rejects.toThrow(
    /Port 40404, which the stand-in vendors needs/,
  );
});

test('servers that the settings name are used, not started', async () => {
  const outside = {
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    DATABASE_URL: 'postgres://somewhere/else',
    SANDBOX_URL: 'http://stand-ins.example',
  };
  const chosen = options(join(scratch, 'outside'), outside);
  const { addresses, stop } = await startSystem(chosen);
  await stop();

  expect(addresses).toMatchObject(outside);
  expect(chosen.lines.map((line) => line.trim().split(' ')[0])).toEqual([
    'tables',
    'worker',
    'dashboard',
  ]);
});

test('tables that cannot be made end the start with the reason, and nothing stays behind', async () => {
  const failing = write(
    join(scratch, 'failing.ts'),
    `console.error('the tables are on strike'); process.exitCode = 1;`,
  );
  const stateDir = join(scratch, 'failing');
  const chosen = { ...options(stateDir), programs: { ...programs, migrate: within(failing) } };

  await expect(startSystem(chosen)).rejects.toThrow('the tables are on strike');
  expect(existsSync(join(stateDir, 'processes.json'))).toBe(false);
});

test('less than 1 GiB of free disk is said before anything is written', () => {
  expect(() => checkDisk(scratch, 1024 ** 3)).not.toThrow();
  expect(() => checkDisk(scratch, 1024 ** 3 - 1)).toThrow(
    /Only 1023 MB are free.*AGENTIC_STATE_DIR/,
  );
});

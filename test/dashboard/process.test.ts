import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ApiError, Status } from '../../src/contracts/api.ts';
import { Cable, type Address } from '../support/cable.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import {
  anyPort,
  namespaceOf,
  root,
  temporalAddress,
  testDatabase,
  type TestDatabase,
} from '../support/servers.ts';

let database: TestDatabase;
const folder = scratchFolder();
const children = new Set<ChildProcess>();
const cables = new Set<Cable>();

beforeAll(async () => {
  database = await testDatabase('dashboard_process');
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const cable of cables) cable.cut();
  children.clear();
  cables.clear();
});
afterAll(() => database.drop());

/** Starts the process with only these settings. */
function start(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(root, 'src/dashboard/main.ts')], {
    cwd: folder,
    env: { PATH: process.env.PATH, AGENTIC_STATE_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.add(child);
  const said = { errors: '' };
  child.stderr?.on('data', (chunk: Buffer) => (said.errors += chunk.toString()));
  const ended = once(child, 'exit').then(([code]: unknown[]) => code);
  const ready = once(child, 'message').then(([message]: unknown[]) => message);
  return { child, said, ended, ready };
}

test('refuses to be reached by others, in one line', async () => {
  const { said, ended } = start({ DASHBOARD_HOST: '0.0.0.0' });
  expect(await ended).toBe(1);
  expect(said.errors.trim().split('\n')).toEqual([
    expect.stringMatching(/^DASHBOARD_HOST is 0\.0\.0\.0.*sign-in is not set up/),
  ]);
});

test('names the setting when the port is in use or a setting is wrong', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = String(typeof address === 'object' ? address?.port : 0);
  const first = start({ DASHBOARD_PORT: port, DATABASE_URL: database.url });
  const second = start({ DASHBOARD_PORT: 'many' });
  expect(await first.ended).toBe(1);
  expect(first.said.errors.trim()).toMatch(
    /^Port \d+ on 127\.0\.0\.1 is in use: set DASHBOARD_PORT .*\.$/,
  );
  expect(await second.ended).toBe(1);
  expect(second.said.errors).toMatch(/DASHBOARD_PORT: /);
  taken.close();
});

test('starts while its servers are away, says so, comes back by itself, and ends when told to', async () => {
  const url = new URL(database.url);
  const [host = '', temporalPort = ''] = temporalAddress().split(':');
  const laidTo = async (target: Address) => {
    const cable = new Cable(await anyPort(), target);
    cables.add(cable);
    return cable;
  };
  const toDatabase = await laidTo({ host: url.hostname, port: Number(url.port) });
  const toTemporal = await laidTo({ host, port: Number(temporalPort) });
  url.port = String(toDatabase.port);
  const port = await anyPort();
  const { child, ready, ended } = start({
    DASHBOARD_PORT: String(port),
    DATABASE_URL: url.href,
    TEMPORAL_ADDRESS: `127.0.0.1:${toTemporal.port}`,
    TEMPORAL_NAMESPACE: namespaceOf(import.meta.filename),
  });
  expect(await ready).toEqual({ ready: true });

  const address = `http://127.0.0.1:${port}`;
  const statusNow = async () => Status.parse(await (await fetch(`${address}/api/status`)).json());
  const refusalOf = async (path: string) => {
    const response = await fetch(address + path);
    return { status: response.status, ...ApiError.parse(await response.json()) };
  };
  const isBack = async () => (await fetch(`${address}/api/agents`)).ok;

  const away = await statusNow();
  expect([away.database.isUp, away.temporal.isUp]).toEqual([false, false]);
  expect((await fetch(`${address}/readyz`)).status).toBe(503);
  const refusal = await refusalOf('/api/runs');
  expect(refusal).toMatchObject({ status: 503, code: 'database-unreachable' });
  expect(refusal.message).toMatch(/no answer since \d\d:\d\d:\d\d UTC.*comes back by itself/);

  await toDatabase.mend();
  await eventually('the database', async () => (await fetch(`${address}/api/runs`)).ok, 30_000);
  expect(await refusalOf('/api/agents')).toMatchObject({
    status: 503,
    code: 'temporal-unreachable',
  });
  await toTemporal.mend();
  await eventually('Temporal', isBack, 30_000);

  toDatabase.cut();
  await eventually('the loss', async () => !(await statusNow()).database.isUp);
  await toDatabase.mend();
  await eventually('the database again', isBack, 30_000);
  toTemporal.cut();
  await eventually('the loss', async () => !(await statusNow()).temporal.isUp);
  await toTemporal.mend();
  await eventually('Temporal again', isBack, 30_000);

  const stream = await fetch(`${address}/api/live?topics=status,runs`);
  expect(stream.status).toBe(200);
  const toldAt = Date.now();
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(Date.now() - toldAt).toBeLessThan(5_000);
  await stream.body?.cancel().catch(() => undefined);
}, 120_000);

test('ends when the process that started it is gone', async () => {
  const { child, ready, ended } = start({ DASHBOARD_PORT: '0', DATABASE_URL: database.url });
  await ready;
  child.disconnect();
  expect(await ended).toBe(0);
});

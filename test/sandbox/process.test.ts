import { afterAll, expect, test } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const folder = mkdtempSync(join(tmpdir(), 'stand-ins-'));
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts the process as `npm start` does, with nothing of this folder's settings. */
function start(port: string): ChildProcess {
  const child = fork(join(import.meta.dirname, '../../src/sandbox/main.ts'), {
    cwd: folder,
    env: { SANDBOX_PORT: port },
    execArgv: [],
    silent: true,
  });
  started.push(child);
  return child;
}

const Ready = z.object({ ready: z.literal(true), url: z.url() });
const ready = async (child: ChildProcess) => Ready.parse((await once(child, 'message'))[0]);

test.each(['SIGTERM', 'SIGINT'] as const)(
  'says in one line that it is ready, serves, and ends cleanly on %s with a call in flight',
  async (signal) => {
    const child = start('0');
    let output = '';
    child.stdout?.on('data', (text) => (output += String(text)));
    const { url } = await ready(child);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await fetch(`${url}/sandbox/faults`, {
      method: 'PUT',
      body: JSON.stringify([{ fault: { kind: 'silence' } }]),
    });
    const hanging = fetch(`${url}/instantly/api/v2/accounts`).catch(() => 'cut');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await hanging).toBe('cut');
    expect(output.trim().split('\n')).toEqual([`Stand-in vendors listen at ${url}`]);
  },
);

test('ends when the process that started it is gone', async () => {
  const child = start('0');
  await ready(child);
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('says in one line what to do about a port in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const child = start(String(port));
  let errors = '';
  child.stderr?.on('data', (text) => (errors += String(text)));
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(errors.trim()).toBe(
    `Port ${port} is in use: stop what listens there, or set SANDBOX_PORT.`,
  );
  other.close();
});

import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { openLog } from '../../src/local/log-file.ts';
import { commandLine, endLeftOvers } from '../../src/local/process-record.ts';
import { createSupervisor, nodeProcess, recordsOf } from '../../src/local/supervisor.ts';
import { eventually, scratchFolder, write } from '../support/scratch.ts';
import { root } from '../support/servers.ts';

const scratch = scratchFolder();
const diary = join(scratch, 'diary.txt');

/** A process of ours that writes down when it stops. */
const polite = write(
  join(scratch, 'polite.mjs'),
  `import { appendFileSync } from 'node:fs';
   process.on('SIGTERM', () => {
     appendFileSync(${JSON.stringify(diary)}, process.argv[2] + '\\n');
     process.exit(0);
   });
   setInterval(() => undefined, 1000);
   process.send({ ready: true });`,
);
const stubborn = write(
  join(scratch, 'stubborn.mjs'),
  `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000); process.send({ ready: true });`,
);
const broken = write(
  join(scratch, 'broken.mjs'),
  `console.error('the port is painted blue'); process.exit(3);`,
);

const lines: string[] = [];
let folders = 0;
const make = () =>
  createSupervisor(join(scratch, `state-${++folders}`), (line) => lines.push(line));
const supervisors: ReturnType<typeof make>[] = [];
const supervisor = () => {
  const made = make();
  supervisors.push(made);
  return made;
};
afterEach(() => {
  lines.length = 0;
  for (const each of supervisors.splice(0)) each.kill();
});

test('starts a process that was killed again, says so once, and calls it back when it is ready', async () => {
  const watch = supervisor();
  await watch.start({ name: 'worker', ...nodeProcess(polite, 'worker') });
  const before = watch.pidOf('worker') ?? 0;

  process.kill(before, 'SIGKILL');

  await eventually('the second life', () => lines.includes('worker runs again'));
  expect(watch.pidOf('worker')).not.toBe(before);
  expect(lines.filter((line) => line.includes('was ended by SIGKILL'))).toHaveLength(1);
});

test('stops in the reverse order of the start and leaves nothing behind', async () => {
  writeFileSync(diary, '');
  const watch = supervisor();
  for (const name of ['first', 'second', 'third']) {
    await watch.start({ name, ...nodeProcess(polite, name) });
  }
  const pids = ['first', 'second', 'third'].map((name) => watch.pidOf(name) ?? 0);

  await watch.stop();

  expect(readFileSync(diary, 'utf8').trim().split('\n')).toEqual(['third', 'second', 'first']);
  expect(pids.map(commandLine)).toEqual([undefined, undefined, undefined]);
});

test('kills what does not stop within its grace', async () => {
  const watch = supervisor();
  await watch.start({ name: 'stubborn', ...nodeProcess(stubborn), graceMs: 100 });
  const pid = watch.pidOf('stubborn') ?? 0;

  await watch.stop();

  expect(commandLine(pid)).toBeUndefined();
});

test('a process that dies at its first start is an error with its last lines, not a loop', async () => {
  await expect(supervisor().start({ name: 'broken', ...nodeProcess(broken) })).rejects.toThrow(
    /broken ended with code 3\..*\n.*painted blue/,
  );
});

test('a program that is not there is named', async () => {
  const missing = { name: 'ghost', command: '/nowhere/ghost', args: [], ready: 'message' } as const;

  await expect(supervisor().start(missing)).rejects.toThrow(/could not be started.*ghost/);
});

test('one that never gets ready is ended and named', async () => {
  const silent = { name: 'silent', command: 'sleep', args: ['60'], readyWithinMs: 100 };

  await expect(
    supervisor().start({ ...silent, ready: () => new Promise(() => undefined) }),
  ).rejects.toThrow('silent was not ready within 0.1 s');
});

test('after kill -9 of the supervisor its Node processes leave by themselves, the next start ends the others', async () => {
  const state = join(scratch, 'orphans');
  const parent = write(
    join(scratch, 'parent.ts'),
    `import { createSupervisor, nodeProcess } from ${JSON.stringify(join(root, 'src/local/supervisor.ts'))};
     const watch = createSupervisor(${JSON.stringify(state)}, console.log);
     await watch.start({ name: 'node', ...nodeProcess(${JSON.stringify(polite)}, 'orphan') });
     await watch.start({ name: 'server', command: 'sleep', args: ['600'], ready: async () => undefined });
     console.log(JSON.stringify([watch.pidOf('node'), watch.pidOf('server')]));`,
  );
  const dying = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  dying.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const line = await eventually('both to run', () => /\[(\d+),(\d+)\]/.exec(said) ?? undefined);
  const [node, server] = [Number(line[1]), Number(line[2])];

  dying.kill('SIGKILL');

  await eventually('the Node process to leave', () => commandLine(node) === undefined);
  expect(commandLine(server)).toBe('sleep 600');
  expect(await endLeftOvers(recordsOf(state))).toEqual(['server']);
  expect(commandLine(server)).toBeUndefined();
});

test('a stranger that got the number of a process of ours is left alone', async () => {
  const stranger = spawn('sleep', ['600']);
  const file = join(scratch, 'processes.json');
  const record = { name: 'old', pid: stranger.pid, command: 'postgres -D x', stopSignal: 'SIGINT' };
  writeFileSync(file, JSON.stringify([record]));

  expect(await endLeftOvers(file)).toEqual([]);

  expect(commandLine(stranger.pid ?? 0)).toBe('sleep 600');
  stranger.kill('SIGKILL');
});

test('a log never takes more than about twice its limit, and its tail is the last that was said', () => {
  const path = join(scratch, 'full.log');
  const log = openLog(path, 1_000);
  for (let i = 0; i < 100; i++) log.write(`line ${i} ${'x'.repeat(90)}\n`);
  log.close();

  expect(statSync(path).size + statSync(`${path}.1`).size).toBeLessThan(2_400);
  expect(log.tail()).toMatch(/line 99 x+$/);
});

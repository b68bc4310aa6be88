import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { eventually, scratchFolder, write } from '../support/scratch.ts';
import { root } from '../support/servers.ts';

const scratch = scratchFolder();
const bin = join(scratch, 'bin');
const lockFile = JSON.stringify({ packages: { '': {}, 'node_modules/zod': { version: '4.0.0' } } });
let made = 0;
let folder = '';
let calls = '';

/** An npm that notes its call, then does what the test says. */
const npm = (script: string) =>
  write(join(bin, 'npm'), `#!/bin/sh\necho "$*" >> ${calls}\n${script}\n`, 0o755);
const installing = () =>
  npm(`mkdir -p node_modules/node/bin && ln -s ${process.execPath} node_modules/node/bin/node`);
const callsOfNpm = () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []);
const program = (name: string, script: string) => write(join(folder, 'src', name), script);

const start = (...args: string[]) => [join(folder, 'src/local/bootstrap.mjs'), ...args];
const env = () => ({ ...process.env, PATH: `${bin}:/usr/bin:/bin` });
const run = (...args: string[]) =>
  spawnSync(process.execPath, start(...args), { env: env(), encoding: 'utf8' });

beforeEach(() => {
  folder = join(scratch, `checkout-${++made}`);
  calls = join(scratch, `calls-${made}`);
  write(join(folder, 'package-lock.json'), lockFile);
  write(join(folder, 'package.json'), '{"type":"module"}');
  mkdirSync(join(folder, 'src/local'), { recursive: true });
  copyFileSync(join(root, 'src/local/bootstrap.mjs'), join(folder, 'src/local/bootstrap.mjs'));
});

test('a fresh checkout is installed once, says so beside the output, and hands arguments and exit code on', () => {
  installing();
  program(
    'cli/main.ts',
    `console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;`,
  );

  const first = run('agentic', 'runs', '--json');
  const second = run('agentic', 'runs', '--json');

  expect(first.stderr).toMatch(/Installing the dependencies: about a minute[^]*installed, \d+ s/);
  expect([first.stdout, first.status]).toEqual(['["runs","--json"]\n', 7]);
  expect([second.stdout, second.stderr]).toEqual([first.stdout, '']);
  expect(callsOfNpm()).toEqual(['ci --include=dev --no-audit --no-fund']);
});

test('a changed lock file is installed again; what a person installed to match it is not', () => {
  installing();
  program('cli/main.ts', '');
  run('agentic');
  write(join(folder, 'package-lock.json'), lockFile.replace('4.0.0', '4.0.1'));
  run('agentic');
  expect(callsOfNpm()).toHaveLength(2);

  const byHand = lockFile.replace('4.0.0', '4.0.2');
  write(join(folder, 'package-lock.json'), byHand);
  write(join(folder, 'node_modules/.package-lock.json'), byHand.replace('"":{},', ''));
  run('agentic');
  expect(callsOfNpm()).toHaveLength(2);
});

test.each([
  ['echo "npm error code ENOSPC" >&2; exit 1', /The disk .* is full/],
  ['echo "npm error code EAI_AGAIN" >&2; exit 1', /npm cannot reach its registry/],
  ['echo "npm error something odd" >&2; exit 1', /Its last lines:\nnpm error something odd/],
  ['mkdir -p node_modules', /without running their scripts/],
])('npm that fails (%s) is explained', (script, message) => {
  npm(script);
  const { status, stderr, stdout } = run('start');

  expect(stderr).toMatch(message);
  expect([status, stdout]).toEqual([1, '']);
});

test('a machine without npm is told so', () => {
  rmSync(join(bin, 'npm'), { force: true });
  const { stderr, status } = spawnSync(process.execPath, start('start'), {
    env: { ...env(), PATH: '/nowhere' },
    encoding: 'utf8',
  });

  expect(stderr).toContain('npm was not found: install npm');
  expect(status).toBe(1);
});

test('a Node that is too old is told so before anything is done', () => {
  const older = write(
    join(scratch, 'older.mjs'),
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.0' } });`,
  );
  const { stderr } = spawnSync(process.execPath, ['--import', older, ...start('start')], {
    encoding: 'utf8',
  });

  expect(stderr).toBe('Node 18.20.0 is too old: install Node 20 or newer.\n');
});

test('signals reach the program, and its end is ours', async () => {
  installing();
  program(
    'local/start.ts',
    `process.on('SIGTERM', () => { console.log('stopping'); process.exit(5); });
     setInterval(() => undefined, 1000); console.log('up');`,
  );
  const child = spawn(process.execPath, start('start'), { env: env() });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await eventually('the program', () => said.includes('up'));

  child.kill('SIGTERM');

  expect(await ended).toBe(5);
  expect(said).toBe('up\nstopping\n');
});

test('a signal that npm keeps to itself stops the program too', async () => {
  installing();
  const note = join(folder, 'note');
  program(
    'local/start.ts',
    `import { writeFileSync } from 'node:fs';
     process.on('SIGTERM', () => { writeFileSync('${note}', 'stopped'); process.exit(); });
     writeFileSync('${note}', 'up'); setInterval(() => undefined, 1000);`,
  );
  const said = () => existsSync(note) && readFileSync(note, 'utf8');
  const command = [process.execPath, ...start('start'), '& wait'].join(' ');
  const npmsShell = spawn('/bin/sh', ['-c', command], {
    env: { ...env(), npm_lifecycle_event: 'start' },
  });
  await eventually('the program', () => said() === 'up');

  npmsShell.kill('SIGKILL');

  await eventually('its end', () => said() === 'stopped');
});

test('tests leave out the long ones unless they are asked for', () => {
  installing();
  write(
    join(folder, 'node_modules/jest/bin/jest.js'),
    `console.log(JSON.stringify(process.argv.slice(2)), process.execArgv.join(' '));`,
  );
  run('agentic');
  const short = run('test', 'test/local');
  const long = run('test', '--long');

  expect(short.stdout).toContain('["test/local","--testPathIgnorePatterns=/test/long/"]');
  expect(long.stdout).toContain(
    '[] --disable-warning=ExperimentalWarning --experimental-vm-modules',
  );
});

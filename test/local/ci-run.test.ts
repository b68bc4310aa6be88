import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { scratchFolder, write } from '../support/scratch.ts';
import { root } from '../support/servers.ts';

const scratch = scratchFolder();
let made = 0;
let folder = '';

/** Puts a program in the machine's only folder of programs; each call of it is noted. */
const program = (name: string, script = '') =>
  write(
    join(folder, 'bin', name),
    `#!/bin/sh\necho "${name} $*" >> ${folder}/calls\n${script}\n`,
    0o755,
  );
const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

beforeEach(() => {
  folder = join(scratch, String(++made));
  mkdirSync(join(folder, '.ci'), { recursive: true });
  copyFileSync(join(root, '.ci/run'), join(folder, '.ci/run'));
  write(
    join(folder, 'README.md'),
    '```sh\nnpm start\n```\n<!-- test command -->\n\n```sh\nnpm test -- --colors\n```\n',
  );
  for (const name of ['node', 'go', 'chromium']) program(name);
});

function run() {
  const path = `${join(folder, 'bin')}:${join(folder, 'system')}`;
  mkdirSync(join(folder, 'system'));
  for (const tool of [
    'bash',
    'sh',
    'dirname',
    'awk',
    'sed',
    'sort',
    'grep',
    'tail',
    'tee',
    'mktemp',
    'rm',
  ]) {
    const real = ['/usr/bin', '/bin']
      .map((each) => join(each, tool))
      .find((each) => existsSync(each));
    write(join(folder, 'system', tool), `#!/bin/sh\nexec ${real} "$@"\n`, 0o755);
  }
  const { stdout, stderr, status } = spawnSync('/bin/bash', [join(folder, '.ci/run')], {
    env: { PATH: path },
    encoding: 'utf8',
  });
  return { last: stdout.trim().split('\n').at(-1), stdout, stderr, status };
}

test('installs, checks, runs the command that the README names, and ends with the counts', () => {
  program(
    'npm',
    `[ "$1" != test ] || printf '\\033[1mTests: \\033[22m  1 skipped, 41 passed, 42 total\\n' >&2`,
  );

  expect(run()).toMatchObject({ last: '41 passed, 0 failed', status: 0 });
  expect(calls()).toEqual([
    'node src/local/bootstrap.mjs install',
    'npm run check',
    'npm start -- --once',
    'npm test -- --colors',
  ]);
});

test('a failed test fails the run, and is counted', () => {
  program(
    'npm',
    `[ "$1" != test ] || { echo 'Tests:       2 failed, 3 passed, 5 total'; exit 1; }`,
  );

  expect(run()).toMatchObject({ last: '3 passed, 2 failed', status: 1 });
});

test('a few files that failed run once more, and the run says which', () => {
  program(
    'npm',
    `case "$*" in
      *--onlyFailures) echo 'Tests:       2 passed, 2 total' ;;
      test*) printf 'FAIL test/a.test.ts (2 s)\nTests:       1 failed, 3 passed, 4 total\n'; exit 1 ;;
    esac`,
  );

  expect(run()).toMatchObject({
    last: '4 passed, 0 failed',
    stdout: expect.stringMatching(/once more, each in a new world:\n {2}test\/a\.test\.ts\n/),
    status: 0,
  });
  expect(calls().at(-1)).toBe('npm test -- --colors -- --onlyFailures');
});

test('many failures are not tried again', () => {
  program(
    'npm',
    `[ "$1" != test ] || { echo 'Tests:       6 failed, 3 passed, 9 total'; exit 1; }`,
  );

  expect(run()).toMatchObject({ last: '3 passed, 6 failed', status: 1 });
  expect(calls().filter((call) => call.startsWith('npm test'))).toHaveLength(1);
});

test('a test file that cannot be loaded is a failure too', () => {
  program('npm', `[ "$1" != test ] || { echo 'Tests:       3 passed, 3 total'; exit 1; }`);

  expect(run()).toMatchObject({ last: '3 passed, 1 failed', status: 1 });
});

test('checks that fail end the run before the tests', () => {
  program('npm', '[ "$1" != run ]');

  expect(run().status).toBe(1);
  expect(calls()).not.toContain('npm test -- --colors');
});

test('a first start that fails ends the run before the tests', () => {
  program('npm', '[ "$1" != start ]');

  expect(run().status).toBe(1);
  expect(calls()).not.toContain('npm test -- --colors');
});

test('a machine without npm is told so', () => {
  expect(run()).toMatchObject({
    stderr: expect.stringContaining('npm is missing: install npm'),
    status: 1,
  });
});

test('chromium, and nothing else, is installed where it is missing', () => {
  spawnSync('rm', [join(folder, 'bin/chromium')]);
  program('apt-get');
  program('npm', `[ "$1" != test ] || echo 'Tests:       1 passed, 1 total'`);

  expect(run().last).toBe('1 passed, 0 failed');
  expect(calls().filter((call) => call.startsWith('apt-get'))).toEqual([
    'apt-get update -qq',
    expect.stringMatching(/install .*chromium$/),
  ]);
});

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pinnedVersion, temporalBinary } from '../../src/local/temporal-binary.ts';
import { scratchFolder, write } from '../support/scratch.ts';

const scratch = scratchFolder();
let made = 0;

/** A machine with its own PATH and cache: neither has the server until a test puts it there. */
function machine() {
  const folder = join(scratch, String(++made));
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const lines: string[] = [];
  return {
    lines,
    cached: join(folder, 'cache/agentic-os', `temporal-${pinnedVersion()}`),
    put: (name: string, script: string) => write(join(bin, name), `#!/bin/sh\n${script}\n`, 0o755),
    env: { PATH: `${bin}:/usr/bin:/bin`, XDG_CACHE_HOME: join(folder, 'cache') },
    say: (line: string) => void lines.push(line),
    download: () => Promise.resolve<string | undefined>(undefined),
  };
}
const answering = (server: string) => `echo "temporal version 1.0.0 (Server ${server}, UI 2.0.0)"`;
/** A Go whose build writes what it was asked into the output file. */
const go = `if [ "$1" = version ]; then echo "go version go1.26.4 linux/amd64"; exit 0; fi
echo "$CGO_ENABLED $*" > "$6"`;

test('TEMPORAL_CLI goes before all others', async () => {
  const { put, ...rest } = machine();
  put('temporal', answering('1.31.2'));
  const chosen = put('mine', answering('1.20.0'));

  expect(await temporalBinary({ ...rest, env: { ...rest.env, TEMPORAL_CLI: chosen } })).toBe(
    chosen,
  );
});

test('a TEMPORAL_CLI that is no Temporal CLI is an error that names the setting', async () => {
  const { env, ...rest } = machine();

  await expect(
    temporalBinary({ ...rest, env: { ...env, TEMPORAL_CLI: '/bin/true' } }),
  ).rejects.toThrow('TEMPORAL_CLI is /bin/true');
});

test('one on the PATH goes before our cache, but not one that is too old or does not work', async () => {
  const { put, cached, lines, ...rest } = machine();
  write(cached, '');
  const onPath = put('temporal', answering('1.31.0'));
  expect(await temporalBinary(rest)).toBe(onPath);

  put('temporal', answering('1.30.9'));
  expect(await temporalBinary(rest)).toBe(cached);
  expect(lines).toEqual([expect.stringContaining('has server 1.30, we need 1.31 or newer')]);

  put('temporal', 'exit 1');
  expect(await temporalBinary(rest)).toBe(cached);
});

test('the download goes before the build, and lands in the cache', async () => {
  const { put, cached, ...rest } = machine();
  put('go', go);
  const download = (_: string, folder: string) =>
    Promise.resolve(write(join(folder, 'downloaded'), 'from the SDK'));

  expect(await temporalBinary({ ...rest, download })).toBe(cached);
  expect(readFileSync(cached, 'utf8')).toBe('from the SDK');
});

test('without a download it is built from the pinned source, by one of two that start at once', async () => {
  const { put, cached, lines, ...rest } = machine();
  put('go', go);

  const paths = await Promise.all([temporalBinary(rest), temporalBinary(rest)]);

  expect(paths).toEqual([cached, cached]);
  expect(readFileSync(cached, 'utf8')).toMatch(
    new RegExp(`^0 build -trimpath .*Version=${pinnedVersion()} .*temporalio/cli/cmd/temporal`),
  );
  expect(lines.filter((line) => line.includes('Building'))).toHaveLength(1);
  expect(readdirSync(join(cached, '..'))).toEqual([`temporal-${pinnedVersion()}`]);
});

test('without Go, or with an old one, it says what to install or set', async () => {
  const { put, ...rest } = machine();
  const missing = { ...rest, env: { ...rest.env, PATH: '/nowhere' } };
  await expect(temporalBinary(missing)).rejects.toThrow(
    /there is no Go.*Install Go 1\.21 or newer, or set TEMPORAL_CLI/,
  );

  put('go', 'echo "go version go1.19.8 linux/amd64"');
  await expect(temporalBinary(rest)).rejects.toThrow('Go 1.19 is too old');
});

test.each([
  ['write /tmp/x: no space left on device', /disk .* is full/],
  ['dial tcp: lookup proxy.example: no such host', /Check the network/],
  ['internal compiler error', /could not be built:\n(.*\n)*.*internal compiler error/],
])('a build that fails with "%s" leaves no half program behind', async (said, message) => {
  const { put, cached, ...rest } = machine();
  put('go', `${go}; [ "$1" = version ] || { echo "${said}" >&2; exit 1; }`);

  await expect(temporalBinary(rest)).rejects.toThrow(message);
  expect(existsSync(cached)).toBe(false);
});

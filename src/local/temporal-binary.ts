import { execFile, spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { takeLock } from './lock.ts';
import { diskAdvice, StartError } from './start-error.ts';

type Download = (
  version: string,
  folder: string,
  signal?: AbortSignal,
) => Promise<string | undefined>;

/** How the search for the server program is steered; tests put their own in place. */
export interface BinaryOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Ends a download or build that is not wanted any more. */
  readonly signal?: AbortSignal;
  /** One line for the person who waits. */
  readonly say: (line: string) => void;
  /** Puts the program of a version into a folder; `undefined` when it cannot be fetched. */
  readonly download?: Download;
}

const run = promisify(execFile);
const tools = fileURLToPath(new URL('../../tools/temporal', import.meta.url));
const downloader = fileURLToPath(new URL('./download-temporal.ts', import.meta.url));
/** The oldest minor version of the server, inside the CLI, that has what we use. */
const oldestServer = [1, 31] as const;

/**
 * Finds the program of the Temporal server: `TEMPORAL_CLI`, `temporal` on the PATH, our cache, the
 * SDK's own download, and at last a build from the sources that `tools/temporal/go.mod` pins.
 *
 * @returns an absolute path or a name on the PATH.
 * @throws {StartError} saying what to install or set.
 */
export async function temporalBinary(options: BinaryOptions): Promise<string> {
  const { env = process.env, say } = options;
  if (env.TEMPORAL_CLI) return named(env.TEMPORAL_CLI);
  const onPath = await fromPath(env, say);
  if (onPath !== undefined) return onPath;

  const version = pinnedVersion();
  const cacheHome = env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const cache = join(cacheHome, 'agentic-os');
  const target = join(cache, `temporal-${version}`);
  if (existsSync(target)) return target;
  const release = await lockFor(`${target}.lock`, say);
  try {
    if (existsSync(target)) return target; // another start made it while we waited
    await obtain(version, cache, target, options);
    return target;
  } finally {
    release();
  }
}

/** The version of the Temporal CLI that everything is built and tested with. */
export function pinnedVersion(): string {
  const match = /github\.com\/temporalio\/cli v(\S+)/.exec(
    readFileSync(join(tools, 'go.mod'), 'utf8'),
  );
  if (!match?.[1]) throw new Error('tools/temporal/go.mod does not pin github.com/temporalio/cli');
  return match[1];
}

async function named(path: string): Promise<string> {
  if ((await serverVersion(path)) !== undefined) return path;
  throw new StartError(
    `TEMPORAL_CLI is ${path}, which does not answer \`--version\` as the Temporal CLI does. ` +
      'Correct it, or remove it to let us find or build one.',
  );
}

async function fromPath(env: NodeJS.ProcessEnv, say: (line: string) => void) {
  const path = (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'temporal'))
    .find((file) => existsSync(file));
  if (path === undefined) return undefined;
  const version = await serverVersion(path);
  if (version === undefined) return undefined;
  const [major, minor] = version;
  if (major > oldestServer[0] || (major === oldestServer[0] && minor >= oldestServer[1]))
    return path;
  say(`${path} has server ${major}.${minor}, we need ${oldestServer.join('.')} or newer: not used`);
  return undefined;
}

/** Major and minor version of the server inside a CLI; `undefined` when it is none. */
async function serverVersion(path: string): Promise<readonly [number, number] | undefined> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    const match = /Server (\d+)\.(\d+)/.exec(stdout);
    return match ? [Number(match[1]), Number(match[2])] : undefined;
  } catch {
    return undefined;
  }
}

async function lockFor(file: string, say: (line: string) => void): Promise<() => void> {
  for (let told = false; ;) {
    const lock = takeLock(file);
    if (lock.kind === 'held') return lock.release;
    if (!told)
      say(`Another start (pid ${lock.pid}) is fetching the Temporal server; waiting for it`);
    told = true;
    await delay(500);
  }
}

/** Fetches or builds into a draft beside the target, so that the target is whole or not there. */
async function obtain(version: string, cache: string, target: string, options: BinaryOptions) {
  const { say, signal, download = downloadWithSdk } = options;
  const draft = mkdtempSync(join(cache, 'draft-'));
  try {
    say(
      `The Temporal server ${version} is not here yet; trying to download it (once, about 50 MB)`,
    );
    const fetched = await download(version, draft, signal);
    if (fetched === undefined) await build(version, join(draft, 'temporal'), options);
    renameSync(fetched ?? join(draft, 'temporal'), target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Lets the SDK fetch its dev server; gives up when no byte came for a while. */
const downloadWithSdk: Download = async (version, folder, signal) => {
  const patienceMs = 15_000;
  const child = spawn(process.execPath, [downloader, version, folder], {
    ...(signal ? { signal } : {}),
    stdio: 'ignore',
  });
  const ended = new Promise<boolean>((resolve) => {
    child.once('exit', (code) => resolve(code === 0));
    child.once('error', () => resolve(false));
  });
  const size = () =>
    readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  for (let seen = 0, movedAt = Date.now(); ;) {
    const done = await Promise.race([ended, delay(250)]);
    if (done !== undefined) {
      const file = readdirSync(folder).find((name) => !name.endsWith('.downloading'));
      return done && file ? join(folder, file) : undefined;
    }
    if (size() > seen) [seen, movedAt] = [size(), Date.now()];
    if (Date.now() - movedAt > patienceMs) child.kill('SIGKILL');
  }
};

/** Builds the CLI from source; any Go that can fetch the toolchain it needs will do. */
async function build(
  version: string,
  output: string,
  { env = process.env, say, signal }: BinaryOptions,
): Promise<void> {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  await checkGo(env);
  say('No download. Building the Temporal server from source: 4 to 6 minutes on two cores, once');
  const ticker = setInterval(
    () => say(`  still building the Temporal server, ${seconds()} s`),
    30_000,
  );
  try {
    const stamp = `-X github.com/temporalio/cli/internal/temporalcli.Version=${version}`;
    const flags = ['-trimpath', '-ldflags', `-s -w ${stamp}`, '-o', output];
    await run('go', ['build', ...flags, 'github.com/temporalio/cli/cmd/temporal'], {
      cwd: tools,
      env: {
        GOTOOLCHAIN: 'auto',
        ...env,
        CGO_ENABLED: '0',
        GOFLAGS: '-mod=readonly',
        GOWORK: 'off',
      },
      maxBuffer: 50_000_000,
      ...(signal ? { signal } : {}),
    });
    say(`The Temporal server is built, ${seconds()} s`);
  } catch (cause) {
    const output = String(cause);
    throw new StartError(buildAdvice(output), { cause });
  } finally {
    clearInterval(ticker);
  }
}

async function checkGo(env: NodeJS.ProcessEnv): Promise<void> {
  const found = await run('go', ['version'], { env, cwd: tools }).catch(() => undefined);
  const minor = Number(/go1\.(\d+)/.exec(found?.stdout ?? '')?.[1] ?? 0);
  if (minor >= 21) return;
  const here = found ? `Go 1.${minor} is too old` : 'there is no Go';
  throw new StartError(
    `The Temporal server could not be downloaded, and ${here} to build it with. ` +
      'Install Go 1.21 or newer, or set TEMPORAL_CLI to a Temporal CLI you have.',
  );
}

function buildAdvice(output: string): string {
  const full = diskAdvice(output, tools);
  if (full !== undefined) return full;
  if (/dial tcp|no such host|i\/o timeout|connection refused|proxyconnect/.test(output)) {
    return (
      'The Temporal server could not be downloaded, and Go could not fetch its sources either. ' +
      'Check the network (or `go env GOPROXY`), or set TEMPORAL_CLI to a Temporal CLI you have.'
    );
  }
  return `The Temporal server could not be built:\n${output.split('\n').slice(-15).join('\n')}`;
}

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { takeLock } from '../../src/local/lock.ts';

/** The programs of a Temporal server that stores in Postgres. */
export interface TemporalServerBinaries {
  readonly version: string;
  readonly server: string;
  /** Lays and upgrades the tables. */
  readonly sqlTool: string;
}

const run = promisify(execFile);
const tools = new URL('../../tools/', import.meta.url);
const packages = {
  'temporal-server': 'go.temporal.io/server/cmd/server',
  'temporal-sql-tool': 'go.temporal.io/server/cmd/tools/sql',
} as const;

/**
 * Finds the programs in the cache, or builds them once from the sources that
 * `tools/temporal-server/go.mod` pins: about 10 minutes of one core, at the lowest priority.
 *
 * @param say one line for the person who waits.
 * @throws when the pin is not the server inside the CLI that `tools/temporal` pins.
 */
export async function temporalServerBinaries(
  say: (line: string) => void,
): Promise<TemporalServerBinaries> {
  const version = pinnedServer('temporal-server');
  const inCli = pinnedServer('temporal');
  if (version !== inCli) {
    throw new Error(
      `tools/temporal-server/go.mod pins the server ${version}, but the CLI in tools/temporal has ` +
        `${inCli}: run \`go get go.temporal.io/server@v${inCli} && go mod tidy\` in tools/temporal-server`,
    );
  }
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'agentic-os');
  const folder = join(cache, `temporal-server-${version}`);
  if (!existsSync(folder)) await buildOnce(cache, folder, say);
  return {
    version,
    server: join(folder, 'temporal-server'),
    sqlTool: join(folder, 'temporal-sql-tool'),
  };
}

function pinnedServer(tool: string): string {
  const path = fileURLToPath(new URL(`${tool}/go.mod`, tools));
  const match = /go\.temporal\.io\/server v(\S+)/.exec(readFileSync(path, 'utf8'));
  if (!match?.[1]) throw new Error(`${path} does not name go.temporal.io/server`);
  return match[1];
}

async function buildOnce(cache: string, folder: string, say: (line: string) => void) {
  let lock = takeLock(`${folder}.lock`);
  if (lock.kind === 'taken') say(`Another bench (pid ${lock.pid}) is building; waiting for it`);
  while (lock.kind === 'taken') {
    await delay(1_000);
    lock = takeLock(`${folder}.lock`);
  }
  try {
    if (!existsSync(folder)) await build(cache, folder, say);
  } finally {
    lock.release();
  }
}

/** Builds into a draft beside the folder, so that the folder is whole or not there. */
async function build(cache: string, folder: string, say: (line: string) => void) {
  say('Building the Temporal server for Postgres from source: about 10 minutes, once');
  const draft = mkdtempSync(join(cache, 'draft-'));
  try {
    for (const [name, source] of Object.entries(packages)) {
      const flags = ['-trimpath', '-ldflags', '-s -w', '-o', join(draft, name)];
      await run('nice', ['-n', '19', 'go', 'build', ...flags, source], {
        cwd: fileURLToPath(new URL('temporal-server', tools)),
        env: {
          GOTOOLCHAIN: 'auto',
          ...process.env,
          CGO_ENABLED: '0',
          GOFLAGS: '-mod=readonly -p=1',
          GOWORK: 'off',
        },
        maxBuffer: 50_000_000,
      });
    }
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

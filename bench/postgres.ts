import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../src/local/checks.ts';
import { startPostgres } from '../src/local/postgres-server.ts';
import { createSupervisor } from '../src/local/supervisor.ts';

const root = join(import.meta.dirname, '..');

/** A Postgres of one bench. */
export interface BenchPostgres {
  readonly url: string;
  end(): Promise<void>;
}

/** Starts the Postgres of `npm start` on fresh data with all tables, and as durable: fsync is on. */
export async function startBenchPostgres(): Promise<BenchPostgres> {
  const parent = join(root, '.agentic', 'bench');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  const supervisor = createSupervisor(folder, (line) => console.error(line));
  const end = async () => {
    await supervisor.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void end().finally(() => process.exit(130)));
  }
  try {
    const port = await freePort('127.0.0.1', 0);
    if (port === undefined) throw new Error('no port is free for Postgres');
    const url = await startPostgres(supervisor, { dataDir: join(folder, 'postgres'), port });
    await promisify(execFile)(process.execPath, [join(root, 'src/platform/migrate.ts')], {
      cwd: root,
      env: { ...process.env, DATABASE_URL: url },
    });
    return { url, end };
  } catch (error) {
    await end();
    throw error;
  }
}

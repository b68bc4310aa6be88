import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../src/local/checks.ts';
import type { Config } from '../../src/platform/config.ts';

const root = join(import.meta.dirname, '../..');
const clockTicksMs = 10; // Linux counts processor time in these on every architecture

/** A dashboard as people run it, in a process of its own. */
export interface DashboardProcess {
  readonly url: string;
  /** Processor time it has used so far, in milliseconds; not a number where there is no /proc. */
  cpuMs(): number;
  end(): Promise<void>;
}

/** Starts it on a free port, and waits until it answers. */
export async function startDashboard(config: Config): Promise<DashboardProcess> {
  const port = await freePort('127.0.0.1', 0);
  if (port === undefined) throw new Error('no port is free for the dashboard');
  const child = spawn(process.execPath, ['src/dashboard/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS,
      TEMPORAL_NAMESPACE: config.TEMPORAL_NAMESPACE,
      DATABASE_URL: config.DATABASE_URL,
      SANDBOX_URL: config.SANDBOX_URL,
      DASHBOARD_PORT: String(port),
      LOG_LEVEL: 'error',
    },
  });
  const ended = once(child, 'exit');
  const isReady = await Promise.race([
    once(child, 'message').then(() => true),
    ended.then(() => false),
  ]);
  if (!isReady) throw new Error('the dashboard did not start; its reason is above');
  return {
    url: `http://127.0.0.1:${port}`,
    cpuMs: () => cpuMsOf(child.pid ?? 0),
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function cpuMsOf(pid: number): number {
  try {
    // the name of the program, in brackets, may hold anything
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * clockTicksMs;
  } catch {
    return Number.NaN;
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { workerFlags } from '../../src/platform/worker-flags.ts';
import { root } from './servers.ts';
import type { World } from './world.ts';

/** A worker as users run it, in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** Fulfilled when it has ended, however that came about. */
  readonly ended: Promise<unknown>;
  /** Sends a signal and waits for the end. @returns the exit code, or null when the signal ended it. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

interface WorkerOptions {
  /** Another entry than that of users, below the checkout. */
  readonly entry?: string;
  /** Settings beside those of the world's servers. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a worker against a world's servers, and waits until it polls. */
export async function startWorker(
  { config, standIns }: Pick<World, 'config' | 'standIns'>,
  stateDir: string,
  { entry = 'src/workers/main.ts', env = {} }: WorkerOptions = {},
): Promise<WorkerProcess> {
  const child: ChildProcess = spawn(process.execPath, [...workerFlags, entry], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS,
      TEMPORAL_NAMESPACE: config.TEMPORAL_NAMESPACE,
      DATABASE_URL: config.DATABASE_URL,
      SANDBOX_URL: standIns.url,
      AGENTIC_STATE_DIR: stateDir,
      INFORMATION_DIR: join(stateDir, 'lessons'),
      LOG_LEVEL: 'error',
      ...env,
    },
  });
  const exited = once(child, 'exit');
  await Promise.race([once(child, 'message'), exited]); // it may be made to die early
  return {
    pid: child.pid ?? 0,
    ended: exited,
    async end(signal) {
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

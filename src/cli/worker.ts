import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { workerFlags } from '../platform/worker-flags.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `worker`: one more worker process, until it is told to stop. */
export const workerCommand = (): Command =>
  new Command('worker')
    .description('run a worker process with all agents, until Ctrl-C')
    .addHelpText('after', '\nExample:\n  agentic worker')
    .action(async () => {
      process.exitCode = await runWorker();
    });

/** Runs the worker as a process of its own and passes signals on. @returns its exit code. */
function runWorker(): Promise<number> {
  const main = new URL(`../workers/main${extname(import.meta.filename)}`, import.meta.url);
  const worker = spawn(process.execPath, [...workerFlags, fileURLToPath(main)], {
    // without a channel of its own it would outlive us when we are killed
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const passOn = signals.map((signal) => {
    const pass = (): void => void worker.kill(signal);
    process.on(signal, pass);
    return () => process.off(signal, pass);
  });
  return new Promise((done, fail) => {
    worker.once('error', fail);
    worker.once('exit', (code) => {
      passOn.forEach((stop) => stop());
      done(code ?? 1);
    });
  });
}

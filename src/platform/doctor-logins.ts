import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { agents } from '../contracts/agents.ts';
import { Finding } from '../contracts/doctor.ts';
import { accountsOf } from './accounts.ts';
import type { Config } from './config.ts';
import { workerFlags } from './worker-flags.ts';

const Message = z.object({ finding: Finding });

/**
 * Asks each vendor about each login, by a process with the agents in it, as a worker has them.
 *
 * @param withinMs after which it is ended; what it has not said by then is a finding of its own.
 */
export async function examineLogins(config: Config, withinMs: number): Promise<readonly Finding[]> {
  const main = new URL(`../workers/logins${extname(import.meta.filename)}`, import.meta.url);
  const findings: Finding[] = [];
  const child = fork(fileURLToPath(main), {
    execArgv: workerFlags,
    env: process.env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let trouble = '';
  child.stderr?.on('data', (said: Buffer) => (trouble += said.toString()));
  child.on('message', (said) => void findings.push(Message.parse(said).finding));
  const timer = setTimeout(() => child.kill('SIGKILL'), Math.max(0, withinMs));
  await new Promise((ended) => child.once('close', ended));
  clearTimeout(timer);
  const silent = agents
    .flatMap((agent) =>
      accountsOf(config, agent.vendor).map((account) => `login ${agent.id}/${account.name}`),
    )
    .filter((about) => !findings.some((finding) => finding.about === about));
  const [reason = ''] = trouble.split('\n').filter((line) => /error/i.test(line));
  const message = `Nobody could say in time whether it works${reason && `: ${reason}`}`;
  return [
    ...findings,
    ...silent.map((about) => ({ state: 'wrong' as const, about, message })),
  ].toSorted((a, b) => a.about.localeCompare(b.about));
}

import { fork } from 'node:child_process';
import { hostname } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { z } from 'zod';
import { Finding, type Diagnosis } from '../contracts/doctor.ts';
import { ConfigError, readConfig, type Config } from '../platform/config.ts';
import { workerFlags } from '../platform/worker-flags.ts';
import { ExitCode } from './exit.ts';
import { duration } from './run.ts';
import { faint, print, printJson, say, strong, table } from './output.ts';

/** Kept back for the last words. */
const lastWordsMs = 500;

/** `doctor`: looks at everything the system needs, and says what to do where something is wrong. */
export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('look at settings, servers, workers and logins: what is wrong, and what to do')
    .addOption(duration('--timeout <time>', 'end after this time at the latest').default(15, '15s'))
    .option('--json', 'print JSON only')
    .addHelpText(
      'after',
      '\nReads only, also at the vendors, and needs no worker. Ends with 0 when all is well,\n' +
        'and with 1 when something is wrong.\n\nExample:\n  agentic doctor',
    );
  return command.action(async () => {
    const { json, timeout } = Options.parse(command.opts());
    if (!json) say('Looking at settings, servers, workers and logins …');
    const findings = await examineAll(timeout * 1_000);
    const isWell = findings.every(({ state }) => state !== 'wrong');
    if (json) printJson({ isWell, findings: [...findings] } satisfies Diagnosis);
    else print(describe(findings));
    process.exitCode = isWell ? ExitCode.ok : ExitCode.failed;
  });
}

const Options = z.object({ json: z.boolean().optional(), timeout: z.number() });

/** @param byMs since this process started: when to be done. */
async function examineAll(byMs: number): Promise<readonly Finding[]> {
  const { lookAtSettings } = await import('../platform/doctor-settings.ts');
  const settings = lookAtSettings();
  const config = usable();
  if (!config) return settings;
  const [rest, logins] = await Promise.all([
    examineServers(config),
    examineLogins(config, byMs - lastWordsMs),
  ]);
  return [...settings, ...rest, ...logins];
}

/** The settings, unless they are wrong: that is a finding of its own. */
function usable(): Config | undefined {
  try {
    return readConfig();
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

async function examineServers(config: Config): Promise<readonly Finding[]> {
  const { examine } = await import('../platform/doctor.ts');
  const { openDatabase } = await import('../platform/database.ts');
  const { openTemporal } = await import('../platform/temporal.ts');
  const database = openDatabase(config.DATABASE_URL, 2);
  const client = openTemporal(config, `cli:doctor@${hostname()}`, database);
  return examine({ config, client, database });
}

const Message = z.object({ finding: Finding });

/** Logins are asked for by a process with the agents in it, as a worker has them. */
async function examineLogins(config: Config, byMs: number): Promise<readonly Finding[]> {
  const { agents } = await import('../contracts/agents.ts');
  const { accountsOf } = await import('../platform/accounts.ts');
  const main = new URL(`../workers/logins${extname(import.meta.filename)}`, import.meta.url);
  const findings: Finding[] = [];
  const child = fork(fileURLToPath(main), {
    execArgv: workerFlags,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let trouble = '';
  child.stderr?.on('data', (said: Buffer) => (trouble += said.toString()));
  child.on('message', (said) => void findings.push(Message.parse(said).finding));
  const timer = setTimeout(() => child.kill('SIGKILL'), Math.max(0, byMs - performance.now()));
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

const words = { ok: 'ok', hint: 'hint', wrong: 'WRONG' } as const;

function describe(findings: readonly Finding[]): string {
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  const rows = findings.map(({ state, about, message }) => [
    state === 'wrong' ? strong(words[state]) : words[state],
    about,
    state === 'ok' ? faint(message) : message,
  ]);
  const sum = wrong === 0 ? 'Nothing is wrong.' : `${wrong} of ${findings.length} are wrong.`;
  return `${table([], rows)}\n\n${sum}`;
}

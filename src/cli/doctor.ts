import { hostname } from 'node:os';
import { Command } from 'commander';
import { z } from 'zod';
import type { Diagnosis, Finding } from '../contracts/doctor.ts';
import { ConfigError, readConfig, type Config } from '../platform/config.ts';
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
  const config = usable();
  if (!config) return (await import('../platform/doctor-settings.ts')).lookAtSettings();
  const { diagnose } = await import('../platform/doctor.ts');
  const { openDatabase } = await import('../platform/database.ts');
  const { openTemporal } = await import('../platform/temporal.ts');
  const database = openDatabase(config.DATABASE_URL, 2);
  const client = openTemporal(config, `cli:doctor@${hostname()}`, database);
  return diagnose({ config, client, database }, byMs - lastWordsMs - performance.now());
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

/** Process: `npm start`. Runs the whole system in this folder until it is told to stop. */
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ConfigError, oldNamesIn, readConfig, type Config } from '../platform/config.ts';
import { openDatabase } from '../platform/database.ts';
import { openLog, type KeptLog } from '../platform/logger.ts';
import { StartError } from './start-error.ts';
import { startSystem, type System } from './system.ts';

const help = `npm start             start everything, show a first tour, stay up until Ctrl-C
npm start -- --once   run the tour, print its report, stop; ends with 0, or 1 and the reason
npm start -- --help   this text

State is kept in .agentic/ (AGENTIC_STATE_DIR); delete it to begin anew. Settings: .env.example.`;

/** Signals that follow each other faster come from one Ctrl-C, passed on by npm and the terminal. */
const oneKeyPressMs = 1_000;
const root = fileURLToPath(new URL('../..', import.meta.url));

const stopRequest = new AbortController();
let askedAt: number | undefined;

function requestStop(): void {
  if (askedAt === undefined) {
    askedAt = Date.now();
    say('\nStopping (again to force) …');
    stopRequest.abort();
  } else if (Date.now() - askedAt > oneKeyPressMs) {
    process.exit(130); // the supervisor kills what is left
  }
}

/** Keeps what is told of the processes, once there is a database to keep it. */
let log: KeptLog | undefined;

function say(line: string): void {
  console.log(line);
}

/** What becomes of the processes: for who watches, and for the log. */
function tell(line: string, level: 'info' | 'warn' = 'info'): void {
  say(line);
  log?.logger[level](line.trim());
}

/** Opens the log that other processes write to as well. @returns what closes it. */
function openSystemLog(config: Config, { addresses }: System): () => Promise<void> {
  const { DATABASE_URL } = addresses;
  const database = openDatabase(DATABASE_URL, 1);
  const kept = openLog('start', { ...config, DATABASE_URL }, database, { isSilent: true });
  log = kept;
  return async () => {
    log = undefined;
    await kept.close();
    await database.close();
  };
}

/** Shows a tour, whose report ends with the addresses, unless the file says that there was one. */
async function tourOnce(system: System, toured: string | undefined): Promise<boolean> {
  if (toured !== undefined && existsSync(toured)) {
    showAddresses(system);
    return true;
  }
  const isWell = await runTour(system);
  if (isWell && toured !== undefined) writeFileSync(toured, '');
  if (isWell || stopRequest.signal.aborted) return isWell;
  say('\nThe tour did not end well; the reason is above.');
  showAddresses(system);
  return false;
}

/** Runs the tour with its report on our output. @returns whether it went well. */
function runTour({ env }: System): Promise<boolean> {
  const script = join(root, 'src/cli/main.ts');
  return new Promise((done) => {
    const tour = spawn(process.execPath, [script, 'tour'], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
      signal: stopRequest.signal,
    });
    tour.once('error', () => done(false));
    tour.once('exit', (code) => done(code === 0));
  });
}

function showAddresses({ addresses }: System): void {
  say(`Dashboard  ${addresses.DASHBOARD_URL}`);
  if (addresses.TEMPORAL_UI_URL) say(`Temporal   ${addresses.TEMPORAL_UI_URL}`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { once: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    say(help);
    return 0;
  }
  const startedAt = performance.now();
  const config = readConfig();
  oldNamesIn().forEach(say);
  const system = await startSystem({ config, root, say: tell, signal: stopRequest.signal });
  const closeLog = openSystemLog(config, system);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  tell(`Ready in ${seconds} s.\n`);
  const toured = join(resolve(root, config.AGENTIC_STATE_DIR), 'toured');
  try {
    const isWell = await tourOnce(system, values.once ? undefined : toured);
    if (values.once) return isWell ? 0 : 1;
    if (!stopRequest.signal.aborted) {
      say(`\nCtrl-C stops everything; the data stays. Logs: ${config.AGENTIC_STATE_DIR}/logs`);
    }
    await new Promise<void>((done) => {
      if (stopRequest.signal.aborted) done();
      else stopRequest.signal.addEventListener('abort', () => done());
    });
    return 0;
  } finally {
    await closeLog();
    await system.stop();
    say('Stopped.');
  }
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, requestStop);
if (process.channel) {
  process.on('disconnect', requestStop); // the bootstrap is gone, and with it who could stop us
}

try {
  process.chdir(root);
  process.exitCode = await main();
} catch (error) {
  const isPlain = error instanceof StartError || error instanceof ConfigError;
  if (!stopRequest.signal.aborted) console.error(isPlain ? error.message : error);
  process.exitCode = stopRequest.signal.aborted ? 0 : 1;
}
process.channel?.unref();

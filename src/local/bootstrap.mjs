#!/usr/bin/env node
/**
 * The door to every command of a checkout: `start`, `test`, `bench`, `chaos` and `agentic`, and `install`
 * alone. Runs on Node 20 with nothing installed, installs what the lock file names, and hands over to the
 * pinned Node 24.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(root, 'node_modules');
const pinnedNode = join(modules, 'node', 'bin', 'node');
const stampFile = join(modules, '.agentic-stamp');
const quiet = '--disable-warning=ExperimentalWarning';

/** Progress goes to stderr: the output of `agentic --json` belongs to a program. */
const say = (line) => console.error(line);

class Trouble extends Error {}

async function main() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Trouble(`Node ${process.versions.node} is too old: install Node 20 or newer.`);
  }
  // As the installed command `agentic` there is no word before its own arguments.
  const isNamed = basename(process.argv[1] ?? '').startsWith('bootstrap');
  const [command, ...args] = isNamed
    ? process.argv.slice(2)
    : ['agentic', ...process.argv.slice(2)];
  const run = { start, agentic, test, bench, chaos, install: () => undefined }[command];
  if (run === undefined) {
    throw new Trouble(
      'Usage: node src/local/bootstrap.mjs start|test|bench|chaos|agentic|install [arguments]',
    );
  }
  const lock = fs.readFileSync(join(root, 'package-lock.json'));
  const stamp = createHash('sha256').update(lock).digest('hex');
  if (!isInstalled(stamp, lock)) await install(stamp);
  process.env.INIT_CWD ??= process.cwd(); // file arguments are meant from where the person is
  process.chdir(root);
  // what has been compiled once starts in two thirds of the time
  process.env.NODE_COMPILE_CACHE ??= join(root, '.agentic', 'compiled');
  await run(args);
}

const start = (args) => handOver([quiet, join(root, 'src/local/start.ts'), ...args], ['ipc']);

const agentic = (args) => handOver([quiet, join(root, 'src/cli/main.ts'), ...args]);

const bench = (args) => handOver([quiet, join(root, 'bench/main.ts'), ...args]);

const chaos = (args) => handOver([quiet, join(root, 'bench/chaos/main.ts'), ...args]);

function test(args) {
  const isLong = args.includes('--long') || args.some((arg) => arg.includes('test/long'));
  say('Tests run on a real Temporal server and Postgres; preparing them takes about 15 s.');
  return handOver([
    ...[quiet, '--experimental-vm-modules', join(modules, 'jest/bin/jest.js')],
    ...args.filter((arg) => arg !== '--long'),
    ...(isLong ? [] : ['--testPathIgnorePatterns=/test/long/']), // last: it takes all words after it
  ]);
}

/** True when node_modules is what the lock file says, whoever installed it. */
function isInstalled(stamp, lock) {
  if (!fs.existsSync(pinnedNode)) return false;
  if (read(stampFile) === stamp) return true;
  const installed = read(join(modules, '.package-lock.json'));
  if (installed === undefined || !matches(JSON.parse(installed), JSON.parse(lock))) return false;
  fs.writeFileSync(stampFile, stamp);
  return true;
}

/** Compares npm's own note of what it installed; optional packages of other machines may be missing. */
function matches(installed, wanted) {
  const there = installed.packages;
  const packages = Object.entries(wanted.packages).filter(([path]) => path !== '');
  return (
    packages.every(([path, { version, optional, devOptional, peer }]) =>
      there[path] ? there[path].version === version : optional || devOptional || peer,
    ) && Object.keys(there).every((path) => path in wanted.packages)
  );
}

async function install(stamp) {
  const release = await installLock();
  try {
    if (fs.existsSync(pinnedNode) && read(stampFile) === stamp) return; // done while we waited
    say('Installing the dependencies: about a minute, only when package-lock.json changed …');
    const startedAt = Date.now();
    const seconds = () => Math.round((Date.now() - startedAt) / 1000);
    const ticker = setInterval(() => say(`  still installing, ${seconds()} s`), 15_000);
    const { code, said } = await npm(['ci', '--include=dev', '--no-audit', '--no-fund']).finally(
      () => clearInterval(ticker),
    );
    if (code !== 0) throw new Trouble(adviceFor(said));
    if (!fs.existsSync(pinnedNode)) {
      throw new Trouble(
        'npm installed the dependencies without running their scripts, so the pinned Node is missing. ' +
          'Allow scripts (`npm config set ignore-scripts false`) and run the same command again.',
      );
    }
    fs.writeFileSync(stampFile, stamp);
    say(`Dependencies installed, ${seconds()} s`);
  } finally {
    release();
  }
}

function npm(args) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (said += chunk));
    child.once('error', (error) =>
      reject(
        error.code === 'ENOENT'
          ? new Trouble(
              'npm was not found: install npm (it comes with Node) and put it on the PATH.',
            )
          : error,
      ),
    );
    child.once('close', (code) => resolve({ code, said }));
  });
}

function adviceFor(said) {
  if (/ENOSPC|no space left/i.test(said)) {
    return `The disk that holds ${root} is full. Free about 2 GB and run the same command again.`;
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH/.test(said)) {
    return 'npm cannot reach its registry. Check the network or proxy and run the same command again.';
  }
  const [reason] = said.split('npm error Clean install a project'); // how to use npm ci follows
  const last = reason.trim().split('\n').slice(-20).join('\n');
  return `npm could not install the dependencies. Its last lines:\n${last}`;
}

/** Two commands at once on a fresh checkout: one installs, the other waits for it. */
async function installLock() {
  const file = join(root, '.agentic', 'install.lock');
  fs.mkdirSync(join(root, '.agentic'), { recursive: true });
  for (let told = false; ; told = true) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => fs.rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(read(file));
    if (holder && !isAlive(holder)) fs.rmSync(file, { force: true });
    else if (!told) say(`Another command (pid ${holder}) is installing here; waiting for it …`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** Becomes the pinned Node, as far as terminal, signals and exit code can tell. */
function handOver(args, channel = []) {
  const child = spawn(pinnedNode, args, { stdio: ['inherit', 'inherit', 'inherit', ...channel] });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => {
      // Ctrl-C in a terminal reaches the child without us.
      if (name !== 'SIGINT' || !process.stdin.isTTY) child.kill(name);
    });
  }
  if (process.env.npm_lifecycle_event !== undefined) stopWithNpm(child);
  return new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (signal === null) process.exit(code ?? 1);
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    });
  });
}

/** A signal to npm ends npm and the shell between us, and neither passes it on. */
function stopWithNpm(child) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 500);
  watch.unref();
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

main().catch((error) => {
  const message = error instanceof Trouble ? error.message : error;
  console.error(message);
  process.exitCode = 1;
});

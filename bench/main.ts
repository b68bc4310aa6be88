/** Process: `npm run bench -- <name> [--json] [--seed n] [--simulated] [--runs n …]`. Ends with 1 when a check fails. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { jsonOf, machine, textOf, type Bench } from './harness.ts';

/** Each is loaded when it runs: what it compares with may not be installed before. */
const benches: Readonly<
  Record<
    string,
    {
      readonly line: string;
      /** Where the packages stand that it needs and nothing else does. */
      readonly packages?: string;
      load: () => Promise<Bench>;
    }
  >
> = {
  annealing: {
    line: 'memory by our rules beside five others, simulated, and on real servers (4 min)',
    load: async () => (await import('./annealing/bench.ts')).annealing,
  },
  dashboard: {
    line: '20,000 runs and a million tasks on screen: answers, open pages, 200 tabs (45 min)',
    packages: join(import.meta.dirname, 'dashboard'),
    load: async () => (await import('./dashboard/bench.ts')).dashboard,
  },
  door: {
    line: 'gate and ledger, call by call and 500 at once, beside other rate limiters',
    packages: import.meta.dirname,
    load: async () => (await import('./door.ts')).door,
  },
  leads: {
    line: '100,000 leads through import, process and export in bounded memory (2 min)',
    load: async () => (await import('./leads/bench.ts')).leads,
  },
};

/** Those that need the rivals' own types are processes of their own. */
const scripts: Readonly<Record<string, { readonly line: string; readonly file: string }>> = {
  swarm: {
    line: 'swarms beside BullMQ, DBOS, pg-boss, graphile-worker and the plain SDK (30 min)',
    file: 'swarm/bench.ts',
  },
  million: {
    line: 'a million tasks: counted exactly, histories and memory bounded',
    file: 'swarm/million.ts',
  },
};

const usage = [
  'npm run bench -- <name>            tables, and a verdict on each target',
  'npm run bench -- <name> --json     the same as one JSON object, on the last line',
  'npm run bench -- <name> --seed 7   another order of the contestants, or other worlds',
  'npm run bench -- annealing --simulated   without its part on servers (1 min)',
  'npm run bench -- dashboard --runs 200 --tasks 2000 --minutes 0.5   a quick look',
  '',
  ...Object.entries({ ...benches, ...scripts }).map(
    ([name, { line }]) => `  ${name.padEnd(12)}${line}`,
  ),
].join('\n');

/** Installs what benches measure and compare with, when the folder's package-lock.json is new here. */
function install(folder: string): void {
  const lockFile = join(folder, 'package-lock.json');
  const stamp = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  const stampFile = join(folder, 'node_modules', '.agentic-stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.error('Installing what the bench needs besides the project …');
  const { status, error } = spawnSync(
    'npm',
    ['ci', '--prefix', folder, '--no-audit', '--no-fund'],
    { stdio: ['ignore', 2, 2] },
  );
  if (status !== 0) {
    throw new Error(`npm could not install ${lockFile}; its reason is above`, {
      cause: error,
    });
  }
  writeFileSync(stampFile, stamp);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    simulated: { type: 'boolean', default: false },
    runs: { type: 'string' },
    tasks: { type: 'string' },
    minutes: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [name] = positionals;
const chosen = name === undefined ? undefined : benches[name];
const script = name === undefined ? undefined : scripts[name];
const seed = Number(values.seed);
const { runs, tasks, minutes } = values;
const sizes = Object.entries({ runs, tasks, minutes }).flatMap(([key, text]) =>
  text === undefined ? [] : [[key, Number(text)] as const],
);
const wrong = sizes.find(([, size]) => !(size > 0));

if (name === undefined || values.help) {
  console.log(usage);
} else if (script && Number.isInteger(seed)) {
  install(import.meta.dirname);
  const given = [...(values.json ? ['--json'] : []), '--seed', values.seed];
  const file = join(import.meta.dirname, script.file);
  process.exitCode =
    spawnSync(process.execPath, [file, ...given], { stdio: 'inherit' }).status ?? 1;
} else if (wrong) {
  console.error(`--${wrong[0]}: expected a number above 0`);
  process.exitCode = 2;
} else if (!chosen || !Number.isInteger(seed)) {
  console.error(chosen ? `--seed: expected a whole number, got ${values.seed}` : usage);
  process.exitCode = 2;
} else {
  if (chosen.packages !== undefined) install(chosen.packages);
  const bench = await chosen.load();
  const machineThen = machine();
  const result = await bench({
    seed,
    say: (line) => console.error(line),
    isSimulated: values.simulated,
    sizes: Object.fromEntries(sizes),
  });
  console.log(values.json ? jsonOf(name, machineThen, seed, result) : textOf(machineThen, result));
  if (result.checks.some(({ pass }) => !pass)) process.exitCode = 1;
}

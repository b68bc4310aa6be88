import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Config } from '../../src/platform/config.ts';
import type { Database } from '../../src/platform/database.ts';
import { buildWebApp, isWebAppBuilt } from '../../src/local/web-app.ts';
import { firstViews } from '../../test/support/first-view.ts';
import { startBenchSystem } from '../annealing/system.ts';
import {
  atLeast,
  atMost,
  machine,
  rounded,
  textOf,
  type BenchOptions,
  type BenchResult,
} from '../harness.ts';
import { fill } from './fill.ts';
import { measureHeap } from './heap.ts';
import { measureFirstView } from './lighthouse.ts';
import { startDashboard } from './process.ts';
import { measureReads } from './reads.ts';
import { measureTabs } from './tabs.ts';

const root = join(import.meta.dirname, '../..');
const mostScriptKb = 250;

/** How much is stored, and how long each part takes. */
export interface Sizes {
  readonly runs: number;
  readonly tasks: number;
  /** Of the page that stays open. */
  readonly minutes: number;
  readonly tabs: number;
  /** How long tabs are watched. */
  readonly tabSeconds: number;
  readonly rounds: number;
  /** Questions of one kind in one round. */
  readonly most: number;
  /** Runs of Lighthouse on each page; none leaves it out. */
  readonly lighthouse: number;
}

const whole: Sizes = {
  ...{ runs: 20_000, tasks: 1_000_000, minutes: 15, tabs: 200, tabSeconds: 30 },
  ...{ rounds: 3, most: 1_000, lighthouse: 5 },
};

/** The servers that the dashboard shows, with its tables empty. */
interface Servers {
  readonly config: Config;
  readonly client: Client;
  readonly database: Database;
  /** Does something while a worker runs. */
  readonly withWorker: (work: () => Promise<void>) => Promise<void>;
}

type Part = Pick<BenchResult, 'checks' | 'figures'> & Partial<Pick<BenchResult, 'versions'>>;

/** The dashboard with a year's work stored: answers, memory of open pages, many tabs, first views. */
export async function dashboard(options: BenchOptions): Promise<BenchResult> {
  const sizes = { ...whole, ...options.sizes };
  const system = await startBenchSystem();
  try {
    const result = await measureDashboard(options, system, sizes);
    return { ...result, versions: { ...system.versions, ...result.versions } };
  } finally {
    await system.stop();
  }
}

/** All parts, one after the other, against a dashboard process. */
export async function measureDashboard(
  options: BenchOptions,
  { config, client, database, withWorker }: Servers,
  sizes: Sizes,
): Promise<BenchResult> {
  const { say } = options;
  if (!isWebAppBuilt(root)) await buildWebApp(root, new AbortController().signal);
  say(`storing ${sizes.runs} runs and a swarm of ${sizes.tasks} tasks …`);
  const filled = await fill(database, sizes);
  const process = await startDashboard(config);
  const parts: Part[] = [];
  /** What was measured so far is told at once, and stays when a later part breaks. */
  const measure = async (name: string, work: () => Promise<Part>): Promise<void> => {
    const part = await work().catch((error: unknown): Part => {
      say(`${name} could not be measured: ${String(error)}`);
      return { checks: [atLeast(`${name}, measured to the end`, 0, 1, '')], figures: {} };
    });
    parts.push(part);
    say(textOf(machine(), { versions: {}, settings: {}, ...part }));
  };
  try {
    const { url } = process;
    await measure('answers', () => measureReads(options, url, filled, sizes));
    await measure('open tabs', () =>
      measureTabs(options, process, database, { ...sizes, seconds: sizes.tabSeconds }),
    );
    await withWorker(() =>
      measure('heap', () => measureHeap(options, { url, client }, filled, sizes.minutes)),
    );
    if (sizes.lighthouse > 0) {
      const of = { runs: sizes.lighthouse, paths: ['/', '/runs?last=all'] };
      await measure('first views', () => measureFirstView(options, url, of));
    }
  } finally {
    await process.end();
  }
  parts.push(scriptSizes());
  return {
    versions: merged(parts.map(({ versions = {} }) => versions)),
    settings: { ...sizes },
    checks: parts.flatMap(({ checks }) => checks),
    figures: merged(parts.map(({ figures }) => figures)),
    notes: [
      'Asked one after the other on one connection, from the process that measures; the dashboard, Postgres and Temporal share the machine with it.',
      'One run in a hundred is open, and so is the swarm: its counts are read from its rows each time, as while it works.',
      'Each of the tabs has a token of its own, and is asked about every five seconds as a person’s would be.',
    ],
  };
}

const merged = <T>(all: readonly Readonly<Record<string, T>>[]): Readonly<Record<string, T>> =>
  Object.fromEntries(all.flatMap((each) => Object.entries(each)));

function scriptSizes() {
  const kb = [...firstViews(join(root, 'dist/web'))].map(([page, bytes]) => ({
    what: page.replace(/^pages\//, ''),
    'KB, gzipped': rounded(bytes / 1_000),
  }));
  const first = kb.find(({ what }) => what === 'overview.tsx')?.['KB, gzipped'] ?? Number.NaN;
  return {
    checks: [atMost('script of the first view', first, mostScriptKb, 'KB, gzipped')],
    figures: { 'script of each page’s first view': kb },
  };
}

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { workerFlags } from '../../src/platform/worker-flags.ts';
import { atMost, rounded, type BenchOptions, type BenchResult, type Check } from '../harness.ts';
import { startBenchPostgres } from '../postgres.ts';
import { businessesIn, repeatEvery, writeLeads } from './made-up.ts';

const settings = { lines: 100_000, fewLines: 20_000, repeatEvery, mostRssMb: 300 };

const counts = z.object({ created: z.int(), changed: z.int(), unchanged: z.int(), bad: z.int() });
const Ours = z.object({
  tookMs: z.record(z.string(), z.number()),
  imported: counts,
  processed: z.object({ leads: z.int(), changed: z.int(), merged: z.int() }),
  again: counts,
  rssMb: z.number(),
});
const Naive = z.object({ seconds: z.number(), rssMb: z.number() });

async function processOf(script: string, args: readonly string[]): Promise<unknown> {
  const file = join(import.meta.dirname, script);
  const { stdout } = await promisify(execFile)(process.execPath, [...workerFlags, file, ...args]);
  return JSON.parse(stdout);
}

/** A file of leads through import, process and export, beside a script that holds all of it. */
export async function leads({ say }: BenchOptions): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'agentic-bench-leads-'));
  const postgres = await startBenchPostgres();
  const pathOf = (name: string) => join(folder, name);
  const ours = async (lines: number) => {
    const input = pathOf(`${lines}.csv`);
    await writeLeads(input, lines);
    say(`ours, ${lines} lines …`);
    const account = `bench-${lines}`;
    return Ours.parse(
      await processOf('ours.ts', [postgres.url, input, pathOf(`${lines}.ours.csv`), account]),
    );
  };
  try {
    const few = await ours(settings.fewLines);
    const many = await ours(settings.lines);
    say('the script that holds all of it …');
    const input = pathOf(`${settings.lines}.csv`);
    const naive = Naive.parse(await processOf('naive.ts', [input, pathOf('naive.csv')]));
    const seconds = Object.values(many.tookMs).reduce((sum, ms) => sum + ms, 0) / 1_000;
    const mine = sitesIn(pathOf(`${settings.lines}.ours.csv`));
    const theirs = sitesIn(pathOf('naive.csv'));
    return {
      versions: {},
      settings,
      checks: [
        atMost('peak memory of 100,000 leads', many.rssMb, settings.mostRssMb, 'MB'),
        atMost('the same beside 20,000 leads', many.rssMb / few.rssMb, 1.3, 'times'),
        atMost(
          'time of the import a line, beside that of 20,000',
          importMsALine(many, settings.lines) / importMsALine(few, settings.fewLines),
          2,
          'times',
        ),
        exactly('leads in the exported file', mine.size, businessesIn(settings.lines)),
        exactly('addresses that the script has and we have not', missing(mine, theirs), 0),
        exactly(
          'leads that a repeat of the import changes',
          many.again.created + many.again.changed,
          0,
        ),
      ],
      figures: {
        [`${settings.lines} leads`]: [
          { what: 'ours', seconds: rounded(seconds), 'peak MB': rounded(many.rssMb) },
          {
            what: 'read all, Map, write all',
            seconds: rounded(naive.seconds),
            'peak MB': rounded(naive.rssMb),
          },
        ],
        'ours, step by step': Object.entries(many.tookMs).map(([what, ms]) => ({
          what,
          seconds: rounded(ms / 1_000),
          'leads a second': rounded((settings.lines * 1_000) / ms),
        })),
      },
      notes: [
        'Ours keeps each lead in Postgres with the source of each field, fsync on, and goes on where it was killed; the script keeps nothing, and knows neither phones nor people.',
        'Memory is the largest resident set of the process that does the work; Postgres is not in it.',
      ],
    };
  } finally {
    await postgres.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

const importMsALine = ({ tookMs }: z.infer<typeof Ours>, lines: number): number =>
  (tookMs.import ?? Number.NaN) / lines;

const exactly = (name: string, value: number, target: number): Check => ({
  ...{ name, value, target: `= ${target}`, pass: value === target },
});

/** Addresses by site. */
function sitesIn(path: string): ReadonlyMap<string, ReadonlySet<string>> {
  const rows: Record<string, string>[] = parse(readFileSync(path, 'utf8'), { columns: true });
  return new Map(
    rows.map((row) => [
      new URL(row.Website ?? '').hostname.replace(/^www\./, ''),
      new Set((row.Emails ?? '').split('\n')),
    ]),
  );
}

const missing = (
  mine: ReadonlyMap<string, ReadonlySet<string>>,
  theirs: ReadonlyMap<string, ReadonlySet<string>>,
): number =>
  [...theirs].reduce(
    (sum, [site, emails]) =>
      sum + [...emails].filter((email) => mine.get(site)?.has(email) !== true).length,
    0,
  );

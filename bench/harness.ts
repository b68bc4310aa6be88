import { cpus, loadavg, totalmem } from 'node:os';

/** What a bench is given. */
export interface BenchOptions {
  /** Decides the order in which contestants take turns, and whatever else is drawn by lot. */
  readonly seed: number;
  /** One line for the person who watches; never on stdout. */
  readonly say: (line: string) => void;
  /** Leaves out what needs servers, where a bench has such a part. */
  readonly isSimulated?: boolean;
  /** How much of what, where a bench can do with less: `{ runs: 200 }`. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/** A bench: `npm run bench -- <name>`. */
export type Bench = (options: BenchOptions) => Promise<BenchResult>;

/** A figure that has to be on the right side of its target. */
export interface Check {
  readonly name: string;
  readonly value: number;
  /** `≤ 1 ms` */
  readonly target: string;
  readonly pass: boolean;
}

/** One row of the table for people: a contestant, and its figures by their heads. */
interface Figures {
  readonly what: string;
  readonly [head: string]: string | number;
}

/** What a bench found. */
export interface BenchResult {
  readonly versions: Readonly<Record<string, string>>;
  /** Rounds, calls, limits: what another run needs to compare. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly checks: readonly Check[];
  /** Tables by title. */
  readonly figures: Readonly<Record<string, readonly Figures[]>>;
  /** What a reader has to know to read the figures right. */
  readonly notes?: readonly string[];
}

/** The value below which so much of the sample lies: 0.5 is the median. */
export function quantile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Three significant digits, so that nobody reads more into a figure than is in it. */
export const rounded = (value: number): number => Number(value.toPrecision(3));

/** Median and 95th percentile in milliseconds. */
export const spread = (sample: readonly number[]) => ({
  p50: rounded(quantile(sample, 0.5)),
  p95: rounded(quantile(sample, 0.95)),
});

/** How long each of several calls took, made one after the other. */
export async function timed(times: number, call: () => Promise<unknown>): Promise<number[]> {
  const tookMs: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    await call();
    tookMs.push(performance.now() - began);
  }
  return tookMs;
}

/**
 * Lets contestants take turns, each round in another order, so that a slow minute of the machine is
 * a slow minute of all of them. A first round warms up and is not counted.
 *
 * @returns the samples of all counted rounds, by contestant.
 */
export async function interleaved<Name extends string>(
  { seed, say }: BenchOptions,
  rounds: number,
  contestants: Readonly<Record<Name, () => Promise<readonly number[]>>>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const random = randomFrom(seed);
  const samples = new Map<string, number[]>();
  const all = Object.entries<() => Promise<readonly number[]>>(contestants);
  for (const [name] of all) samples.set(name, []);
  for (let round = 0; round <= rounds; round += 1) {
    say(round === 0 ? 'warming up …' : `round ${round} of ${rounds} …`);
    for (const [name, run] of inAnyOrder(all, random)) {
      const sample = await run();
      if (round > 0) samples.get(name)?.push(...sample);
    }
  }
  return samples;
}

/**
 * The same things in an order drawn by lot; the same for the same seed.
 *
 * @public for bench/swarm, which is a project of its own
 */
export const shuffled = <T>(things: readonly T[], seed: number): readonly T[] =>
  inAnyOrder(things, randomFrom(seed));

const inAnyOrder = <T>(things: readonly T[], random: () => number): readonly T[] =>
  things
    .map((each) => ({ each, lot: random() }))
    .toSorted((a, b) => a.lot - b.lot)
    .map(({ each }) => each);

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Passes when the value is not above the target. */
export const atMost = (name: string, value: number, target: number, unit: string): Check => ({
  ...{ name, value: rounded(value), target: `≤ ${target} ${unit}`, pass: value <= target },
});

/** Passes when the value is not below the target. */
export const atLeast = (name: string, value: number, target: number, unit: string): Check => ({
  ...{ name, value: rounded(value), target: `≥ ${target} ${unit}`, pass: value >= target },
});

/** What of this machine decides the figures, with how busy it was as the bench began. */
export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform} ${process.arch}`,
  loadAtStart: rounded(loadavg()[0] ?? 0),
});

type Machine = ReturnType<typeof machine>;

/** Everything on one line, as `--json` prints it last. */
export const jsonOf = (
  name: string,
  machineThen: Machine,
  seed: number,
  { versions, notes = [], ...result }: BenchResult,
): string =>
  JSON.stringify({
    name,
    machine: machineThen,
    versions: { node: process.versions.node, ...versions },
    seeds: [seed],
    ...result,
    notes: [...busyNotes(machineThen), ...notes],
  });

/** A machine that does other things measures these, too. */
const busyNotes = ({ loadAtStart, cores }: Machine): readonly string[] =>
  loadAtStart > cores / 2
    ? [
        `The machine was busy (load ${loadAtStart} on ${cores} cores): run this again when it is idle.`,
      ]
    : [];

/** Tables and checks for people. */
export function textOf(machineThen: Machine, { figures, checks, notes = [] }: BenchResult): string {
  const tables = Object.entries(figures).map(([title, rows]) => `${title}\n${tableOf(rows)}`);
  const verdicts = checks.map(
    ({ name, value, target, pass }) =>
      `${pass ? 'ok    ' : 'FAILED'}  ${name}: ${value} (${target})`,
  );
  return [...tables, verdicts.join('\n'), [...busyNotes(machineThen), ...notes].join('\n')]
    .filter(Boolean)
    .join('\n\n');
}

function tableOf(rows: readonly Figures[]): string {
  const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [
    heads.map((head) => (head === 'what' ? '' : head)),
    ...rows.map((row) => heads.map((head) => String(row[head] ?? ''))),
  ];
  const widths = heads.map((_, column) =>
    Math.max(...lines.map((cells) => (cells[column] ?? '').length)),
  );
  const place = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((cells) => `  ${cells.map(place).join('   ')}`).join('\n');
}

import { atLeast, atMost, type BenchOptions, type BenchResult } from '../harness.ts';
import { arms, type ArmName } from './arms.ts';
import { simulate, type Outcome, type Round } from './simulate.ts';
import { estimate, inWords, ratio, type Estimate } from './statistics.ts';
import { practice, scenarios, type Scenario } from './world.ts';

const window = 5;
const settings = { seeds: 30, window, learntAfter: practice.rounds - 2 * window, ...practice };
const names = Object.keys(arms).filter((name): name is ArmName => Object.hasOwn(arms, name));

/**
 * Memory by the product's own rules beside five others, in eight kinds of weather; and then by the
 * product itself beside none, unless only the simulation is wanted.
 */
export async function annealing(options: BenchOptions): Promise<BenchResult> {
  const simulated = measure(options, settings.seeds);
  if (options.isSimulated) return simulated;
  const { onServers } = await import('./on-servers.ts');
  const real = await onServers(options);
  return {
    versions: { ...simulated.versions, ...real.versions },
    settings: { simulated: simulated.settings, onServers: real.settings },
    checks: [...simulated.checks, ...real.checks],
    figures: { ...simulated.figures, ...real.figures },
    notes: [...(simulated.notes ?? []), ...(real.notes ?? [])],
  };
}

/** The simulation with fewer or more seeds. */
export function measure({ seed, say }: BenchOptions, seeds: number): BenchResult {
  const results = new Results(
    Array.from({ length: seeds }, (_, nth) => seed + nth),
    say,
  );
  return {
    versions: {},
    settings: { ...settings, seeds },
    checks: checksOf(results),
    figures: {
      ...Object.fromEntries(scenarios.map((scenario) => [scenario, tableOf(results, scenario)])),
      'after drift, by window: seconds a task': courseOf(results, 'drift', (...them) =>
        inWords(estimate(them.map((each) => costOf(each) / 1_000)), 2),
      ),
      'ours beside others at the end': besides(results),
      'stationary, by calls a task may make: % done at the end': byTries(results),
    },
    notes: [
      `Means of ${seeds} worlds, each drawn by its seed, ± 95% confidence (t · s / √n); all arms ` +
        'meet the same world, and the same luck where they make the same call.',
      'The end is rounds 31 to 40; a window is five rounds. Seconds a task are those of all calls, ' +
        'failed ones included, for each task that was done.',
      `A round is a day of ${practice.runsADay} runs for each of ${practice.capabilities} ` +
        'capabilities of one account. Memory is told of a run before the next one, never during one.',
      'What no memory does is what the product does without any: methods as declared, the next one ' +
        'after a refusal, the same again after a failure in passing, until its calls are used up. ' +
        'How far memory is ahead depends on how many calls that is; the last table shows it.',
      'Costs are compared as mean over mean, with the delta method for the interval.',
      'Lines: one for each lesson, note, ban or counter that stands at the end.',
    ],
  };
}

/** Simulates when it is asked, and keeps what it found. */
class Results {
  readonly seeds: readonly number[];
  readonly #say: (line: string) => void;
  readonly #known = new Map<string, readonly Outcome[]>();
  constructor(seeds: readonly number[], say: (line: string) => void) {
    this.seeds = seeds;
    this.#say = say;
  }
  of(scenario: Scenario, name: ArmName, tries?: number): readonly Outcome[] {
    const key = `${scenario}, ${name}, ${tries ?? ''}`;
    const known = this.#known.get(key);
    if (known) return known;
    this.#say(`${scenario}: ${name} …`);
    const outcomes = this.seeds.map((seed) => simulate(seed, scenario, name, tries));
    this.#known.set(key, outcomes);
    return outcomes;
  }
}

type Part = (outcome: Outcome) => readonly Round[];
type Figure = (rounds: readonly Round[]) => number;

const sum = (rounds: readonly Round[], what: keyof Round): number =>
  rounds.reduce((total, round) => total + round[what], 0);
const doneOf: Figure = (rounds) => (100 * sum(rounds, 'done')) / sum(rounds, 'tasks');
const firstOf: Figure = (rounds) => (100 * sum(rounds, 'firstTries')) / sum(rounds, 'tasks');
const costOf: Figure = (rounds) => sum(rounds, 'costMs') / Math.max(sum(rounds, 'done'), 1);

const end: Part = ({ rounds }) => rounds.slice(settings.learntAfter);
const afterDrift: Part = ({ rounds }) => rounds.slice(practice.rounds / 2);
const windows = Array.from({ length: practice.rounds / window }, (_, nth) => nth * window);

/** A figure of ours less that of another arm, in the same worlds. */
function ahead(
  results: Results,
  scenario: Scenario,
  other: ArmName,
  figure: (outcome: Outcome) => number,
): Estimate {
  const theirs = results.of(scenario, other).map(figure);
  const ours = results.of(scenario, 'ours').map(figure);
  return estimate(ours.map((each, nth) => each - (theirs[nth] ?? 0)));
}

/** The mean of a figure of ours as a share of another arm's mean. */
const beside = (
  results: Results,
  scenario: Scenario,
  other: ArmName,
  figure: (outcome: Outcome) => number,
): Estimate =>
  ratio(results.of(scenario, 'ours').map(figure), results.of(scenario, other).map(figure));

const inWindow =
  (from: number): Part =>
  ({ rounds }) =>
    rounds.slice(from, from + window);
const costIn =
  (part: Part) =>
  (outcome: Outcome): number =>
    costOf(part(outcome));

function checksOf(results: Results): BenchResult['checks'] {
  const everywhere = (value: (scenario: Scenario) => number) => scenarios.map(value);
  const allWindows = (value: (scenario: Scenario, part: Part) => number) =>
    scenarios.flatMap((scenario) => windows.map((from) => value(scenario, inWindow(from))));
  const total = (scenario: Scenario, of: (outcome: Outcome) => number) =>
    results.of(scenario, 'ours').reduce((all, outcome) => all + of(outcome), 0);
  const all = (of: (outcome: Outcome) => number) =>
    everywhere((scenario) => total(scenario, of)).reduce((a, b) => a + b, 0);
  const counters = 'helpful/harmful counters';
  return [
    atLeast(
      'tasks done, worst of all windows, ahead of no memory',
      Math.min(
        ...allWindows(
          (scenario, part) =>
            ahead(results, scenario, 'no memory', (each) => doneOf(part(each))).mean,
        ),
      ),
      0,
      'points',
    ),
    atMost(
      'cost of a task, worst of all windows, beside no memory',
      Math.max(
        ...allWindows(
          (scenario, part) => beside(results, scenario, 'no memory', costIn(part)).mean,
        ),
      ),
      1,
      'times',
    ),
    atLeast(
      'tasks done once learnt, worst scenario, ahead of no memory',
      Math.min(
        ...everywhere(
          (scenario) => ahead(results, scenario, 'no memory', (each) => doneOf(end(each))).mean,
        ),
      ),
      12,
      'points',
    ),
    ...(['stationary', 'drift'] as const).map((scenario) =>
      atMost(
        `${scenario}: cost of a task at the end, beside the oracle`,
        beside(results, scenario, 'oracle', costIn(end)).mean,
        1.1,
        'times',
      ),
    ),
    ...(['at the end', 'in all rounds since'] as const).map((when) =>
      atMost(
        `drift: cost of a task ${when}, beside counters`,
        beside(results, 'drift', counters, costIn(when === 'at the end' ? end : afterDrift)).mean,
        0.7,
        'times',
      ),
    ),
    atMost(
      'lines at round 40, worst scenario, beside append-only notes',
      Math.max(
        ...everywhere(
          (scenario) => beside(results, scenario, 'append-only notes', ({ lines }) => lines).mean,
        ),
      ),
      0.05,
      'times',
    ),
    atMost(
      'wrong constraints that outstay two canary windows, worst scenario',
      Math.max(
        ...everywhere(
          (each) =>
            total(each, ({ wrongs }) => wrongs.outstayed) /
            Math.max(
              total(each, ({ wrongs }) => wrongs.standing),
              1,
            ),
        ),
      ),
      0.01,
      'of those standing',
    ),
    atLeast(
      'first tries that worked at the end, worst scenario, ahead of counters',
      Math.min(
        ...everywhere(
          (scenario) => ahead(results, scenario, counters, (each) => firstOf(end(each))).mean,
        ),
      ),
      -2,
      'points',
    ),
    atMost(
      'tasks that broke a standing constraint',
      all(({ breaches }) => breaches),
      0,
      'tasks',
    ),
    atMost(
      'lessons in which a vendor can be heard',
      all(({ wrongs }) => wrongs.repeated),
      0,
      'lessons',
    ),
  ];
}

function tableOf(results: Results, scenario: Scenario) {
  return names.map((name) => {
    const outcomes = results.of(scenario, name);
    const cell = (figure: Figure, digits: number) =>
      inWords(estimate(outcomes.map((each) => figure(end(each)))), digits);
    const isWorking = outcomes.some((each) => sum(end(each), 'done') > 0);
    return {
      what: name,
      '% done at the end': cell(doneOf, 1),
      '% at the first try': cell(firstOf, 1),
      'seconds a task': isWorking ? cell((rounds) => costOf(rounds) / 1_000, 2) : 'none done',
      lines: inWords(estimate(outcomes.map(({ lines }) => lines)), 0),
    };
  });
}

/** How a figure went, window by window of the second half. */
const courseOf = (
  results: Results,
  scenario: Scenario,
  cell: (...rounds: readonly (readonly Round[])[]) => string,
) =>
  names.map((name) => ({
    what: name,
    ...Object.fromEntries(
      windows
        .filter((from) => from >= practice.rounds / 2)
        .map((from) => [
          `${from + 1}–${from + window}`,
          cell(...results.of(scenario, name).map(inWindow(from))),
        ]),
    ),
  }));

const byTries = (results: Results) =>
  (['no memory', 'ours', 'oracle'] as const).map((name) => ({
    what: name,
    ...Object.fromEntries(
      [2, 3, 4, 5].map((tries) => [
        `${tries} calls`,
        inWords(
          estimate(results.of('stationary', name, tries).map((each) => doneOf(end(each)))),
          1,
        ),
      ]),
    ),
  }));

/** What the checks compare, scenario by scenario, with how sure it is. */
const besides = (results: Results) =>
  scenarios.map((scenario) => ({
    what: scenario,
    'points ahead of no memory': inWords(
      ahead(results, scenario, 'no memory', (each) => doneOf(end(each))),
      1,
    ),
    'cost beside the oracle': inWords(beside(results, scenario, 'oracle', costIn(end)), 2),
    'cost beside counters': inWords(
      beside(results, scenario, 'helpful/harmful counters', costIn(end)),
      2,
    ),
    'the same, world by world': inWords(worldByWorld(results, scenario), 2),
    'first tries beside counters': inWords(
      ahead(results, scenario, 'helpful/harmful counters', (each) => firstOf(end(each))),
      1,
    ),
  }));

/** The mean of each world's own share, where a cheap world counts as much as a dear one. */
function worldByWorld(results: Results, scenario: Scenario): Estimate {
  const theirs = results.of(scenario, 'helpful/harmful counters').map(costIn(end));
  const ours = results.of(scenario, 'ours').map(costIn(end));
  return estimate(ours.map((each, nth) => each / (theirs[nth] ?? Number.NaN)));
}

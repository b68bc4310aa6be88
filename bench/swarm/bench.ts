/**
 * `npm run bench -- swarm`: the same tasks done by us and by others, in turns, on this machine.
 * One process starts and ends everything; each contender is started afresh in every round, so that
 * its first run is that of a cold system.
 */
import { parseArgs } from 'node:util';
import {
  atLeast,
  atMost,
  interleaved,
  jsonOf,
  machine,
  quantile,
  rounded,
  shuffled,
  textOf,
} from '../harness.ts';
import type { Contender } from './contender.ts';
import { inFlightLimit } from './contender.ts';
import { ourSwarm, type OurSwarm } from './ours.ts';
import { temporalActivityPerTask } from './plain-temporal.ts';
import { startBenchPostgres } from './postgres.ts';
import { rivals } from './rivals.ts';
import { startTemporalOnPostgres } from './temporal-on-postgres.ts';
import { startLocalTemporal } from './temporal-server.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    /** Part of the name of the only contender that we are compared with. */
    only: { type: 'string', default: '' },
  },
});
const seed = Number(values.seed);
const rounds = Number(values.rounds);
/** In this order, for all alike: the first run of a cold system, then two that are not counted. */
const shapes = [
  { name: '1,000 × 0 ms, cold', tasks: 1_000, ms: 0 },
  { name: null, tasks: 10_000, ms: 0 },
  { name: null, tasks: 10_000, ms: 10 },
  { name: '1,000 × 10 ms', tasks: 1_000, ms: 10 },
  { name: '10,000 × 0 ms', tasks: 10_000, ms: 0 },
  { name: '10,000 × 10 ms', tasks: 10_000, ms: 10 },
] as const;
/** Who would take minutes for 10,000 tasks does so many, and the rates are compared. */
const slow: Readonly<Record<string, number>> = { DBOS: 1_000, 'activity per task': 1_000 };
/** Runs of half a second vary by a fifth, so there are more of short tasks. One task an activity is never the best. */
const grainShapes = [
  { ms: 0, tasks: 3_000, grains: [10, 50, 100, 500, 1_000], times: 3 },
  { ms: 10, tasks: 3_000, grains: [10, 50, 100, 500, 1_000], times: 3 },
  { ms: 200, tasks: 2_000, grains: [10, 50, 100, 500], times: 1 },
  { ms: 2_000, tasks: 1_000, grains: [10, 50, 100, 500], times: 1 },
];
const oneTaskTimes = 40;

const say = (line: string): void => console.error(line);
// Servers are ended as this process ends, which a signal by itself would not let happen.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const machineThen = machine();
const postgres = await startBenchPostgres();
const onPostgres = await startTemporalOnPostgres();
const local = await startLocalTemporal('FULL');
const rates = new Map<string, Map<string, number[]>>();
const contenders: readonly { readonly contender: Contender; readonly mostTasks: number }[] = [
  { contender: ourSwarm(onPostgres, postgres.url), mostTasks: Infinity },
  { contender: ourSwarm(local, postgres.url), mostTasks: Infinity },
  { contender: ourSwarm(onPostgres, postgres.url, 'outcomes'), mostTasks: Infinity },
  { contender: ourSwarm(onPostgres, postgres.url, 'gate'), mostTasks: Infinity },
  ...rivals({ postgresUrl: postgres.url, temporal: [onPostgres] })
    .filter(({ contender }) => contender.name.includes(values.only))
    .map(({ contender, mostTasks = Infinity }) => ({
      contender,
      mostTasks: Math.min(
        mostTasks,
        ...Object.entries(slow).flatMap(([word, most]) =>
          contender.name.includes(word) ? [most] : [],
        ),
      ),
    })),
];

try {
  for (let round = 1; round <= rounds; round += 1) {
    for (const each of shuffled(contenders, seed + round)) await takeTurn(each, round);
  }
  const single = await oneTask();
  const grain = await tryGrains();
  report(single, grain);
} finally {
  for (const server of [local, onPostgres, postgres]) await server.stop();
}

async function takeTurn(
  { contender, mostTasks }: (typeof contenders)[number],
  round: number,
): Promise<void> {
  await contender.start();
  try {
    for (const { name, tasks, ms } of shapes) {
      const most = Math.min(tasks, mostTasks);
      const { seconds } = await contender.run(most, ms);
      if (name === null) continue;
      const known = rates.get(contender.name) ?? new Map<string, number[]>();
      rates.set(contender.name, known.set(name, [...(known.get(name) ?? []), most / seconds]));
      say(`round ${round}  ${contender.name}  ${name}  ${Math.round(most / seconds)}/s`);
    }
  } finally {
    await contender.stop();
  }
}

/** One task alone, start to result, beside the plain SDK on the same server. */
async function oneTask() {
  const ours = ourSwarm(local, postgres.url);
  const plain = temporalActivityPerTask(local);
  await ours.start();
  await plain.start();
  const tookMs = { ours: new Array<number>(), plain: new Array<number>() };
  try {
    for (let time = -5; time < oneTaskTimes; time += 1) {
      const [a, b] = [await ours.oneTask(), await plain.run(1, 0)];
      if (time < 0) continue;
      tookMs.ours.push(a.seconds * 1_000);
      tookMs.plain.push(b.seconds * 1_000);
    }
  } finally {
    await ours.stop();
    await plain.stop();
  }
  return { ours: quantile(tookMs.ours, 0.5), plain: quantile(tookMs.plain, 0.5) };
}

/** The grain that the swarm chooses, beside fixed ones: in turns, each as often. */
async function tryGrains() {
  const ours: OurSwarm = ourSwarm(onPostgres, postgres.url);
  await ours.start();
  try {
    const rows = [];
    for (const { ms, tasks, grains, times } of grainShapes) {
      const run = (grain?: number) => async () => [
        tasks / (await ours.measure(tasks, ms, grain)).seconds,
      ];
      const samples = await interleaved({ seed, say }, rounds * times, {
        chosen: run(),
        ...Object.fromEntries(grains.map((grain) => [`grain ${grain}`, run(grain)])),
      });
      const medians = [...samples].map(([what, all]) => [what, quantile(all, 0.5)] as const);
      const { chosen: adaptive = 0, ...fixed } = Object.fromEntries(medians);
      const best = Math.max(...Object.values(fixed));
      rows.push({ ms, fixed, adaptive, share: adaptive / best });
      say(`${ms} ms: chosen ${Math.round(adaptive)}/s, best fixed ${Math.round(best)}/s`);
    }
    return rows;
  } finally {
    await ours.stop();
  }
}

function report(
  single: Awaited<ReturnType<typeof oneTask>>,
  grain: Awaited<ReturnType<typeof tryGrains>>,
): void {
  /** Of the first contender of that name, in the order above. */
  const rate = (who: string, shape: string): number => {
    const { name } =
      contenders.map((each) => each.contender).find((each) => each.name.includes(who)) ?? {};
    return quantile(rates.get(name ?? '')?.get(shape) ?? [], 0.5);
  };
  const us = contenders[0]?.contender.name ?? '';
  const beside = (who: string, shape: string, least: number) => {
    const ratio = rate(us, shape) / rate(who, shape);
    return Number.isNaN(ratio) ? [] : [atLeast(`${shape}: us ÷ ${who}`, ratio, least, '')];
  };
  const [cold = '', , many = '', manyLong = ''] = shapes.flatMap(({ name }) => name ?? []);
  const cost = (without: string) =>
    `${Math.round((1 - rate(us, many) / rate(`${us}, without ${without}`, many)) * 100)}%`;
  const checks = [
    ...beside('BullMQ', many, 2),
    ...beside('DBOS queued children', many, 10),
    ...beside('child per task', many, 40),
    ...beside('BullMQ', cold, 1),
    ...beside('BullMQ', manyLong, 1.5),
    atMost('one task alone, p50', single.ours, 50, 'ms'),
    atMost('one task alone, p50: us ÷ plain SDK', single.ours / single.plain, 1.5, ''),
    ...grain.map(({ ms, share }) => atLeast(`${ms} ms: chosen ÷ best fixed grain`, share, 0.9, '')),
  ];
  const result = {
    versions: { node: process.versions.node },
    settings: {
      rounds,
      inFlightLimit,
      slow,
      contenders: contenders.map(({ contender: { name, durability, settings } }) => ({
        ...{ name, durability, settings },
      })),
    },
    checks,
    figures: {
      'Tasks a second, median': [...rates].map(([what, known]) => ({
        what,
        ...Object.fromEntries(
          [...known].map(([shape, all]) => [shape, Math.round(quantile(all, 0.5))]),
        ),
      })),
      'Tasks a second by grain': grain.map(({ ms, fixed, adaptive }) => ({
        what: `${ms} ms`,
        ...Object.fromEntries(
          Object.entries(fixed).map(([name, value]) => [name, Math.round(value)]),
        ),
        chosen: Math.round(adaptive),
      })),
      'One task alone': [
        { what: 'agentic task', 'p50, ms': rounded(single.ours) },
        { what: 'plain SDK, workflow and activity', 'p50, ms': rounded(single.plain) },
      ],
    },
    notes: [
      'Ours runs as it is shipped: an outcome row for each task, each through the gate, fsync on.',
      `Of our rate at ${many}, outcome rows cost ${cost('outcomes')} and the gate ${cost('gate')}.`,
      `Of 10,000 tasks, ${Object.entries(slow)
        .map(([word, most]) => `“${word}” does ${most.toLocaleString('en-US')}`)
        .join(' and ')}, a child per task 300; rates are compared.`,
    ],
  };
  console.log(
    values.json ? jsonOf('swarm', machineThen, seed, result) : textOf(machineThen, result),
  );
  if (checks.some(({ pass }) => !pass)) process.exitCode = 1;
}

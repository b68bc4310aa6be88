/** `npm run bench -- million`: one swarm of a million tasks on the local server. */
import { parseArgs } from 'node:util';
import { atLeast, atMost, jsonOf, machine, textOf } from '../harness.ts';
import { inFlightLimit } from './contender.ts';
import { ourSwarm } from './ours.ts';
import { startBenchPostgres } from './postgres.ts';
import { startLocalTemporal } from './temporal-server.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    tasks: { type: 'string', default: '1000000' },
    kills: { type: 'string', default: '0' },
  },
});
const tasks = Number(values.tasks);
const kills = Number(values.kills);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const machineThen = machine();
const postgres = await startBenchPostgres();
const server = await startLocalTemporal('FULL');
const ours = ourSwarm(server, postgres.url);
try {
  await ours.start();
  await ours.run(1_000, 0);
  const before: number[] = [];
  for (let time = 0; time < 3; time += 1) before.push(10_000 / (await ours.run(10_000, 0)).seconds);
  const rateOf10k = before.toSorted((a, b) => a - b)[1] ?? 0;
  console.error(`10,000 tasks: ${Math.round(rateOf10k)}/s`);
  const swarm = ours.measure(tasks, 0);
  for (let kill = 1; kill <= kills; kill += 1) {
    await ours.reached((tasks * kill) / (kills + 1));
    console.error(`kill ${kill} of ${kills}`);
    await ours.killWorker();
  }
  const { seconds, mostEvents, squads } = await swarm;
  const workerMb = await ours.workerMb();
  const checks = [
    atLeast('tasks counted and summed exactly', tasks, tasks, ''),
    ...(kills === 0
      ? [atLeast('rate ÷ that of 10,000 tasks', tasks / seconds / rateOf10k, 0.9, '')]
      : []),
    atMost('children of the root', squads, 1_000, ''),
    atMost('events in any run', mostEvents, 10_240, ''),
    atMost('memory of the worker', workerMb, 700, 'MB'),
  ];
  const result = {
    versions: { node: process.versions.node },
    settings: { tasks, kills, inFlightLimit, server: server.settings },
    checks,
    figures: {
      'A swarm of tasks that take no time': [
        { what: '10,000', 'tasks/s': Math.round(rateOf10k) },
        { what: tasks.toLocaleString('en-US'), 'tasks/s': Math.round(tasks / seconds) },
      ],
    },
  };
  const seed = Number(values.seed);
  console.log(
    values.json ? jsonOf('million', machineThen, seed, result) : textOf(machineThen, result),
  );
  if (checks.some(({ pass }) => !pass)) process.exitCode = 1;
} finally {
  await ours.stop();
  await server.stop();
  await postgres.stop();
}

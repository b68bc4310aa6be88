import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { Contender } from './contender.ts';
import { startBenchPostgres } from './postgres.ts';
import { ourSwarm } from './ours.ts';
import { rivals, type Rival } from './rivals.ts';
import { startTemporalOnPostgres } from './temporal-on-postgres.ts';
import { type BenchTemporal, startLocalTemporal } from './temporal-server.ts';

/** Runs rivals once each and prints what they did: `node bench/swarm/try.ts --only bullmq --tasks 1000,10000 --ms 0,10`. */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    tasks: { type: 'string', default: '1000,10000' },
    ms: { type: 'string', default: '0,10' },
    temporal: { type: 'string', default: 'sqlite,postgres' },
  },
});
const numbers = (list: string) => list.split(',').map(Number);

// Servers are ended as this process ends, which a signal by itself would not let happen.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const postgres = await startBenchPostgres();
const temporal: BenchTemporal[] = [];
if (values.temporal.includes('sqlite')) temporal.push(await startLocalTemporal('NORMAL'));
if (values.temporal.includes('postgres')) temporal.push(await startTemporalOnPostgres());
const table = new Table({
  head: ['rival', 'tasks', 'ms', 'seconds', 'tasks/s'],
  style: { head: [], border: [] },
});
try {
  const ours = temporal.flatMap((server) =>
    [undefined, 'outcomes' as const, 'gate' as const].map((without) => ({
      contender: ourSwarm(server, postgres.url, without),
    })),
  );
  const all: readonly Rival[] = [...ours, ...rivals({ postgresUrl: postgres.url, temporal })];
  const chosen = all.filter(({ contender }) =>
    contender.name.toLowerCase().includes(values.only.toLowerCase()),
  );
  for (const { contender, mostTasks = Infinity } of chosen) await tryOut(contender, mostTasks);
} finally {
  console.log(table.toString());
  for (const server of [...temporal, postgres]) await server.stop();
}

async function tryOut(contender: Contender, mostTasks: number): Promise<void> {
  await contender.start();
  try {
    for (const tasks of new Set(numbers(values.tasks).map((each) => Math.min(each, mostTasks)))) {
      for (const ms of numbers(values.ms)) {
        const { seconds } = await contender.run(tasks, ms);
        const row = [contender.name, tasks, ms, seconds.toFixed(2), Math.round(tasks / seconds)];
        table.push(row);
        console.error(row.join('  '));
      }
    }
  } finally {
    await contender.stop();
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { type Contender, tasksOf, timed } from './contender.ts';
import { queue, workOptions } from './pg-boss-worker.ts';
import { freshDatabase, postgresDurability, postgresSettings } from './postgres.ts';
import { startWorker } from './worker-process.ts';

/**
 * pg-boss: one batch insert, then workers that fetch batches and store each job's own output.
 * pg-boss tells nobody when a batch of jobs is done: the worker process counts, and then the bench
 * reads the stored outputs until the last is there.
 */
export function pgBoss(postgresUrl: string): Contender {
  let running: Awaited<ReturnType<typeof open>> | undefined;
  return {
    name: 'pg-boss',
    durability: postgresDurability,
    settings: { ...workOptions, insert: 'one call for all jobs', postgres: postgresSettings },
    async start() {
      running = await open(postgresUrl);
    },
    async run(tasks, taskMs) {
      if (!running) throw new Error('start() comes before run()');
      const { boss, database, worker } = running;
      await boss.deleteAllJobs(queue);
      return timed(tasks, async () => {
        const counted = worker.call({ tasks, ms: taskMs });
        await boss.insert(
          queue,
          tasksOf(tasks, taskMs).map((data) => ({ data })),
        );
        await counted;
        for (;;) {
          const [row] = await database.sql<{ results: number; indexSum: number }[]>`
            select count(*)::int as results, sum((output->>'index')::int)::int as "indexSum"
            from pgboss.job where name = ${queue} and state = 'completed'`;
          if (row && row.results >= tasks) return row;
          await delay(2);
        }
      });
    },
    async stop() {
      await running?.close();
      running = undefined;
    },
  };
}

async function open(postgresUrl: string) {
  const database = await freshDatabase(postgresUrl, 'pgboss');
  const boss = new PgBoss({ connectionString: database.url, supervise: false, schedule: false });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(queue, { notify: true });
  const worker = await startWorker('pg-boss-worker.ts', { url: database.url });
  return {
    boss,
    database,
    worker,
    async close() {
      await worker.stop();
      await boss.stop({ graceful: false, close: true });
      await database.drop();
    },
  };
}

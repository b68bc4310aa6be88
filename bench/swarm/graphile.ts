import { Logger, makeWorkerUtils } from 'graphile-worker';
import { setTimeout as delay } from 'node:timers/promises';
import { type Contender, tasksOf, timed } from './contender.ts';
import { taskName, workerOptions } from './graphile-worker.ts';
import { freshDatabase, postgresDurability, postgresSettings } from './postgres.ts';
import { startWorker } from './worker-process.ts';

/**
 * graphile-worker: one `add_jobs`, then a worker with a local queue and batched completions. It
 * stores no results and deletes a job that is done: the worker process counts, and then the bench
 * looks at the table until it is empty.
 */
export function graphileWorker(postgresUrl: string): Contender {
  let running: Awaited<ReturnType<typeof open>> | undefined;
  return {
    name: 'graphile-worker',
    durability: `${postgresDurability} Results are not stored at all; a killed worker's jobs wait four hours to be taken again.`,
    settings: { ...workerOptions, storesResults: false, postgres: postgresSettings },
    async start() {
      running = await open(postgresUrl);
    },
    async run(tasks, taskMs) {
      if (!running) throw new Error('start() comes before run()');
      const { utils, database, worker } = running;
      return timed(tasks, async () => {
        const counted = worker.call({ tasks, ms: taskMs });
        await utils.addJobs(
          tasksOf(tasks, taskMs).map((payload) => ({ identifier: taskName, payload })),
        );
        const totals = await counted;
        for (;;) {
          const left = await database.sql`select 1 from graphile_worker.jobs limit 1`;
          if (left.length === 0) return totals;
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
  const database = await freshDatabase(postgresUrl, 'graphile');
  const logger = new Logger(() => () => undefined);
  const utils = await makeWorkerUtils({ connectionString: database.url, logger });
  await utils.migrate();
  const worker = await startWorker('graphile-worker.ts', { url: database.url });
  return {
    utils,
    database,
    worker,
    async close() {
      await worker.stop();
      await utils.release();
      await database.drop();
    },
  };
}

import { PgBoss } from 'pg-boss';
import { z } from 'zod';
import { doTask, inFlightLimit, type Task } from './contender.ts';
import { createCounter } from './counter.ts';
import { serve } from './worker-process.ts';

export const queue = 'tasks';

const localConcurrency = 2;

/** Batches and bursts are what the docs advise for throughput; NOTIFY wakes the workers at once. */
export const workOptions = {
  localConcurrency,
  batchSize: inFlightLimit / localConcurrency,
  burstWhenBatchFull: true,
  perJobResults: true,
  pollingIntervalSeconds: 0.5,
} as const;

if (import.meta.main) {
  await serve(z.object({ url: z.string() }), async ({ url }) => {
    const counter = createCounter();
    const boss = new PgBoss({ connectionString: url, useListenNotify: true });
    boss.on('error', (error) => console.error(error));
    await boss.start();
    await boss.work<Task, unknown, typeof workOptions>(queue, workOptions, (jobs) =>
      Promise.all(
        jobs.map(async ({ id, data }) => {
          const output = await doTask(data);
          counter.add(data);
          return { id, status: 'completed', output };
        }),
      ),
    );
    return {
      call: ({ tasks }) => counter.until(tasks),
      stop: () => boss.stop({ graceful: false, close: true }),
    };
  });
}

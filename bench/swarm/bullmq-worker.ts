import { Worker } from 'bullmq';
import { z } from 'zod';
import { doTask, inFlightLimit, type Task, type TaskResult, totalsOf } from './contender.ts';
import { serve } from './worker-process.ts';

await serve(z.object({ port: z.number() }), async ({ port }) => {
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
  const tasks = new Worker<Task, TaskResult>('tasks', ({ data }) => doTask(data), {
    connection,
    concurrency: inFlightLimit,
  });
  const parents = new Worker(
    'parents',
    async (parent) => totalsOf(Object.values(await parent.getChildrenValues<TaskResult>())),
    { connection },
  );
  const workers = [tasks, parents];
  for (const worker of workers) worker.on('error', (error) => console.error(error));
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  return {
    async stop() {
      await Promise.all(workers.map((worker) => worker.close(true)));
    },
  };
});

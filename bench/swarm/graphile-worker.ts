import { Logger, run } from 'graphile-worker';
import { z } from 'zod';
import { doTask, inFlightLimit } from './contender.ts';
import { createCounter } from './counter.ts';
import { serve } from './worker-process.ts';

export const taskName = 'task';

/** As the project's own page on performance has it, but for the number of jobs at once. */
export const workerOptions = {
  concurrentJobs: inFlightLimit,
  maxPoolSize: 25,
  localQueue: { size: inFlightLimit },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
} as const;

const Task = z.object({ index: z.number(), ms: z.number() });

if (import.meta.main) {
  await serve(z.object({ url: z.string() }), async ({ url }) => {
    const counter = createCounter();
    const runner = await run({
      noHandleSignals: true,
      logger: new Logger(() => () => undefined),
      taskList: {
        async [taskName](payload) {
          const task = Task.parse(payload);
          await doTask(task);
          counter.add(task);
        },
      },
      preset: { worker: { ...workerOptions, connectionString: url } },
    });
    return { call: ({ tasks }) => counter.until(tasks), stop: () => runner.stop() };
  });
}

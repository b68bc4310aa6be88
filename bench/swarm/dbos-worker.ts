import { DBOS } from '@dbos-inc/dbos-sdk';
import { z } from 'zod';
import { doTask, inFlightLimit, type Task, tasksOf, totalsOf } from './contender.ts';
import { type Call, serve } from './worker-process.ts';

/** Polls sooner than each second, or no more than 500 tasks a second could start; and one process, so no limit across several. */
export const queueSettings = {
  workerConcurrency: inFlightLimit,
  minPollingIntervalMs: 20,
} as const;

const poolSize = 20;
const pollingIntervalMs = 20;
const queueName = 'tasks';

const task = DBOS.registerWorkflow(doTask, { name: 'task' });

const children = DBOS.registerWorkflow(
  async ({ tasks, ms }: Call) => {
    const handles = await Promise.all(
      tasksOf(tasks, ms).map((each) => DBOS.startWorkflow(task, { queueName })(each)),
    );
    await DBOS.waitAll(handles, { pollingIntervalMs });
    return totalsOf(await Promise.all(handles.map((handle) => handle.getResult())));
  },
  { name: 'children' },
);

const steps = DBOS.registerWorkflow(
  async ({ tasks, ms }: Call) => {
    const step = (each: Task) => DBOS.runStep(() => doTask(each), { name: 'task' });
    const waiting = tasksOf(tasks, ms);
    const results = [];
    for (let from = 0; from < tasks; from += inFlightLimit) {
      results.push(...(await Promise.all(waiting.slice(from, from + inFlightLimit).map(step))));
    }
    return totalsOf(results);
  },
  { name: 'steps' },
);

if (import.meta.main) {
  const shapes = { children, steps };
  const Settings = z.object({ url: z.string(), shape: z.enum(['children', 'steps']) });
  await serve(Settings, async ({ url, shape }) => {
    DBOS.setConfig({
      name: 'bench',
      systemDatabaseUrl: url,
      systemDatabasePoolSize: poolSize,
      logLevel: 'error',
    });
    await DBOS.launch();
    await DBOS.registerQueue(queueName, queueSettings);
    return {
      call: async (call) => (await DBOS.startWorkflow(shapes[shape])(call)).getResult(),
      stop: () => DBOS.shutdown(),
    };
  });
}

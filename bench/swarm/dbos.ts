import { type Contender, inFlightLimit, timed } from './contender.ts';
import { queueSettings } from './dbos-worker.ts';
import { freshDatabase, postgresDurability, postgresSettings } from './postgres.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

/** One workflow that enqueues a workflow a task and reads all their results. */
export function dbosQueuedChildren(postgresUrl: string): Contender {
  return dbos(postgresUrl, 'DBOS queued children', 'children', queueSettings);
}

/** One workflow that runs a step a task, at most as many at once as all others may. */
export function dbosParallelSteps(postgresUrl: string): Contender {
  return dbos(postgresUrl, 'DBOS parallel steps', 'steps', { parallelSteps: inFlightLimit });
}

/** DBOS runs inside the application: the worker process is that application, and the bench asks it to start the workflow. */
function dbos(
  postgresUrl: string,
  name: string,
  shape: 'children' | 'steps',
  settings: object,
): Contender {
  let running: { worker: WorkerProcess; close: () => Promise<void> } | undefined;
  return {
    name,
    durability: postgresDurability,
    settings: { ...settings, postgres: postgresSettings },
    async start() {
      const database = await freshDatabase(postgresUrl, 'dbos');
      const worker = await startWorker('dbos-worker.ts', { url: database.url, shape });
      const close = async () => {
        await worker.stop();
        await database.drop();
      };
      running = { worker, close };
    },
    async run(tasks, taskMs) {
      if (!running) throw new Error('start() comes before run()');
      const { worker } = running;
      return timed(tasks, () => worker.call({ tasks, ms: taskMs }));
    },
    async stop() {
      await running?.close();
      running = undefined;
    },
  };
}

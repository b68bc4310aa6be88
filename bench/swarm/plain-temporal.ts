import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { type Contender, timed } from './contender.ts';
import { workerOptions } from './plain-temporal-worker.ts';
import type { activityPerTask, childPerTask } from './plain-temporal-workflows.ts';
import type { BenchTemporal } from './temporal-server.ts';
import { startWorker } from './worker-process.ts';

/**
 * Tasks open at once, where the rate was best. More of them make the server buffer events and
 * repeat workflow tasks: 200 activities of no length in one workflow ran at less than half the rate of 50.
 */
const activityWindow = 50;
const childWindow = 50;

/** One workflow with an activity a task. */
export function temporalActivityPerTask(server: BenchTemporal): Contender {
  return plain(server, 'activity per task', 'activityPerTask', activityWindow);
}

/** One workflow with a child workflow a task, which runs one local activity. */
export function temporalChildPerTask(server: BenchTemporal): Contender {
  return plain(server, 'child per task', 'childPerTask', childWindow);
}

/** The plain SDK: the bench starts the workflow and waits for its result, a worker process does the rest. */
function plain(
  { label, address, namespace, durability, settings }: BenchTemporal,
  shape: string,
  workflowType: 'activityPerTask' | 'childPerTask',
  window: number,
): Contender {
  let running: Awaited<ReturnType<typeof open>> | undefined;
  return {
    name: `Temporal SDK, ${shape}, ${label}`,
    durability,
    settings: { ...workerOptions, window, server: settings },
    async start() {
      running = await open(address, namespace);
    },
    async run(tasks, ms) {
      if (!running) throw new Error('start() comes before run()');
      const { client, taskQueue } = running;
      return timed(tasks, () =>
        client.workflow.execute<typeof activityPerTask | typeof childPerTask>(workflowType, {
          workflowId: `${workflowType}-${randomUUID()}`,
          taskQueue,
          args: [{ tasks, ms, window }],
        }),
      );
    },
    async stop() {
      await running?.close();
      running = undefined;
    },
  };
}

async function open(address: string, namespace: string) {
  const taskQueue = `plain-${randomUUID()}`;
  const worker = await startWorker('plain-temporal-worker.ts', { address, namespace, taskQueue });
  const connection = await Connection.connect({ address });
  return {
    taskQueue,
    client: new Client({ connection, namespace }),
    async close() {
      await worker.stop();
      await connection.close();
    },
  };
}

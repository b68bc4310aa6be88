import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { z } from 'zod';
import { doTask, inFlightLimit } from './contender.ts';
import { serve } from './worker-process.ts';

/** Beyond the defaults: pollers that grow with the load, room for what is open, and activities that start with the answer to the workflow task, which doubled the rate. */
export const workerOptions = {
  maxConcurrentActivityTaskExecutions: inFlightLimit,
  maxConcurrentWorkflowTaskExecutions: 100,
  maxCachedWorkflows: 3_000,
  workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 2, initial: 5, maximum: 50 },
  activityTaskPollerBehavior: { type: 'autoscaling', minimum: 2, initial: 5, maximum: 50 },
  maxEagerActivityReservationsPerWorkflowTask: 1_000,
} as const;

if (import.meta.main) {
  const Settings = z.object({ address: z.string(), namespace: z.string(), taskQueue: z.string() });
  await serve(Settings, async ({ address, namespace, taskQueue }) => {
    Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
    const connection = await NativeConnection.connect({ address });
    const worker = await Worker.create({
      ...workerOptions,
      connection,
      namespace,
      taskQueue,
      workflowsPath: fileURLToPath(new URL('plain-temporal-workflows.ts', import.meta.url)),
      activities: { doTask },
      shutdownGraceTime: 0,
    });
    const ended = worker.run();
    return {
      async stop() {
        worker.shutdown();
        await ended;
        await connection.close();
      },
    };
  });
}

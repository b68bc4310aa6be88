import type { Client } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { workerName } from '../platform/attempts.ts';

const forMs = 5_000;

/**
 * Has each thread of workflows carry the run `rehearsal`, each on another queue, so that the first real one
 * finds code compiled and connections open. It takes a moment; where queues are full it ends after 5 s,
 * and so be it.
 */
export async function rehearse(client: Client, workers: readonly Worker[]): Promise<void> {
  const threads = workers[0]?.options.workflowThreadPoolSize;
  const queues = workers.map(({ options }) => options.taskQueue).slice(0, threads);
  await client.withDeadline(Date.now() + 2 * forMs, () =>
    Promise.allSettled(
      queues.map((taskQueue) =>
        client.workflow.execute('rehearsal', {
          workflowId: `rehearsal/${taskQueue}/${workerName}`,
          taskQueue,
          workflowExecutionTimeout: forMs,
        }),
      ),
    ),
  );
}

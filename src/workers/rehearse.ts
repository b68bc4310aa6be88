import type { Client } from '@temporalio/client';
import { workerName } from '../platform/attempts.ts';

const forMs = 5_000;

/**
 * Has each queue carry the run `rehearsal`, so that the first real one finds code compiled and
 * connections open. It takes a moment; where queues are full it ends after 5 s, and so be it.
 */
export async function rehearse(client: Client, queues: readonly string[]): Promise<void> {
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

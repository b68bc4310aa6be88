import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from './database.ts';
import { runs } from './schema.ts';

/** The run has ended already; nothing was changed. */
export class RunHasEnded extends Error {
  override readonly name = 'RunHasEnded';
}

interface EndRequest {
  readonly workflowId: string;
  /** One execution; the newest of the id when left out. */
  readonly runId?: string | undefined;
  /** Cancelling lets a run clean up after itself; terminating ends it at once. */
  readonly how: 'cancel' | 'terminate';
  readonly reason: string;
}

/**
 * Asks a run to stop, or ends it. The reason stands in its history.
 *
 * @returns the run id of the execution it was done to.
 * @throws {RunHasEnded} when it is not under way any more.
 */
export async function endRun(
  { client, database }: { readonly client: Client; readonly database: Database },
  { workflowId, runId: wanted, how, reason }: EndRequest,
): Promise<string> {
  const { runId, status } = await client.workflow.getHandle(workflowId, wanted).describe();
  if (status.name !== 'RUNNING') {
    const ended = status.name.toLowerCase().replace('_', ' ');
    throw new RunHasEnded(`${workflowId} has ended already: ${ended}.`);
  }
  if (how === 'terminate') {
    await client.workflow.getHandle(workflowId, runId).terminate(reason);
    await noteReason(database, runId, reason);
  } else {
    await client.workflowService.requestCancelWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId, runId },
      identity: client.options.identity,
      requestId: randomUUID(),
      reason,
    });
  }
  return runId;
}

/** Keeps the reason where lists find it; the run's end itself comes from the server. */
async function noteReason({ db }: Database, runId: string, reason: string): Promise<void> {
  await db
    .update(runs)
    .set({ message: reason })
    .where(and(eq(runs.runId, runId), isNull(runs.closedAt)));
}

import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import type { MethodWord } from '../contracts/memory.ts';
import { RunHasEnded } from './end-run.ts';

/** What was said to a run can't be taken now; nothing was changed. */
export class WordRefused extends Error {
  override readonly name = 'WordRefused';
}

interface Telling {
  readonly workflowId: string;
  /** The workflow type that understands it. */
  readonly type: string;
  /** Name of the Update. */
  readonly update: string;
  readonly word: Readonly<Record<string, unknown>>;
  /** Who says it, as the run will name them. */
  readonly by: string;
}

/**
 * Gives a run that waits for a person their word.
 *
 * @returns the run id of the execution it was said to.
 * @throws {WordRefused} when it does not wait for that, {RunHasEnded} when it is over.
 */
export async function tellRun(
  client: Client,
  { workflowId, type: expected, update, word, by }: Telling,
): Promise<string> {
  const { type, status, runId } = await client.workflow.getHandle(workflowId).describe();
  if (type !== expected) throw new WordRefused(`${workflowId} is not a ${expected}.`);
  if (status.name !== 'RUNNING') {
    const ended = status.name.toLowerCase().replace('_', ' ');
    throw new RunHasEnded(`${workflowId} has ended already: ${ended}.`);
  }
  try {
    const handle = client.workflow.getHandle(workflowId, runId);
    await handle.executeUpdate(update, { args: [{ ...word, by }] });
    return runId;
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw new WordRefused(error.cause?.message ?? error.message, { cause: error });
  }
}

/** Says what becomes of a task all of whose methods memory refuses. Returns and throws as `tellRun`. */
export const answerTask = (
  client: Client,
  workflowId: string,
  word: MethodWord,
  by: string,
): Promise<string> => tellRun(client, { workflowId, type: 'task', update: 'answer', word, by });

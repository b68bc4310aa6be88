import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import type { ApprovalWord, RepairWord } from '../contracts/pipeline.ts';
import { RunHasEnded } from './end-run.ts';
import type { CheckedPipeline } from './check-pipeline.ts';
import { findCapability } from '../contracts/agents.ts';
import { systemQueue } from '../rules/names.ts';

/** What was said to a pipeline can't be taken now; nothing was changed. */
export class WordRefused extends Error {
  override readonly name = 'WordRefused';
}

/** A person's word to a step. */
export type PipelineWord =
  | { readonly update: 'approve' | 'reject'; readonly word: ApprovalWord }
  | { readonly update: 'repair'; readonly word: RepairWord };

/**
 * Answers an approval, or repairs a failed step.
 *
 * @param by who says it, as the step will name them.
 * @returns the run id of the execution it was said to.
 * @throws {WordRefused} when the step does not wait for it, {RunHasEnded} when nothing waits.
 */
export async function tellPipeline(
  client: Client,
  workflowId: string,
  { update, word }: PipelineWord,
  by: string,
): Promise<string> {
  const { type, status, runId } = await client.workflow.getHandle(workflowId).describe();
  if (type !== 'pipeline') throw new WordRefused(`${workflowId} is not a pipeline.`);
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

/** The queues a pipeline needs a worker for: its own, and those of its agents. */
export const queuesOf = ({ steps }: CheckedPipeline): readonly string[] => [
  ...new Set([
    systemQueue,
    ...steps.flatMap(({ work }) => {
      if (work.kind === 'approval') return [];
      const task = work.kind === 'task' ? work.task : work.forEach.task;
      return findCapability(task.capability)?.agent.id ?? [];
    }),
  ]),
];

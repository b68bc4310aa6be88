import type { Client } from '@temporalio/client';
import type { ApprovalWord, RepairWord } from '../contracts/pipeline.ts';
import type { CheckedPipeline } from './check-pipeline.ts';
import { tellRun } from './tell-run.ts';
import { findCapability } from '../contracts/agents.ts';
import { systemQueue } from '../rules/names.ts';

/** A person's word to a step. */
export type PipelineWord =
  | { readonly update: 'approve' | 'reject'; readonly word: ApprovalWord }
  | { readonly update: 'repair'; readonly word: RepairWord };

/**
 * Answers an approval, or repairs a failed step.
 *
 * @param by who says it, as the step will name them.
 * @returns the run id of the execution it was said to.
 * @throws `WordRefused` when the step does not wait for it, `RunHasEnded` when nothing waits.
 */
export const tellPipeline = (
  client: Client,
  workflowId: string,
  { update, word }: PipelineWord,
  by: string,
): Promise<string> => tellRun(client, { workflowId, type: 'pipeline', update, word, by });

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

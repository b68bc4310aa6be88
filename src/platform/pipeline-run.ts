import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { z } from 'zod';
import {
  PipelineDefinition,
  PipelineOutcome,
  PipelineProgress,
  type ApprovalWord,
  type PipelineDetail,
  type RepairWord,
} from '../contracts/pipeline.ts';
import type { Database } from './database.ts';
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

const answersWithinMs = 3_000;
const Stored = z.object({
  definition: PipelineDefinition,
  params: z.record(z.string(), z.unknown()),
});

/**
 * Where a pipeline's steps are: asked of the run itself, or, when no worker can answer for it, what
 * our own table remembers; `undefined` when neither knows it.
 */
export async function readPipeline(
  { client, database }: { readonly client: Client; readonly database: Database },
  workflowId: string,
): Promise<PipelineDetail | undefined> {
  try {
    const answer: unknown = await client.withDeadline(Date.now() + answersWithinMs, () =>
      client.workflow.getHandle(workflowId).query('steps'),
    );
    return { workflowId, isLive: true, ...PipelineProgress.parse(answer) };
  } catch (error) {
    const isUnanswered =
      error instanceof WorkflowNotFoundError ||
      error instanceof QueryNotRegisteredError ||
      isGrpcServiceError(error);
    if (!isUnanswered) throw error;
  }
  const [row] = await database.sql<
    { title: string; input: unknown; output: unknown; closedAt: Date | null }[]
  >`
    select title, input, output, closed_at as "closedAt" from runs
    where workflow_id = ${workflowId} and type = 'pipeline' order by started_at desc limit 1`;
  if (!row) return undefined;
  const stored = Stored.safeParse(row.input);
  const outcome = PipelineOutcome.safeParse(row.output);
  return {
    workflowId,
    isLive: false,
    title: row.title,
    phase: row.closedAt === null ? 'working' : 'closed',
    definition: stored.data?.definition ?? null,
    params: stored.data?.params ?? {},
    steps: outcome.data?.steps ?? [],
  };
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

/** Pipelines and what waits for a person, as the browser reads, answers and repairs them. */
import { z } from 'zod';
import { RunList, StartedRun } from '../../contracts/api.ts';
import { NeedList } from '../../contracts/needs.ts';
import {
  PipelineDetail,
  PipelineList,
  type ApprovalWord,
  type PipelineCall,
  type RepairWord,
} from '../../contracts/pipeline.ts';
import { pathOf, post, resource, type Resource } from './api.ts';

/** One execution of a pipeline: the latest of its id, or the one named. */
export interface PipelineRef {
  readonly workflowId: string;
  readonly run?: string | undefined;
}

/** Everything that waits for a person, most urgent first. */
export const needsResource = resource('/api/needs', NeedList, 'needs');

/** The ready pipelines, and files that are none. */
export const readyPipelinesResource: Resource<PipelineList> = {
  ...resource('/api/pipelines', PipelineList),
  everyMs: 10_000,
};

/** The newest runs of all pipelines, or of one. */
export const pipelineRunsResource = (
  name: string | undefined,
  limit: number,
): Resource<RunList> => {
  const q = name === undefined ? undefined : `pipeline/${name}/`;
  const path = pathOf('/api/runs', { type: 'pipeline', q, limit });
  return { ...resource(path, RunList), everyMs: 3_000 };
};

/** Where the steps of a pipeline are. */
export const pipelineResource = ({ workflowId, run }: PipelineRef): Resource<PipelineDetail> =>
  resource(
    pathOf(addressOf(workflowId), { run }),
    PipelineDetail,
    `pipeline:${workflowId}${run === undefined ? '' : `?run=${run}`}`,
  );

/** Starts a pipeline, or joins the run that does the same work. */
export const startPipeline = (call: PipelineCall): Promise<StartedRun> =>
  post('/api/pipelines', call, StartedRun);

/** Answers the question of a step. */
export const answerStep = (
  workflowId: string,
  how: 'approve' | 'reject',
  word: ApprovalWord,
): Promise<unknown> => post(`${addressOf(workflowId)}/${how}`, word, z.unknown());

/** Says how a failed step goes on. */
export const repairStep = (workflowId: string, word: RepairWord): Promise<unknown> =>
  post(`${addressOf(workflowId)}/repair`, word, z.unknown());

const addressOf = (workflowId: string): string =>
  `/api/pipelines/${encodeURIComponent(workflowId)}`;

import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { StartedRun } from '../contracts/api.ts';
import type { PipelineRequest } from '../contracts/pipeline.ts';
import type { Requester } from '../contracts/requester.ts';
import type { RunMemo } from '../contracts/runs.ts';
import { runMemoKey, systemQueue } from '../rules/names.ts';
import { shortened } from '../rules/shortened.ts';
import type { CheckedPipeline } from './check-pipeline.ts';
import { startOrJoin } from './start-run.ts';

/** The id of a pipeline's run: the same name and key are the same work. */
export const pipelineIdOf = (name: string, key: string): string => `pipeline/${name}/${key}`;

/** The key of who names none: the day (UTC), and a hash of the parameters. */
export function keyOf({ params }: CheckedPipeline, now = new Date()): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
  return `${now.toISOString().slice(0, 10)}-${hash.slice(0, 10)}`;
}

const longestWord = 40;

/** What lists show of a pipeline: its title, and two parameters that are other than by default. */
export function pipelineMemoOf(
  { definition, params }: CheckedPipeline,
  requestedBy: Requester,
): RunMemo {
  const words = Object.entries(params).flatMap(([name, value]) =>
    (typeof value === 'number' || typeof value === 'string') &&
    value !== definition.params[name]?.default
      ? [String(value).replace(/^https?:\/\//, '')]
      : [],
  );
  const short = words.slice(0, 2).map((word) => shortened(word, longestWord));
  const title = [definition.title, ...short].join(' · ');
  return { title, capability: null, account: null, agent: null, requestedBy };
}

/**
 * Starts a pipeline that was checked, or joins the run that is under way with its name and key.
 *
 * @param key what makes it one piece of work; day and parameters when left out.
 */
export function startPipeline(
  client: Client,
  checked: CheckedPipeline,
  {
    key = keyOf(checked),
    requestedBy,
  }: { readonly key?: string | undefined; readonly requestedBy: Requester },
): Promise<StartedRun> {
  const { definition, params } = checked;
  const memo = pipelineMemoOf(checked, requestedBy);
  const request: PipelineRequest = { definition, params, key, requestedBy };
  return startOrJoin(client, 'pipeline', {
    workflowId: pipelineIdOf(definition.name, key),
    taskQueue: systemQueue,
    args: [request],
    memo: { [runMemoKey]: memo },
    staticSummary: memo.title,
  });
}

import { proxyActivities } from '@temporalio/workflow';
import type { SystemActivities } from '../activities/activities.ts';
import type { StartedRun } from '../contracts/api.ts';
import type { TaskOutcome, TaskRequest } from '../contracts/runs.ts';
import { systemQueue } from '../rules/names.ts';
import { steering } from './policies.ts';

const { startRun, followRun } = proxyActivities<Pick<SystemActivities, 'startRun' | 'followRun'>>({
  ...steering,
  taskQueue: systemQueue,
});

/** Starts the run of a task, or joins the one under way, and waits for its end without holding a slot. */
export async function follow(
  request: TaskRequest,
): Promise<{ readonly run: StartedRun; readonly outcome: TaskOutcome }> {
  const run = await startRun(request);
  return { run, outcome: await followRun(run) };
}

/**
 * Asks an agent for the answer of one of its capabilities: starts the task of that work, or joins it,
 * and waits for its outcome. The same question asked twice at once is answered once.
 *
 * @throws the failure the task ended with.
 */
export const ask = async (request: TaskRequest): Promise<TaskOutcome> =>
  (await follow(request)).outcome;

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

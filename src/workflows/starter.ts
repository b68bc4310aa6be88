import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ApplicationFailure,
  proxyLocalActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { SystemActivities } from '../activities/activities.ts';
import type { StartedRun } from '../contracts/api.ts';
import type { StarterRequest } from '../contracts/runs.ts';
import { follow } from './follow.ts';
import { deciding } from './policies.ts';

/** Set by the server on what a schedule starts: the time it stands for, not the one it began at. */
const firedFor = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);

const { planFiring } = proxyLocalActivities<Pick<SystemActivities, 'planFiring'>>(deciding);

/**
 * Runs what a schedule is for: works out the day from the time the schedule fired for (also in a
 * backfill), then starts or joins the run of that day and ends as it ends.
 */
export async function starter(request: StarterRequest): Promise<StartedRun> {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const scheduledAt = typedSearchAttributes.get(firedFor) ?? startTime;
  const planned = await planFiring({ ...request, scheduledAt: scheduledAt.toISOString() });
  if (!planned) throw ApplicationFailure.nonRetryable(`${request.capability} has no schedule`);
  setCurrentDetails(`For the schedule \`${request.schedule}\`: ${JSON.stringify(planned.input)}`);
  const { run } = await follow(planned);
  return run;
}

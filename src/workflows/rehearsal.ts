import {
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { SwarmActivities } from '../activities/activities.ts';
import { deciding } from './policies.ts';

type Rehearsed = Pick<SwarmActivities, 'rehearse'>;

/**
 * Goes the way of all work once, for nothing: a worker has a queue do it before it says that it is
 * ready, so that the first run of a system need not wait for code and connections.
 */
export async function rehearsal(): Promise<void> {
  const { taskQueue } = workflowInfo();
  setCurrentDetails(`Warms up the queue ${taskQueue}.`);
  await proxyLocalActivities<Rehearsed>(deciding).rehearse();
  await proxyActivities<Rehearsed>({ startToCloseTimeout: '5 seconds' }).rehearse();
}

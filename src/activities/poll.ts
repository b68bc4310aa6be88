import { pollSeconds } from '../contracts/vendor-job.ts';
import { rightPollSeconds } from '../rules/poll.ts';
import type { CapabilityCall } from './activities.ts';

/** The interval that would have been right for a job that took so long, for the result. */
export function pollSecondsAfter(
  tookMs: number,
  { tunables }: Pick<CapabilityCall, 'tunables'>,
  byDefault = pollSeconds.default,
): { readonly pollSeconds?: number } {
  const right = rightPollSeconds(tookMs / 1_000, tunables.pollSeconds ?? byDefault);
  return right === undefined ? {} : { pollSeconds: Math.min(right, pollSeconds.max) };
}

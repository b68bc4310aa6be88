import type { JobsInput, JobsOutput } from '../../contracts/klap.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { KlapDeps } from './deps.ts';

/** Tells how far videos are, from our own tables. */
export const listJobs =
  ({ reader }: Pick<KlapDeps, 'reader'>): CapabilityActivity<JobsInput, JobsOutput> =>
  async ({ account, input }) => {
    const { jobs } = await reader.page({ account, ...input });
    return { jobs };
  };

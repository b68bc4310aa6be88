import type { ProcessInput, ProcessOutput } from '../../contracts/leads-work.ts';
import type { LeadWork } from '../../platform/process-leads.ts';
import type { CapabilityActivity } from '../activities.ts';

/** Writes a list in one way and merges what is one lead; a repeat finds nothing left to do. */
export const processLeads =
  (work: Pick<LeadWork, 'process'>): CapabilityActivity<ProcessInput, ProcessOutput> =>
  ({ account, input: { list, country } }) =>
    work.process(account, list, country);

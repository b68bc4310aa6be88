import type { EnrichInput, EnrichOutput } from '../../contracts/leads-work.ts';
import type { LeadWork } from '../../platform/process-leads.ts';
import type { CapabilityActivity } from '../activities.ts';

/** Fills gaps of a list from leads of the same site; what is there stays, so a repeat changes nothing. */
export const enrichLeads =
  (work: Pick<LeadWork, 'enrich'>): CapabilityActivity<EnrichInput, EnrichOutput> =>
  ({ account, input: { list } }) =>
    work.enrich(account, list);

/** Leads as the browser reads and changes them; the calls themselves are those of `api.ts`. */
import type { z } from 'zod';
import {
  LeadChoices,
  LeadRows,
  LeadsChanged,
  LeadView,
  type LeaveOut,
  type TakeIn,
} from '../../contracts/lead-views.ts';
import type { LeadFilter } from '../../contracts/leads.ts';
import { get, pathOf, post, resource, type Resource } from './api.ts';

/** What leads may be filtered by, and whose are shown when nobody says. */
export const leadChoicesResource = (account: string | undefined): Resource<LeadChoices> => ({
  ...resource(pathOf('/api/leads/choices', { account }), LeadChoices),
  everyMs: 30_000,
});

/** One lead whole. */
export const leadResource = (account: string, id: string): Resource<LeadView> => ({
  ...resource(pathOf(`/api/leads/${encodeURIComponent(id)}`, { account }), LeadView),
  everyMs: 10_000,
});

/** A filter as an address has it. */
const inAddress = ({ hasEmail, isExcluded, isStandIn, ...filter }: LeadFilter) => ({
  ...filter,
  hasEmail: hasEmail?.toString(),
  isExcluded: isExcluded?.toString(),
  isStandIn: isStandIn?.toString(),
});

/** One page of leads, in the order in which they came. */
export const readLeads = (
  account: string,
  filter: LeadFilter,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<LeadRows> =>
  get(pathOf('/api/leads', { account, ...inAddress(filter), cursor, limit: 50 }), LeadRows, signal);

/** All leads that match, as a file. */
export const leadsCsv = (account: string, filter: LeadFilter): string =>
  pathOf('/api/leads.csv', { account, ...inAddress(filter) });

/** Leaves leads out of everything for good; answers how many. */
export const leaveOut = (body: LeaveOut): Promise<z.infer<typeof LeadsChanged>> =>
  post('/api/leads/leave-out', body, LeadsChanged);

/** Lets leads that were left out be used again; answers how many. */
export const takeIn = (body: TakeIn): Promise<z.infer<typeof LeadsChanged>> =>
  post('/api/leads/take-in', body, LeadsChanged);

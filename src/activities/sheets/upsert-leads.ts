import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import type { UpsertLeadsInput, UpsertLeadsOutput } from '../../contracts/sheets-writes.ts';
import { leadColumns, leadKey, leadRow } from '../../rules/lead-row.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { SheetsDeps } from './deps.ts';
import { planFor } from './plan.ts';
import { changesOf } from './upsert.ts';

const leadsAPage = 1_000;
const mostNamed = 20;

/**
 * Brings a tab up to date with a list of leads, page by page: a repeat changes nothing. Rows of leads
 * that left the list are named, and emptied only when that is asked for.
 */
export const upsertLeads =
  ({
    tabs,
    leads,
    account: find,
    spreadsheetOf,
  }: SheetsDeps): CapabilityActivity<UpsertLeadsInput, UpsertLeadsOutput> =>
  async (call) => {
    const { list, tab, clearGone } = call.input;
    const account = find(call.account);
    const filter = { list, isExcluded: false };
    const { leads: count, standIn } = await leads.counts(account.name, filter);
    if (count === 0) throw await noSuchList(leads, account.name, list);
    const wish = {
      spreadsheet: spreadsheetOf(account, call.input.spreadsheet),
      tab,
      needsTab: false,
      isStandIn: standIn > 0,
    };
    return tabs.open(call, account, wish, async (open) => {
      const plan = planFor(open.grid, { key: [leadKey], columns: leadColumns, keepsRows: false });
      await open.write(plan.header());
      for await (const page of leads.each(account.name, filter, leadsAPage)) {
        await open.write(plan.place(page.map(leadRow)));
      }
      const gone = plan.left();
      if (clearGone) await open.write(gone.flatMap(({ row }) => plan.empty(row)));
      const names = (open.grid[0] ?? []).indexOf('Business Name');
      return {
        ...changesOf(open, tab, plan),
        list,
        gone: {
          count: gone.length,
          first: gone.slice(0, mostNamed).map(({ key: leadId, row }) => ({
            row: row + 1,
            leadId,
            name: String(open.grid[row]?.[names] ?? ''),
          })),
        },
        cleared: clearGone ? gone.length : 0,
      };
    });
  };

/** Without this a typing error would look like a list that everybody has left. */
async function noSuchList(
  leads: SheetsDeps['leads'],
  account: string,
  list: string,
): Promise<ApplicationFailure> {
  const known = (await leads.lists(account)).slice(0, mostNamed).map((each) => `“${each.list}”`);
  const there = known.length > 0 ? known.join(', ') : 'none yet';
  return ApplicationFailure.nonRetryable(
    `No lead of account “${account}” is in the list “${list}”; its lists: ${there}`,
    FailureType.NotFound,
  );
}

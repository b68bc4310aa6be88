import { createSpreadsheet as declared } from '../../contracts/sheets-writes.ts';
import type { CreateTabInput, CreateTabOutput } from '../../contracts/sheets-writes.ts';
import type { CapabilityActivity } from '../activities.ts';
import { SpreadsheetAnswer } from './answers.ts';
import type { SheetsDeps } from './deps.ts';
import { planFor } from './plan.ts';

/** Makes a tab, or adds the columns that it lacks: a repeat changes nothing. */
export const createTab =
  ({
    tabs,
    account: find,
    spreadsheetOf,
  }: SheetsDeps): CapabilityActivity<CreateTabInput, CreateTabOutput> =>
  (call) => {
    const { tab, columns } = call.input;
    const account = find(call.account);
    const wish = {
      spreadsheet: spreadsheetOf(account, call.input.spreadsheet),
      tab,
      needsTab: false,
    };
    return tabs.open(call, account, wish, async ({ spreadsheet, isNew, grid, write }) => {
      const plan = planFor(grid, { key: [], columns, keepsRows: true });
      await write(plan.header());
      const { id: spreadsheetId, url } = spreadsheet;
      return { spreadsheetId, tab, url, isNew, newColumns: [...plan.newColumns] };
    });
  };

/**
 * Makes a spreadsheet, once for each title of a login: the ledger remembers which it was. Google
 * can't be asked for one by its title, so a lost answer is for a person to look at.
 */
export const createSpreadsheet = ({ once, client }: SheetsDeps) =>
  once(declared, {
    async plan({ account: name, input: { title, tab } }, account) {
      await client.prepare(account);
      return {
        kind: 'write',
        summary: `Makes the spreadsheet “${title}” with the tab “${tab}”, which belongs to this login`,
        key: `spreadsheet:${name}:${title}`,
        recipients: [],
        request: {
          method: 'POST',
          path: '/v4/spreadsheets',
          body: { properties: { title }, sheets: [{ properties: { title: tab } }] },
        },
        isStandIn: false,
      };
    },
    reply: SpreadsheetAnswer,
    result: (reply, { input: { title } }) => ({
      spreadsheetId: reply?.spreadsheetId ?? null,
      title,
      url: reply?.spreadsheetUrl ?? null,
    }),
  });

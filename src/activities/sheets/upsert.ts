import type { AppendInput, TabWriteOutput, UpsertInput } from '../../contracts/sheets-writes.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { SheetsDeps } from './deps.ts';
import { planFor } from './plan.ts';
import type { OpenTab } from './tabs.ts';

const mostNamed = 20;

/** Brings rows up to date by their key: a repeat finds nothing to change, and says so. */
export const upsertRows = (deps: SheetsDeps): CapabilityActivity<UpsertInput, TabWriteOutput> =>
  writeRows(deps, false);

/** Adds the rows whose key is not there; nothing is appended blindly, so a repeat adds none. */
export const appendRows = (deps: SheetsDeps): CapabilityActivity<AppendInput, TabWriteOutput> =>
  writeRows(deps, true);

const writeRows =
  (
    { tabs, account: find, spreadsheetOf }: SheetsDeps,
    keepsRows: boolean,
  ): CapabilityActivity<UpsertInput, TabWriteOutput> =>
  (call) => {
    const { tab, key, rows, needsTab } = call.input;
    const account = find(call.account);
    const spreadsheet = spreadsheetOf(account, call.input.spreadsheet);
    return tabs.open(call, account, { spreadsheet, tab, needsTab }, async (open) => {
      const columns = [...new Set([...key, ...rows.flatMap((row) => Object.keys(row))])];
      const plan = planFor(open.grid, { key, columns, keepsRows });
      await open.write([...plan.header(), ...plan.place(rows)]);
      return changesOf(open, tab, plan);
    });
  };

/** What a plan that was carried out has done, as results tell it. */
export const changesOf = (
  { spreadsheet }: OpenTab,
  tab: string,
  { counts, newColumns, doubledKeys }: ReturnType<typeof planFor>,
): TabWriteOutput => ({
  spreadsheetId: spreadsheet.id,
  tab,
  url: spreadsheet.url,
  ...counts,
  newColumns: [...newColumns],
  doubledKeys: doubledKeys.slice(0, mostNamed),
});

import type { Cell } from '../../contracts/sheets-fields.ts';
import type { ReadInput, ReadOutput } from '../../contracts/sheets.ts';
import type { CapabilityActivity } from '../activities.ts';
import { columnName, quoted } from './a1.ts';
import type { SheetsDeps } from './deps.ts';

/** Reads rows of a tab as people see them. */
export const readRows =
  ({
    client,
    account: find,
    spreadsheetOf,
  }: SheetsDeps): CapabilityActivity<ReadInput, ReadOutput> =>
  async ({ account: name, input: { spreadsheet, tab, range, asLists, maxRows } }) => {
    const account = find(name);
    const id = spreadsheetOf(account, spreadsheet);
    // One row more than is given out shows whether there are more.
    const most = maxRows + (asLists ? 1 : 2);
    const place = `${quoted(tab)}!${range ?? `1:${most}`}`;
    const [values = []] = await client.values(account, id, [place], 'shown');
    const [first = [], ...rest] = values;
    const rows = asLists ? values : rest;
    const columns = asLists ? [] : columnsOf(first);
    return {
      spreadsheetId: id,
      tab,
      columns,
      rows: rows
        .slice(0, maxRows)
        .map((cells) => (asLists ? textsOf(cells) : recordOf(columns, cells))),
      isCut: rows.length > maxRows,
    };
  };

const textsOf = (cells: readonly Cell[]): string[] => cells.map((cell) => String(cell ?? ''));

/** A title for each column: blank ones are called by their letter, and no two are the same. */
function columnsOf(first: readonly Cell[]): string[] {
  const titles: string[] = [];
  for (const [index, text] of textsOf(first).entries()) {
    const title = text.trim() || columnName(index);
    const nth = titles.filter((each) => each === title || each.startsWith(`${title} (`)).length;
    titles.push(nth === 0 ? title : `${title} (${nth + 1})`);
  }
  return titles;
}

const recordOf = (columns: readonly string[], cells: readonly Cell[]): Record<string, string> =>
  Object.fromEntries(columns.map((title, index) => [title, String(cells[index] ?? '')]));

import type { VerifyInput, VerifyOutput } from '../../contracts/sheets.ts';
import { leadColumns } from '../../rules/lead-row.ts';
import type { CapabilityActivity } from '../activities.ts';
import { quoted } from './a1.ts';
import type { SheetsDeps } from './deps.ts';

/** Looks at a spreadsheet, its tabs and their columns. Writes nothing. */
export const verify =
  ({
    client,
    account: find,
    spreadsheetOf,
  }: SheetsDeps): CapabilityActivity<VerifyInput, VerifyOutput> =>
  async ({ account: name, input }) => {
    const account = find(name);
    const id = spreadsheetOf(account, input.spreadsheet);
    const spreadsheet = await client.spreadsheet(account, id);
    const grids = spreadsheet.tabs.filter(({ rows }) => rows > 0);
    const firstRows = await client.values(
      account,
      id,
      grids.map(({ title }) => `${quoted(title)}!1:1`),
      'shown',
    );
    const tabs = grids.map(({ title, rows, columns }, index) => ({
      ...{ title, rows, columns },
      header: (firstRows[index]?.[0] ?? []).map((cell) => String(cell ?? '').trim()),
    }));
    return {
      spreadsheetId: spreadsheet.id,
      title: spreadsheet.title,
      url: spreadsheet.url,
      shareWith: await client.shareWith(account),
      tabs,
      asked: input.tab === undefined ? null : match(tabs, input.tab, input.columns ?? leadColumns),
    };
  };

function match(
  tabs: VerifyOutput['tabs'],
  tab: string,
  columns: readonly string[],
): VerifyOutput['asked'] {
  const found = tabs.find(({ title }) => title === tab);
  const titles = (found?.header ?? []).filter((title) => title !== '');
  return {
    isThere: found !== undefined,
    missing: columns.filter((title) => !titles.includes(title)),
    others: titles.filter((title) => !columns.includes(title)),
    doubled: [...new Set(titles.filter((title, index) => titles.indexOf(title) < index))],
  };
}

import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import { writeXlsxStream } from 'hucre/xlsx';
import type { Lead, LeadFilter } from '../contracts/leads.ts';
import type { ExportInput, LeadLayout } from '../contracts/leads-work.ts';
import { harmless } from './csv-cells.ts';
import { cellsOf, headsOf } from './lead-columns.ts';
import type { LeadStore } from './leads.ts';
import { writeWhole } from './write-whole.ts';

/** Which leads of an account go out, and how. */
interface Wish {
  readonly account: string;
  readonly filter: LeadFilter;
  readonly layout: LeadLayout;
  readonly format: 'csv' | 'xlsx';
}

/**
 * What a person wants who asks for a file: nobody who was left out for good unless they say so, and
 * for a campaign only leads with an address.
 */
export const wishOf = (account: string, { layout, file, ...given }: ExportInput): Wish => ({
  account,
  layout,
  filter: { isExcluded: false, ...(layout === 'instantly' ? { hasEmail: true } : {}), ...given },
  format: /\.xlsx$/i.test(file) ? 'xlsx' : 'csv',
});

/**
 * Leads as the bytes of a file, page by page: memory does not grow with their number. In CSV a cell
 * that a spreadsheet would take for a formula is marked as text; the cells of a workbook are texts.
 */
export function leadBytes(store: Pick<LeadStore, 'each'>, wish: Wish): Readable {
  const leads = store.each(wish.account, wish.filter);
  if (wish.format === 'csv') return Readable.from(csvOf(leads, wish.layout));
  const columns = headsOf(wish.layout).map((header) => ({ header }));
  return Readable.fromWeb(writeXlsxStream(rowsOf(leads, wish.layout), { name: 'Leads', columns }));
}

/** The same into a file, which is there only once it is whole. @returns how many leads it has. */
export async function exportLeads(
  store: Pick<LeadStore, 'each'>,
  wish: Wish,
  path: string,
  signal?: AbortSignal,
): Promise<number> {
  let leads = 0;
  async function* each(account: string, filter: LeadFilter) {
    for await (const page of store.each(account, filter)) {
      leads += page.length;
      yield page;
    }
  }
  await writeWhole(leadBytes({ each }, wish), path, signal);
  return leads;
}

async function* rowsOf(leads: AsyncIterable<readonly Lead[]>, layout: LeadLayout) {
  for await (const page of leads) {
    for (const lead of page) yield [...cellsOf(layout, lead)];
  }
}

async function* csvOf(leads: AsyncIterable<readonly Lead[]>, layout: LeadLayout) {
  yield stringify([[...headsOf(layout)]]);
  for await (const page of leads) {
    // a phone such as +4930123456 is no formula that does anything, and campaigns want it as it is
    yield stringify(
      page.map((lead) =>
        cellsOf(layout, lead).map((cell) =>
          layout === 'instantly' && isPhone(cell) ? cell : harmless(cell),
        ),
      ),
    );
  }
}

const isPhone = (cell: string | number | null): boolean => /^\+\d+$/.test(String(cell));

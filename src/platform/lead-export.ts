import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import { writeXlsxStream } from 'hucre/xlsx';
import type { Lead, LeadFilter } from '../contracts/leads.ts';
import { cellsOf, headsOf, type Layout } from './lead-columns.ts';
import type { LeadStore } from './leads.ts';

/** Which leads of an account go out, and how. */
interface Wish {
  readonly account: string;
  readonly filter: LeadFilter;
  readonly layout: Layout;
  readonly format: 'csv' | 'xlsx';
}

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

/** The same into a file, which is there only once it is whole. */
export async function exportLeads(
  store: Pick<LeadStore, 'each'>,
  wish: Wish,
  path: string,
): Promise<void> {
  const part = `${path}.part`;
  const into: Writable = createWriteStream(part);
  try {
    await pipeline(leadBytes(store, wish), into);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function* rowsOf(leads: AsyncIterable<readonly Lead[]>, layout: Layout) {
  for await (const page of leads) {
    for (const lead of page) yield [...cellsOf(layout, lead)];
  }
}

async function* csvOf(leads: AsyncIterable<readonly Lead[]>, layout: Layout) {
  yield stringify([[...headsOf(layout)]]);
  for await (const page of leads) {
    // a phone such as +4930123456 is no formula that does anything, and campaigns want it as it is
    yield stringify(
      page.map((lead) => cellsOf(layout, lead).map((cell) => harmless(cell, layout))),
    );
  }
}

const harmless = (cell: string | number | null, layout: Layout): string | number | null =>
  typeof cell === 'string' &&
  /^[=+\-@\t\r]/.test(cell) &&
  !(layout === 'instantly' && /^\+\d+$/.test(cell))
    ? `'${cell}`
    : cell;

/** Process: the same by the product: file → table → process → file, as command and worker do it. */
import { randomUUID } from 'node:crypto';
import { openDatabase } from '../../src/platform/database.ts';
import { importLeadFile } from '../../src/platform/import-leads.ts';
import { exportLeads } from '../../src/platform/lead-export.ts';
import { loadLeadFile } from '../../src/platform/lead-files.ts';
import { createLeadStore } from '../../src/platform/leads.ts';
import { createLeadWork } from '../../src/platform/process-leads.ts';

const [url = '', input = '', output = '', account = ''] = process.argv.slice(2);
const database = openDatabase(url, 2);
const list = 'bench';
const tookMs: Record<string, number> = {};
async function timed<T>(step: string, act: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await act();
  tookMs[step] = performance.now() - began;
  return result;
}

const { id: file } = await timed('load', () => loadLeadFile(database, input));
const work = { account, list, file };
const imported = await timed('import', () =>
  importLeadFile(database, { run: randomUUID(), ...work }),
);
const processed = await timed('process', () => createLeadWork(database).process(account, list));
const store = createLeadStore(database);
const wish = { account, filter: { list }, layout: 'sheet', format: 'csv' } as const;
await timed('export', () => exportLeads(store, wish, output));
const again = await importLeadFile(database, { run: randomUUID(), ...work });
await database.close();
const rssMb = process.resourceUsage().maxRSS / 1_024;
console.log(JSON.stringify({ tookMs, imported, processed, again, rssMb }));

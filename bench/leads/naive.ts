/** Process: the script that anybody would write first: read all, one entry a site, write all. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

const [input = '', output = ''] = process.argv.slice(2);
const began = performance.now();
const rows: Record<string, string>[] = parse(readFileSync(input, 'utf8'), { columns: true });
const bySite = new Map<string, Record<string, string>>();
for (const row of rows) {
  const site = new URL(row.Website ?? '').hostname.replace(/^www\./, '');
  const known = bySite.get(site);
  const emails = (row.Emails ?? '')
    .toLowerCase()
    .replaceAll('&#64;', '@')
    .split(/[\s,;]+/)
    .map((each) => each.replace(/^mailto:/, ''))
    .filter((each) => each.includes('@') && !each.endsWith('.png'));
  const all = [...new Set([...(known?.Emails ?? '').split('\n').filter(Boolean), ...emails])];
  bySite.set(site, { ...row, ...known, Emails: all.join('\n') });
}
writeFileSync(output, stringify([...bySite.values()], { header: true }));
const seconds = (performance.now() - began) / 1_000;
console.log(JSON.stringify({ seconds, rssMb: process.resourceUsage().maxRSS / 1_024 }));

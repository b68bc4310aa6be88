import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { streamXlsxRows, XlsxStreamWriter } from 'hucre/xlsx';
import { z } from 'zod';
import { exportLeads } from '../../src/platform/lead-export.ts';
import { importLeadFile } from '../../src/platform/import-leads.ts';
import { loadLeadFile } from '../../src/platform/lead-files.ts';
import { createLeadJobs } from '../../src/platform/lead-jobs.ts';
import { createLeadStore, type LeadStore } from '../../src/platform/leads.ts';
import { createSuppressions } from '../../src/platform/suppressions.ts';
import { scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let store: LeadStore;
const folder = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { env: { AGENTIC_STATE_DIR: folder } });
  store = createLeadStore(world.database);
});
afterAll(() => world.close());

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const leadsOf = async (list: string) =>
  (await store.page({ account: 'default', list, limit: 100 })).leads;
/** Runs a capability of leads, without a process of its own for the command. */
const done = async (capability: string, input: Record<string, unknown>, confirm?: string) => {
  const task = { capability: `leads.${capability}`, input, ...(confirm ? { confirm } : {}) };
  return z.record(z.string(), z.unknown()).parse((await world.run(task)).result);
};
const imported = async (path: string, list: string) => {
  const { id } = await loadLeadFile(world.database, path);
  return done('import', { list, file: id });
};

const heads =
  'Business Name,Address,Website,Phone,Rating,Emails,LinkedIn,Twitter,Facebook,Instagram,YouTube,TikTok,Boss';

test('imports the old sheet, tells bad lines, and a repeat changes nothing', async () => {
  const path = file(
    'old.csv',
    `\uFEFF${heads}
"Acme, Ltd","12 Main St, New York, NY 10001, USA",https://www.acme.test/?utm_source=x,(212) 736-5000,"4,5","info@acme.test
INFO@acme.test",linkedin.com/company/Acme/,,,,,,Mara
Nameless,,,,,,,,,,,,
"Joe
& Sons",,joe.test,,,mailto:joe&#64;joe.test,,https://twitter.com/joe,,,,,
too,many,cells,,,,,,,,,,,x
`,
  );
  const first = await imported(path, 'old');
  const why =
    'has neither a place id, nor a website of its own, nor an address that may be written to';
  const counts = { lines: 4, bad: 2, name: 'old.csv', list: 'old' };
  const badLines = [
    { line: 4, why },
    { line: 7, why: 'has 14 cells, expected 13 as in the header' },
  ];
  expect(first).toEqual({ ...counts, created: 2, changed: 0, unchanged: 0, badLines });
  const leads = await leadsOf('old');
  expect(leads).toMatchObject([
    {
      businessName: 'Acme, Ltd',
      city: 'New York',
      state: 'NY',
      website: 'https://www.acme.test',
      phones: ['+12127365000'],
      rating: 4.5,
      emails: ['info@acme.test'],
      linkedIn: ['https://www.linkedin.com/company/acme'],
      custom: { Boss: 'Mara' },
    },
    { businessName: 'Joe & Sons', emails: ['joe@joe.test'], twitter: ['https://x.com/joe'] },
  ]);
  const again = await imported(path, 'old');
  expect(again).toEqual({ ...counts, created: 0, changed: 0, unchanged: 2, badLines });
  expect(await leadsOf('old')).toEqual(leads);
});

test('exports what imports again as the same; cells are no formulas', async () => {
  await store.save(
    'default',
    'out',
    [
      {
        placeId: 'p1',
        businessName: '=1+1',
        website: 'evil.test',
        phones: '+49 30 901820',
        emails: 'a@evil.test',
      },
    ],
    { kind: 'import', ref: 'x', isStandIn: false },
  );
  const csv = join(folder, 'out.csv');
  const xlsx = join(folder, 'out.xlsx');
  const filter = { list: 'out' };
  for (const [path, format] of [
    [csv, 'csv'],
    [xlsx, 'xlsx'],
  ] as const) {
    await exportLeads(store, { account: 'default', filter, layout: 'full', format }, path);
  }
  const text = readFileSync(csv, 'utf8');
  expect(text).toContain(`,"'=1+1",`.replaceAll('"', ''));
  expect(text).toContain(`'+4930901820`);
  const cells = [];
  for await (const { values } of streamXlsxRows(readFileSync(xlsx))) cells.push(values);
  expect(cells[1]).toContain('=1+1');
  const push = join(folder, 'push.csv');
  const wish = { account: 'default', filter, layout: 'instantly', format: 'csv' } as const;
  await exportLeads(store, wish, push);
  expect(readFileSync(push, 'utf8').split('\n')).toEqual([
    'email,first_name,last_name,company_name,job_title,phone,website,City,Address,LinkedIn',
    `a@evil.test,,,'=1+1,,+4930901820,https://evil.test,,,`,
    '',
  ]);
  const before = await leadsOf('out');
  for (const path of [csv, xlsx]) {
    expect(await imported(path, 'out')).toMatchObject({ unchanged: 1, bad: 0 });
  }
  expect(await leadsOf('out')).toEqual(before);
});

test('an export is a run, whose file is replaced whole, or not touched', async () => {
  const source = { kind: 'import', ref: 'x', isStandIn: false } as const;
  const found = [{ website: 'one.test', emails: 'a@one.test' }, { website: 'two.test' }];
  await store.save('default', 'run', found, source);
  const input = { list: 'run', file: 'Run 1.csv', layout: 'sheet' };
  const path = join(folder, 'exports', 'default', 'Run 1.csv');
  expect(await done('export', input)).toEqual({ path, leads: 2, bytes: statSync(path).size });
  const first = readFileSync(path, 'utf8');
  expect(first).toContain('https://one.test');
  const all = { ...input, hasEmail: true, layout: 'instantly' };
  expect(await done('export', all)).toMatchObject({ leads: 1 });
  expect(readFileSync(path, 'utf8')).toMatch(/^email,.*\na@one\.test,.*\n$/);
  expect(readdirSync(join(folder, 'exports', 'default'))).toEqual(['Run 1.csv']);
  const bad = { capability: 'leads.export', input: { list: 'run', file: '../x.csv' } };
  await expect(world.run(bad)).rejects.toThrow('expected a name such as dentists.csv');
});

test('a workbook may have cells of any type', async () => {
  const writer = new XlsxStreamWriter({ name: 'A' });
  writer.addRow(['Email', 'Rating', 'Since', 'Phone', 'Country']);
  writer.addRow(['a@xlsx.test', 4.5, new Date('2026-01-05T00:00:00Z'), 493090182, 'Germany']);
  const path = join(folder, 'book.xlsx');
  writeFileSync(path, await writer.finish());
  expect(await imported(path, 'book')).toMatchObject({ created: 1, bad: 0 });
  expect(await leadsOf('book')).toMatchObject([{ rating: 4.5, countryCode: 'DE' }]);
});

test('processes and enriches a list, and a repeat finds nothing to do', async () => {
  const source = { kind: 'import', ref: 'x', isStandIn: false } as const;
  const chain = { businessName: 'Chain', website: 'chain.test' };
  await store.save('default', 'work', [{ emails: 'info@chain.test', jobTitle: '' }], source);
  await store.save(
    'default',
    'work',
    [
      { ...chain, placeId: 'c1', phones: '030 901820', address: 'A 1' },
      { ...chain, placeId: 'c2', phones: '030 901820', city: 'Berlin' },
      { ...chain, placeId: 'c3', businessName: 'Chain Köln' },
      { emails: 'info@chain.test', website: 'chain.test', instagram: 'instagram.com/chain/' },
    ],
    source,
  );
  const processed = await done('process', { list: 'work', country: 'DE' });
  expect(processed).toMatchObject({ leads: 4, changed: 4, merged: 2, dropped: 0 });
  expect(await leadsOf('work')).toMatchObject([
    { placeId: 'c1', phones: ['+4930901820'], city: 'Berlin', emails: ['info@chain.test'] },
    { placeId: 'c3', emails: ['info@chain.test'] },
  ]);
  await store.save('default', 'work', [{ placeId: 'c4', website: 'www.chain.test' }], source);
  const enriched = await done('enrich', { list: 'work' });
  expect(enriched).toMatchObject({
    leads: 3,
    enriched: 1,
    filled: { businessName: 1, emails: 1, instagram: 1 },
  });
  expect(await done('process', { list: 'work' })).toMatchObject({
    changed: 0,
    merged: 0,
    dropped: 0,
  });
  expect(await done('enrich', { list: 'work' })).toMatchObject({ enriched: 0, filled: {} });
});

test('forgets a person everywhere, after a confirmation, and never takes it back in', async () => {
  const path = file(
    'mara.csv',
    'Email,First Name,Website\nmara@forget.test,Mara,forget.test\namara@forget.test,Amara,\n',
  );
  await imported(path, 'forget');
  const forget = {
    capability: 'leads.forget',
    input: { pattern: 'Mara@forget.test', reason: 'asked us to' },
  };
  await expect(world.run(forget)).rejects.toThrow(
    'exactly this text as “confirm”: mara@forget.test',
  );
  expect((await world.run({ ...forget, dryRun: true })).result).toMatchObject({
    summary: expect.stringMatching(/from rows of ours: 1 in leads, 1 in lead_file_rows/),
    confirmation: 'mara@forget.test',
  });
  expect(await leadsOf('forget')).toHaveLength(2);

  const sites = createLeadJobs(world.database);
  const of = { account: 'default', list: 'forget', edition: '' };
  const site = (name: string) => ({ site: name, url: `https://${name}`, isStandIn: false });
  await sites.enlist(of, [site('away.test/x'), site('stay.test')]);
  await done('forget', { pattern: 'away.test', reason: 'asked' }, 'away.test');
  expect(await sites.totals(of)).toMatchObject({ sites: 1 });

  const result = await done('forget', forget.input, 'mara@forget.test');
  expect(result).toMatchObject({
    isNewlySuppressed: true,
    removed: { leads: 1, lead_file_rows: 1 },
  });
  expect(result.left).toContainEqual(expect.stringContaining('Instantly'));
  expect(await leadsOf('forget')).toMatchObject([{ emails: ['amara@forget.test'] }]);
  expect(await createSuppressions(world.database).list('mara@')).toMatchObject([
    { pattern: 'mara@forget.test' },
  ]);
  const more = file('more.csv', 'Email,First Name\nmara@forget.test,Mara\n');
  expect(await imported(more, 'forget')).toMatchObject({ created: 0, bad: 1 });
});

test.each([
  [
    'no column that tells leads apart',
    'Name,City\nAcme,Berlin\n',
    /broken\.csv, line 1: expected a header with at least one/,
  ],
  ['an open quote', 'Email,Name\na@x.test,"Acme\n', /broken\.csv, line 2: a quote is opened/],
  ['no text', Buffer.from([0x45, 0x6d, 0xfc, 0x0a]).toString('latin1'), /broken\.csv, line 1: /],
  ['nothing', '', /broken\.csv is empty/],
])('of a file with %s nothing is loaded', async (_, text, message) => {
  const path = file('broken.csv', '');
  writeFileSync(path, text, 'latin1');
  await expect(loadLeadFile(world.database, path)).rejects.toThrow(message);
});

test('an import that broke off goes on behind its last chunk and counts each line once', async () => {
  const rows = Array.from({ length: 2_500 }, (_, at) => `a${at}@resume.test\n`).join('');
  const { id } = await loadLeadFile(world.database, file('resume.csv', `Email\n${rows}`));
  const work = { run: 'broken-off', account: 'default', list: 'resume', file: id };
  const { sql } = world.database;
  // the third chunk breaks off, as a killed process would
  await sql`create function stop_resume() returns trigger language plpgsql as $$
    begin if new.line > 2001 then raise 'killed'; end if; return new; end $$`;
  await sql`create trigger stop_resume before update on lead_imports
    for each row execute function stop_resume()`;
  await expect(importLeadFile(world.database, work)).rejects.toThrow('killed');
  expect((await store.counts('default', { list: 'resume' })).leads).toBe(2_000);
  await sql`drop trigger stop_resume on lead_imports`;
  const counts = { lines: 2_500, created: 2_500, changed: 0, unchanged: 0, bad: 0 };
  expect(await importLeadFile(world.database, work)).toMatchObject(counts);
  expect(await importLeadFile(world.database, work)).toMatchObject(counts);
});

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createCoordination } from '../../src/platform/coordination.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const account = 'tour';
const person = { by: 'a test', reason: 'to be quick' };
const spreadsheetId = 'tour_leads';
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { google: { readsPerMinute: 10_000, writesPerMinute: 10_000 } },
    env: { GOOGLE_SHEETS_CREDENTIALS_ACME: '{"type":"nothing"}' },
  });
  const limits = { perSecond: 500, perMinute: 30_000, atOnce: 50 };
  await createFlowKeys(world.database).setLimits('google:tour', limits, person);
});
afterAll(() => world.close());
beforeEach(async () => {
  world.standIns.requests.reset();
  world.standIns.faults.clear();
  await createFlowKeys(world.database).open('google:tour', { ...person, isConfirmed: true });
});

const Values = z.object({ values: z.array(z.array(z.unknown())).default([]) });
/** What stands in a tab, as the vendor itself says. */
async function standing(tab: string): Promise<unknown[][]> {
  const path = `/v4/spreadsheets/${spreadsheetId}/values/${encodeURIComponent(`'${tab}'`)}`;
  const response = await fetch(`${world.standIns.url}${path}?valueRenderOption=UNFORMATTED_VALUE`, {
    headers: { authorization: 'Bearer stand-in-tour' },
  });
  return Values.parse(await response.json()).values;
}
const task = (verb: string, input: object) => ({
  capability: `sheets.${verb}`,
  account,
  input: { ...input },
});
const writes = () => world.standIns.requests.list().filter(({ method }) => method !== 'GET');
const lead = (n: number) => ({ Email: `lead-${n}@kunde.de`, Phone: `0${n}`, Rating: n / 10 });

test('1,000 rows are written, and written again nothing changes, which it says', async () => {
  const input = {
    tab: 'Thousand',
    key: ['Email'],
    rows: Array.from({ length: 1_000 }, (_, n) => lead(n)),
  };
  const first = await world.run(task('upsert', input));
  expect(first.result).toMatchObject({
    ...{ spreadsheetId, tab: 'Thousand', rows: 1_000, added: 1_000, changed: 0, unchanged: 0 },
    newColumns: ['Email', 'Phone', 'Rating'],
    url: `https://docs.google.com/spreadsheets/d/${spreadsheetId}/edit`,
  });
  const rows = await standing('Thousand');
  expect(rows).toHaveLength(1_001);
  expect([rows[0], rows[8]]).toEqual([
    ['Email', 'Phone', 'Rating'],
    ['lead-7@kunde.de', '07', 0.7],
  ]);

  world.standIns.requests.reset();
  const again = await world.run(task('upsert', input));
  expect(again.result).toMatchObject({
    rows: 1_000,
    added: 0,
    changed: 0,
    unchanged: 1_000,
    newColumns: [],
  });
  expect(writes()).toEqual([]);
}, 60_000);

test('changed rows are changed in place, in the fewest cells, and people’s columns stay', async () => {
  const rows = [
    { 'Business Name': 'Café Anker', Rating: 5 },
    { 'Business Name': 'Neu', Rating: 1, Source: '=1+1' },
  ];
  const { result } = await world.run(
    task('upsert', { tab: 'Known leads', key: ['Business Name'], rows }),
  );
  expect(result).toMatchObject({ rows: 2, added: 1, changed: 1, newColumns: ['Source'] });
  const now = await standing('Known leads');
  expect(now[1]?.slice(4)).toEqual([5, 'hello@place-1.example.com', 'Called on Monday']);
  expect(now.at(-1)).toEqual(['Neu', '', '', '', 1, '', '', '=1+1']);
});

test('rows are appended once, however often that is asked for', async () => {
  const input = {
    tab: 'Appended',
    rows: [
      { A: 'x', B: 1 },
      { A: 'y', B: 2 },
    ],
  };
  await world.run(task('append', input));
  await world.run(task('append', { ...input, rows: [...input.rows, { A: 'x', B: 2 }] }));
  expect(await standing('Appended')).toEqual([
    ['A', 'B'],
    ['x', 1],
    ['y', 2],
    ['x', 2],
  ]);
});

test('an answer that is lost after the rows were written doubles nothing', async () => {
  world.standIns.faults.set([
    {
      path: `/v4/spreadsheets/${spreadsheetId}/values:batchUpdate`,
      times: 1,
      fault: { kind: 'cut' },
    },
  ]);
  const { result } = await world.run(task('append', { tab: 'Lost answer', rows: [{ A: 'x' }] }));
  expect(result).toMatchObject({ rows: 1, added: 0, unchanged: 1 });
  expect(await standing('Lost answer')).toEqual([['A'], ['x']]);
});

test('a storm of refusals is waited out, by the vendor’s own time, and every row is there once', async () => {
  world.standIns.faults.set([
    { vendor: 'google', times: 6, fault: { kind: 'status', status: 429, retryAfterSeconds: 1 } },
  ]);
  const { result } = await world.run(
    task('upsert', { tab: 'Storm', key: ['A'], rows: [{ A: 1 }, { A: 2 }] }),
  );
  expect(result).toMatchObject({ rows: 2 });
  expect(await standing('Storm')).toEqual([['A'], [1], [2]]);
}, 90_000);

test('a tab grows beyond its grid, in rows and columns', async () => {
  await world.run(task('create-tab', { tab: 'Small', columns: ['Id'] }));
  const wide = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`C${n}`, n]));
  const rows = Array.from({ length: 1_200 }, (_, Id) => ({
    Id: String(Id),
    ...(Id === 1_199 ? wide : {}),
  }));
  await world.run(task('upsert', { tab: 'Small', key: ['Id'], rows }));
  const now = await standing('Small');
  expect(now).toHaveLength(1_201);
  expect(now.at(-1)).toHaveLength(31);
}, 60_000);

test('two runs that write one tab take turns, and both leave what they wrote', async () => {
  const rows = (mark: string) => Array.from({ length: 50 }, (_, n) => ({ Key: `${mark}${n}` }));
  const runs = ['a', 'b', 'c'].map((mark) =>
    world.run(task('upsert', { tab: 'Shared', key: ['Key'], rows: rows(mark) })),
  );
  await Promise.all(runs);
  const now = await standing('Shared');
  expect(now).toHaveLength(151);
  expect(new Set(now.flat()).size).toBe(151);
}, 60_000);

test('who holds the spreadsheet is waited for without a call, and what waits says so', async () => {
  const coordination = createCoordination(world.database);
  const hold = { name: `google-sheet:${spreadsheetId}`, holder: 'somebody' };
  await coordination.acquire({ ...hold, places: 1, forMs: 60_000 });
  const handle = await world.start(task('upsert', { tab: 'Held', key: ['A'], rows: [{ A: 1 }] }));
  const waiting = await eventually('a place in line', async () => {
    const [lease] = (await coordination.list()).filter(({ name }) => name === hold.name);
    return lease?.waiting[0];
  });
  expect(waiting.holder).toContain('sheets.upsert/tour/');
  expect(world.standIns.requests.total).toBe(0);
  await coordination.release(hold);
  expect((await handle.result()).result).toMatchObject({ added: 1 });
  expect((await coordination.list()).filter(({ name }) => name === hold.name)).toEqual([]);
}, 60_000);

test.each([
  [
    'not shared',
    'tour_private',
    'NotAllowed',
    /tour_private is not shared with this login.*choose Share, and make robot@tour\.iam\.gserviceaccount\.com an editor/,
  ],
  ['unknown', 'nobody-has-this', 'NotFound', /No spreadsheet has the id nobody-has-this/],
])(
  'a spreadsheet that is %s fails at once with what to do',
  async (_, spreadsheet, failure, words) => {
    const failed = await world.failureOf(task('read', { spreadsheet, tab: 'Sheet1' }));
    expect(failed).toMatchObject({ failure, message: expect.stringMatching(words) });
    expect(world.standIns.requests.total).toBe(1);
  },
);

test('a tab that is not there is no refusal of the way it was asked', async () => {
  const read = await world.failureOf(task('read', { tab: 'Nobody' }));
  expect(read).toMatchObject({
    failure: 'NotFound',
    message: expect.stringContaining('agentic sheets verify'),
  });
  const write = await world.failureOf(
    task('upsert', { tab: 'Nobody', key: ['A'], rows: [{ A: 1 }], needsTab: true }),
  );
  expect(write).toMatchObject({
    failure: 'NotFound',
    message: expect.stringContaining('its tabs: “Sheet1”'),
  });
});

test('rows are read by their titles, cut where asked, and a range as lists', async () => {
  const all = await world.run(task('read', { tab: 'Known leads', maxRows: 2 }));
  expect(all.result).toMatchObject({
    columns: expect.arrayContaining(['Business Name', 'Notes']),
    rows: [
      { 'Business Name': 'Café Anker' },
      { 'Business Name': 'Zahnarztpraxis am Markt', Notes: '' },
    ],
    isCut: true,
  });
  const part = await world.run(task('read', { tab: 'Known leads', range: 'A3:D3', asLists: true }));
  expect(part.result).toMatchObject({
    columns: [],
    isCut: false,
    rows: [[expect.any(String), expect.any(String), expect.any(String), '030 555 0111']],
  });
});

test('verifying tells tabs, columns and whom to share with, and writes nothing', async () => {
  const { result } = await world.run(
    task('verify', { tab: 'Known leads', columns: ['Business Name', 'LinkedIn'] }),
  );
  expect(result).toMatchObject({
    spreadsheetId,
    title: 'Leads of tour',
    shareWith: 'robot@tour.iam.gserviceaccount.com',
    tabs: expect.arrayContaining([
      expect.objectContaining({ title: 'Sheet1', rows: 1_000, columns: 26, header: [] }),
    ]),
    asked: {
      isThere: true,
      missing: ['LinkedIn'],
      others: expect.arrayContaining(['Notes']),
      doubled: [],
    },
  });
  expect(writes()).toEqual([]);
});

test('a spreadsheet is made once for its title, and found by our own record on a re-run', async () => {
  const input = { title: 'Leads Berlin' };
  const dry = await world.run({ ...task('create', input), dryRun: true });
  expect(dry.result).toMatchObject({
    isDryRun: true,
    wouldAct: true,
    request: { path: '/v4/spreadsheets' },
  });
  expect(writes()).toEqual([]);
  const [first, second] = [
    await world.run(task('create', input)),
    await world.run(task('create', input)),
  ];
  expect(first.result).toEqual(second.result);
  expect(first.result).toMatchObject({
    title: 'Leads Berlin',
    url: expect.stringContaining('https://'),
  });
  expect(writes()).toHaveLength(1);
});

test('a spreadsheet whose making got no answer is for a person to look at', async () => {
  world.standIns.faults.set([
    { path: '/v4/spreadsheets$', times: 1, fault: { kind: 'status', status: 500 } },
  ]);
  const failed = await world.failureOf(task('create', { title: 'Perhaps' }));
  expect(failed).toMatchObject({
    failure: 'OutcomeUnknown',
    message: expect.stringContaining('Makes the spreadsheet “Perhaps”'),
  });
});

test('made-up data is not written into a live spreadsheet, and a missing setting is named', async () => {
  const upsert = (more: object) => ({
    ...task('upsert', { tab: 'X', key: ['A'], rows: [{ A: 1 }], ...more }),
    account: 'acme',
  });
  const live = { ...upsert({ spreadsheet: spreadsheetId }), provenance: 'stand-in' } as const;
  expect((await world.failureOf(live)).failure).toBe('FromStandIn');
  expect(await world.failureOf(upsert({}))).toMatchObject({
    failure: 'InvalidInput',
    message: expect.stringContaining('GOOGLE_SHEETS_SPREADSHEET_ID'),
  });
  expect(await world.failureOf(upsert({ spreadsheet: spreadsheetId }))).toMatchObject({
    failure: 'CredentialRejected',
    message: expect.stringContaining('expected the JSON of a service_account'),
  });
  expect(world.standIns.requests.total).toBe(0);
});

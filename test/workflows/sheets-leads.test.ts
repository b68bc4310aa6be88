import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { FoundLead } from '../../src/contracts/leads.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createLeadStore, type LeadStore } from '../../src/platform/leads.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let leads: LeadStore;
const account = 'tour';
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { google: { readsPerMinute: 10_000, writesPerMinute: 10_000 } },
    env: { GOOGLE_SHEETS_CREDENTIALS_ACME: '{}' },
  });
  const limits = { perSecond: 500, perMinute: 30_000, atOnce: 50 };
  const person = { by: 'a test', reason: 'to be quick' };
  await createFlowKeys(world.database).setLimits('google:tour', limits, person);
  leads = createLeadStore(world.database);
});
afterAll(() => world.close());

const source = { kind: 'import', ref: 'leads.csv', isStandIn: true } as const;
const found = (n: number): FoundLead => ({
  placeId: `place-${n}`,
  businessName: `Place ${n}`,
  website: `https://place-${n}.example`,
  phones: [`+49 30 555 ${1_000 + n}`],
  emails: [`hello@place-${n}.example`, `info@place-${n}.example`],
  rating: 4.5,
  city: 'Berlin',
});
const someLeads = (count: number) => Array.from({ length: count }, (_, n) => found(n));
const push = (input: {
  readonly list: string;
  readonly tab: string;
  readonly clearGone?: boolean;
}) => world.run({ capability: 'sheets.upsert-leads', account, input });
const Values = z.object({ values: z.array(z.array(z.unknown())).default([]) });
async function ask(method: string, range: string, values?: unknown[][]): Promise<unknown[][]> {
  const query = method === 'GET' ? 'valueRenderOption=UNFORMATTED_VALUE' : 'valueInputOption=RAW';
  const path = `/v4/spreadsheets/tour_leads/values/${encodeURIComponent(range)}?${query}`;
  const response = await fetch(`${world.standIns.url}${path}`, {
    method,
    headers: { authorization: 'Bearer stand-in-tour', 'content-type': 'application/json' },
    ...(values ? { body: JSON.stringify({ values }) } : {}),
  });
  return Values.parse(await response.json()).values;
}

test('a list of 2,500 leads becomes a tab that says what the table says, and again nothing changes', async () => {
  await leads.save(account, 'many', someLeads(2_500), source);
  const first = await push({ list: 'many', tab: 'Many' });
  expect(first.result).toMatchObject({
    list: 'many',
    rows: 2_500,
    added: 2_500,
    gone: { count: 0 },
  });
  const [header = [], ...rows] = await ask('GET', 'Many');
  expect(header.slice(0, 12)).toEqual([
    ...['Business Name', 'Address', 'Website', 'Phone', 'Rating', 'Emails'],
    ...['LinkedIn', 'Twitter', 'Facebook', 'Instagram', 'YouTube', 'TikTok'],
  ]);
  expect(header.at(-1)).toBe('Lead ID');
  expect(rows).toHaveLength(2_500);
  expect(rows[7]).toEqual(
    expect.arrayContaining([
      ...['Place 7', 4.5, 'hello@place-7.example\ninfo@place-7.example', 'Berlin'],
      expect.any(Number),
    ]),
  );
  world.standIns.requests.reset();
  const again = await push({ list: 'many', tab: 'Many' });
  expect(again.result).toMatchObject({ added: 0, changed: 0, unchanged: 2_500 });
  expect(world.standIns.requests.list().filter(({ method }) => method !== 'GET')).toEqual([]);
}, 120_000);

test('a lead that left is named, keeps its row until that is asked for, and people’s notes stay', async () => {
  await leads.save(account, 'few', someLeads(3), source);
  await push({ list: 'few', tab: 'Few' });
  await ask('PUT', 'Few!V1', [['Notes'], ['mine'], ['mine too']]);
  const [second] = (await leads.page({ account, list: 'few', limit: 2 })).leads.slice(1);
  await leads.exclude(account, [second?.id ?? 0], { why: 'asked to', by: 'a test' });

  const named = await push({ list: 'few', tab: 'Few' });
  const gone = { count: 1, first: [{ row: 3, leadId: String(second?.id), name: 'Place 1' }] };
  expect(named.result).toMatchObject({ unchanged: 2, gone, cleared: 0 });
  expect((await ask('GET', 'Few!A3:A3'))[0]).toEqual(['Place 1']);

  const cleared = await push({ list: 'few', tab: 'Few', clearGone: true });
  expect(cleared.result).toMatchObject({ gone, cleared: 1 });
  const rows = await ask('GET', 'Few');
  expect(rows[2]).toEqual([...Array<string>(21).fill(''), 'mine too']);
  expect(rows[1]?.at(-1)).toBe('mine');
  expect((await push({ list: 'few', tab: 'Few' })).result).toMatchObject({ gone: { count: 0 } });
}, 120_000);

test('a list that nobody is in is refused, with the lists there are', async () => {
  await leads.save(account, 'known', someLeads(1), source);
  const failed = await world.failureOf({
    capability: 'sheets.upsert-leads',
    account,
    input: { list: 'knwon' },
  });
  expect(failed).toMatchObject({
    failure: 'NotFound',
    message: expect.stringMatching(/is in the list “knwon”; its lists: .*“known”/),
  });
});

test('leads that a stand-in made up do not go into a live spreadsheet', async () => {
  await leads.save('acme', 'made-up', someLeads(1), source);
  const input = { list: 'made-up', spreadsheet: 'tour_leads' };
  const failed = await world.failureOf({
    capability: 'sheets.upsert-leads',
    account: 'acme',
    input,
  });
  expect(failed.failure).toBe('FromStandIn');
});

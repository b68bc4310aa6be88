import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { exchange, pageOf } from './ask.ts';

let standIns: StandIns;
let campaign: string;
let other: string;
beforeAll(async () => {
  standIns = await startStandIns({
    workspaces: { a: { blocklist: ['no@kunde.de'], refusedAddresses: ['bad@kunde.de'] } },
  });
  const { items } = pageOf(z.looseObject({ id: z.string() })).parse(
    (await ask('GET', '/campaigns')).body,
  );
  [campaign = '', other = ''] = items.map(({ id }) => id);
});
afterAll(() => standIns.close());

const ask = (method: string, path: string, body?: unknown) =>
  exchange(standIns.url, [method, path, body]);
const add = (leads: readonly object[], more: object = {}) =>
  ask('POST', '/leads/add', { campaign_id: campaign, leads, ...more });
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ email: `lead${at}@viele.de` }));

test.each<[string, readonly object[], object, number, string]>([
  ['both ids', many(1), { list_id: crypto.randomUUID() }, 400, 'not both'],
  ['neither id', many(1), { campaign_id: undefined }, 400, 'campaign_id or list_id'],
  ['no leads', [], {}, 400, 'fewer than 1 items'],
  ['1,001 leads', many(1_001), {}, 400, 'more than 1000 items'],
  ['an unknown key', many(1), { campaign: 'x' }, 400, 'additional properties: campaign'],
  [
    'an unknown key in a lead',
    [{ email: 'a@b.de', company: 'x' }],
    {},
    400,
    'body/leads/0 must NOT have additional properties: company',
  ],
  [
    'a variable that is a list',
    [{ email: 'a@b.de', custom_variables: { a: [] } }],
    {},
    400,
    'body/leads/0/custom_variables/a',
  ],
  [
    'an address that the workspace refuses',
    [...many(2), { email: 'bad@kunde.de' }],
    {},
    400,
    'leads/2',
  ],
  ['a campaign nobody has', many(1), { campaign_id: crypto.randomUUID() }, 404, 'Campaign'],
])('leads with %s are refused, all of them', async (_, leads, more, status, words) => {
  expect(await add(leads, more)).toMatchObject({
    status,
    body: { message: expect.stringContaining(words) },
  });
  const listed = await ask('POST', '/leads/list', { contacts: ['lead0@viele.de'] });
  expect(listed.body).toEqual({ items: [] });
});

test('what was added is told by its place in the list, and the rest is only counted', async () => {
  const answer = await add([
    { email: 'Ada@kunde.de', first_name: 'Ada', custom_variables: { City: 'Bonn' } },
    { email: 'no@kunde.de' },
    { email: 'not an address' },
    { first_name: 'Nobody' },
    { email: 'ada@kunde.de' },
    { email: 'ben@kunde.de' },
  ]);
  expect(answer.body).toMatchObject({
    total_sent: 6,
    leads_uploaded: 2,
    in_blocklist: 1,
    invalid_email_count: 1,
    incomplete_count: 1,
    duplicate_email_count: 1,
    skipped_count: 0,
    created_leads: [
      { index: 0, email: 'ada@kunde.de', first_name: 'Ada', last_name: null },
      { index: 5, email: 'ben@kunde.de' },
    ],
  });
  const listed = await ask('POST', '/leads/list', { campaign, contacts: ['ada@kunde.de'] });
  expect(listed.body).toMatchObject({ items: [{ payload: { City: 'Bonn' } }] });
});

test('duplicates: never two in a campaign; in another one only while no flag forbids it', async () => {
  const mara = [{ email: 'mara@kunde.de' }];
  await add(mara);
  expect((await add(mara)).body).toMatchObject({ leads_uploaded: 0, duplicated_leads: 1 });
  const there = { campaign_id: other };
  for (const flag of ['skip_if_in_campaign', 'skip_if_in_workspace']) {
    expect((await add(mara, { ...there, [flag]: true })).body).toMatchObject({
      leads_uploaded: 0,
      skipped_count: 1,
      created_leads: [],
    });
  }
  expect((await add(mara, there)).body).toMatchObject({ leads_uploaded: 1 });
});

test('a thousand leads go in with one call', async () => {
  expect((await add(many(1_000))).body).toMatchObject({ total_sent: 1_000, leads_uploaded: 1_000 });
});

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { FoundLead, Lead, LeadSource } from '../../src/contracts/leads.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createLeadStore, type LeadStore } from '../../src/platform/leads.ts';
import { createSuppressions } from '../../src/platform/suppressions.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
let store: LeadStore;
beforeAll(async () => {
  own = await testDatabase('leads');
  database = openDatabase(own.url, 4);
  store = createLeadStore(database);
});
beforeEach(() => database.sql`truncate leads, lead_lists, lead_pushes, suppressions cascade`);
afterAll(async () => {
  await database.close();
  await own.drop();
});

const scrape: LeadSource = { kind: 'scrape', ref: 'run-1', isStandIn: false };
const contacts: LeadSource = { kind: 'contacts', ref: 'run-2', isStandIn: false };
const save = (found: FoundLead | readonly FoundLead[], source = scrape, list = 'all') =>
  store.save('default', list, [found].flat(), source);
const all = async (account = 'default'): Promise<readonly Lead[]> =>
  (await store.page({ account, limit: 1_000 })).leads;

test('a repeat changes nothing, and a blank never replaces a value', async () => {
  const found = { placeId: 'p1', businessName: 'Acme', website: 'acme.test', rating: '4,5' };
  expect(await save(found)).toEqual({ created: 1, changed: 0, unchanged: 0, leftOut: [] });
  const [before] = await all();
  expect(await save(found)).toEqual({ created: 0, changed: 0, unchanged: 1, leftOut: [] });
  await save({ placeId: 'p1', businessName: ' ', website: null }, { ...scrape, ref: 'run-9' });
  expect(await all()).toEqual([before]);
  expect(before).toMatchObject({ businessName: 'Acme', site: 'acme.test', rating: 4.5 });
});

test('a newer run replaces a value, another row of the same reading does not', async () => {
  await save([
    { website: 'acme.test', businessName: 'Acme' },
    { website: 'https://www.acme.test/contact', businessName: 'Acme Berlin', city: 'Berlin' },
  ]);
  expect(await all()).toMatchObject([{ businessName: 'Acme', city: 'Berlin' }]);
  await save({ website: 'acme.test', businessName: 'Acme Berlin' }, { ...scrape, ref: 'run-9' });
  expect(await all()).toMatchObject([{ businessName: 'Acme Berlin' }]);
  expect(await save({ website: 'acme.test', businessName: 'Acme' })).toMatchObject({
    unchanged: 1,
  });
});

test('what a page says reaches the place it belongs to, and of a chain each place', async () => {
  await save([
    {
      placeId: 'p1',
      businessName: 'Acme Berlin',
      website: 'https://acme.test/berlin',
      city: 'Berlin',
    },
    { placeId: 'p2', businessName: 'Acme Köln', website: 'https://acme.test/koeln', city: 'Köln' },
    { placeId: 'p3', businessName: 'Joe', website: 'joe.test' },
  ]);
  const page = { businessName: 'Acme Group', emails: 'Info@Acme.test, info@acme.test' };
  await save(
    [
      { website: 'acme.test', ...page },
      { website: 'joe.test/', emails: ['j@joe.test'] },
    ],
    contacts,
  );
  expect(await all()).toMatchObject([
    { businessName: 'Acme Berlin', emails: ['info@acme.test'] },
    { businessName: 'Acme Köln', emails: ['info@acme.test'] },
    { businessName: 'Joe', emails: ['j@joe.test'] },
  ]);
});

test('a place takes over what was known of its site; people of one company stay people', async () => {
  await save({ website: 'acme.test', emails: 'info@acme.test' }, contacts);
  await save([
    { placeId: 'p1', businessName: 'Acme', website: 'acme.test' },
    { firstName: 'Mara', emails: 'mara@acme.test', website: 'acme.test' },
    { firstName: 'Tom', emails: 'tom@acme.test', website: 'acme.test' },
    { emails: 'TOM@acme.test' },
  ]);
  expect(await all()).toMatchObject([
    { placeId: 'p1', emails: ['info@acme.test'] },
    { firstName: 'Mara', emails: ['mara@acme.test'] },
    { firstName: 'Tom', emails: ['tom@acme.test'] },
  ]);
});

test('tells who said what, and a lead is made up as soon as a stand-in had a part in it', async () => {
  await save({ placeId: 'p1', businessName: 'Acme', website: 'acme.test' });
  const standIn = { kind: 'contacts', ref: 'run-3', isStandIn: true } as const;
  expect(await all()).toMatchObject([{ isStandIn: false }]);
  await save(
    { website: 'acme.test', businessName: 'Made Up', emails: 'a@acme.test', custom: { x: '1' } },
    standIn,
  );
  const [lead] = await all();
  expect(lead).toMatchObject({ isStandIn: true, businessName: 'Acme', custom: { x: '1' } });
  const detail = await store.get('default', lead?.id ?? 0);
  expect(detail?.lists).toEqual(['all']);
  expect(detail?.sources.businessName).toMatchObject([scrape]);
  expect(detail?.sources.emails).toMatchObject([standIn]);
  expect(detail?.sources['custom.x']).toMatchObject([standIn]);
});

test('leaves out what nobody could know again, and addresses nothing may be sent to', async () => {
  await createSuppressions(database).add(['mara@acme.test', 'gone.test'], { by: 'x', reason: 'y' });
  const saved = await save([
    { businessName: 'Nameless', website: 'https://www.facebook.com/nameless' },
    { firstName: 'Mara', emails: 'mara@acme.test' },
    { website: 'acme.test', firstName: 'Mara', emails: 'mara@acme.test;info@acme.test' },
    { emails: 'a@mail.gone.test' },
  ]);
  expect(saved).toMatchObject({ created: 1, leftOut: [{ at: 0 }, { at: 1 }, { at: 3 }] });
  expect(await all()).toMatchObject([{ emails: ['info@acme.test'], firstName: null }]);
});

test('accounts share nothing', async () => {
  await save({ placeId: 'p1', businessName: 'Acme' });
  await store.save('other', 'all', [{ placeId: 'p1', businessName: 'Other' }], scrape);
  expect(await all('other')).toMatchObject([{ businessName: 'Other' }]);
  expect(await all()).toMatchObject([{ businessName: 'Acme' }]);
});

test('finds leads by words, list, address and state, page by page', async () => {
  await save([
    { placeId: 'p1', businessName: 'Acme 100%', city: 'Berlin', emails: 'a@acme.test' },
    { placeId: 'p2', businessName: 'Acme', city: 'Köln', emails: 'k@acme.test' },
    { placeId: 'p3', businessName: 'Joe', city: 'Berlin' },
  ]);
  await save({ placeId: 'p2' }, scrape, 'second');
  const [berlin, koeln, joe] = (await all()).map(({ id }) => id);
  await store.notePushes('default', 'c1', [
    { leadId: berlin ?? 0, email: 'a@acme.test', state: 'intent', reason: '' },
    { leadId: berlin ?? 0, email: 'a@acme.test', state: 'pushed', reason: 'new there' },
  ]);
  expect(await store.exclude('default', [joe ?? 0], { why: 'a rival', by: 'mara' })).toBe(1);
  const ids = async (filter: object) =>
    (await store.page({ account: 'default', limit: 10, ...filter })).leads.map(({ id }) => id);
  expect(await ids({ q: 'berl ACME' })).toEqual([berlin]);
  expect(await ids({ q: '0%' })).toEqual([berlin]);
  expect(await ids({ list: 'second' })).toEqual([koeln]);
  expect(await ids({ hasEmail: false })).toEqual([joe]);
  expect(await ids({ isExcluded: false })).toEqual([berlin, koeln]);
  expect(await ids({ campaign: 'c1' })).toEqual([berlin]);
  expect(await ids({ campaign: 'c1', pushState: 'not-pushed' })).toEqual([koeln, joe]);
  expect(await ids({ pushState: 'pushed', campaign: 'c2' })).toEqual([]);
  const first = await store.page({ account: 'default', limit: 2 });
  expect(first).toMatchObject({
    total: 3,
    isTotalExact: true,
    leads: [{ pushes: [{ state: 'pushed' }] }, {}],
  });
  expect(await ids({ cursor: first.next })).toEqual([joe]);
  await expect(ids({ cursor: 'x' })).rejects.toThrow('expected what the page before gave');
  expect(await store.counts('default', { list: 'all' })).toEqual({
    leads: 3,
    withEmail: 2,
    withPhone: 0,
    withWebsite: 0,
    excluded: 1,
    standIn: 0,
    pushes: { intent: 0, pushed: 1, skipped: 0, refused: 0, unknown: 0 },
  });
  expect(await store.lists('default')).toMatchObject([
    { list: 'second', leads: 1 },
    { list: 'all', leads: 3 },
  ]);
});

test('two that save the same at once make each lead once', async () => {
  const found = Array.from({ length: 1_500 }, (_, at) => ({
    website: `w${at}.test`,
    emails: `a@w${at}.test`,
  }));
  const done = await Promise.all([save(found), save(found.toReversed(), contacts)]);
  expect(done.reduce((sum, { created }) => sum + created, 0)).toBe(1_500);
  const pages = [];
  for await (const page of store.each('default', { list: 'all' }, 400)) pages.push(page.length);
  expect(pages).toEqual([400, 400, 400, 300]);
});

/** What Apify's documents and measurements say, asked of the stand-in over plain HTTP. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';

let standIns: StandIns;
const fast = { readyMs: 0, runMs: 0 };
beforeAll(async () => {
  standIns = await startStandIns({
    defaults: { apify: fast },
    workspaces: {
      slow: { apify: { readyMs: 300, runMs: 600 } },
      endless: { apify: { readyMs: 0, runMs: 600_000, longestWaitMs: 50 } },
      failing: { apify: { ...fast, endsAs: 'FAILED' } },
      late: { apify: { ...fast, endsAs: 'TIMED-OUT', partialShare: 0.25 } },
      lenient: { apify: { ...fast, ignoresUnknownInput: true, fillsInput: true } },
      busy: { apify: { ...fast, perSecond: 3 } },
    },
  });
});
afterAll(() => standIns.close());

async function ask(method: string, path: string, body?: unknown, workspace = 'a') {
  const response = await fetch(`${standIns.url}/apify/v2${path}`, {
    method,
    headers: {
      ...(workspace === '' ? {} : { authorization: `Bearer stand-in-${workspace}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const said: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body: said };
}
const Run = z.object({
  data: z.object({
    id: z.string(),
    actId: z.string(),
    status: z.string(),
    defaultDatasetId: z.string(),
    defaultKeyValueStoreId: z.string(),
    usageTotalUsd: z.number(),
  }),
});
const Item = z.record(z.string(), z.unknown());
type Item = z.infer<typeof Item>;
const maps = 'compass~crawler-google-places';
const contacts = 'QAKrfXwAcbmcWYnSo';
const dentists = { searchStringsArray: ['dentist'], locationQuery: 'Berlin, Germany' };
const start = async (actor: string, input: unknown, workspace?: string, query = '') =>
  Run.parse((await ask('POST', `/actors/${actor}/runs${query}`, input, workspace)).body).data;
const state = async (id: string, workspace?: string, query = '') =>
  Run.parse((await ask('GET', `/actor-runs/${id}${query}`, undefined, workspace)).body).data;
async function itemsOf(actor: string, input: unknown, workspace?: string, query = '') {
  const run = await start(actor, input, workspace, query);
  const { body } = await ask(
    'GET',
    `/datasets/${run.defaultDatasetId}/items`,
    undefined,
    workspace,
  );
  return z.array(Item).parse(body);
}
const strings = (item: Item, name: string) => z.array(z.string()).catch([]).parse(item[name]);
const wrong = (status: number, type: string, words = '') => ({
  status,
  body: { error: { type, message: expect.stringContaining(words) } },
});

test('a run goes from READY over RUNNING to SUCCEEDED by the clock, under both spellings of actors', async () => {
  const run = await start(maps, dentists, 'slow');
  expect(run).toMatchObject({ status: 'READY', actId: 'nwua9Gu5YrADL7ZDj' });
  const seen = new Set<string>();
  for (
    let now = run;
    now.status !== 'SUCCEEDED';
    now = await state(run.id, 'slow', '?waitForFinish=0.05')
  ) {
    seen.add(now.status);
  }
  expect([...seen]).toEqual(['READY', 'RUNNING']);
  const older = await ask('POST', `/acts/nwua9Gu5YrADL7ZDj/runs`, dentists, 'slow');
  expect(older.status).toBe(201);
});

test('a question that waits is answered at the end of the run, or after a while without it', async () => {
  const run = await start(maps, dentists, 'slow');
  expect(await state(run.id, 'slow', '?waitForFinish=60')).toMatchObject({ status: 'SUCCEEDED' });
  const endless = await start(maps, dentists, 'endless', '?waitForFinish=1');
  expect(endless.status).toBe('RUNNING');
  expect(await state(endless.id, 'endless', '?waitForFinish=999999')).toMatchObject({
    status: 'RUNNING',
  });
  const aborted = await ask('POST', `/actor-runs/${endless.id}/abort`, undefined, 'endless');
  expect(aborted.body).toMatchObject({ data: { status: 'ABORTED' } });
  expect(await state(endless.id, 'endless')).toMatchObject({ status: 'ABORTED' });
});

test.each([
  ['failing', 'FAILED', 20],
  ['late', 'TIMED-OUT', 10],
])('a run of %s ends %s and keeps what it had found', async (workspace, status, items) => {
  const run = await start(maps, dentists, workspace);
  expect(await state(run.id, workspace)).toMatchObject({ status });
  const dataset = await ask('GET', `/datasets/${run.defaultDatasetId}`, undefined, workspace);
  expect(dataset.body).toMatchObject({ data: { itemCount: items } });
});

test('items come as a bare list, in pages with headers, and only with the fields asked for', async () => {
  const run = await start(maps, dentists);
  const path = `/datasets/${run.defaultDatasetId}/items`;
  const all = z.array(Item).parse((await ask('GET', path)).body);
  expect(all).toHaveLength(40);
  const page = await ask('GET', `${path}?offset=30&limit=25&fields=placeId,title`);
  expect(Object.fromEntries(page.headers)).toMatchObject({
    'x-apify-pagination-total': '40',
    'x-apify-pagination-offset': '30',
    'x-apify-pagination-limit': '25',
    'x-apify-pagination-count': '10',
    'x-apify-pagination-desc': 'false',
  });
  expect(page.body).toEqual(all.slice(30).map(({ title, placeId }) => ({ title, placeId })));
  const last = await ask('GET', `${path}?limit=1&desc=1`);
  expect(last.body).toEqual(all.slice(-1));
});

test('places follow from term and location, with all that is odd about them', async () => {
  const places = await itemsOf(maps, dentists);
  expect(await itemsOf(maps, dentists, 'b')).toEqual(places);
  expect(await itemsOf(maps, { ...dentists, locationQuery: 'Wien, Austria' })).not.toEqual(places);
  const count = (holds: (place: Item) => boolean) => places.filter(holds).length;
  expect(count((place) => !('website' in place))).toBeGreaterThan(0);
  expect(count(({ website }) => website === null)).toBeGreaterThan(0);
  expect(count(({ phone }) => phone === null)).toBeGreaterThan(0);
  expect(count(({ permanentlyClosed }) => permanentlyClosed === true)).toBeGreaterThan(0);
  expect(new Set(places.map(({ placeId }) => placeId)).size).toBeLessThan(places.length);
  expect(places[0]).toMatchObject({
    address: expect.stringMatching(/^.+ \d+, \d{5} Berlin, Germany$/),
    phone: expect.stringMatching(/^0\d\d\/ \d+$/),
    countryCode: 'DE',
    searchString: 'dentist',
    rank: 1,
  });
  const two = await itemsOf(maps, { ...dentists, searchStringsArray: ['dentist', 'optician'] });
  expect(two).toHaveLength(80);
  const ofSecond = new Set(two.slice(40).map(({ placeId }) => placeId));
  expect(places.filter(({ placeId }) => ofSecond.has(placeId)).length).toBeGreaterThan(0);
});

test('a run finds no more than it was asked for, may keep, and may cost', async () => {
  const most = { ...dentists, maxCrawledPlacesPerSearch: 7 };
  expect(await itemsOf(maps, most)).toHaveLength(7);
  expect(await itemsOf(maps, dentists, 'a', '?maxItems=5')).toHaveLength(5);
  expect(await itemsOf(maps, dentists, 'a', '?maxTotalChargeUsd=0.02')).toHaveLength(5);
});

test('contacts come one item a page unless merged, with both spellings of LinkedIn', async () => {
  const sites = Array.from({ length: 50 }, (_, index) => ({
    url: `https://www.site-${index}.example`,
  }));
  const pages = await itemsOf(contacts, { startUrls: sites });
  const merged = await itemsOf(contacts, { startUrls: sites, mergeContacts: true });
  expect(pages.length).toBeGreaterThan(merged.length);
  expect(merged.length).toBeLessThan(sites.length); // some cannot be reached
  expect(merged[0]).toMatchObject({
    originalStartUrl: expect.stringMatching(/^https:\/\/www\.site-\d+\.example\/$/),
    domain: expect.stringMatching(/^site-\d+\.example$/),
  });
  const emails = merged.flatMap((item) => strings(item, 'emails'));
  const hasSome = (pattern: RegExp) => emails.some((email) => pattern.test(email));
  for (const odd of [/&#64;/, /^mailto:.*, /, /^info@mysite\.com$/, /[A-Z]/, /^info@site-\d+/]) {
    expect([odd, hasSome(odd)]).toEqual([odd, true]);
  }
  for (const name of ['linkedIns', 'linkedins']) {
    expect(merged.some((item) => strings(item, name).length > 0)).toBe(true);
  }
  expect(merged.some((item) => strings(item, 'emails').length === 0)).toBe(true);
});

test.each([
  ['no terms', maps, { locationQuery: 'Berlin, Germany' }, 'input.searchStringsArray is required'],
  [
    'one text for terms',
    maps,
    { ...dentists, searchStringsArray: 'dentist' },
    'searchStringsArray',
  ],
  [
    'what it does not know',
    maps,
    { ...dentists, maxResults: 3 },
    'input.maxResults is not allowed',
  ],
  ['addresses as text', contacts, { startUrls: ['https://a.example'] }, 'object with url'],
  ['the old depth', contacts, { startUrls: [], maxCrawlingDepth: 3 }, 'startUrls'],
  ['a list', maps, [dentists], 'JSON object'],
])('an input with %s is refused', async (_, actor, input, words) => {
  const refused = await ask('POST', `/actors/${actor}/runs`, input);
  expect(refused).toMatchObject(wrong(400, 'invalid-input', words));
});

test('a lenient actor ignores what it does not know; the stored input is what was sent, or more', async () => {
  const input = { ...dentists, maxResults: 3 };
  const stored = async (workspace: string, given: object) => {
    const { defaultKeyValueStoreId } = await start(maps, given, workspace);
    const path = `/key-value-stores/${defaultKeyValueStoreId}/records/INPUT`;
    return (await ask('GET', path, undefined, workspace)).body;
  };
  expect(await stored('a', dentists)).toEqual(dentists);
  expect(await stored('lenient', input)).toMatchObject({ ...input, language: 'en' });
});

test('an actor’s runs are listed, the latest first when asked', async () => {
  const first = await start(maps, dentists, 'listed');
  await start(contacts, { startUrls: [{ url: 'https://a.example' }] }, 'listed');
  const last = await start(maps, dentists, 'listed');
  const List = z.object({
    data: z.object({ total: z.int(), items: z.array(z.object({ id: z.string() })) }),
  });
  const list = async (path: string) =>
    List.parse((await ask('GET', path, undefined, 'listed')).body).data;
  expect(await list(`/actors/${maps}/runs?desc=1&limit=5`)).toMatchObject({
    total: 2,
    items: [{ id: last.id }, { id: first.id }],
  });
  expect(await list(`/acts/${maps}/runs?limit=1`)).toMatchObject({ items: [{ id: first.id }] });
  expect(await list('/actor-runs?desc=1')).toMatchObject({ total: 3 });
});

test('logs are text, actors and the owner of the token are there', async () => {
  const run = await start(maps, dentists);
  expect((await ask('GET', `/actor-runs/${run.id}/log?raw=1`)).body).toMatch(/ACTOR: Finished\n$/);
  expect((await ask('GET', `/actors/${maps}`)).body).toMatchObject({
    data: { id: 'nwua9Gu5YrADL7ZDj', name: 'crawler-google-places' },
  });
  expect((await ask('GET', '/users/me')).body).toMatchObject({ data: { username: 'a' } });
});

test('refusals have the vendor’s types', async () => {
  const runs = `/actors/${maps}/runs`;
  expect(await ask('GET', '/users/me', undefined, '')).toMatchObject(
    wrong(401, 'token-not-provided'),
  );
  expect(await ask('GET', '/users/me', undefined, 'a.other')).toMatchObject(
    wrong(401, 'user-or-token-not-found'),
  );
  expect(await ask('GET', '/users/me?token=stand-in-b', undefined, '')).toMatchObject({
    body: { data: { username: 'b' } },
  });
  expect(await ask('POST', runs, dentists, 'a.read-only')).toMatchObject(
    wrong(403, 'insufficient-permissions'),
  );
  expect(await ask('POST', runs, dentists, 'a.no-credit')).toMatchObject(
    wrong(402, 'not-enough-usage-to-run-paid-actor'),
  );
  for (const path of ['/actors/nobody~nothing', '/actor-runs/x', '/datasets/x/items']) {
    expect(await ask('GET', path)).toMatchObject(wrong(404, 'record-not-found'));
  }
});

test('calls about one thing are limited in each second; another thing has its own limit', async () => {
  const asked = await Promise.all(
    Array.from({ length: 6 }, () => ask('GET', '/users/me', undefined, 'busy')),
  );
  const refused = asked.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(3);
  expect(refused[0]).toMatchObject(wrong(429, 'rate-limit-exceeded'));
  expect(asked[0]?.headers.get('x-ratelimit-limit')).toBe('3');
  expect(await ask('GET', `/actors/${maps}`, undefined, 'busy')).toMatchObject({ status: 200 });
});

test('a fault of the plan has the vendor’s form', async () => {
  standIns.faults.set([{ vendor: 'apify', times: 1, fault: { kind: 'status', status: 500 } }]);
  expect(await ask('GET', '/users/me')).toMatchObject(wrong(500, 'internal-server-error'));
});

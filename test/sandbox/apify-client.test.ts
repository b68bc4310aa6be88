/** The vendor's own client against the stand-in, below a path of its own. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ApifyApiError, ApifyClient } from 'apify-client';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';

let standIns: StandIns;
let client: ApifyClient;
const actor = 'compass/crawler-google-places';
const input = { searchStringsArray: ['dentist'], locationQuery: 'Berlin, Germany' };
const clientOf = (token: string, more: object = {}) =>
  new ApifyClient({
    token,
    baseUrl: `${standIns.url}/apify`,
    minDelayBetweenRetriesMillis: 5,
    ...more,
  });

beforeAll(async () => {
  standIns = await startStandIns({ defaults: { apify: { readyMs: 20, runMs: 60 } } });
  client = clientOf('stand-in-a');
});
afterAll(() => standIns.close());
beforeEach(() => {
  standIns.faults.clear();
  standIns.requests.reset();
});
const asked = () => standIns.requests.list().map(({ method, path }) => `${method} ${path}`);

test('it starts a run, waits for its end, and pages through its items', async () => {
  const started = await client.actor(actor).start(input, { maxItems: 30 });
  expect(started).toMatchObject({ actId: 'nwua9Gu5YrADL7ZDj', startedAt: expect.any(Date) });
  const run = await client.run(started.id).waitForFinish({ waitSecs: 20 });
  expect(run).toMatchObject({ status: 'SUCCEEDED', exitCode: 0 });
  const page = await client.dataset(run.defaultDatasetId).listItems({ limit: 20, offset: 20 });
  expect(page).toMatchObject({ total: 30, offset: 20, limit: 20, count: 10, desc: false });
  const all: unknown[] = [];
  for await (const item of client.dataset(run.defaultDatasetId).listItems({ chunkSize: 7 })) {
    all.push(item);
  }
  expect(all).toHaveLength(30);
  expect(asked()[0]).toBe(`POST /v2/actors/compass~crawler-google-places/runs`);
});

test('a call in one go has its end; its log is text', async () => {
  const run = await client.actor(actor).call(input, { log: null });
  expect(run).toMatchObject({ status: 'SUCCEEDED' });
  expect(asked().every((each) => !each.endsWith('/log'))).toBe(true);
  expect(await client.run(run.id).log().get()).toMatch(/ACTOR: Finished/);
  expect(await client.actor(actor).get()).toMatchObject({ id: run.actId });
});

test('it lists runs, reads the stored input, and who it is; what is missing is undefined', async () => {
  const { id, defaultKeyValueStoreId } = await client.actor(actor).start(input);
  const runs = await client.actor(actor).runs().list({ desc: true, limit: 1 });
  expect(runs.items).toMatchObject([{ id }]);
  const record = await client.keyValueStore(defaultKeyValueStoreId).getRecord('INPUT');
  expect(record?.value).toEqual(input);
  expect(await client.user().get()).toMatchObject({ username: 'a' });
  expect(await client.run('nobody').get()).toBeUndefined();
  expect(await client.run(id).abort()).toMatchObject({ id });
});

test('it repeats 429 and 500 by itself, and a refusal is an error of its own kind', async () => {
  standIns.faults.set([{ times: 2, fault: { kind: 'status', status: 429 } }]);
  expect(await client.user().get()).toMatchObject({ username: 'a' });
  expect(asked()).toHaveLength(3);
  const refused = clientOf('stand-in-a.no-credit').actor(actor).start(input);
  await expect(refused).rejects.toBeInstanceOf(ApifyApiError);
  await expect(refused).rejects.toMatchObject({
    statusCode: 402,
    type: 'not-enough-usage-to-run-paid-actor',
  });
  const once = clientOf('stand-in-a', { maxRetries: 0 });
  standIns.faults.set([{ fault: { kind: 'status', status: 500 } }]);
  standIns.requests.reset();
  await expect(once.user().get()).rejects.toMatchObject({ statusCode: 500 });
  expect(asked()).toHaveLength(1);
});

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { DryRun } from '../../src/contracts/dry-run.ts';
import type { Lead } from '../../src/contracts/leads.ts';
import { ScrapeLeadsOutput } from '../../src/contracts/leads-scrape.ts';
import type { NewTask } from '../../src/contracts/runs.ts';
import { createLeadStore } from '../../src/platform/leads.ts';
import { createLedger } from '../../src/platform/ledger.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const quick = { readyMs: 0, runMs: 50 };
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: {
      defaults: { apify: quick },
      workspaces: {
        many: { apify: { ...quick, places: 2_500 } },
        failing: { apify: { ...quick, endsAs: 'FAILED' } },
        late: { apify: { ...quick, endsAs: 'TIMED-OUT', partialShare: 0.5 } },
        nothing: { apify: { ...quick, endsAs: 'FAILED', partialShare: 0 } },
        slow: { apify: { readyMs: 0, runMs: 600_000, partialShare: 0, fillsInput: true } },
        filling: { apify: { ...quick, fillsInput: true } },
      },
    },
    env: {
      VENDOR_TIMEOUT_SECONDS: '2',
      FREEZE_SECONDS: '1',
      APIFY_API_KEY_MANY: 'stand-in-many',
      APIFY_API_KEY_FAILING: 'stand-in-failing',
      APIFY_API_KEY_LATE: 'stand-in-late',
      APIFY_API_KEY_NOTHING: 'stand-in-nothing',
      APIFY_API_KEY_SLOW: 'stand-in-slow',
      APIFY_API_KEY_FILLING: 'stand-in-filling',
      APIFY_API_KEY_POOR: 'stand-in-poor.no-credit',
      APIFY_API_KEY_WRONG: 'wrong',
    },
  });
});
afterAll(() => world.close());
afterEach(() => world.standIns.faults.clear());

let lists = 0;
const search = (more: Partial<NewTask> = {}, input: object = {}): NewTask => ({
  capability: 'leads.scrape',
  account: 'tour',
  input: {
    terms: ['dentist'],
    location: 'Berlin, Germany',
    list: `list-${(lists += 1)}`,
    max: 40,
    ...input,
  },
  ...more,
});
const listOf = ({ input }: NewTask): string => String(input?.list);
const scraped = async (task: NewTask) => ScrapeLeadsOutput.parse((await world.run(task)).result);
const starts = () =>
  world.standIns.requests
    .list()
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/runs'))
    .map(({ path, query }) => `${path}?${query}`);
async function leadsIn(list: string, account = 'tour'): Promise<readonly Lead[]> {
  const all = [];
  for await (const page of createLeadStore(world.database).each(account, { list })) {
    all.push(...page);
  }
  return all;
}

test('places are found and stored once each, without those that are closed for good', async () => {
  world.standIns.requests.reset();
  const task = search();
  const outcome = await scraped(task);
  const leads = await leadsIn(listOf(task));
  expect(outcome).toMatchObject({
    status: 'SUCCEEDED',
    isPartial: false,
    items: 40,
    unreadable: 0,
    closed: 2,
    created: leads.length,
    costUsd: 0.16,
  });
  expect(leads.length).toBe(34); // 40, of which 2 are closed and 4 come twice
  expect(leads[0]).toMatchObject({
    city: 'Berlin',
    countryCode: 'DE',
    category: 'dentist',
    phones: [expect.stringMatching(/^\+49\d+$/)],
    isStandIn: true,
  });
  expect(starts()).toEqual(['/v2/actors/nwua9Gu5YrADL7ZDj/runs?maxItems=40&maxTotalChargeUsd=10']);
});

test('a cancelled search ends its run at the vendor, once, and is not paid for again', async () => {
  world.standIns.requests.reset();
  const task = search({ account: 'slow' });
  const aborts = () => world.standIns.requests.list().filter(({ path }) => path.endsWith('/abort'));
  const handle = await world.start(task);
  await eventually('the run is looked at', () =>
    world.standIns.requests.list().some(({ path }) => path.startsWith('/v2/actor-runs/')),
  );
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow('Workflow execution cancelled');
  expect(aborts()).toHaveLength(1);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
  expect(await world.failureOf(task)).toMatchObject({
    failure: 'JobFailed',
    message: expect.stringContaining('ended as ABORTED'),
  });
  expect([starts().length, aborts().length]).toEqual([1, 1]);
});

test('a search that is cancelled while the answer to its start is lost is looked for, and ended', async () => {
  world.standIns.requests.reset();
  world.standIns.faults.set([
    { path: '/v2/actors/*/runs$', nth: 1, fault: { kind: 'late', delayMs: 60_000 } },
  ]);
  const handle = await world.start(search({ account: 'slow' }, { terms: ['late answer'] }));
  await eventually('the start is asked for', () => starts().length === 1);
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow('Workflow execution cancelled');
  const aborts = world.standIns.requests.list().filter(({ path }) => path.endsWith('/abort'));
  expect(aborts).toHaveLength(1);
}, 60_000);

test('the same search is paid for once, and again in another edition', async () => {
  world.standIns.requests.reset();
  const task = search();
  const first = await scraped(task);
  const again = await scraped(task);
  expect(again).toEqual({ ...first });
  expect(starts()).toHaveLength(1);
  const other = await scraped({ ...task, input: { ...task.input, edition: '2026-02' } });
  expect(other.runId).not.toBe(first.runId);
  expect(other).toMatchObject({ created: 0, changed: 0 });
  expect(starts()).toHaveLength(2);
});

test.each([
  ['is cut', { kind: 'cut' }],
  ['never comes', { kind: 'late', delayMs: 60_000 }],
  ['is garbage', { kind: 'garbled' }],
  ['has another shape', { kind: 'changed-type', field: 'id' }],
] as const)(
  'when the answer to a start %s, its run is found by its input',
  async (_, fault) => {
    world.standIns.requests.reset();
    world.standIns.faults.set([{ path: '/v2/actors/*/runs$', nth: 1, fault }]);
    const task = search({ account: 'filling' }, { terms: [`plumber ${fault.kind}`] });
    const { runId } = await scraped(task);
    expect(starts()).toHaveLength(1);
    const [row] = await createLedger(world).list({ limit: 1 });
    expect(row).toMatchObject({ state: 'done', reason: 'found at the vendor' });
    const detail = await createLedger(world).show(row?.key ?? '');
    expect(detail?.result).toEqual({ runId });
  },
  60_000,
);

test('a start that the vendor never took is made again, once that is certain', async () => {
  world.standIns.requests.reset();
  world.standIns.faults.set([
    { path: '/v2/actors/*/runs$', nth: 1, fault: { kind: 'status', status: 500 } },
  ]);
  await scraped(search({}, { terms: ['roofer'] }));
  expect(starts()).toHaveLength(2);
  const [row] = await createLedger(world).list({ limit: 1 });
  const detail = await createLedger(world).show(row?.key ?? '');
  expect(detail?.history.map(({ why }) => why)).toContain('absent after its quarantine');
}, 60_000);

test('questions that go wrong are asked again, and the run is started once', async () => {
  world.standIns.requests.reset();
  world.standIns.faults.set([
    {
      path: '/v2/actor-runs',
      nth: 1,
      fault: { kind: 'status', status: 429, retryAfterSeconds: 1 },
    },
    { path: '/v2/actor-runs', nth: 2, fault: { kind: 'html' } },
    { path: '/v2/actor-runs', nth: 3, fault: { kind: 'silence' } },
  ]);
  expect(await scraped(search())).toMatchObject({ status: 'SUCCEEDED', items: 40 });
  expect(starts()).toHaveLength(1);
}, 60_000);

test('a data set is copied page by page, and a retry goes on where the last one came to', async () => {
  world.standIns.requests.reset();
  world.standIns.faults.set([{ path: '/v2/datasets', nth: 3, fault: { kind: 'malformed' } }]);
  const task = search({ account: 'many' }, { max: 2_500 });
  expect(await scraped(task)).toMatchObject({ items: 2_500 });
  const offsets = world.standIns.requests
    .list()
    .filter(({ path }) => path.startsWith('/v2/datasets'))
    .map(({ query }) => new URLSearchParams(query).get('offset'));
  expect(offsets).toEqual(['0', '1000', '2000', '2000']);
}, 60_000);

test.each([
  ['failing', 'FAILED'],
  ['late', 'TIMED-OUT'],
])(
  'what a run of %s had found when it ended as %s is kept, and said to be a part',
  async (account, status) => {
    const task = search({ account });
    const outcome = await scraped(task);
    expect(outcome).toMatchObject({ status, isPartial: true, items: 20 });
    expect(await leadsIn(listOf(task), account)).toHaveLength(outcome.created);
  },
);

test('a run that ended badly and left nothing is a failure that names it', async () => {
  const task = search({ account: 'nothing' });
  expect(await world.failureOf(task)).toEqual({
    failure: 'JobFailed',
    message: expect.stringMatching(/run run-nothing-1 ended as FAILED.*another edition/),
  });
});

test.each([
  ['poor', 'PlanRequired', 'remaining usage'],
  ['wrong', 'CredentialRejected', 'token is not valid'],
])('a login that is %s starts nothing', async (account, failure, words) => {
  world.standIns.requests.reset();
  expect(await world.failureOf(search({ account }))).toEqual({
    failure,
    message: expect.stringContaining(words),
  });
  expect(starts()).toHaveLength(1);
  const [row] = await createLedger(world).list({ limit: 1 });
  expect(row).toMatchObject({ state: 'intent' });
});

test('a vendor whose items are no places any more is said to have changed', async () => {
  world.standIns.faults.set([
    { path: '/v2/datasets', fault: { kind: 'changed-type', field: 'placeId' } },
  ]);
  const task = search();
  expect(await world.failureOf(task)).toMatchObject({
    failure: 'MalformedAnswer',
    message: expect.stringContaining('none of them is a place'),
  });
  world.standIns.faults.clear();
  expect(await scraped(task)).toMatchObject({ items: 40 });
});

test('a dry run tells the search, its request and its guards, and starts nothing', async () => {
  world.standIns.requests.reset();
  const task = search(
    { dryRun: true },
    { terms: ['dentist', 'optician'], max: 7, maxCostUsd: 2.5 },
  );
  const dry = DryRun.parse((await world.run(task)).result);
  expect(dry).toMatchObject({
    wouldAct: true,
    summary: `Searches Berlin, Germany for “dentist”, “optician”, up to 7 places each and $2.5, into the list ${listOf(task)}`,
    request: {
      method: 'POST',
      path: '/v2/actors/nwua9Gu5YrADL7ZDj/runs?maxItems=14&maxTotalChargeUsd=2.5',
      body: {
        searchStringsArray: ['dentist', 'optician'],
        locationQuery: 'Berlin, Germany',
        maxCrawledPlacesPerSearch: 7,
        language: 'en',
      },
    },
    costUsdCents: 250,
    ledger: null,
  });
  expect(starts()).toEqual([]);
});

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { DryRun } from '../../src/contracts/dry-run.ts';
import type { FoundLead, Lead } from '../../src/contracts/leads.ts';
import { FindContactsOutput } from '../../src/contracts/leads-contacts.ts';
import type { NewTask } from '../../src/contracts/runs.ts';
import { createLeadStore, type LeadStore } from '../../src/platform/leads.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let store: LeadStore;
const quick = { readyMs: 0, runMs: 50 };
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: {
      defaults: { apify: quick },
      workspaces: {
        slow: { apify: { readyMs: 0, runMs: 600_000 } },
        late: { apify: { ...quick, endsAs: 'TIMED-OUT', partialShare: 0.5 } },
      },
    },
    env: {
      VENDOR_TIMEOUT_SECONDS: '2',
      FREEZE_SECONDS: '1',
      APIFY_API_KEY_SLOW: 'stand-in-slow',
      APIFY_API_KEY_LATE: 'stand-in-late',
      APIFY_API_KEY_LIVE: 'stand-in-live',
    },
  });
  store = createLeadStore(world.database);
});
afterAll(() => world.close());
afterEach(() => world.standIns.faults.clear());

const contacts = (list: string, more: Partial<NewTask> = {}, input: object = {}): NewTask => ({
  capability: 'leads.contacts',
  account: 'tour',
  input: { list, ...input },
  ...more,
});
const found = async (task: NewTask) => FindContactsOutput.parse((await world.run(task)).result);
const starts = () =>
  world.standIns.requests
    .list()
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/runs'));
async function leadsIn(list: string, account = 'tour'): Promise<readonly Lead[]> {
  const all = [];
  for await (const page of store.each(account, { list })) all.push(...page);
  return all;
}
const site = (index: number): FoundLead => ({
  placeId: `place-${index}`,
  businessName: `Praxis ${index}`,
  countryCode: 'DE',
  // as owners write it: with and without a slash, www and scheme
  website: [`https://www.site-${index}.example/`, `http://site-${index}.example`][index % 2] ?? '',
});
const fill = (list: string, leads: readonly FoundLead[], account = 'tour', isStandIn = true) =>
  store.save(account, list, leads, { kind: 'import', ref: list, isStandIn });
/** What every start asked about. */
async function askedSites(account = 'tour'): Promise<string[]> {
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${world.standIns.url}/apify/v2${path}`, {
      headers: { authorization: `Bearer stand-in-${account}` },
    });
    return response.json();
  };
  const Runs = z.object({
    data: z.object({ items: z.array(z.object({ defaultKeyValueStoreId: z.string() })) }),
  });
  const Input = z.object({ startUrls: z.array(z.object({ url: z.string() })) });
  const { items } = Runs.parse(await ask('/actor-runs')).data;
  const inputs = await Promise.all(
    items.map(async ({ defaultKeyValueStoreId: id }) =>
      Input.parse(await ask(`/key-value-stores/${id}/records/INPUT`)),
    ),
  );
  return inputs.flatMap(({ startUrls }) => startUrls.map(({ url }) => new URL(url).host));
}

test('each website is asked once, in runs of fifty, and what is found is clean and with its lead', async () => {
  await fill('big', [
    ...Array.from({ length: 120 }, (_, index) => site(index)),
    { ...site(0), placeId: 'branch', website: 'http://site-0.example' }, // a second place, one website
    { businessName: 'No website', placeId: 'unsited' },
    { ...site(900), emails: 'known@site-900.example' },
    { ...site(901), website: 'https://www.facebook.com/somebody' },
  ]);
  world.standIns.requests.reset();
  const dry = DryRun.parse((await world.run(contacts('big', { dryRun: true }))).result);
  expect(dry).toMatchObject({
    wouldAct: true,
    summary: expect.stringMatching(/off 120 websites of the list big, .* in 3 runs of up to \$1/),
    costUsdCents: 300,
  });
  expect(starts()).toEqual([]);

  const outcome = await found(contacts('big'));
  expect(starts()).toHaveLength(3);
  const asked = await askedSites();
  expect(asked).toHaveLength(120);
  expect(new Set(asked.map((host) => host.replace('www.', ''))).size).toBe(120);
  expect(outcome).toMatchObject({ list: 'big', sites: 120, runs: 3, partialRuns: 0, missed: 0 });
  expect(outcome.withContacts).toBeGreaterThan(70);
  expect(outcome.unreached).toBeGreaterThan(5);
  expect(outcome.costUsd).toBeGreaterThan(0);

  const leads = await leadsIn('big');
  expect(leads).toHaveLength(124); // nobody came to it
  const withEmail = leads.filter(({ emails }) => emails.length > 0);
  expect(withEmail.length).toBeGreaterThan(70);
  for (const { emails, website } of withEmail) {
    const domain = new URL(website ?? '').host.replace('www.', '');
    for (const email of emails) expect(email).toMatch(new RegExp(`^[a-z]+@${domain}$`));
  }
  const profiled = leads.filter(({ linkedIn }) => linkedIn.length > 0);
  expect(profiled.length).toBeGreaterThan(withEmail.length / 2); // under both spellings
  const [first, branch] = ['place-0', 'branch'].map((id) =>
    leads.find(({ placeId }) => placeId === id),
  );
  expect(branch?.emails).toEqual(first?.emails);
}, 60_000);

test('up to four runs are at work at once, and a cancelled search ends them all', async () => {
  const sites = Array.from({ length: 230 }, (_, index) => site(1_000 + index));
  await fill('wide', sites, 'slow', false);
  world.standIns.requests.reset();
  const handle = await world.start(contacts('wide', { account: 'slow' }));
  const looked = () =>
    new Set(
      world.standIns.requests
        .list()
        .flatMap(({ path }) => /^\/v2\/actor-runs\/([\w-]+)$/.exec(path)?.[1] ?? []),
    ).size;
  await eventually('each of four runs is looked at', () => looked() === 4);
  expect(starts()).toHaveLength(4);
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow('Workflow execution cancelled');
  const aborts = world.standIns.requests.list().filter(({ path }) => path.endsWith('/abort'));
  expect(aborts).toHaveLength(4);
  expect(starts()).toHaveLength(4);
}, 60_000);

test('a repeat asks about nothing but what is new', async () => {
  await fill('some', [site(201), site(202)]);
  const first = await found(contacts('some'));
  world.standIns.requests.reset();
  expect(await found(contacts('some'))).toMatchObject({ sites: first.sites, runs: 1 });
  expect(starts()).toEqual([]);
  await fill('some', [site(203)]);
  expect(await found(contacts('some'))).toMatchObject({ sites: first.sites + 1, runs: 2 });
  expect(starts()).toHaveLength(1);
});

test('a list without websites to ask is done at once, and says so', async () => {
  const dry = await world.run(contacts('empty', { dryRun: true }));
  expect(dry.result).toMatchObject({
    wouldAct: false,
    summary: expect.stringContaining('No lead of the list empty has a website'),
  });
  expect(await found(contacts('empty'))).toMatchObject({ sites: 0, runs: 0, costUsd: 0 });
});

test('a lost start is looked up, and the run ahead of it is not taken for it', async () => {
  await fill(
    'lost',
    Array.from({ length: 60 }, (_, index) => site(300 + index)),
  );
  world.standIns.requests.reset();
  world.standIns.faults.set([{ path: '/v2/actors/*/runs$', nth: 2, fault: { kind: 'cut' } }]);
  expect(await found(contacts('lost'))).toMatchObject({ sites: 60, runs: 2 });
  expect(starts()).toHaveLength(2);
}, 60_000);

test('a run that ended before its time leaves what it has, and the rest is said to be missed', async () => {
  await fill(
    'part',
    Array.from({ length: 30 }, (_, index) => site(400 + index)),
    'late',
    false,
  );
  const outcome = await found(contacts('part', { account: 'late' }));
  expect(outcome).toMatchObject({ sites: 30, runs: 1, partialRuns: 1, unreached: 0 });
  expect(outcome.missed).toBeGreaterThan(5);
  expect(outcome.withContacts).toBeGreaterThan(3);
});

test('websites that a stand-in made up are not asked at a live vendor', async () => {
  await fill('mixed', [site(501)], 'live', true);
  await fill('mixed', [site(502)], 'live', false);
  expect(await found(contacts('mixed', { account: 'live' }))).toMatchObject({ sites: 1 });
  expect(await askedSites('live')).toEqual(['www.site-502.example']);
});

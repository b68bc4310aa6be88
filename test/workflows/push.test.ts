import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { DryRun } from '../../src/contracts/dry-run.ts';
import type { NewTask } from '../../src/contracts/runs.ts';
import { createLeadStore } from '../../src/platform/leads.ts';
import { createLedger } from '../../src/platform/ledger.ts';
import { createSuppressions } from '../../src/platform/suppressions.ts';
import type { FaultRuleInput } from '../../src/sandbox/faults.ts';
import { exchange } from '../sandbox/ask.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let campaign: string;
let other: string;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: {
      today: '2026-06-01',
      workspaces: {
        tour: { blocklist: ['no@kunde.de'], refusedAddresses: ['bad1@kunde.de', 'bad2@kunde.de'] },
      },
    },
    env: {
      VENDOR_TIMEOUT_SECONDS: '1',
      FREEZE_SECONDS: '1',
      INSTANTLY_API_KEY: 'stand-in-live',
    },
  });
  const { items } = z
    .object({ items: z.array(z.object({ id: z.string() })) })
    .parse(await vendor('GET', '/campaigns'));
  [campaign = '', other = ''] = items.map(({ id }) => id);
});
afterAll(() => world.close());
afterEach(() => world.standIns.faults.clear());

const vendor = async (method: string, path: string, body?: object, workspace = 'tour') =>
  (await exchange(world.standIns.url, [method, path, body], { key: `stand-in-${workspace}` })).body;
const Page = z.object({
  items: z.array(z.object({ email: z.string() })),
  next_starting_after: z.string().optional(),
});
/** Addresses at the vendor, as often as they are there. */
async function there(domain: string, id = campaign): Promise<readonly string[]> {
  const emails: string[] = [];
  let cursor: string | undefined;
  do {
    const body = { campaign: id, limit: 100, ...(cursor ? { starting_after: cursor } : {}) };
    const page = Page.parse(await vendor('POST', '/leads/list', body));
    emails.push(...page.items.map(({ email }) => email));
    cursor = page.items.length === 0 ? undefined : page.next_starting_after;
  } while (cursor !== undefined);
  return emails.filter((email) => email.endsWith(`@${domain}`)).sort();
}
const calls = (path: string) =>
  world.standIns.requests
    .list()
    .filter((request) => request.method === 'POST' && request.path === `/api/v2${path}`).length;
let lists = 0;
const people = (count: number, domain = `liste${(lists += 1)}.de`) =>
  Array.from({ length: count }, (_, at) => ({
    email: `mara${String(at).padStart(4, '0')}@${domain}`,
    firstName: 'Mara',
  }));
const domainOf = (leads: readonly { email: string }[]) => leads[0]?.email.split('@')[1] ?? '';
const push = (
  leads: readonly { email: string }[],
  more: Partial<NewTask> & { readonly to?: string } = {},
): NewTask => {
  const { to = campaign, ...rest } = more;
  const input = { campaign: to, leads };
  return { capability: 'instantly.push-leads', account: 'tour', input, ...rest };
};
const some = (count: number) => expect.objectContaining({ count });
const none = { count: 0, first: [] };

test('a thousand leads go in by ten calls, each once, and a second run makes none', async () => {
  const leads = people(1_000);
  world.standIns.requests.reset();
  const first = await world.run(push(leads));
  expect(first.result).toMatchObject({
    ...{ campaignId: campaign, pushed: some(1_000) },
    ...{ skipped: none, failed: none, unknown: none },
  });
  expect(await there(domainOf(leads))).toEqual(leads.map(({ email }) => email));
  expect((await world.run(push(leads))).result).toMatchObject({ pushed: some(1_000) });
  expect(calls('/leads/add')).toBe(10);
});

test('a lead that was added alone is not pushed again, nor the other way round', async () => {
  const leads = people(3);
  const [alone, , pushed] = leads;
  const single = (lead: object | undefined) => ({
    ...{ capability: 'instantly.add-lead', account: 'tour' },
    input: { campaignId: campaign, ...lead },
  });
  await world.run(single(alone));
  await world.run(push(leads));
  world.standIns.requests.reset();
  expect((await world.run(single(pushed))).result).toMatchObject({ isSkipped: false });
  const changed = [{ ...alone, email: alone?.email ?? '', firstName: 'Ada' }];
  expect((await world.run(push(changed))).result).toMatchObject({
    skipped: { count: 1, first: [{ reason: expect.stringContaining('another content') }] },
  });
  expect(calls('/leads') + calls('/leads/add')).toBe(0);
  expect(await there(domainOf(leads))).toHaveLength(3);
});

test('a lead of ours that is added alone, or named with a push, has its push state', async () => {
  const leads = people(2);
  const store = createLeadStore(world.database);
  const source = { kind: 'import', ref: 'x', isStandIn: false } as const;
  const found = leads.map(({ email }) => ({ emails: email, firstName: 'Mara' }));
  await store.save('tour', 'noted', found, source);
  const input = { campaignId: campaign, ...leads[0] };
  await world.run({ capability: 'instantly.add-lead', account: 'tour', input });
  await world.run(push(leads.slice(1)));
  const page = await store.page({ account: 'tour', list: 'noted', limit: 10 });
  expect(page.leads).toMatchObject([
    { pushes: [{ campaignId: campaign, state: 'pushed', reason: 'added alone' }] },
    { pushes: [{ campaignId: campaign, state: 'pushed' }] },
  ]);
});

test('who is left out is told with the reason, and sinks nobody else', async () => {
  await createSuppressions(world.database).add(['laut.de'], { by: 'mara', reason: 'lawyers' });
  const leads = people(2);
  const [one, two] = leads.map(({ email }) => email);
  await vendor('POST', '/leads', { campaign, email: 'here@kunde.de' });
  await vendor('POST', '/leads', { campaign: other, email: 'there@kunde.de' });
  const outcome = await world.run(
    push([
      ...leads,
      ...[one ?? '', 'x@laut.de', 'no@kunde.de', 'here@kunde.de', 'there@kunde.de'].map(
        (email) => ({ email }),
      ),
      ...[{ email: 'bad1@kunde.de' }, { email: 'bad2@kunde.de' }],
    ]),
  );
  expect(outcome.result).toMatchObject({
    pushed: { count: 2, first: [{ email: one }, { email: two }] },
    skipped: {
      count: 5,
      first: expect.arrayContaining([
        { email: one, reason: 'twice in this list' },
        { email: 'x@laut.de', reason: expect.stringMatching(/“laut\.de”: lawyers/) },
        { email: 'no@kunde.de', reason: 'on the vendor’s blocklist' },
        { email: 'here@kunde.de', reason: 'in the campaign already' },
        { email: 'there@kunde.de', reason: `in the campaign ${other} already` },
      ]),
    },
    failed: {
      count: 2,
      first: [
        { email: 'bad1@kunde.de', reason: expect.stringContaining('email is not accepted') },
        { email: 'bad2@kunde.de', reason: expect.stringContaining('email is not accepted') },
      ],
    },
    unknown: none,
  });
  const row = await createLedger(world).show(`lead:tour:${campaign}:bad1@kunde.de`);
  expect(row).toMatchObject({ state: 'intent', reason: expect.stringContaining('not accepted') });
});

test.each<[string, FaultRuleInput['fault']]>([
  ['cut after it was accepted', { kind: 'cut' }],
  ['garbage', { kind: 'body', text: '{"created_leads": 7}' }],
  ['a web page', { kind: 'html' }],
  ['late', { kind: 'late', delayMs: 8_000 }],
  ['an error of its own', { kind: 'status', status: 500 }],
  ['a word to slow down', { kind: 'status', status: 429, retryAfterSeconds: 1 }],
])(
  'an answer that is %s leaves each lead once',
  async (_, fault) => {
    const leads = people(130);
    world.standIns.faults.set([{ path: '/api/v2/leads/add$', nth: 1, fault }]);
    const { result } = await world.run(push(leads));
    expect(result).toMatchObject({ pushed: some(130), unknown: none });
    expect(world.standIns.faults.list()).toMatchObject([{ struck: 1 }]);
    expect(await there(domainOf(leads))).toEqual(leads.map(({ email }) => email));
  },
  60_000,
);

test('a dry run shows the first call, who gets it and who does not, and writes nothing', async () => {
  const leads = people(3);
  world.standIns.requests.reset();
  const dry = async (task: NewTask) =>
    DryRun.parse((await world.run({ ...task, dryRun: true })).result);
  expect(await dry(push([...leads, { email: 'x@laut.de' }]))).toMatchObject({
    wouldAct: true,
    request: {
      path: '/api/v2/leads/add',
      body: {
        campaign_id: campaign,
        leads: [{ first_name: 'Mara' }, {}, {}],
        skip_if_in_campaign: true,
      },
    },
    recipients: { count: 3 },
    refusals: [{ message: expect.stringMatching(/x@laut\.de.*lawyers/) }],
  });
  await world.run(push(leads));
  expect(await dry(push(leads))).toMatchObject({ wouldAct: false, request: null });
  expect(calls('/leads/add')).toBe(1);
});

test('made-up data never goes to a live login: not the run’s, and no reserved address', async () => {
  const { items } = z
    .object({ items: z.array(z.object({ id: z.string() })) })
    .parse(await vendor('GET', '/campaigns', undefined, 'live'));
  const live = { account: 'default', to: items[0]?.id ?? '' } as const;
  const task = push(people(1), { ...live, provenance: 'stand-in' });
  expect(await world.failureOf(task)).toMatchObject({ failure: 'FromStandIn' });
  const outcome = await world.run(push([{ email: 'a@example.com' }, ...people(1)], live));
  expect(outcome.result).toMatchObject({
    pushed: some(1),
    skipped: { count: 1, first: [{ email: 'a@example.com' }] },
  });
});

// the last ones: memory learns from them that the bulk call does not work
test('when the vendor takes the bulk call away, the leads go in one by one', async () => {
  const leads = people(5);
  world.standIns.faults.set([
    { path: '/api/v2/leads/add$', fault: { kind: 'status', status: 410 } },
  ]);
  const outcome = await world.run(push(leads));
  expect(outcome).toMatchObject({ method: 'one-by-one', result: { pushed: some(5) } });
  expect(await there(domainOf(leads))).toHaveLength(5);
});

test('a call that is wrong for every lead is not blamed on the leads', async () => {
  const leads = people(4);
  world.standIns.faults.set([
    { path: '/api/v2/leads/add$', fault: { kind: 'status', status: 400 } },
  ]);
  const outcome = await world.run(push(leads));
  expect(outcome).toMatchObject({
    method: 'one-by-one',
    result: { pushed: some(4), failed: none },
  });
});

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createLeadStore } from '../../src/platform/leads.ts';
import { createLedger } from '../../src/platform/ledger.ts';
import { exchange } from '../sandbox/ask.ts';
import { scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const folder = scratchFolder();
beforeAll(async () => {
  writeFileSync(
    join(folder, 'hello.yaml'),
    `variables: [City]
steps:
  - variants:
      - subject: "{{companyName}} in {{City}}"
        body: |
          Hi {{firstName | there}},

          a <b> & c?
  - waitDays: 4
    variants: [{ subject: "", body: "<p>Again, {{firstName}}</p>" }]
`,
  );
  writeFileSync(join(folder, 'broken.yaml'), 'steps: [{ variants: [{ subject: 1 }] }]');
  world = await createWorld(import.meta.filename, {
    standIns: {
      today: '2026-06-01',
      workspaces: { tour: { mailboxes: 130 } },
    },
    env: { VENDOR_TIMEOUT_SECONDS: '1', FREEZE_SECONDS: '1', CAMPAIGNS_DIR: folder },
  });
});
afterAll(() => world.close());
afterEach(() => world.standIns.faults.clear());

const vendor = async (method: string, path: string, body?: object) =>
  (await exchange(world.standIns.url, [method, path, body], { key: 'stand-in-tour' })).body;
const Campaign = z.looseObject({
  id: z.string(),
  status: z.int(),
  name: z.string(),
  email_list: z.array(z.string()),
});
const named = async (name: string) =>
  z
    .object({ items: z.array(Campaign) })
    .parse(await vendor('GET', `/campaigns?search=${encodeURIComponent(name)}`))
    .items.filter((each) => each.name === name);
const writes = () =>
  world.standIns.requests
    .list()
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/list'))
    .map(({ method }) => method);
const create = (name: string, more: object = {}) => ({
  capability: 'instantly.create-campaign',
  account: 'tour',
  input: { name, template: 'hello', ...more },
});

test('a campaign is made as a draft of its template, by all active senders, and a second run finds it', async () => {
  world.standIns.requests.reset();
  const { result } = await world.run(create('Dentists'));
  expect(result).toMatchObject({ name: 'Dentists', action: 'created', status: 0 });
  const [made, ...others] = await named('Dentists');
  expect(others).toEqual([]);
  expect(made).toMatchObject({
    campaign_schedule: {
      schedules: [
        {
          timing: { from: '09:00', to: '17:00' },
          days: { 0: false, 1: true, 2: true, 3: true, 4: true, 5: true, 6: false },
          timezone: 'America/Chicago',
        },
      ],
    },
    sequences: [
      {
        steps: [
          {
            delay: 4,
            variants: [{ body: '<p>Hi {{firstName | there}},</p><p>a &lt;b&gt; &amp; c?</p>' }],
          },
          { delay: 0, variants: [{ subject: '', body: '<p>Again, {{firstName}}</p>' }] },
        ],
      },
    ],
    stop_on_reply: true,
  });
  expect(made?.email_list.length).toBeGreaterThan(100);
  expect(made?.email_list.length).toBeLessThan(130);
  expect((await world.run(create('Dentists'))).result).toMatchObject({
    campaignId: made?.id,
    action: 'unchanged',
  });
  expect(writes()).toEqual(['POST']);
});

test('what differs is changed and told; an active campaign is left alone unless nothing differs', async () => {
  const first = await world.run(create('Bakers', { senderStatuses: ['active', 'paused'] }));
  const task = create('Bakers', { dailyLimit: 30, days: ['Mon'] });
  const dry = await world.run({ ...task, dryRun: true });
  expect(dry.result).toMatchObject({ wouldAct: true, request: { method: 'PATCH' }, ledger: null });
  const changed = await world.run(task);
  expect(changed.result).toMatchObject({
    action: 'changed',
    changes: [
      expect.stringContaining('campaign_schedule'),
      expect.stringMatching(/email_list: 0 more, \d+ less/),
      'daily_limit: 0 → 30',
    ],
  });
  const { campaignId } = z.object({ campaignId: z.string() }).parse(first.result);
  await vendor('POST', `/campaigns/${campaignId}/activate`);
  expect((await world.run(task)).result).toMatchObject({ action: 'unchanged', status: 1 });
  expect(await world.failureOf(create('Bakers', { dailyLimit: 31 }))).toMatchObject({
    failure: 'InvalidInput',
    message: expect.stringMatching(/is active and would change: .*daily_limit: 30 → 31.*Pause it/),
  });
  await vendor('PATCH', `/campaigns/${campaignId}`, { name: 'Renamed by hand' });
  await vendor('POST', `/campaigns/${campaignId}/pause`);
  expect((await world.run(task)).result).toMatchObject({
    campaignId,
    changes: ['name: "Renamed by hand" → "Bakers"'],
  });
  await vendor('DELETE', `/campaigns/${campaignId}`);
  expect(await world.failureOf(task)).toMatchObject({
    message: expect.stringContaining('is gone at Instantly: give the new one another name'),
  });
});

test('after a lost answer the campaign is found, not made twice', async () => {
  world.standIns.faults.set([{ path: '/api/v2/campaigns$', nth: 2, fault: { kind: 'cut' } }]);
  const { result } = await world.run(create('Luthiers'));
  expect(result).toMatchObject({ action: 'created', campaignId: expect.any(String) });
  expect(await named('Luthiers')).toHaveLength(1);
  expect(await createLedger(world).show('campaign:tour:Luthiers')).toMatchObject({
    state: 'done',
    reason: 'found at the vendor',
  });
});

test('one that somebody made by hand is taken over, two of a name are refused', async () => {
  const schedule = {
    schedules: [
      {
        name: 'x',
        timing: { from: '09:00', to: '17:00' },
        days: { 1: true },
        timezone: 'America/Chicago',
      },
    ],
  };
  const make = (name: string) =>
    vendor('POST', '/campaigns', { name, campaign_schedule: schedule });
  const byHand = Campaign.partial().parse(await make('Gyms'));
  await make('Gyms of another town');
  expect((await world.run(create('Gyms'))).result).toMatchObject({
    campaignId: byHand.id,
    action: 'changed',
  });
  await make('Gyms');
  expect(await world.failureOf(create('Gyms', { dailyLimit: 5 }))).toMatchObject({
    message: expect.stringContaining('2 campaigns have the name “Gyms”'),
  });
});

test.each<[string, object, RegExp]>([
  [
    'a template nobody wrote',
    { template: 'gone' },
    /no template .*gone\.yaml; there are: broken, hello/,
  ],
  [
    'a template that is wrong',
    { template: 'broken' },
    /broken\.yaml: steps\.0\.variants\.0\.subject/,
  ],
  [
    'a tag that is none',
    { template: undefined, steps: [{ variants: [{ subject: 'x', body: 'Hi {{first_name}}' }] }] },
    /step 1, variant 1, body: \{\{first_name\}\} is no merge tag: did you mean \{\{firstName\}\}\?/,
  ],
  ['no sender in that state', { senderStatuses: ['bounce-error'] }, /no mailbox may send/],
  ['a sender of somebody else', { senders: ['x@kunde.de'] }, /x@kunde\.de is no mailbox/],
])('%s is refused before anything is made', async (_, more, words) => {
  world.standIns.requests.reset();
  expect(await world.failureOf(create('Never', more))).toMatchObject({
    failure: 'InvalidInput',
    message: expect.stringMatching(words),
  });
  expect(writes()).toEqual([]);
});

test.each<[object, string]>([
  [
    { timeZone: 'America/New_York' },
    'does not take “America/New_York”; the nearest that it takes: America/Detroit',
  ],
  [{ timeZone: 'Mars' }, '“Mars” is no time zone'],
  [{ steps: [{ variants: [{ subject: 'a', body: 'b' }] }] }, 'expected either template or steps'],
  [{ from: '17:00', to: '09:00' }, 'expected a time after “from”'],
  [{ from: '9:00' }, 'expected hours and minutes such as 09:00'],
])('%j is refused at the door', async (more, words) => {
  await expect(world.start(create('Never', more))).rejects.toThrow(words);
});

test('a tag that no lead of the list has a value for stops a campaign; one that some lack is told', async () => {
  const found = (city: string) => ({ website: `${city}.test`, emails: `a@${city}.test`, city });
  const source = { kind: 'import', ref: 'x', isStandIn: false } as const;
  const leads = createLeadStore(world.database);
  await leads.save('tour', 'towns', [found('bonn'), found('ulm')], source);
  const task = create('Towns', { list: 'towns' });
  expect(await world.failureOf(task)).toMatchObject({
    failure: 'InvalidInput',
    message:
      '{{companyName}}: none of the leads of the list towns has a value for it; {{firstName}}: none of the leads of the list towns has a value for it',
  });
  const person = { ...found('bonn'), businessName: 'Nord', firstName: 'Mara' };
  await leads.save('tour', 'towns', [person], { ...source, ref: 'y' });
  const words = expect.stringMatching(
    /^\{\{companyName\}\}: [12] of [23] leads have no value for it/,
  );
  const made = await world.run(task);
  expect(made.result).toMatchObject({ action: 'created', lacking: [words, expect.anything()] });
  expect((await world.run(task)).result).toMatchObject({
    action: 'unchanged',
    lacking: [words, expect.anything()],
  });
});

test('a preview shows each mail for a lead, what is missing, who sends and when, and makes nothing', async () => {
  world.standIns.requests.reset();
  const { result } = await world.run({
    capability: 'instantly.preview-campaign',
    account: 'tour',
    input: {
      ...{ name: 'Hotels', template: 'hello', days: ['Mon'], endDate: '2126-01-01' },
      lead: { companyName: 'Nord', customVariables: { City: 'Bonn' } },
    },
  });
  expect(result).toMatchObject({
    next: 'it is made as a draft',
    problems: [],
    missing: ['firstName'],
    schedule: 'Mon 09:00–17:00 America/Chicago',
    dayMapping: expect.stringContaining('From Monday they would be Tue'),
    windows: expect.arrayContaining([
      {
        from: expect.stringMatching(/T1[45]:00:00Z$/),
        to: expect.stringMatching(/T2[23]:00:00Z$/),
      },
    ]),
    mails: [
      { step: 1, day: 0, subject: 'Nord in Bonn', body: expect.stringContaining('Hi there,') },
      { step: 2, day: 4, subject: '', body: '<p>Again, </p>' },
    ],
  });
  expect(writes()).toEqual([]);
});

test('the status of a campaign is told in words, by its name or id', async () => {
  const { result } = await world.run(create('Opticians'));
  const { campaignId } = z.object({ campaignId: z.string() }).parse(result);
  const status = async (campaign: string) =>
    (
      await world.run({
        capability: 'instantly.campaign-status',
        account: 'tour',
        input: { campaign },
      })
    ).result;
  expect(await status('Opticians')).toMatchObject({
    campaignId,
    status: expect.stringContaining('draft'),
    notSending: null,
    diagnostics: null,
    figures: { leads: 0, sent: 0 },
  });
  const dry = await world.run({
    ...{ capability: 'instantly.activate-campaign', account: 'tour', dryRun: true },
    input: { campaignId },
  });
  expect(dry.result).toMatchObject({
    summary: expect.stringMatching(/Mon, Tue, Wed, Thu, Fri 09:00–17:00.*INSTANTLY_WEEK_STARTS/),
  });
  await vendor('POST', `/campaigns/${campaignId}/activate`);
  expect(await status(campaignId)).toMatchObject({
    status: 'active',
    notSending: 'it waits for a lead',
    diagnostics: { campaign_id: campaignId },
  });
  const missing = { capability: 'instantly.campaign-status', account: 'tour' };
  expect(await world.failureOf({ ...missing, input: { campaign: 'opticians' } })).toMatchObject({
    failure: 'NotFound',
  });
});

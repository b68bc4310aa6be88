import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { exchange, pageOf } from './ask.ts';

let standIns: StandIns;
let sender: string;
beforeAll(async () => {
  standIns = await startStandIns({ workspaces: { open: { takesAnySender: true } } });
  const { body } = await ask('GET', '/accounts?limit=1');
  sender = pageOf(z.looseObject({ email: z.string() })).parse(body).items[0]?.email ?? '';
});
afterAll(() => standIns.close());

const ask = (method: string, path: string, body?: unknown, key = 'stand-in-a') =>
  exchange(standIns.url, [method, path, body], { key });
const Campaign = z.looseObject({ id: z.uuid(), status: z.int(), name: z.string() });
const hours = (more: object = {}) => ({
  name: 'Office hours',
  timing: { from: '09:00', to: '17:00' },
  days: { 1: true, 2: true, 3: true, 4: true, 5: true },
  timezone: 'America/Chicago',
  ...more,
});
const schedule = (more?: object) => ({ schedules: [hours(more)] });
const step = (more: object = {}) => ({
  type: 'email',
  delay: 3,
  variants: [{ subject: 'Hello', body: '<p>Hi</p>' }],
  ...more,
});
const campaign = (more: object = {}) => ({
  name: 'Dentists',
  campaign_schedule: schedule(),
  email_list: [sender],
  sequences: [{ steps: [step()] }],
  ...more,
});
const created = async (more: object = {}) =>
  Campaign.parse((await ask('POST', '/campaigns', campaign(more))).body);

test.each<[string, object, string]>([
  ['an unknown key', { nickname: 'x' }, 'body must NOT have additional properties: nickname'],
  ['no name', { name: undefined }, "body must have required property 'name'"],
  ['no schedule', { campaign_schedule: undefined }, "required property 'campaign_schedule'"],
  ['no schedules', { campaign_schedule: { schedules: [] } }, 'fewer than 1 items'],
  [
    'an hour without its zero',
    { campaign_schedule: schedule({ timing: { from: '9:00', to: '17:00' } }) },
    'body/campaign_schedule/schedules/0/timing/from must match pattern',
  ],
  [
    'an hour after midnight',
    { campaign_schedule: schedule({ timing: { from: '09:00', to: '24:00' } }) },
    'timing/to must match pattern',
  ],
  ...['America/New_York', 'Europe/London', 'UTC'].map((timezone): [string, object, string] => [
    `the time zone ${timezone}`,
    { campaign_schedule: schedule({ timezone }) },
    'timezone must be equal to one of the allowed values',
  ]),
  ['no days', { campaign_schedule: schedule({ days: {} }) }, 'fewer than 1 properties'],
  ['an eighth day', { campaign_schedule: schedule({ days: { 7: true } }) }, 'properties: 7'],
  ['a sender nobody has', { email_list: ['x@kunde.de'] }, 'body/email_list: x@kunde.de'],
  ['a step without a delay', { sequences: [{ steps: [step({ delay: undefined })] }] }, 'delay'],
  ['a call as a step', { sequences: [{ steps: [step({ type: 'call' })] }] }, 'steps/0/type'],
  ['a step without a mail', { sequences: [{ steps: [step({ variants: [] })] }] }, 'variants'],
  [
    'a mail without a body',
    { sequences: [{ steps: [step({ variants: [{ subject: 'x' }] })] }] },
    'variants/0/body must be string',
  ],
])('a campaign with %s is refused', async (_, wrong, words) => {
  const refused = await ask('POST', '/campaigns', campaign(wrong));
  expect(refused).toMatchObject({
    status: 400,
    body: { statusCode: 400, error: 'Bad Request', message: expect.stringContaining(words) },
  });
});

test.each(['America/Chicago', 'America/Detroit', 'Europe/Belgrade', 'Australia/Melbourne'])(
  'the time zone %s is taken',
  async (timezone) => {
    expect(await created({ campaign_schedule: schedule({ timezone }) })).toMatchObject({
      campaign_schedule: { schedules: [{ timezone }] },
    });
  },
);

test('a campaign is made as a draft, comes back as it was sent, and twice makes two', async () => {
  const first = await created({ name: 'Bakers', daily_limit: 40 });
  const second = await created({ name: 'Bakers' });
  expect(first).toMatchObject({
    ...campaign({ name: 'Bakers', daily_limit: 40 }),
    status: 0,
    not_sending_status: null,
  });
  expect(second.id).not.toBe(first.id);
  const listed = await ask('GET', '/campaigns?search=bakers&status=0');
  const { items } = pageOf(Campaign).parse(listed.body);
  expect(items.map(({ id }) => id)).toEqual([first.id, second.id]);
  const [figures] = z
    .array(z.looseObject({ emails_sent_count: z.int() }))
    .parse((await ask('GET', `/campaigns/analytics?id=${first.id}`)).body);
  expect(figures).toMatchObject({ emails_sent_count: 0, leads_count: 0 });
});

test('a workspace may take a sender that is not connected', async () => {
  const body = campaign({ email_list: ['x@kunde.de'] });
  expect(await ask('POST', '/campaigns', body, 'stand-in-open')).toMatchObject({ status: 200 });
});

test('a patch replaces what it names, sequences whole, and refuses what a new one would', async () => {
  const { id } = await created({ sequences: [{ steps: [step(), step()] }] });
  const changed = await ask('PATCH', `/campaigns/${id}`, {
    name: 'Renamed',
    sequences: [{ steps: [step({ delay: 1 })] }],
  });
  expect(changed).toMatchObject({
    status: 200,
    body: { name: 'Renamed', sequences: [{ steps: [{ delay: 1 }] }], email_list: [sender] },
  });
  expect((await ask('GET', `/campaigns/${id}`)).body).toEqual(changed.body);
  for (const wrong of [{}, { status: 1 }, { campaign_schedule: schedule({ timezone: 'UTC' }) }]) {
    expect(await ask('PATCH', `/campaigns/${id}`, wrong)).toMatchObject({ status: 400 });
  }
  expect(await ask('PATCH', `/campaigns/${crypto.randomUUID()}`, { name: 'x' })).toMatchObject({
    status: 404,
  });
});

test('variables are added, each once, and nothing else', async () => {
  const { id } = await created();
  const add = (body: unknown) => ask('POST', `/campaigns/${id}/variables`, body);
  await add({ variables: ['City'] });
  expect((await add({ variables: ['City', 'Trade'] })).body).toMatchObject({
    custom_variables: ['City', 'Trade'],
  });
  expect(await add({ names: ['x'] })).toMatchObject({ status: 400 });
});

test('an active campaign without leads waits for one, which its sending status tells', async () => {
  const { id } = await created();
  const status = async () => (await ask('GET', `/campaigns/${id}/sending-status`)).body;
  expect(await status()).toEqual({ diagnostics: null, summary: null });
  const active = await ask('POST', `/campaigns/${id}/activate`);
  expect(active.body).toMatchObject({ status: 1, not_sending_status: 2 });
  expect(await status()).toMatchObject({
    diagnostics: { campaign_id: id, status: 'waiting_for_leads', issue_tracking: {} },
  });
});

test('a campaign is deleted without a body, and then gone; rights are asked for', async () => {
  const { id } = await created();
  expect(await ask('DELETE', `/campaigns/${id}`, {})).toMatchObject({ status: 400 });
  expect(await ask('DELETE', `/campaigns/${id}`)).toMatchObject({ status: 200 });
  expect(await ask('GET', `/campaigns/${id}`)).toMatchObject({ status: 404 });
  expect(await ask('DELETE', `/campaigns/${id}`)).toMatchObject({ status: 404 });
  expect(await ask('POST', '/campaigns', campaign(), 'stand-in-a.read-only')).toMatchObject({
    status: 403,
  });
});

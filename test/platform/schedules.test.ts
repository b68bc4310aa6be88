import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { instantly } from '../../src/contracts/instantly.ts';
import type { Account } from '../../src/platform/config.ts';
import { createSchedules, UnknownSchedule } from '../../src/platform/schedules.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

const daily = 'instantly.daily-analytics/default';
let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2027-01-01' } });
});
afterAll(() => world.close());

const login = (name: string): Account => ({ name, apiKey: 'k', baseUrl: 'x', isStandIn: true });
const settings = (timeZone = 'UTC', accounts: readonly string[] = ['default']) => ({
  TIME_ZONE: timeZone,
  accounts: { instantly: [...accounts, 'tour'].map(login) },
});
const idsOnServer = async () => {
  const ids: string[] = [];
  for await (const schedule of world.client.schedule.list()) ids.push(schedule.scheduleId);
  return ids.sort();
};
const updatedAt = async (id: string) => {
  const { info } = await world.client.schedule.getHandle(id).describe();
  return info.lastUpdatedAt?.getTime();
};

test('sets up one schedule for each daily job and login, and none for the tour', async () => {
  const schedules = createSchedules(world.client, settings());
  expect(await schedules.list()).toEqual([]);
  await expect(schedules.pause(daily, '')).rejects.toThrow('a worker does it when it starts');
  await schedules.reconcile();
  const found = await schedules.list();
  expect(found.map((each) => each.id)).toEqual([
    daily,
    'instantly.campaign-overview/default',
    'instantly.campaign-analytics/default',
  ]);
  expect(found[0]).toMatchObject({
    title: 'Daily e-mail analytics',
    cron: '0 2 * * *',
    when: 'At 02:00, every day',
    timeZone: 'UTC',
    overlap: 'BUFFER_ALL',
    catchupSeconds: 7 * 86_400,
    recent: [],
    missed: 0,
    isPaused: false,
  });
  expect(found[0]?.next).toHaveLength(3);
  expect(found[0]?.next[0]).toMatch(/T02:00:00\.000Z$/);
});

test('reconciling leaves a pause and an unchanged schedule alone', async () => {
  const schedules = createSchedules(world.client, settings());
  await schedules.pause(daily, 'holidays');
  const before = await updatedAt(daily);
  await schedules.reconcile();
  expect(await updatedAt(daily)).toBe(before);
  const [first] = await schedules.list();
  expect(first).toMatchObject({ isPaused: true, next: [], note: 'Paused by test: holidays' });
});

test('reconciling follows settings and declarations, and keeps the pause', async () => {
  const later = {
    ...instantly,
    capabilities: instantly.capabilities.map((each) =>
      each.schedule ? { ...each, schedule: { ...each.schedule, at: '03:30' } } : each,
    ),
  };
  const schedules = createSchedules(world.client, settings('Asia/Tokyo'), [later]);
  await schedules.reconcile();
  const [first] = await schedules.list();
  expect(first).toMatchObject({ cron: '30 3 * * *', timeZone: 'Asia/Tokyo', isPaused: true });
  await schedules.resume(daily, 'back');
  const [resumed] = await schedules.list();
  expect(resumed?.note).toBe('Resumed by test: back');
  expect(resumed?.next[0]).toMatch(/T18:30:00\.000Z$/); // 03:30 in Tokyo
});

test('reconciling removes schedules of logins that are gone, and nobody else’s', async () => {
  await world.client.schedule.create({
    scheduleId: 'instantly.somebody-elses',
    spec: {},
    action: { type: 'startWorkflow', workflowType: 'x', taskQueue: 'x' },
  });
  await createSchedules(world.client, settings('UTC', ['default', 'acme'])).reconcile();
  await eventually('six', async () => (await idsOnServer()).length === 7);
  await createSchedules(world.client, settings('UTC', ['acme'])).reconcile();
  await eventually('three', async () => (await idsOnServer()).length === 4);
  expect(await idsOnServer()).toEqual([
    'instantly.campaign-analytics/acme',
    'instantly.campaign-overview/acme',
    'instantly.daily-analytics/acme',
    'instantly.somebody-elses',
  ]);
});

test('a backfill covers both its ends and the days on which clocks change', async () => {
  const schedules = createSchedules(world.client, settings('Europe/Berlin'));
  await schedules.reconcile();
  const firedFor = async () => {
    const [found] = await schedules.list();
    const done = found?.recent.filter((firing) => firing.state === 'completed') ?? [];
    return done.map((firing) => firing.workflowId?.slice(`schedule/${daily}-`.length));
  };
  // 02:00 does not exist in Berlin on 29 March 2026, and comes twice on 25 October
  await schedules.backfill(daily, { from: '2026-03-27', to: '2026-03-29' });
  const spring = await eventually('spring', async () => {
    const fired = await firedFor();
    return fired.length === 3 && fired;
  });
  expect(spring).toEqual(['2026-03-28T01:00:00Z', '2026-03-29T01:00:00Z', '2026-03-30T00:00:00Z']);
  await schedules.backfill(daily, { from: '2026-10-23', to: '2026-10-25' });
  const autumn = await eventually('autumn', async () => {
    const fired = await firedFor();
    return fired.length === 6 && fired.slice(3);
  });
  expect(autumn).toEqual(['2026-10-24T00:00:00Z', '2026-10-25T01:00:00Z', '2026-10-26T01:00:00Z']);
  const runs = await world.database.sql<{ id: string }[]>`
    select workflow_id as id from runs where type = 'task' order by workflow_id`;
  expect(runs.map((run) => run.id.slice(-10))).toEqual([
    ...['2026-03-27', '2026-03-28', '2026-03-29'],
    ...['2026-10-23', '2026-10-24', '2026-10-25'],
  ]);
});

test('fires at once also while paused', async () => {
  const schedules = createSchedules(world.client, settings('Europe/Berlin'));
  await schedules.pause(daily, '');
  await schedules.trigger(daily);
  await eventually('a seventh firing', async () => {
    const [found] = await schedules.list();
    return found?.recent.length === 7 && found.recent.at(-1)?.state === 'completed';
  });
});

test.each<[string, { from: string; to: string }, string]>([
  [
    'days the wrong way round',
    { from: '2026-01-02', to: '2026-01-01' },
    'from: expected a day not',
  ],
  ['days that are no days', { from: '2026-02-30', to: '2026-03-01' }, 'from: expected a day as'],
  ['days before 2015', { from: '2014-12-31', to: '2015-01-01' }, 'from: expected a day from 2015'],
  ['more than 1,000 days', { from: '2020-01-01', to: '2022-09-27' }, 'at once, these are 1001'],
  [
    'days that are not over',
    { from: '2026-01-01', to: '2999-01-01' },
    'to: expected a day that is',
  ],
])('refuses a backfill of %s', async (_, days, message) => {
  const schedules = createSchedules(world.client, settings());
  await expect(schedules.backfill(daily, days)).rejects.toThrow(message);
});

test('refuses a schedule that nobody declares, naming those there are', async () => {
  const schedules = createSchedules(world.client, settings());
  await expect(schedules.trigger('nope')).rejects.toThrow(UnknownSchedule);
  await expect(schedules.resume('nope', '')).rejects.toThrow(`There are: ${daily}`);
});

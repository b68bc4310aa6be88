import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSchedules, type Schedules } from '../../src/platform/schedules.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

const id = 'instantly.daily-analytics/default';
let world: World;
let schedules: Schedules;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2027-01-01' } });
  schedules = createSchedules(world.client, world.config);
  await schedules.reconcile();
  await schedules.pause(id, 'the test fires it');
});
afterAll(() => world.close());

const days = () =>
  world.database.sql<{ date: string; rows: number; mailboxes: number }[]>`
    select date::text, count(*)::int as rows, count(distinct email_account)::int as mailboxes
    from instantly_email_daily_analytics where account = 'default' group by date order by date`;
const runsOf = async (workflowId: string) => {
  const found = [];
  for await (const run of world.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    found.push(run.status.name);
  }
  return found;
};

test('a backfill does each day of the range once, under the id of that day', async () => {
  expect(await schedules.backfill(id, { from: '2026-10-30', to: '2026-11-02' })).toEqual({
    days: 4,
  });
  const stored = await eventually('four days', async () => {
    const found = await days();
    return found.length === 4 && found;
  });
  expect(stored.map((day) => day.date)).toEqual([
    '2026-10-30',
    '2026-10-31',
    '2026-11-01',
    '2026-11-02',
  ]);
  expect(stored.every((day) => day.rows === day.mailboxes)).toBe(true);
  await eventually('the end of the last day', async () =>
    (await runsOf('instantly.daily-analytics/default/2026-11-01')).includes('COMPLETED'),
  );
});

test('a manual run, the schedule and a backfill of the same day at once: one set of rows, one conversation at a time', async () => {
  world.standIns.requests.reset();
  world.standIns.faults.set([{ fault: { kind: 'slow', delayMs: 400 } }]);
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const [, , manual] = await Promise.all([
    schedules.trigger(id),
    schedules.backfill(id, { from: yesterday, to: yesterday }),
    world.run({ capability: 'instantly.daily-analytics', input: { date: yesterday } }),
  ]);
  expect(manual.result).toMatchObject({ date: yesterday });
  await eventually('all firings', async () => {
    const states = (await schedules.list()).find((each) => each.id === id)?.recent ?? [];
    return states.length >= 6 && states.every((firing) => firing.state === 'completed');
  });
  const [day] = (await days()).filter((each) => each.date === yesterday);
  expect(day?.rows).toBe(day?.mailboxes);
  expect(world.standIns.requests.traffic()).toMatchObject([
    { workspace: 'default', maxInFlight: 1 },
  ]);
});

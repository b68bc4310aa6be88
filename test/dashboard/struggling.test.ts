import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Struggling, StrugglingRuns } from '../../src/contracts/struggling.ts';
import type { SwarmTask } from '../../src/contracts/swarm.ts';
import { startSwarm } from '../../src/platform/start-swarm.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;

beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  dashboard = await serve(world);
});
afterEach(() => {
  expect(dashboard.faults).toEqual([]);
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
});

const daily = (date: string, account = 'default') => ({
  capability: 'instantly.daily-analytics',
  account,
  input: { date },
});
const wait = (label: string, fail?: string): SwarmTask => ({
  capability: 'practice.wait',
  account: 'default',
  input: { label, ...(fail === undefined ? {} : { fail }) },
});
const read = async (query = '') =>
  Struggling.parse((await dashboard.get(`/api/struggling${query}`)).body);
const runsOf = async (query = '') =>
  StrugglingRuns.parse((await dashboard.get(`/api/struggling/runs${query}`)).body);
const swarmOf = (tasks: readonly SwarmTask[]) =>
  startSwarm(
    { client: world.client, database: world.database, checkServed: () => Promise.resolve() },
    { kind: 'tasks', tasks: [...tasks] },
    { title: 'Many', failureThreshold: 1 },
  );

test('says that nothing struggles while all goes well', async () => {
  await world.run(wait('well'));
  expect(await read()).toMatchObject({ causes: [], total: 0, tasks: 0, main: null });
});

test('puts what waits for one closed key together, runs and tasks of swarms, and what is tried again by itself', async () => {
  world.standIns.faults.set([
    { times: 1, fault: { kind: 'status', status: 429, retryAfterSeconds: 600 } },
  ]);
  const run = await world.start(daily('2026-03-01'));
  await eventually('the closed key', async () => (await read()).tasks === 1);
  const swarm = await swarmOf([
    ...['02', '03', '04'].map((day) => daily(`2026-03-${day}`)),
    ...[wait('1', 'VendorSilent'), wait('2', 'VendorSilent'), wait('3')],
  ]);
  const found = await eventually('all that struggles', async () => {
    const now = await read();
    return now.tasks === 6 && now;
  });
  expect(found.total).toBe(2);
  expect(found.causes).toMatchObject([
    {
      ...{ state: 'waiting', capability: 'instantly.daily-analytics', runs: 2, tasks: 4 },
      ...{ flowKey: 'instantly:default', failure: 'RateLimited', status: 429 },
    },
    {
      ...{ state: 'retrying', capability: 'practice.wait', runs: 1, tasks: 2 },
      ...{ failure: 'VendorSilent', class: 'transient', status: null },
    },
  ]);
  expect(found.main?.title).toBe('Main cause: the limit of instantly:default.');
  expect(found.main?.text).toContain('4 of 6 struggling tasks wait for one key');

  const [waiting] = found.causes;
  const { runs } = await runsOf(`?cause=${encodeURIComponent(waiting?.id ?? '')}`);
  expect(runs.map(({ workflowId, tasks, type }) => ({ workflowId, tasks, type }))).toEqual([
    { workflowId: run.workflowId, tasks: 1, type: 'task' },
    { workflowId: swarm.workflowId, tasks: 3, type: 'swarm' },
  ]);
});

test('filters by agent, flow key, class and the try that comes next, and pages what is below', async () => {
  const sizes = async (query: string) => {
    const { total, tasks } = await read(query);
    return { total, tasks };
  };
  expect(await sizes('?agent=practice')).toEqual({ total: 1, tasks: 2 });
  expect(await sizes('?key=instantly:default')).toEqual({ total: 1, tasks: 4 });
  expect(await sizes('?key=instantly:tour')).toEqual({ total: 0, tasks: 0 });
  expect(await sizes('?class=data')).toEqual({ total: 0, tasks: 0 });
  expect(await sizes('?agent=instantly&min-attempt=1000')).toEqual({ total: 0, tasks: 0 });
  expect((await dashboard.get('/api/struggling?class=other')).status).toBe(400);

  const first = await runsOf('?limit=2');
  const second = await runsOf(`?limit=2&cursor=${first.next ?? ''}`);
  expect(first.runs).toHaveLength(2);
  expect(second).toMatchObject({ runs: [{ type: 'swarm' }], next: null });
  expect((await dashboard.get('/api/struggling/runs?cursor=x')).status).toBe(400);
});

test('pages follow it as a topic, also with a filter, and every page’s frame counts the causes', async () => {
  const stream = await dashboard.follow('struggling?agent=practice', 'status');
  const first = await stream.until('causes', ({ topic }) => topic.startsWith('struggling'));
  expect(Struggling.parse(first.data).total).toBe(1);
  await stream.until(
    'the badge',
    ({ topic, data }) => topic === 'status' && JSON.stringify(data).includes('"struggling":2'),
  );
  stream.close();
});

test('leaves out what a person has paused, and what has ended', async () => {
  const swarms = await world.database.sql<{ id: string }[]>`
    select workflow_id as id from runs where type = 'swarm'`;
  for (const { id } of swarms) {
    const reason = 'a look first';
    await dashboard.post(`/api/swarms/${encodeURIComponent(id)}/pause`, { reason });
  }
  await eventually('the pause', async () => (await read()).tasks === 1);
  await dashboard.post(
    `/api/runs/${encodeURIComponent('instantly.daily-analytics/default/2026-03-01')}/cancel`,
    { reason: 'not needed' },
  );
  await eventually('the end', async () => (await read()).tasks === 0);
});

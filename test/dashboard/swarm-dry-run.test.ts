import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SwarmDryRun } from '../../src/contracts/swarm-dry-run.ts';
import { createSuppressions } from '../../src/platform/suppressions.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  dashboard = await serve(world);
});
afterAll(async () => {
  expect(dashboard.faults).toEqual([]);
  await dashboard.close();
  await world.close();
});

test('a dry run says what would happen and what stands against it, and keeps nothing', async () => {
  const word = { by: 'mara', reason: 'asked us to stop' };
  await createSuppressions(world.database).add(['gone@people.org'], word);
  const lead = (email: string) => ({
    capability: 'instantly.add-lead',
    account: 'tour',
    input: { campaignId: '11111111-1111-4111-8111-111111111111', email },
  });
  const dryRun = async (body: object) => {
    const answer = await dashboard.post('/api/swarms/dry-run', { title: 'Dry', ...body });
    return SwarmDryRun.parse(answer.body);
  };
  const rows = async () => {
    const [row] = await world.database.sql`select (select count(*) from task_lists) as lists,
      (select count(*) from swarm_tasks) as tasks, (select count(*) from swarms) as swarms`;
    return row;
  };
  const waits = Array.from({ length: 7 }, () => ({ capability: 'practice.wait' }));
  const before = await rows();
  const leads = [lead('a@people.org'), lead('gone@people.org'), lead('b@people.org')];
  const dry = await dryRun({ tasks: [...leads, ...waits], window: 5 });

  expect(dry).toMatchObject({
    wouldStart: true,
    total: 10,
    window: 5,
    problems: [],
    confirmation: null,
    groups: [
      { capability: 'practice.wait', agent: 'practice', count: 7, methods: ['wait'] },
      { capability: 'instantly.add-lead', effect: 'send', count: 3, isStandIn: true },
    ],
    queues: [
      { queue: 'instantly', tasks: 3, squads: 1, isServed: true },
      { queue: 'practice', tasks: 7, squads: 1, isServed: true },
    ],
    refusals: [{ failure: 'Suppressed', count: 1, such: ['tasks.1'] }],
  });
  expect(dry.first.map(({ at, plan }) => [at, plan.wouldAct, plan.request?.path])).toEqual([
    ['tasks.0', true, '/api/v2/leads'],
    ['tasks.1', false, '/api/v2/leads'],
    ['tasks.2', true, '/api/v2/leads'],
  ]);
  const wrong = [
    { capability: 'practice.wait', input: { ms: -1 } },
    { capability: 'practice.walk' },
    { ...lead('c@people.org'), account: 'nobody' },
    { ...lead('c@people.org'), capability: 'instantly.delete-lead' },
  ];
  const refused = await dryRun({ tasks: wrong });
  expect(refused).toMatchObject({ wouldStart: false, confirmation: 'delete-lead 1' });
  expect(refused.problems.map(({ failure, such }) => [failure, such[0]]).sort()).toEqual([
    ['InvalidInput', 'tasks.0'],
    ['NotConfirmed', 'the request'],
    ['NotServed', 'tasks.1'],
  ]);
  expect(refused.refusals).toMatchObject([{ failure: 'InvalidInput', such: ['tasks.2'] }]);
  expect(await rows()).toEqual(before);
});

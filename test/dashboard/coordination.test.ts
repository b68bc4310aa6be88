import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApiError } from '../../src/contracts/api.ts';
import { LeaseList } from '../../src/contracts/coordination.ts';
import { TopicInfo, TopicList, TopicMessages } from '../../src/contracts/topics.ts';
import { createCoordination } from '../../src/platform/coordination.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  dashboard = await serve(world);
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
});

const auditOf = (target: string) => world.database.sql`
  select action, "by", reason from audit where target = ${target} order by id`;

test('leases are shown and taken away with a reason, and the audit says by whom', async () => {
  const coordination = createCoordination(world.database);
  for (const holder of ['run/1', 'run/2']) {
    await coordination.acquire({ name: 'sheet:leads', places: 1, holder, forMs: 60_000 });
  }
  await coordination.arrive('imports', { parties: 2, member: 'run/1' });
  const { leases, barriers } = LeaseList.parse((await dashboard.get('/api/leases')).body);
  expect(leases).toMatchObject([
    {
      name: 'sheet:leads',
      places: 1,
      holders: [{ holder: 'run/1' }],
      waiting: [{ holder: 'run/2' }],
    },
  ]);
  expect(barriers).toEqual([{ name: 'imports', parties: 2, members: ['run/1'], openedAt: null }]);
  const path = '/api/leases/sheet:leads/release';
  const body = { holder: 'run/1', reason: 'its host is gone' };
  expect((await dashboard.post(path, body)).status).toBe(204);
  expect(await auditOf('sheet:leads')).toEqual([
    { action: 'lease.release', by: 'test', reason: 'its host is gone' },
  ]);
  const again = await dashboard.post(path, body);
  expect([again.status, ApiError.parse(again.body).code]).toEqual([404, 'unknown-holder']);
});

test('a topic is subscribed, published to, read and left', async () => {
  const path = '/api/topics/leads.found';
  const target = { kind: 'task', capability: 'practice.wait' };
  const subscribed = await dashboard.post(`${path}/subscribers`, { target, reason: 'enrich' });
  expect(subscribed).toMatchObject({ status: 201, body: { id: 'task/practice.wait/default' } });

  const message = { id: 'lead-1', payload: { label: 'x' } };
  const first = await dashboard.post(`${path}/messages`, message);
  expect(first).toEqual({ status: 201, body: { seq: 1, isNew: true } });
  const second = await dashboard.post(`${path}/messages`, message);
  expect(second).toEqual({ status: 200, body: { seq: 1, isNew: false } });

  const read = await dashboard.get(`${path}/messages?after=0`);
  expect(TopicMessages.parse(read.body).messages).toMatchObject([{ ...message, by: 'test' }]);
  const { topics } = TopicList.parse((await dashboard.get('/api/topics')).body);
  expect(topics).toMatchObject([{ name: 'leads.found', messages: 1 }]);

  const left = { subscriber: 'task/practice.wait/default', reason: 'done' };
  expect((await dashboard.post(`${path}/unsubscribe`, left)).status).toBe(204);
  expect(TopicInfo.parse((await dashboard.get(path)).body).subscribers).toEqual([]);
  expect((await auditOf('leads.found')).map(({ action }) => String(action))).toEqual([
    'topic.subscribe',
    'topic.publish',
    'topic.publish',
    'topic.unsubscribe',
  ]);
}, 30_000);

test.each([
  ['/api/leases/x/release', { holder: 'a' }, 400, 'invalid-request'],
  ['/api/topics/No Topic/messages', { id: 'a', payload: {} }, 400, 'invalid-input'],
  ['/api/topics/a/messages', { id: 'a', payload: [] }, 400, 'invalid-request'],
  ['/api/topics/a/messages', { id: '', payload: {} }, 400, 'invalid-request'],
  [
    '/api/topics/a/subscribers',
    { target: { kind: 'task', capability: 'acme.x' }, reason: 'x' },
    400,
    'unknown-capability',
  ],
  ['/api/topics/a/subscribers', { target: { kind: 'mail' }, reason: 'x' }, 400, 'invalid-request'],
  ['/api/topics/nobody/unsubscribe', { subscriber: 'run/x', reason: 'x' }, 404, 'unknown-topic'],
])('POST %s %j is refused with %i', async (where, body, status, code) => {
  const refused = await dashboard.post(where, body);
  expect([refused.status, ApiError.parse(refused.body).code]).toEqual([status, code]);
});

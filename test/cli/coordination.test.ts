import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LeaseList } from '../../src/contracts/coordination.ts';
import { createCoordination } from '../../src/platform/coordination.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
});
afterAll(() => world.close());

const say = (...args: readonly string[]) => agentic(args, { env: envOf(world) });

test('lease: lists, shows and takes away, with a reason that the audit keeps', async () => {
  expect((await say('lease', 'list')).err).toContain('Nobody holds a lease');
  const coordination = createCoordination(world.database);
  const ask = async () => {
    for (const holder of ['run/1', 'run/2']) {
      await coordination.acquire({ name: 'sheet:leads', places: 1, holder, forMs: 60_000 });
    }
  };
  await ask();
  const { out } = await say('lease', 'list', '--json');
  expect(LeaseList.pick({ leases: true }).parse(JSON.parse(out)).leases).toMatchObject([
    { name: 'sheet:leads' },
  ]);
  await ask();
  expect((await say('lease', 'show', 'sheet:leads')).out).toMatch(/run\/1[\s\S]*1 +run\/2/);
  const released = await say('lease', 'release', 'sheet:leads', 'run/1', '--reason', 'host gone');
  expect(released.out).toContain('free for the next');
  expect(await world.database.sql`select action, reason, "from" from audit`).toEqual([
    { action: 'lease.release', reason: 'host gone', from: 'cli' },
  ]);
}, 60_000);

test('barrier: lists who waits for whom, and what has opened', async () => {
  expect((await say('barrier', 'list')).err).toContain('Nobody waits at a barrier');
  const coordination = createCoordination(world.database);
  await coordination.arrive('imports/day', { parties: 2, member: 'run/1' });
  expect((await say('barrier', 'list')).out).toMatch(/imports\/day +1 of 2 +waits +run\/1/);
  await coordination.arrive('imports/day', { parties: 1, member: 'run/1' });
  const { out } = await say('barrier', 'list', '--json');
  expect(LeaseList.pick({ barriers: true }).parse(JSON.parse(out)).barriers).toEqual([
    { name: 'imports/day', parties: 1, members: ['run/1'], openedAt: expect.any(String) },
  ]);
}, 60_000);

test('topic: subscribes, publishes, shows, reads and leaves', async () => {
  const topic = 'leads.found';
  expect((await say('topic', 'list')).err).toContain('There is no topic yet');
  const how = ['--capability', 'practice.wait', '--input', '{"ms":1}', '--reason', 'enrich'];
  const subscribed = await say('topic', 'subscribe', topic, ...how);
  expect(subscribed.out).toContain('task/practice.wait/default gets the messages');
  const message = ['--id', 'lead-1', '--payload', '{"label":"x"}'];
  expect((await say('topic', 'publish', topic, ...message)).out).toContain('is message 1 of');
  expect((await say('topic', 'show', topic)).out).toContain('task/practice.wait/default');
  expect((await say('topic', 'read', topic)).out).toMatch(/1 +lead-1 .*"label":"x"/);
  expect((await say('topic', 'list')).out).toMatch(/leads\.found +1 +1/);
  const left = await say(
    'topic',
    'unsubscribe',
    topic,
    'task/practice.wait/default',
    '--reason',
    'x',
  );
  expect(left.code).toBe(0);
}, 60_000);

test.each([
  [['lease', 'release', 'a', 'b', '--reason', ' '], '--reason'],
  [['lease', 'release', 'a', 'b', '--reason', 'x'], 'neither holds'],
  [['topic', 'show', 'nothing'], 'nothing'],
  [['topic', 'publish', 'a', '--payload', '[1]'], '--payload'],
  [['topic', 'subscribe', 'a', '--reason', 'x'], '--run or --capability'],
  [['topic', 'subscribe', 'a', '--capability', 'acme.x', '--reason', 'x'], 'acme.x'],
])('%j is refused with 2, and says why', async (args, words) => {
  const { err, code } = await say(...args);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(words) });
});

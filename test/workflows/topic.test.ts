import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/platform/database.ts';
import { prune } from '../../src/platform/retention.ts';
import { createTopics, type Topics } from '../../src/platform/topics.ts';
import { eventually } from '../support/scratch.ts';
import { longHistory } from '../support/servers.ts';
import { serveWorkflows, testQueue } from '../support/test-workflows.ts';
import { createWorld, type World } from '../support/world.ts';
import type { announce, listen } from './lease-runs.ts';
import { heardQuery } from './lease-runs.ts';

let world: World;
let topics: Topics;
let stop: () => Promise<void>;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  topics = createTopics(world);
  stop = await serveWorkflows(world, 'test/workflows/lease-runs.ts');
}, 60_000);
afterAll(async () => {
  await stop();
  await world.close();
});

const message = (n: number) => ({ id: `message-${n}`, payload: { label: `lead-${n}` } });
const publish = (topic: string, n: number) => topics.publish(topic, message(n), 'mara');
const startListener = (workflowId: string) =>
  world.client.workflow.start<typeof listen>('listen', { workflowId, taskQueue: testQueue });
const toRun = (workflowId: string) => ({ target: { kind: 'run', workflowId } as const });
const startedBy = (topic: string) => world.database.sql<{ title: string; runs: number }[]>`
  select title, count(*)::int as runs from runs where requested_by_name like ${`topic/${topic}#%`}
  group by title order by title`;

test('messages reach a run in order, each once, and start one task each', async () => {
  const topic = 'leads.found';
  const listener = await startListener('listener/1');
  await topics.subscribe(topic, toRun('listener/1'));
  await topics.subscribe(topic, { target: { kind: 'task', capability: 'practice.wait' } });
  await world.client.workflow.execute<typeof announce>('announce', {
    workflowId: 'announcer',
    taskQueue: testQueue,
    args: [topic, 5],
  });
  expect(await publish(topic, 3)).toMatchObject({ isNew: false });
  await publish(topic, 5);

  const heard = await eventually('six messages', async () => {
    const all = await listener.query(heardQuery);
    return all.length === 6 && all;
  });
  expect(heard.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5].map((n) => `message-${n}`));
  expect(heard[0]).toMatchObject({ topic, by: 'announcer', payload: { label: 'lead-0' } });
  await eventually('six runs', async () => (await startedBy(topic)).length === 6);
  await eventually('nobody to be behind', async () => {
    const { subscribers } = await topics.show(topic);
    return subscribers.length === 2 && subscribers.every(({ behind }) => behind === 0);
  });
  const read = await topics.read(topic, heard[3]?.seq ?? 0, 10);
  expect(read.map(({ id }) => id)).toEqual(['message-4', 'message-5']);
  expect((await startedBy(topic)).every(({ runs }) => runs === 1)).toBe(true);
}, 40_000);

test('an id is published once, also by twenty at once; with another payload it is refused', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => publish('once', 1)));
  expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(new Set(all.map(({ seq }) => seq)).size).toBe(1);
  const other = { id: 'message-1', payload: { label: 'another' } };
  await expect(topics.publish('once', other, 'mara')).rejects.toThrow('with another payload');
  const big = { id: 'big', payload: { text: 'x'.repeat(65_536) } };
  await expect(topics.publish('once', big, 'mara')).rejects.toThrow('64 KiB');
  await expect(topics.publish('No Topic', message(1), 'mara')).rejects.toThrow('topic:');
});

test('who can’t be reached holds up nobody else, and gets everything when it is there', async () => {
  const topic = 'orders';
  const there = await startListener('there');
  await topics.subscribe(topic, toRun('not-yet-there'));
  await topics.subscribe(topic, toRun('there'));
  for (const n of [1, 2, 3]) await publish(topic, n);
  await eventually('three here', async () => (await there.query(heardQuery)).length === 3);
  await eventually('the trouble', async () => {
    const { subscribers } = await topics.show(topic);
    return subscribers.some(({ id, trouble }) => id === 'run/not-yet-there' && trouble !== null);
  });
  const late = await startListener('not-yet-there');
  await eventually('three there', async () => (await late.query(heardQuery)).length === 3);
  await eventually('no trouble', async () => {
    const { subscribers } = await topics.show(topic);
    return subscribers.every(({ behind, trouble }) => behind === 0 && trouble === null);
  });
}, 40_000);

test('a message a task can’t take is passed over and told; the next ones are delivered', async () => {
  const topic = 'mixed';
  await topics.subscribe(topic, {
    target: { kind: 'task', capability: 'practice.wait', input: { ms: 1 } },
  });
  await topics.publish(topic, { id: 'bad', payload: { label: 7 } }, 'mara');
  await publish(topic, 2);
  await eventually('the good one', async () => (await startedBy(topic)).length === 1);
  const [subscriber] = (await topics.show(topic)).subscribers;
  expect(subscriber).toMatchObject({ refused: 1, trouble: expect.stringMatching(/bad.*label/) });
  const unknown = topics.subscribe(topic, { target: { kind: 'task', capability: 'acme.nothing' } });
  await expect(unknown).rejects.toThrow('acme.nothing');
}, 30_000);

test('who subscribes from the beginning gets what is kept; who has left gets nothing more', async () => {
  const topic = 'news';
  for (const n of [1, 2]) await publish(topic, n);
  const listener = await startListener('reader');
  const subscribed = await topics.subscribe(topic, { ...toRun('reader'), from: 'beginning' });
  expect(subscribed).toMatchObject({ id: 'run/reader', cursor: 0 });
  await eventually('both', async () => (await listener.query(heardQuery)).length === 2);

  expect(await topics.unsubscribe(topic, 'run/reader')).toBe(true);
  expect(await topics.unsubscribe(topic, 'run/reader')).toBe(false);
  await publish(topic, 3);
  const handle = world.client.workflow.getHandle(`topic/${topic}`);
  await eventually('the end', async () => (await handle.describe()).status.name === 'COMPLETED');
  expect(await listener.query(heardQuery)).toHaveLength(2);

  expect(await topics.subscribe(topic, toRun('reader'))).toMatchObject({ behind: 0 });
  await publish(topic, 4);
  await eventually('the new one', async () => (await listener.query(heardQuery)).length === 3);
}, 30_000);

test('a message whose publisher died before it could wake the topic is delivered all the same', async () => {
  const topic = 'forgotten';
  const listener = await startListener('patient');
  await topics.subscribe(topic, toRun('patient'));
  await publish(topic, 1);
  await eventually('the first', async () => (await listener.query(heardQuery)).length === 1);
  await world.database.sql`
    insert into topic_messages (topic, seq, id, by, payload)
    select name, seq + 1, 'lost', 'mara', '{}' from topics where name = ${topic}`;
  await world.database.sql`
    update topics set seq = seq + 1, woken_at = now() - interval '11 s' where name = ${topic}`;
  await topics.wakeForgotten();
  await eventually('the second', async () => (await listener.query(heardQuery)).length === 2);
  await eventually('it to be heard of', async () => {
    const rows = await world.database.sql`
      select 1 from topics where name = ${topic} and woken_at is null`;
    return rows.length === 1;
  });
}, 30_000);

test('a topic that is terminated serves the same subscribers again with the next message', async () => {
  const topic = 'sturdy';
  const listener = await startListener('loyal');
  await topics.subscribe(topic, toRun('loyal'));
  await world.client.workflow.getHandle(`topic/${topic}`).terminate('test');
  await publish(topic, 1);
  await eventually('the message', async () => (await listener.query(heardQuery)).length === 1);
}, 30_000);

test('a topic with a long history goes on as a new run, and delivers what comes meanwhile', async () => {
  const topic = 'long';
  const listener = await startListener('long-listener');
  await topics.subscribe(topic, toRun('long-listener'));
  const handle = world.client.workflow.getHandle(`topic/${topic}`);
  const { runId } = await handle.describe();
  let published = 0;
  const more = async (count: number) => {
    const numbers = Array.from({ length: count }, (_, index) => published + index);
    published += count;
    await Promise.all(numbers.map((n) => publish(topic, n)));
  };
  await more(100);
  await eventually('a long history', async () => {
    await Promise.all(Array.from({ length: 50 }, () => handle.signal('wake')));
    const now = await handle.describe();
    return now.historyLength > longHistory || now.runId !== runId;
  });
  await more(20);
  await eventually('another run', async () => (await handle.describe()).runId !== runId);
  await more(1);
  const heard = await eventually('all of it', async () => {
    const all = await listener.query(heardQuery);
    return all.length === published && all;
  });
  const places = heard.map(({ seq }) => seq);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test('old messages go once all have them; those somebody waits for stay a while longer', async () => {
  const second = openDatabase(world.config.DATABASE_URL, 2);
  const { sql } = second;
  for (const topic of ['quiet', 'awaited']) {
    await sql`insert into topics (name, seq) values (${topic}, 3)`;
    for (const [seq, days] of [
      [1, 100],
      [2, 8],
      [3, 6],
    ] as const) {
      await sql`insert into topic_messages (topic, seq, id, at, by, payload)
        values (${topic}, ${seq}, ${`m${seq}`}, now() - make_interval(days => ${days}), 'mara', '{}')`;
    }
  }
  await sql`insert into topic_subscribers (topic, id, target, cursor)
    values ('awaited', 'run/x', '{"kind":"run","workflowId":"x"}', 1)`;
  await prune(second, {
    RUN_RETENTION_DAYS: 90,
    LOG_RETENTION_DAYS: 7,
    TEMPORAL_RETENTION_DAYS: 30,
  });
  expect(
    await sql`select topic, id from topic_messages where topic in ('quiet', 'awaited')
    order by topic, seq`,
  ).toEqual([
    { topic: 'awaited', id: 'm2' },
    { topic: 'awaited', id: 'm3' },
    { topic: 'quiet', id: 'm3' },
  ]);
  await second.close();
});

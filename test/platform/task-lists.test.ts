import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createSwarmStore, type TaskEnd } from '../../src/platform/swarm-store.ts';
import { createTaskLists, type TaskList } from '../../src/platform/task-lists.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('task-lists');
  database = openDatabase(own.url, 8);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const capabilities = ['practice.wait', 'instantly.daily-analytics'];
const inputs = [{}, { date: '2026-01-05' }];

/** A swarm of tasks of two agents in turn. */
async function swarmOf(total: number) {
  const lists = createTaskLists(database);
  const placed = Array.from({ length: total }, (_, index) => ({
    at: `${index}`,
    task: { capability: capabilities[index % 2], input: inputs[index % 2] },
  }));
  const list = await lists.load(placed, 'test');
  const id = randomUUID();
  const row = { workflowId: `swarm/${id}`, list: list.id, total, window: 1 };
  await createSwarmStore(database).open(id, row);
  return { id, list, lists };
}

const fails = (swarm: string, indices: readonly number[]) =>
  createSwarmStore(database).write(
    swarm,
    'squad',
    indices.map((index) => ({
      ...{ index, state: 'failed', capability: 'practice.wait', method: null },
      ...{ failure: 'NotFound', errorClass: 'data', message: '', vendorAnswer: null },
      ...{ result: null, tookMs: 1, retryInMs: null },
    })) satisfies TaskEnd[],
  );

/** The indices that stand in line at these places. */
async function inLine({ id, ranges }: TaskList): Promise<number[]> {
  const found: number[] = [];
  for (const { agent, from, to } of ranges) {
    const rows = await database.sql<{ index: number }[]>`
      select index from swarm_tasks
      where list = ${id} and agent = ${agent} and seq >= ${from} and seq < ${to}`;
    expect(rows).toHaveLength(to - from);
    found.push(...rows.map(({ index }) => index));
  }
  return found.sort((a, b) => a - b);
}

test('whatever fails and however often that is asked for, each failed task stands in line once more', async () => {
  const Rounds = fc.array(
    fc.record({ failed: fc.uniqueArray(fc.nat(19)), asked: fc.integer({ min: 1, max: 4 }) }),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(Rounds, async (rounds) => {
      const { id, list, lists } = await swarmOf(20);
      const all = [...list.ranges];
      for (const { failed, asked } of rounds) {
        await fails(id, failed);
        const call = randomUUID();
        // a try whose answer got lost, and those that came after it
        const answers: TaskList[] = [];
        while (answers.length < asked) answers.push(await lists.requeueFailed(call, id, {}));
        for (const answer of answers) expect(answer).toEqual(answers[0]);
        expect(await inLine(answers[0] ?? list)).toEqual([...failed].sort((a, b) => a - b));
        all.push(...(answers[0]?.ranges ?? []));
      }
      const [row] = await database.sql<{ total: number; agents: Record<string, number> }[]>`
        select total, agents from task_lists where id = ${list.id}`;
      expect(row?.total).toBe(20);
      for (const [agent, count] of Object.entries(row?.agents ?? {})) {
        const ends = all.filter((range) => range.agent === agent);
        expect(ends.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(count);
      }
    }),
    { numRuns: 20 },
  );
});

test('two who ask at once for the failed tasks share them, and no task stands in line twice', async () => {
  const { id, lists } = await swarmOf(20);
  const failed = Array.from({ length: 20 }, (_, index) => index);
  await fails(id, failed);
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => lists.requeueFailed(randomUUID(), id, {})),
  );
  const found = await Promise.all(answers.map(inLine));
  expect(found.flat().sort((a, b) => a - b)).toEqual(failed);
});

test('a list that was half made or made under an id is there once, whole, and the same', async () => {
  const { id: swarm, lists } = await swarmOf(6);
  await fails(swarm, [0, 2, 3]);
  const placed = Array.from({ length: 5 }, (_, n) => ({
    at: `${n}`,
    task: { capability: capabilities[n % 2], input: inputs[n % 2] },
  }));
  const makers = [
    { count: 5, make: (id: string) => lists.loadOnce(id, placed, 'test') },
    { count: 3, make: (id: string) => lists.copyFailed(`swarm/${swarm}`, {}, id) },
  ];
  for (const { count, make } of makers) {
    const id = randomUUID();
    await make(id);
    await database.sql`delete from task_lists where id = ${id}`;
    await database.sql`delete from swarm_tasks where list = ${id} and index = 1`;
    const list = await make(id);
    expect(await make(id)).toEqual(list);
    expect(await inLine(list)).toEqual(Array.from({ length: count }, (_, n) => n));
  }
});

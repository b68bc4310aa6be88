import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createSwarmStore } from '../../src/platform/swarm-store.ts';
import { createTaskLists } from '../../src/platform/task-lists.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

const tasks = 4_000;
const asked = 100;
let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('swarm_store');
  database = openDatabase(own.url, 1); // one connection counts all it reads
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

/** A swarm that is half done. */
async function halfDone(): Promise<{ list: string; swarm: string }> {
  const line = Array.from({ length: tasks }, (_, index) => ({
    at: `task ${index}`,
    task: { capability: 'practice.wait', input: { label: `${index}` } },
  }));
  const { id: list } = await createTaskLists(database).load(line, 'a test');
  const swarm = randomUUID();
  await database.sql`
    insert into swarm_outcomes (swarm, index, state, capability, took_ms, workflow_id)
    select ${swarm}, index, 'completed', 'practice.wait', 1, 'a test'
    from generate_series(0, ${tasks / 2 - 1}) index`;
  return { list, swarm };
}

/** Index entries that the database has read so far. */
async function entriesRead(): Promise<number> {
  const { sql } = database;
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql<{ read: number }[]>`
    select sum(idx_tup_read)::int as read from pg_stat_user_indexes
    where relname in ('swarm_tasks', 'swarm_outcomes')`;
  return row?.read ?? 0;
}

test('asking for a few tasks reads only these, also in a swarm younger than plans and statistics', async () => {
  const { sql } = database;
  const store = createSwarmStore(database);
  const nobody = randomUUID();
  for (let times = 0; times < 10; times += 1) {
    await store.missing({ swarm: nobody, list: nobody, agent: 'practice', from: 0, to: asked });
  }
  await halfDone();
  await sql`analyze swarm_tasks, swarm_outcomes`;
  const { list, swarm } = await halfDone();
  const before = await entriesRead();

  const from = tasks / 2 - asked / 2;
  const place = { swarm, list, agent: 'practice', from, to: from + asked };
  const { tasks: missing } = await store.missing(place);

  expect(missing).toHaveLength(asked / 2);
  expect((await entriesRead()) - before).toBeLessThan(10 * asked);
});

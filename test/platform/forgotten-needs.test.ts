import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRunStore } from '../../src/platform/runs.ts';
import { ask, begin, pipelineOf } from '../support/pipelines.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
});
afterAll(() => world.close());

test('a question that no worker could note is found again when runs are compared', async () => {
  const run = await begin(world, pipelineOf('forgotten', [ask('may')]));
  await run.reaches('may', 'needs-you');
  const { sql } = world.database;
  const { workflowId } = run.handle;
  const questions = async (): Promise<number> => {
    const [row] = await sql<{ count: number }[]>`
      select coalesce((needs ->> 'count')::int, 0) as count from runs
      where workflow_id = ${workflowId}`;
    return row?.count ?? 0;
  };
  await eventually('the note of the question', async () => (await questions()) === 1);
  // as it is when the database was away at that moment
  await sql`update runs set needs = null where workflow_id = ${workflowId}`;
  const store = createRunStore(world.database);
  await eventually('the question', async () => {
    await store.reconcile(world.client);
    return (await questions()) === 1;
  });
  await run.say('approve', 'may');
  await run.handle.result();
  expect(await run.ends()).toEqual({ may: 'completed' });
}, 60_000);

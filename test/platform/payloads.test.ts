import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { StorageDriverClaim } from '@temporalio/common';
import { RunEvents } from '../../src/contracts/api.ts';
import { createPayloadStore } from '../../src/platform/payloads.ts';
import { createRunDetails } from '../../src/platform/run-detail.ts';
import { createRunStore } from '../../src/platform/runs.ts';
import { runLarge, withLarge } from '../support/large-history.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
});
afterAll(() => world.close());

test('large answers stay out of the history, can be read back, and the pages show how they begin', async () => {
  const calls = 40;
  const bytes = 100_000;
  const run = await runLarge(world, calls, bytes);
  expect(run).toMatchObject({ sum: calls * bytes, payloads: calls });
  expect(run.historyBytes).toBeLessThan(100_000);

  const details = createRunDetails(world);
  const page = RunEvents.parse(await details.events(run.workflowId, run.runId));
  const shown = page.events.filter(({ type }) => type === 'ActivityTaskCompleted');
  expect(shown).toHaveLength(calls);
  expect(shown[0]?.detail).toMatchObject({
    result: {
      payloads: [{ cutAt: 8_000, length: bytes + 2, begins: expect.stringMatching(/^"\d+$/) }],
    },
  });

  await world.database.sql`delete from payloads`;
  const gone = RunEvents.parse(await details.events(run.workflowId, run.runId));
  const [first] = gone.events.filter(({ type }) => type === 'ActivityTaskCompleted');
  expect(first?.detail).toMatchObject({
    result: { payloads: [{ deleted: expect.stringContaining('sha256') }] },
  });
}, 60_000);

test('a large input that two runs share is kept once', async () => {
  const { client, database } = world;
  const words = 'x'.repeat(50_000);
  const handles = await Promise.all(
    ['one', 'two'].map((workflowId) =>
      client.workflow.start('nobody', { workflowId, taskQueue: 'nobody', args: [words] }),
    ),
  );
  const rows = await database.sql`select encoding, size from payloads`;
  expect(rows).toEqual([{ encoding: 'json/plain', size: 50_002 }]);
  const details = createRunDetails(world);
  expect(await details.read('one')).toMatchObject({ input: words });
  await database.sql`delete from payloads`;
  expect(await createRunDetails(world).read('two')).toMatchObject({
    input: { deleted: expect.stringContaining('sha256') },
  });
  await Promise.all(handles.map((handle) => handle.terminate('done')));
});

test('a history that outlived its payloads fails with what was deleted, and why', async () => {
  const { externalStorage } = createPayloadStore(world.database).dataConverter;
  const reading = externalStorage?.drivers[0]?.retrieve({}, [
    new StorageDriverClaim({ sha256: 'f00d' }),
  ]);
  await expect(reading).rejects.toThrow(/f00d is no longer kept.*TEMPORAL_RETENTION_DAYS/);
});

test('a run whose large result was deleted still shows, and holds up no other run', async () => {
  const { client, database } = world;
  await withLarge(world, async () => {
    const options = { workflowId: 'large-result', taskQueue: 'large', args: [50_000] };
    expect(await client.workflow.execute('large', options)).toBe('x'.repeat(50_000));
  });
  const details = createRunDetails(world);
  expect(await createRunDetails(world).read('large-result')).toMatchObject({
    output: 'x'.repeat(50_000),
  });
  await database.sql`delete from payloads`;
  expect(await details.read('large-result')).toMatchObject({
    output: null,
    run: { state: { kind: 'completed' } },
  });
  await eventually('the run in our table', async () => {
    await database.sql`delete from reconciliations`;
    await createRunStore(database).reconcile(client);
    const rows = await database.sql`select output from runs where workflow_id = 'large-result'`;
    return rows.length === 1 && rows[0]?.output === null;
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createBulk } from '../../src/platform/bulk.ts';
import { startTask } from '../../src/platform/start-run.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

const count = 120;
let world: World;
let worker: WorkerProcess;
const folder = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  worker = await startWorker(world, folder);
}, 60_000);
afterAll(async () => {
  await worker.end('SIGKILL');
  await world.close();
});

test('an act on many runs whose worker is killed twice goes on, and does it to each once', async () => {
  const { client, database } = world;
  for (let label = 0; label < count; label += 1) {
    const input = { label: `wait-${label}`, ms: 600_000 };
    await startTask(client, { capability: 'practice.wait', input });
  }
  await eventually('all of them', async () => {
    const rows = await database.sql`select from runs where type = 'task' and closed_at is null`;
    return rows.length === count;
  });
  const bulk = createBulk({
    database,
    struggling: { runs: () => Promise.reject(new Error('not asked')) },
  });
  const id = randomUUID();
  const selection = { kind: 'filter', filter: { agent: 'practice' } } as const;
  const { workflowId } = await bulk.start(
    client,
    { id, act: 'cancel', reason: 'wrong list', selection, expected: count },
    { by: 'mara', requestedBy: { kind: 'person', name: 'mara' } },
  );
  for (const done of [1, 60]) {
    await eventually(`${done} to be done`, async () => (await bulk.counts(id)).done >= done);
    await worker.end('SIGKILL');
    expect((await bulk.counts(id)).open).toBeGreaterThan(0);
    worker = await startWorker(world, folder);
  }
  expect(await client.workflow.getHandle(workflowId).result()).toEqual({
    ...{ total: count, done: count, skipped: 0, failed: 0, open: 0 },
  });
  const audit = await database.sql<{ target: string }[]>`
    select target from audit where action = 'run.cancel' and reason = 'wrong list'`;
  expect(audit.length).toBe(count);
  expect(new Set(audit.map(({ target }) => target)).size).toBe(count);
  await eventually('all ends', async () => {
    const rows = await database.sql`select from runs where type = 'task' and status = 'cancelled'`;
    return rows.length === count;
  });
}, 120_000);

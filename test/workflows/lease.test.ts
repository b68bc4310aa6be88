import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { createCoordination, type Coordination } from '../../src/platform/coordination.ts';
import { rootFailureOf } from '../../src/rules/failure.ts';
import { eventually } from '../support/scratch.ts';
import { serveWorkflows, testQueue } from '../support/test-workflows.ts';
import { createWorld, type World } from '../support/world.ts';
import type { comeTogether, hold, question } from './lease-runs.ts';

let world: World;
let coordination: Coordination;
let stop: () => Promise<void>;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  coordination = createCoordination(world.database);
  stop = await serveWorkflows(world, 'test/workflows/lease-runs.ts');
}, 60_000);
afterAll(async () => {
  await stop();
  await world.close();
});

let runs = 0;
const startHold = (...args: Parameters<typeof hold>) =>
  world.client.workflow.start<typeof hold>('hold', {
    workflowId: `hold/${(runs += 1)}`,
    taskQueue: testQueue,
    args,
  });
const leaseOf = async (name: string) =>
  (await coordination.list()).find((each) => each.name === name);

test('runs hold a lease one after the other, each under a higher token', async () => {
  const handles = await Promise.all([1, 2, 3].map(() => startHold('sheet:leads', {}, 300)));
  const held = await Promise.all(handles.map((each) => each.result()));
  const inOrder = held.toSorted((a, b) => a.from - b.from);
  for (const [index, { token, from }] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before) expect(from).toBeGreaterThanOrEqual(before.to);
    if (before) expect(token).toBeGreaterThan(before.token);
  }
  expect(await leaseOf('sheet:leads')).toBeUndefined();
}, 30_000);

test('a run that waits long costs a handful of events, and leaves the line when it is cancelled', async () => {
  const holder = await startHold('sheet:slow', {}, 0);
  await eventually('the lease', async () => (await leaseOf('sheet:slow'))?.holders.length === 1);
  const waiter = await startHold('sheet:slow', {}, 1);
  const asked = async () => {
    const [pending] = (await waiter.describe()).raw.pendingActivities ?? [];
    return (pending?.attempt ?? 0) >= 3;
  };
  await eventually('a third question', asked);
  expect((await waiter.describe()).historyLength).toBeLessThan(8);

  await waiter.cancel();
  await expect(waiter.result()).rejects.toThrow(WorkflowFailedError);
  expect(await leaseOf('sheet:slow')).toMatchObject({ waiting: [] });
  await holder.cancel();
  await holder.result().catch(() => undefined);
  expect(await leaseOf('sheet:slow')).toBeUndefined();
}, 30_000);

test('a run renews what it holds, and stops when a person has taken it away', async () => {
  const name = 'sheet:taken';
  const run = await startHold(name, { forMs: 2_000 }, 0);
  const first = await eventually('the lease', async () => (await leaseOf(name))?.holders[0]);
  await eventually('a renewal', async () => {
    const [holder] = (await leaseOf(name))?.holders ?? [];
    return holder !== undefined && holder.until > first.until && holder.token === first.token;
  });
  expect(await coordination.release({ name, holder: first.holder })).toBe('held');
  const error: unknown = await run.result().catch((cause: unknown) => cause);
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  expect(rootFailureOf(cause).failure).toBe('LeaseLost');
}, 30_000);

test('a semaphore lets two in; who does not want to wait longer gives up and is out of line', async () => {
  const name = 'api:two';
  const two = [await startHold(name, { places: 2 }, 0), await startHold(name, { places: 2 }, 0)];
  await eventually('both', async () => (await leaseOf(name))?.holders.length === 2);
  const third = await startHold(name, { places: 2, giveUpAfterSeconds: 2 }, 1);
  const error: unknown = await third.result().catch((cause: unknown) => cause);
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  expect(rootFailureOf(cause).failure).toBe('NotReady');
  expect(await leaseOf(name)).toMatchObject({ waiting: [], places: 2 });
  for (const each of two) await each.cancel();
}, 30_000);

test('runs meet at a barrier, and none goes on before the last has come', async () => {
  const start = (workflowId: string) =>
    world.client.workflow.start<typeof comeTogether>('comeTogether', {
      workflowId,
      taskQueue: testQueue,
      args: ['imports/2026-01-05', 3],
    });
  const early = [await start('party/1'), await start('party/2')];
  await eventually('both to wait', async () => {
    const members = await world.database.sql`
      select jsonb_object_keys(members) from barriers where name = 'imports/2026-01-05'`;
    return members.length === 2;
  });
  for (const each of early) expect((await each.describe()).status.name).toBe('RUNNING');
  await (await start('party/3')).result();
  await Promise.all(early.map((each) => each.result()));
}, 30_000);

test('a run asks an agent and gets its answer', async () => {
  const outcome = await world.client.workflow.execute<typeof question>('question', {
    workflowId: 'question/1',
    taskQueue: testQueue,
    args: [
      {
        capability: 'practice.wait',
        account: 'default',
        input: { label: 'what is it' },
        dryRun: false,
        requestedBy: { kind: 'temporal', name: 'test' },
      },
    ],
  });
  expect(outcome.result).toEqual({ label: 'what is it' });
}, 30_000);

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { RunDetail, RunList, StartedRun } from '../../src/contracts/api.ts';
import { BulkPreview, BulkView, type NewBulk } from '../../src/contracts/bulk.ts';
import { Struggling } from '../../src/contracts/struggling.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { startSwarm } from '../../src/platform/start-swarm.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;

beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  dashboard = await serve(world);
});
afterEach(() => {
  world.standIns.faults.set([]);
  expect(dashboard.faults).toEqual([]);
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
});

type Question = Pick<NewBulk, 'act' | 'selection'>;
const preview = async (question: Question) =>
  BulkPreview.parse((await dashboard.post('/api/bulk/preview', question)).body);
const order = (question: Question, expected: number, id = randomUUID()): NewBulk => ({
  ...{ ...question, id, expected, reason: 'wrong list' },
});
const start = async (body: NewBulk) =>
  StartedRun.parse((await dashboard.post('/api/bulk', body)).body);
const ended = (id: string) =>
  eventually('the end of the act', async () => {
    const view = BulkView.parse((await dashboard.get(`/api/bulk/${id}`)).body);
    return view.counts.open === 0 && view;
  });
/** Does it to as many as the preview says. @returns how they took it. */
async function doToAll(question: Question): Promise<BulkView> {
  const body = order(question, (await preview(question)).total);
  await start(body);
  return ended(body.id);
}
const wait = (label: string, more: { ms?: number; fail?: string } = {}) => ({
  capability: 'practice.wait',
  input: { label, ...more },
});
const thatMatch = (q: string): Question['selection'] => ({ kind: 'filter', filter: { q } });

test('cancels all runs that match a filter, says so for each, and leaves what ended before alone', async () => {
  await world.run(wait('cancel-0'));
  for (let index = 1; index <= 12; index += 1) {
    await world.start(wait(`cancel-${index}`, { ms: 600_000 }));
  }
  const question = { act: 'cancel', selection: thatMatch('cancel-') } as const;
  await eventually('all of them', async () => (await preview(question)).total === 12);
  expect(await preview(question)).toMatchObject({
    ...{ leftOut: 1, kinds: [{ type: 'task', count: 12 }] },
    effects: [{ effect: 'read', count: 12 }],
  });

  const body = order(question, 12);
  const run = await start(body);
  expect(await start(body)).toMatchObject({ workflowId: run.workflowId, started: false });
  const { counts, items } = await ended(body.id);
  expect(counts).toEqual({ total: 12, done: 12, skipped: 0, failed: 0, open: 0 });
  expect(new Set(items.map(({ message }) => message))).toEqual(new Set(['Asked to stop']));
  await eventually('all ends', async () => {
    const { runs } = RunList.parse((await dashboard.get('/api/runs?q=cancel-&type=task')).body);
    return runs.filter(({ state }) => state.kind === 'cancelled').length === 12;
  });
  const audit = await world.database.sql<{ from: string; by: string; reason: string }[]>`
    select "from", by, reason from audit where action = 'run.cancel'`;
  expect(audit).toHaveLength(12);
  expect(audit[0]).toEqual({ from: 'bulk', by: 'test', reason: 'wrong list' });

  const detail = await eventually('its own run to end', async () => {
    const { body: found } = await dashboard.get(`/api/runs/${encodeURIComponent(run.workflowId)}`);
    const known = RunDetail.parse(found);
    return known.run.closedAt !== null && known;
  });
  expect(detail.run).toMatchObject({ type: 'bulk', title: 'Cancel 12 runs' });
  expect(detail.why).toContain('Result: 12 total, 12 done, 0 skipped, 0 failed');
});

test('refuses when their number has changed by more than a tenth, and when nobody is meant', async () => {
  const question = { act: 'retry', selection: thatMatch('cancel-') } as const;
  const { total } = await preview(question);
  const { status, body } = await dashboard.post('/api/bulk', order(question, total + 5));
  expect({ status, body }).toMatchObject({
    status: 409,
    body: { code: 'moved', message: expect.stringContaining(`It would be ${total} runs by now`) },
  });
  const none = order({ act: 'retry', selection: thatMatch('no such run') }, 1);
  expect((await dashboard.post('/api/bulk', none)).status).toBe(409);
  const { reason: _, ...silent } = order(question, total);
  expect((await dashboard.post('/api/bulk', silent)).status).toBe(400);
});

test('retries what failed as it was asked for, and nothing that a later run has taken up', async () => {
  await world.failureOf(wait('again-1', { fail: 'InvalidRequest' }));
  await world.failureOf({ ...wait('again-2', { fail: 'InvalidRequest' }), giveUpAfterSeconds: 77 });
  await world.failureOf(wait('again-3', { fail: 'InvalidRequest' }));
  const { runs } = await eventually('their ends', async () => {
    const list = RunList.parse((await dashboard.get('/api/runs?q=again-&state=failed')).body);
    return list.runs.length === 3 && list;
  });
  const chosen = runs.map(({ workflowId, runId }) => ({ workflowId, runId }));
  const question = { act: 'retry', selection: { kind: 'runs', runs: chosen } } as const;
  const body = order(question, 3);
  // somebody is faster with the first one
  const all = await preview(question);
  expect(all.total).toBe(3);
  await world.failureOf(wait('again-3', { fail: 'InvalidRequest' }));
  await start(body);
  const { counts, items } = await ended(body.id);
  expect(counts.failed + counts.open).toBe(0);
  expect(counts.done).toBe(2);
  const taken = items.find(({ workflowId }) => workflowId.includes('again-3'));
  expect(taken?.message ?? 'left out').toMatch(/left out|A later run of the same work is there/);
  const handle = world.client.workflow.getHandle(
    chosen.find(({ workflowId }) => workflowId.includes('again-2'))?.workflowId ?? '',
  );
  const { events } = await handle.fetchHistory();
  const asked = Buffer.from(
    events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data ?? [],
  ).toString();
  expect(JSON.parse(asked)).toMatchObject({
    ...{ giveUpAfterSeconds: 77, requestedBy: { kind: 'person', name: 'mara' } },
  });
});

test('tries again now what waits for a key that was opened, alone and in a swarm', async () => {
  world.standIns.faults.set([
    { times: 1, fault: { kind: 'status', status: 429, retryAfterSeconds: 600 } },
  ]);
  const day = (date: string) => ({ capability: 'instantly.daily-analytics', input: { date } });
  const run = await world.start(day('2026-03-01'));
  const read = async () => Struggling.parse((await dashboard.get('/api/struggling')).body);
  await eventually('the closed key', async () => (await read()).tasks === 1);
  const swarm = await startSwarm(
    { client: world.client, database: world.database, checkServed: () => Promise.resolve() },
    { kind: 'tasks', tasks: [day('2026-03-02'), day('2026-03-03')] },
    { title: 'Two days' },
  );
  const { causes } = await eventually('all three', async () => {
    const now = await read();
    return now.tasks === 3 && now;
  });
  expect(causes[0]?.blocked).toContain('instantly:default is closed until');
  const person = { by: 'test', reason: 'they said so', isConfirmed: true };
  await createFlowKeys(world.database).open('instantly:default', person);
  const ids = causes.map(({ id }) => id);
  const question = { act: 'retry-now', selection: { kind: 'causes', causes: ids } } as const;
  expect((await doToAll(question)).items.map(({ type, result }) => [type, result])).toEqual(
    expect.arrayContaining([
      ['task', 'done'],
      ['swarm', 'done'],
    ]),
  );
  await run.result();
  await world.client.workflow.getHandle(swarm.workflowId).result();
  expect((await read()).tasks).toBe(0);
});

test('pauses and resumes swarms, retries only their failed tasks, and leaves other runs out', async () => {
  const tasks = [wait('s-1'), wait('s-2', { fail: 'NotFound' }), wait('s-3', { ms: 600_000 })];
  const swarm = await startSwarm(
    { client: world.client, database: world.database, checkServed: () => Promise.resolve() },
    { kind: 'tasks', tasks },
    { title: 'Steered', failureThreshold: 1 },
  );
  await world.start(wait('steered', { ms: 600_000 }));
  await eventually('the failed task', async () => {
    const [row] = await world.database.sql`select from swarm_outcomes where state = 'failed'`;
    return row !== undefined;
  });
  const selection = thatMatch('steered');
  await eventually('both', async () => {
    const { total, leftOut } = await preview({ act: 'pause', selection });
    return total === 1 && leftOut === 1;
  });
  expect((await doToAll({ act: 'pause', selection })).counts.done).toBe(1);
  await eventually(
    'the pause',
    async () => (await preview({ act: 'resume', selection })).total === 1,
  );
  expect((await doToAll({ act: 'resume', selection })).counts.done).toBe(1);
  expect((await doToAll({ act: 'cancel', selection })).counts.done).toBe(2);
  await world.client.workflow
    .getHandle(swarm.workflowId)
    .result()
    .catch(() => undefined);
  const question = { act: 'retry', selection: thatMatch('swarm/steered') } as const;
  await eventually('its end', async () => (await preview(question)).total === 1);
  const { items } = await doToAll(question);
  expect(items[0]?.result).toBe('done');
  expect(items[0]?.message).toContain('does its failed tasks');
});

test('goes on when the dashboard it was asked of is gone', async () => {
  const other = await serve(world);
  for (let index = 1; index <= 3; index += 1)
    await world.start(wait(`gone-${index}`, { ms: 600_000 }));
  const question = { act: 'cancel', selection: thatMatch('gone-') } as const;
  await eventually('all of them', async () => (await preview(question)).total === 3);
  const body = order(question, 3);
  await other.post('/api/bulk', body);
  await other.close();
  expect((await ended(body.id)).counts.done).toBe(3);
});

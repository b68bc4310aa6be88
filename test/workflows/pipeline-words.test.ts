import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SwarmRequest } from '../../src/contracts/swarm.ts';
import { ask, begin, pipelineOf } from '../support/pipelines.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
});
afterAll(() => world.close());

test.each([
  ['an unknown step', 'approve', 'nope', {}, /no step has the id “nope”; there are: may, done/],
  [
    'a step that does not ask',
    'approve',
    'done',
    {},
    /done does not wait for an answer: it comes after may/,
  ],
  [
    'a repair where nothing is broken',
    'repair',
    'may',
    { action: 'skip' },
    /does not wait for repair/,
  ],
  ['no reason', 'approve', 'may', { reason: ' ' }, /reason: expected why/],
  ['no name', 'approve', 'may', { by: '' }, /by: expected who says so/],
  ['an unknown action', 'repair', 'may', { action: 'mend' }, /expected retry, skip or abort/],
])('%s is refused at once and leaves nothing in history', async (_, update, step, more, words) => {
  const definition = pipelineOf('words', [ask('may'), ask('done')]);
  const run = await begin(world, definition, { key: 'words' });
  await run.reaches('may', 'needs-you');
  const before = (await run.handle.describe()).historyLength;
  await expect(run.say(update, step, more)).rejects.toMatchObject({
    cause: { message: expect.stringMatching(words) },
  });
  // a workflow task leaves its own three events; the Update itself none
  const types = (await run.handle.fetchHistory()).events?.slice(before) ?? [];
  expect(types.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(false);
});

test('of two answers the second is refused with the name of who was first', async () => {
  const run = await begin(world, pipelineOf('twice', [ask('may'), ask('next')]));
  await run.reaches('may', 'needs-you');
  await run.say('approve', 'may');
  await expect(run.say('reject', 'may', { by: 'noor' })).rejects.toMatchObject({
    cause: { message: 'may does not wait for an answer: it is completed.' },
  });
  await run.reaches('next', 'needs-you');
  await run.say('approve', 'next');
  await run.handle.result();
});

test('lists show what a pipeline waits for as soon as it waits, and no longer', async () => {
  const needs = async (id: string) => {
    const [row] = await world.database.sql<{ title: string; type: string; needs: unknown }[]>`
      select title, type, needs from runs where workflow_id = ${id}`;
    return row;
  };
  const run = await begin(world, pipelineOf('listed', [ask('may'), ask('next')]));
  const id = run.handle.workflowId;
  await run.reaches('may', 'needs-you');
  await eventually('the table to say so', async () => (await needs(id))?.needs !== null);
  expect(await needs(id)).toMatchObject({
    title: 'Test of listed',
    type: 'pipeline',
    needs: { count: 1, open: [{ step: 'may', decision: 'approval', question: 'May may go on?' }] },
  });
  await run.say('approve', 'may');
  await run.reaches('next', 'needs-you');
  await eventually('the next', async () =>
    JSON.stringify((await needs(id))?.needs).includes('"next"'),
  );
  await run.say('approve', 'next');
  await run.handle.result();
  await eventually('none', async () =>
    JSON.stringify((await needs(id))?.needs).includes('"count":0'),
  );
});

const each = pipelineOf(
  'each',
  [
    {
      id: 'each',
      'for-each': {
        items: { $ref: '/params/days' },
        task: {
          capability: 'instantly.daily-analytics',
          account: 'tour',
          input: { date: { $ref: '/item' } },
        },
        window: 3,
      },
    },
  ],
  { params: { days: { type: 'array', items: { type: 'string', format: 'date' } } } },
);

test('a for-each starts a swarm with one task for each item', async () => {
  const run = await begin(world, each, { params: { days: ['2026-05-17', '2026-05-18'] } });
  const child = `${run.handle.workflowId}/each`;
  const started = await eventually('the swarm', async () => {
    const { events } = await run.handle.fetchHistory();
    return (
      events?.find((event) => event.startChildWorkflowExecutionInitiatedEventAttributes)
        ?.startChildWorkflowExecutionInitiatedEventAttributes ?? undefined
    );
  });
  expect(started.workflowType?.name).toBe('swarm');
  expect(started.workflowId).toBe(child);
  const [payload] = started.input?.payloads ?? [];
  expect(SwarmRequest.parse(JSON.parse(Buffer.from(payload?.data ?? []).toString()))).toMatchObject(
    {
      source: {
        kind: 'inline',
        tasks: ['2026-05-17', '2026-05-18'].map((date) => ({ input: { date }, account: 'tour' })),
      },
      window: 3,
      failureThreshold: 0.1,
    },
  );
  await run.handle.terminate();
  await eventually('the swarm to be over', async () => {
    const handle = world.client.workflow.getHandle(child);
    await handle.terminate().catch(() => undefined); // it may be over, or not begun
    return (await handle.describe().catch(() => undefined))?.status.name !== 'RUNNING';
  });
});

test('a for-each hands on the totals of its swarm', async () => {
  const run = await begin(world, each, { params: { days: ['2026-05-19', '2026-05-20'] } });
  const { outputs } = await run.handle.result();
  expect(outputs.each).toMatchObject({ state: 'completed', counts: { total: 2, completed: 2 } });
});

test('a for-each over an empty list is done at once', async () => {
  const run = await begin(world, each, { params: { days: [] } });
  const { outputs } = await run.handle.result();
  expect(outputs.each).toMatchObject({ state: 'completed', counts: { total: 0 } });
});

test('a for-each over more than 500 items takes them from a list', async () => {
  const days = Array.from({ length: 501 }, () => '2026-05-19');
  const run = await begin(world, each, { params: { days } });
  const { outputs } = await run.handle.result();
  expect(outputs.each).toMatchObject({
    state: 'completed',
    counts: { total: 501, completed: 501 },
  });
});

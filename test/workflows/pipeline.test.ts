import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { createCoordination } from '../../src/platform/coordination.ts';
import { ask, begin, follow, pipelineOf, pull } from '../support/pipelines.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
});
afterAll(() => world.close());
afterEach(() => world.standIns.faults.set([]));

const quickly = { retry: { waitForRepairSeconds: 0 } };
const refused = [{ fault: { kind: 'status', status: 401 } as const }];

test('steps run in their order, hand on what they found, and give it back', async () => {
  const definition = pipelineOf(
    'order',
    [
      pull('day', { $ref: '/params/day' }),
      ask('look', {}, { show: { sent: { $ref: '/steps/day/output/sent' }, note: '$ref' } }),
      pull('again', { $ref: '/steps/day/output/date' }, { after: ['look'] }),
    ],
    { params: { day: { type: 'string', format: 'date' } } },
  );
  const run = await begin(world, definition, { params: { day: '2026-05-04' } });
  const asking = await run.reaches('look', 'needs-you');
  expect(asking.state).toMatchObject({
    question: 'May look go on?',
    show: { sent: expect.any(Number), note: '$ref' },
  });
  await run.say('approve', 'look');
  const { outputs, steps, params } = await run.handle.result();
  expect(params).toEqual({ day: '2026-05-04' });
  expect(steps.map(({ state }) => state.kind)).toEqual(['completed', 'completed', 'completed']);
  expect(outputs).toMatchObject({
    day: { date: '2026-05-04' },
    look: { approved: true, by: 'mara', reason: 'seen' },
    again: { date: '2026-05-04', changed: 0 },
  });
  expect(steps[0]).toMatchObject({
    run: 'instantly.daily-analytics/tour/2026-05-04',
    attempts: 1,
    isStandIn: true,
  });
});

test('a condition that does not hold skips its step and what needs its output, not the rest', async () => {
  const run = await begin(
    world,
    pipelineOf('skip', [
      pull('day', '2026-05-05'),
      pull('never', '2026-05-06', { when: { ref: '/steps/day/output/sent', lessThan: 0 } }),
      pull('needs', { $ref: '/steps/never/output/date' }),
      pull('after', '2026-05-07'),
    ]),
  );
  expect(await run.ends()).toEqual({
    day: 'completed',
    never: 'skipped',
    needs: 'skipped',
    after: 'completed',
  });
  expect((await run.steps())[1]?.state).toEqual({
    kind: 'skipped',
    why: 'not so: /steps/day/output/sent is less than 0',
  });
});

test('what was rejected stops all that comes after it, but for a step that asks for it', async () => {
  const run = await begin(
    world,
    pipelineOf('rejected', [
      ask('may'),
      pull('send', '2026-05-05'),
      pull('later', '2026-05-05'),
      pull('instead', '2026-05-06', {
        after: ['may'],
        when: { ref: '/steps/may/output/approved', equals: false },
      }),
    ]),
  );
  await run.reaches('may', 'needs-you');
  await run.say('reject', 'may', { reason: 'not today' });
  expect(await run.ends()).toEqual({
    may: 'rejected',
    send: 'skipped',
    later: 'skipped',
    instead: 'completed',
  });
});

test('when nobody answers in time the pipeline does what it says: fail, approve or reject', async () => {
  const of = (onTimeout: string) => ask(onTimeout, { after: [] }, { deadline: 1, onTimeout });
  const run = await begin(world, pipelineOf('deadline', ['fail', 'approve', 'reject'].map(of)));
  expect(await run.failure()).toEqual({
    failure: 'NotAnswered',
    message: 'fail: nobody answered within 1 s: May fail go on?',
  });
  expect(await run.ends()).toEqual({ fail: 'failed', approve: 'completed', reject: 'rejected' });
});

test('a failed step waits for repair; retry may change the input, and done steps stay done', async () => {
  world.standIns.faults.set(refused);
  const run = await begin(
    world,
    pipelineOf('repaired', [
      ask('first'),
      pull('broken', '2026-05-08'),
      pull('next', { $ref: '/steps/broken/output/date' }),
    ]),
  );
  await run.reaches('first', 'needs-you');
  await run.say('approve', 'first');
  const broken = await run.reaches('broken', 'needs-you');
  expect(broken.state).toMatchObject({ decision: 'repair' });
  expect(broken.failure?.failure).toBe('CredentialRejected');
  world.standIns.faults.set([]);
  await run.say('repair', 'broken', { action: 'retry', input: { date: '2026-05-09' } });
  const { steps, outputs } = await run.handle.result();
  expect(outputs).toMatchObject({ broken: { date: '2026-05-09' }, next: { date: '2026-05-09' } });
  expect(steps.map((step) => step.attempts)).toEqual([1, 2, 1]);
});

test('a repair may skip a step with an output in its place', async () => {
  world.standIns.faults.set([{ nth: 1, fault: { kind: 'status', status: 401 } }]);
  const run = await begin(
    world,
    pipelineOf('patched', [
      pull('broken', '2026-05-10'),
      pull('next', { $ref: '/steps/broken/output/date' }),
    ]),
  );
  await run.reaches('broken', 'needs-you');
  world.standIns.faults.set([]);
  await run.say('repair', 'broken', { action: 'skip', output: { date: '2026-05-11' } });
  expect(await run.ends()).toEqual({ broken: 'skipped', next: 'completed' });
  expect((await run.handle.result()).outputs).toMatchObject({ next: { date: '2026-05-11' } });
});

test('an abortion ends what runs and says who, why and at what', async () => {
  world.standIns.faults.set([{ nth: 1, fault: { kind: 'status', status: 401 } }]);
  const run = await begin(
    world,
    pipelineOf('aborted', [pull('broken', '2026-05-12'), ask('open', { after: [] }), ask('last')]),
  );
  await run.reaches('broken', 'needs-you');
  await run.reaches('open', 'needs-you');
  await run.say('repair', 'broken', { action: 'abort', reason: 'wrong day' });
  const { failure, message } = await run.failure();
  expect(failure).toBe('CredentialRejected');
  expect(message).toMatch(/^Aborted by mara \(wrong day\) after broken: /);
  expect(await run.ends()).toEqual({ broken: 'failed', open: 'cancelled', last: 'cancelled' });
});

test('when nobody repairs in time the step fails, and what does not need it goes on', async () => {
  world.standIns.faults.set([{ nth: 1, fault: { kind: 'status', status: 401 } }]);
  const run = await begin(
    world,
    pipelineOf('alone', [
      pull('broken', '2026-05-13', quickly),
      pull('next', '2026-05-13'),
      ask('beside', { after: [] }),
      pull('free', '2026-05-14'),
    ]),
  );
  await run.reaches('broken', 'failed');
  world.standIns.faults.set([]);
  await run.reaches('beside', 'needs-you');
  await run.say('approve', 'beside');
  expect(await run.ends()).toEqual({
    broken: 'failed',
    next: 'skipped',
    beside: 'completed',
    free: 'completed',
  });
});

test('cancelling ends the tasks under way, and asks nobody any more', async () => {
  world.standIns.faults.set([{ fault: { kind: 'silence' } }]);
  const run = await begin(
    world,
    pipelineOf('cancelled', [pull('long', '2026-05-15'), ask('open', { after: [] }), ask('last')]),
  );
  await run.reaches('open', 'needs-you');
  const task = world.client.workflow.getHandle('instantly.daily-analytics/tour/2026-05-15');
  await eventually('the task', async () => (await run.reaches('long', 'running')).run !== null);
  await eventually('its call', async () => (await task.describe()).raw.pendingActivities?.length);
  await run.handle.cancel();
  await expect(run.handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) });
  expect((await task.describe()).status.name).toBe('CANCELLED');
  expect(await run.ends()).toEqual({ long: 'cancelled', open: 'cancelled', last: 'cancelled' });
});

test('a step joins the run of its work that is under way, and the same pipeline joins itself', async () => {
  world.standIns.faults.set([{ times: 1, fault: { kind: 'slow', delayMs: 1_500 } }]);
  const byHand = await world.start({
    capability: 'instantly.daily-analytics',
    account: 'tour',
    input: { date: '2026-05-16' },
  });
  const definition = pipelineOf('joined', [pull('day', '2026-05-16')]);
  const [one, two] = await Promise.all([
    begin(world, definition, { key: 'x' }),
    begin(world, definition, { key: 'x' }),
  ]);
  const [a, b] = await Promise.all([one.handle.describe(), two.handle.describe()]);
  expect(a.runId).toBe(b.runId);
  const { result } = await byHand.result();
  expect((await one.handle.result()).outputs.day).toEqual(result);
  const { raw } = await one.handle.describe();
  expect(raw.pendingChildren).toEqual([]);
});

test('one started by hand under another id joins the run of its work', async () => {
  const definition = pipelineOf('by-hand', [ask('may')]);
  const run = await begin(world, definition, { key: 'today' });
  await run.reaches('may', 'needs-you');
  const other = await world.client.workflow.start('pipeline', {
    workflowId: 'my-own-id',
    taskQueue: 'agentic',
    args: [{ definition, key: 'today' }],
  });
  await eventually('the other to follow', async () => {
    const { phase } = await other.query<{ phase: string }>('steps');
    return phase === 'following';
  });
  await run.say('approve', 'may');
  expect(await other.result()).toMatchObject({ outputs: { may: { approved: true } } });
});

test('one that is wrong fails at once and names each place', async () => {
  const handle = await world.client.workflow.start('pipeline', {
    workflowId: 'wrong',
    taskQueue: 'agentic',
    args: [
      {
        definition: pipelineOf('wrong', [
          pull('a', 'monday'),
          pull('b', '2026-05-01', { after: ['x'] }),
        ]),
      },
    ],
  });
  const run = follow(world, handle.workflowId);
  expect(await run.failure()).toEqual({
    failure: 'InvalidInput',
    message: 'steps.1.after.0: no step has the id “x”; there are: a, b',
  });
});

test('a step waits in line for its lease, works while it holds it, and gives it back', async () => {
  const coordination = createCoordination(world.database);
  const holder = 'somebody else';
  const wish = { name: 'sheet:leads', places: 1, holder, forMs: 600_000 };
  await coordination.acquire(wish);
  world.standIns.requests.reset();
  const steps = [
    pull('day', '2026-05-20', { lease: 'sheet:leads' }),
    pull('free', '2026-05-21', { after: [] }),
  ];
  const run = await begin(world, pipelineOf('leased', steps));
  await run.reaches('free', 'completed');
  await eventually('the step in line', async () => {
    const [lease] = await coordination.list();
    return lease?.waiting[0]?.holder.startsWith(`${run.handle.workflowId}/`) === true;
  });
  expect((await run.steps())[0]?.state.kind).toBe('running');
  expect(world.standIns.requests.list('tour')).toHaveLength(1);
  await coordination.release({ name: wish.name, holder });

  expect(await run.ends()).toEqual({ day: 'completed', free: 'completed' });
  expect(await coordination.list()).toEqual([]);
});

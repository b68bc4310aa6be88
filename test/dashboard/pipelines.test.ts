import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Overview, RunDetail, RunList } from '../../src/contracts/api.ts';
import { NeedList } from '../../src/contracts/needs.ts';
import { PipelineDetail, PipelineList } from '../../src/contracts/pipeline.ts';
import { ask, follow, pipelineOf, pull } from '../support/pipelines.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let served: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
  served = await serve(world);
});
afterAll(async () => {
  expect(served.faults).toEqual([]);
  await served.close();
  await world.close();
});

const start = async (definition: object, key: string) => {
  const answer = await served.post('/api/pipelines', { pipeline: definition, key });
  expect(answer).toMatchObject({ status: 201, body: { started: true } });
  return `/api/pipelines/${encodeURIComponent(`pipeline/web/${key}`)}`;
};

test('lists the ready pipelines with their parameters', async () => {
  const { body } = await served.get('/api/pipelines');
  const { pipelines, broken } = PipelineList.parse(body);
  expect(broken).toEqual([]);
  expect(pipelines.find((each) => each.name === 'daily-analytics')).toMatchObject({
    paramsSchema: { required: [], properties: { day: { format: 'date', default: 'yesterday' } } },
    steps: [{ id: 'mailboxes', kind: 'task' }, { id: 'overview' }, { id: 'campaigns' }],
  });
});

test('checks without starting, by name, text or definition', async () => {
  const check = (pipeline: unknown, params = {}) =>
    served.post('/api/pipelines/check', { pipeline, params });
  expect(
    (await check('daily-analytics', { day: '2026-05-04', until: '2026-05-05' })).body,
  ).toMatchObject({
    isValid: true,
    params: { day: '2026-05-04', account: 'default' },
    workflowId: expect.stringMatching(/^pipeline\/daily-analytics\/\d{4}-/),
  });
  expect((await check({ text: 'name: web\ntitle: W\nsteps:\n  - id: a' })).body).toMatchObject({
    isValid: false,
    problems: [{ line: 4, path: '/steps/0' }],
  });
  expect((await check(pipelineOf('web', [pull('a', 'x')]))).body).toMatchObject({
    problems: [{ line: null, path: '/steps/0/task/input/date' }],
  });
});

test('refuses to start what is wrong, naming the place, and starts nothing', async () => {
  const wrong = pipelineOf('web', [ask('a'), pull('b', 'monday')]);
  expect(await served.post('/api/pipelines', { pipeline: wrong, key: 'wrong' })).toMatchObject({
    status: 400,
    body: { code: 'invalid-input', fields: [{ path: '/steps/1/task/input/date' }] },
  });
  const handle = world.client.workflow.getHandle('pipeline/web/wrong');
  await expect(handle.describe()).rejects.toThrow();
});

test('one that waits is shown everywhere, answered with a reason, and audited', async () => {
  const path = await start(pipelineOf('web', [ask('may'), pull('work', '2026-05-04')]), 'asked');
  const run = follow(world, 'pipeline/web/asked');
  await run.reaches('may', 'needs-you');
  const detail = PipelineDetail.parse((await served.get(path)).body);
  expect(detail).toMatchObject({ isLive: true, phase: 'working', title: 'Test of web' });
  expect(detail.definition?.steps.map((step) => step.id)).toEqual(['may', 'work']);

  const list = await eventually('the list', async () => {
    const { body } = await served.get('/api/runs?state=needs-you');
    const { runs } = RunList.parse(body);
    return runs.length > 0 && runs;
  });
  expect(list).toMatchObject([
    { title: 'Test of web', type: 'pipeline', state: { kind: 'needs-you', step: 'may', count: 1 } },
  ]);
  expect(detail).toMatchObject({
    plan: [
      { id: 'may', kind: 'approval', capability: null },
      { id: 'work', after: ['may'], capability: 'instantly.daily-analytics' },
    ],
    source: expect.stringMatching(/^name: web\ntitle: Test of web\n/),
  });
  const inbox = await eventually('the inbox', async () => {
    const { needs, total } = NeedList.parse((await served.get('/api/needs')).body);
    return total > 0 && needs;
  });
  expect(inbox).toMatchObject([
    { kind: 'approval', title: 'May may go on?', workflowId: 'pipeline/web/asked', step: 'may' },
  ]);
  const overview = Overview.parse((await served.get('/api/overview')).body);
  expect(overview.attention[0]).toMatchObject({
    kind: 'needs-you',
    title: '“Test of web” waits for your decision.',
    link: { to: '/needs-you?selected=step%2Fpipeline%2Fweb%2Fasked%2Fmay' },
  });
  const shown = await served.get(`/api/runs/${encodeURIComponent('pipeline/web/asked')}`);
  expect(RunDetail.parse(shown.body).why).toMatch(
    /^The step may waits for your answer: May may go on\? It waits until /,
  );

  expect(await served.post(`${path}/approve`, { step: 'may', reason: '' })).toMatchObject({
    status: 400,
  });
  expect(await served.post(`${path}/approve`, { step: 'work', reason: 'ok' })).toMatchObject({
    status: 409,
    body: { code: 'refused', message: 'work does not wait for an answer: it comes after may.' },
  });
  expect((await served.post(`${path}/approve`, { step: 'may', reason: 'ok' })).status).toBe(204);
  const { outputs } = await run.handle.result();
  expect(outputs.may).toEqual({ approved: true, by: 'mara', reason: 'ok' });
  expect(await served.post(`${path}/approve`, { step: 'may', reason: 'ok' })).toMatchObject({
    status: 409,
    body: { code: 'already-ended' },
  });
  const rows = await world.database.sql`
    select action, target, reason, detail ->> 'step' as step from audit
    where action like 'pipeline.%'`;
  expect(rows).toEqual([
    { action: 'pipeline.approve', target: 'pipeline/web/asked', reason: 'ok', step: 'may' },
  ]);
});

test('a failed step is repaired with another input', async () => {
  world.standIns.faults.set([{ nth: 1, fault: { kind: 'status', status: 401 } }]);
  const path = await start(pipelineOf('web', [pull('work', '2026-05-06')]), 'broken');
  const run = follow(world, 'pipeline/web/broken');
  await run.reaches('work', 'needs-you');
  world.standIns.faults.set([]);
  const word = {
    step: 'work',
    reason: 'other day',
    action: 'retry',
    input: { date: '2026-05-07' },
  };
  expect((await served.post(`${path}/repair`, word)).status).toBe(204);
  expect((await run.handle.result()).outputs.work).toMatchObject({ date: '2026-05-07' });
  const detail = PipelineDetail.parse((await served.get(path)).body);
  expect(detail.steps).toMatchObject([{ state: { kind: 'completed' }, attempts: 2 }]);
  expect(detail.runs.work).toMatchObject({ type: 'task', progress: null });

  const stream = await served.follow('pipeline:pipeline/web/broken');
  const told = await stream.until('the steps', ({ data }) => data !== undefined);
  expect(PipelineDetail.parse(told.data).phase).toBe('closed');
  stream.close();
});

test('nobody knows a pipeline that never was', async () => {
  expect(await served.get('/api/pipelines/pipeline%2Fweb%2Fnope')).toMatchObject({
    status: 404,
    body: { code: 'unknown-run' },
  });
});

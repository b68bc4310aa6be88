import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApiError } from '../../src/contracts/api.ts';
import {
  AgentMemory,
  AnnealReport,
  FirstTries,
  LessonExplanation,
  MemoryChanged,
  MemoryDiff,
  MemoryList,
  Trial,
} from '../../src/contracts/memory-views.ts';
import { createMemoryStore } from '../../src/platform/memory-store.ts';
import { teach } from '../support/teach.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

const of = { agent: 'instantly', world: 'stand-in' } as const;
let world: World;
let dashboard: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  dashboard = await serve(world);
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
});

const get = async (path: string) => (await dashboard.get(`/api/memory${path}`)).body;
const reason = 'support says so';

test('memory is listed, shown, explained and compared, and takes a person’s word', async () => {
  await teach(createMemoryStore(world.database), of, 'acme');
  expect(MemoryList.parse(await get('')).memories).toMatchObject([{ ...of, live: 1, lessons: 2 }]);
  const shown = AgentMemory.parse(await get('/instantly'));
  expect(shown).toMatchObject({ ...of, live: 1, records: [{ failing: [{ type: 'Gone' }] }, {}] });
  expect(AgentMemory.parse(await get('/practice'))).toMatchObject({ live: 0, lessons: [] });

  const path = '/api/memory/instantly/lessons/L-0001';
  expect((await dashboard.post(`${path}/deprecate`, { reason })).status).toBe(422);
  const said = await dashboard.post(`${path}/deprecate`, { reason, confirm: 'L-0001' });
  expect(MemoryChanged.parse(said.body)).toEqual({ ...of, seq: 2, refused: null });
  const explained = LessonExplanation.parse(await get('/instantly/lessons/L-0001'));
  expect(explained).toMatchObject({ lesson: { state: 'deprecated' }, story: [{}, { entry: 2 }] });
  const diff = MemoryDiff.parse(await get('/instantly/diff?from=0&to=2'));
  expect(diff.added.map(({ id }) => id)).toEqual(['L-0001', 'L-0002']);
  const report = AnnealReport.parse(await get('/instantly/report'));
  expect(report).toMatchObject({
    entry: 2,
    actionTaken: 'mara: deprecated L-0001 (support says so).',
  });
  const back = await dashboard.post('/api/memory/instantly/rollback', { reason, to: 1 });
  expect(MemoryChanged.parse(back.body)).toMatchObject({ seq: 3 });
  expect((await dashboard.post('/api/memory/instantly/run', { reason })).status).toBe(202);
  const audit = await world.database.sql`select action, target from audit order by id`;
  expect(audit).toEqual([
    { action: 'memory.deprecate', target: 'instantly/L-0001' },
    { action: 'memory.rollback', target: 'instantly' },
    { action: 'memory.run', target: 'instantly' },
  ]);
  expect(dashboard.faults).toEqual([]);
});

test('a proposed lesson is tried on what was seen, and added like an edit by hand', async () => {
  await teach(createMemoryStore(world.database), { ...of, agent: 'instantly' }, 'other');
  const about = { capability: 'instantly.daily-analytics', account: 'other' };
  const lesson = { ...about, rule: 'keep chunkSize at most 50' };
  const trial = await dashboard.post('/api/memory/instantly/try', { entry: 0 });
  // without what was learnt, none of it would have been spared
  expect(Trial.parse(trial.body)).toMatchObject({ saved: 0, elsewhere: 0 });
  const under = Trial.parse((await dashboard.post('/api/memory/instantly/try', {})).body);
  expect(under).toMatchObject({ saved: expect.any(Number), unproven: 0 });
  expect(under.saved).toBeGreaterThanOrEqual(1);

  const path = '/api/memory/instantly/lessons';
  const said = await dashboard.post(path, { ...lesson, why: 'Support asks for it', reason });
  expect(said.status).toBe(201);
  const { lesson: id = '' } = MemoryChanged.parse(said.body);
  const explained = LessonExplanation.parse(await get(`/instantly/lessons/${id}`));
  expect(explained.lesson).toMatchObject({
    ...about,
    ...{ rule: { kind: 'bound', tunable: 'chunkSize', side: 'at-most', value: 50 } },
    ...{ status: 'pinned', why: 'Support asks for it' },
  });
  const bad = await dashboard.post(path, {
    ...lesson,
    rule: 'avoid method bulk',
    why: 'x',
    reason,
  });
  expect(bad.status).toBe(400);
  expect(ApiError.parse(bad.body).message).toContain('has no method “bulk”');

  const tries = FirstTries.parse(await get('/instantly/first-tries'));
  expect(tries.days).toHaveLength(30);
  expect(tries.marks).toHaveLength(1);
});

test.each([
  ['/instantly/lessons/L-0900/pin', { reason }, 404, 'not-in-memory'],
  ['/instantly/lessons/L-0001/pin', {}, 400, 'invalid-request'],
  ['/instantly/lessons/L-0001/burn', { reason }, 404, 'unknown-route'],
  ['/nobody/rollback', { reason, to: 1 }, 404, 'not-in-memory'],
  ['/instantly/rollback', { reason, to: 900 }, 404, 'not-in-memory'],
  ['/klap/restore', { reason }, 404, 'not-in-memory'],
])('POST %s %j is refused with %i', async (path, body, status, code) => {
  const refused = await dashboard.post(`/api/memory${path}`, body);
  expect([refused.status, ApiError.parse(refused.body).code]).toEqual([status, code]);
});

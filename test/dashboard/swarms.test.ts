import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { Overview, RunList, StartedRun } from '../../src/contracts/api.ts';
import {
  SwarmChanged,
  SwarmDetail,
  SwarmList,
  SwarmTaskDetail,
  SwarmTasks,
  SwarmTiles,
} from '../../src/contracts/swarm.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  dashboard = await serve(world);
});
afterAll(async () => {
  expect(dashboard.faults).toEqual([]);
  await dashboard.close();
  await world.close();
});

const Exported = z.object({ input: z.object({ label: z.string() }) });
const path = (id: string, rest = '') => `/api/swarms/${encodeURIComponent(id)}${rest}`;
const waits = (count: number, input: (index: number) => Record<string, unknown> = () => ({})) =>
  Array.from({ length: count }, (_, index) => ({
    capability: 'practice.wait',
    input: { label: `task-${index}`, ...input(index) },
  }));
const start = async (body: unknown) => {
  const answer = await dashboard.post('/api/swarms', body);
  return { status: answer.status, ...StartedRun.parse(answer.body) };
};
const detail = async (id: string) => SwarmDetail.parse((await dashboard.get(path(id))).body);
const ended = (id: string) =>
  eventually('the swarm ends', async () => {
    const found = await detail(id).catch(() => undefined);
    return found?.run.closedAt == null ? undefined : found;
  });
const upload = async (query: string, type: string, body: string) => {
  const answer = await fetch(`${dashboard.url}/api/swarms?${query}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  const json: unknown = await answer.json();
  return { status: answer.status, body: json };
};

test('a swarm is started, joined, and shown as numbers, tiles, tasks and exports', async () => {
  const tasks = waits(1_200, (index) => (index % 100 === 7 ? { fail: 'NotFound' } : {}));
  const first = await start({ title: 'Überall', tasks, window: 400 });
  expect(first).toMatchObject({ status: 201, started: true });
  expect(first.workflowId).toMatch(/^swarm\/uberall\/[0-9a-f]{12}$/);
  const id = first.workflowId;
  const done = await ended(id);

  expect(done).toMatchObject({
    run: {
      state: { kind: 'completed-with-failures', failed: 12, total: 1_200 },
      progress: { total: 1_200, completed: 1_188, failed: 12 },
      requestedBy: { kind: 'person', name: 'mara' },
    },
    request: { title: 'Überall', origin: 'the request', window: 400, failureThreshold: 0.1 },
    counts: { total: 1_200, completed: 1_188, failed: 12, retrying: 0, open: 0 },
    phase: 'closed',
    methods: [{ capability: 'practice.wait', method: 'wait', count: 1_188 }],
    failures: [{ failure: 'NotFound', class: 'data', count: 12, samples: [7, 107, 207, 307, 407] }],
    rate: 0,
  });
  expect(done.why).toMatch(/^1,188 of 1,200 tasks done, 12 failed, in .* NotFound: /);

  const tiles = SwarmTiles.parse((await dashboard.get(path(id, '/tiles?tiles=12'))).body);
  expect(tiles).toMatchObject({ from: 0, to: 1_200, size: 100 });
  expect(tiles.completed).toEqual(new Array(12).fill(99));
  expect(tiles.failed).toEqual(new Array(12).fill(1));
  const states = Buffer.from(tiles.states ?? '', 'base64');
  expect([states.length, states[6], states[7], states[107]]).toEqual([1_200, 1, 2, 2]);
  const part = SwarmTiles.parse(
    (await dashboard.get(path(id, '/tiles?tiles=2&from=100&to=150'))).body,
  );
  expect(part).toMatchObject({ from: 100, to: 150, size: 25, completed: [24, 25], failed: [1, 0] });

  const page = SwarmTasks.parse(
    (await dashboard.get(path(id, '/tasks?state=failed&limit=5'))).body,
  );
  expect(page.tasks.map(({ index }) => index)).toEqual([7, 107, 207, 307, 407]);
  expect(page.next).toBe(507);
  const rest = SwarmTasks.parse((await dashboard.get(path(id, '/tasks?from=1198'))).body);
  expect(rest).toMatchObject({
    tasks: [{ index: 1_198, state: 'completed' }, { index: 1_199 }],
    next: null,
  });
  const one = SwarmTaskDetail.parse((await dashboard.get(path(id, '/tasks/7'))).body);
  expect(one).toMatchObject({ input: { label: 'task-7' }, failure: 'NotFound', class: 'data' });

  const lines = String((await dashboard.get(path(id, '/export.jsonl'))).body)
    .trim()
    .split('\n');
  expect(lines.map((line) => Exported.parse(JSON.parse(line)).input.label)).toEqual(
    tasks.map(({ input }) => input.label),
  );
  const csv = String((await dashboard.get(path(id, '/export.csv?state=failed'))).body);
  expect(csv.trim().split('\n')).toHaveLength(13);

  const list = SwarmList.parse((await dashboard.get('/api/swarms')).body);
  expect(list.swarms.map(({ workflowId }) => workflowId)).toContain(id);
  const runs = RunList.parse((await dashboard.get('/api/runs')).body).runs;
  expect(runs.every(({ type }) => type !== 'squad')).toBe(true);

  const again = await dashboard.post(path(id, '/retry-failed'), {
    reason: 'fixed',
    of: { class: 'data' },
  });
  expect(again.status).toBe(201);
  const { started } = SwarmChanged.parse(again.body);
  expect((await ended(started?.workflowId ?? '')).counts).toMatchObject({ total: 12, failed: 12 });
}, 60_000);

test('a swarm is followed live, and steered with reasons that the audit keeps', async () => {
  const slow = { title: 'Slow', tasks: waits(30, () => ({ ms: 60_000 })), window: 2 };
  const { workflowId: id } = await start(slow);
  expect(await start(slow)).toMatchObject({ status: 200, workflowId: id, started: false });
  await eventually('it works', async () => (await detail(id)).squads.open.length === 1);
  const stream = await dashboard.follow(`swarm:${id}`, `tiles:${id}`);
  const word = (how: string, more: Record<string, unknown> = {}) =>
    dashboard.post(path(id, `/${how}`), { reason: `to ${how}`, ...more });

  expect(await word('window', { window: 7 })).toMatchObject({
    status: 200,
    body: { progress: { window: 7 } },
  });
  expect(await word('add', { tasks: waits(600) })).toMatchObject({
    body: { progress: { total: 630 } },
  });
  expect((await word('pause')).status).toBe(200);
  await stream.until('the pause shows', ({ topic, data }) => {
    const shown = topic.startsWith('swarm:') ? SwarmDetail.safeParse(data).data : undefined;
    return shown?.phase === 'paused' && shown.counts.total === 630;
  });
  await stream.until('the tiles show', ({ topic }) => topic === `tiles:${id}`);
  stream.close();
  const [row] = RunList.parse((await dashboard.get('/api/runs?type=swarm&state=open')).body).runs;
  expect(row).toMatchObject({
    state: { kind: 'paused', reason: 'to pause' },
    progress: { total: 630 },
  });
  expect((await word('resume')).status).toBe(200);

  expect(await word('window', { window: 0 })).toMatchObject({
    status: 400,
    body: { fields: [{ path: '/window' }] },
  });
  expect(
    await word('add', { tasks: [{ capability: 'practice.wait', input: { ms: -1 } }] }),
  ).toMatchObject({
    status: 400,
    body: { fields: [{ path: '/tasks.0/input/ms' }] },
  });
  expect(await dashboard.post(path(id, '/pause'), { reason: ' ' })).toMatchObject({ status: 400 });
  expect((await word('cancel')).status).toBe(200);
  expect((await ended(id)).run.state).toEqual({ kind: 'cancelled' });
  expect(await word('pause')).toMatchObject({ status: 409, body: { code: 'already-ended' } });
  const noted = await world.database.sql<
    { action: string; detail: unknown }[]
  >`select action, "from", detail from audit where target = ${id} order by id`;
  expect(noted.map(({ action }) => action)).toEqual(
    ['start', 'join', 'window', 'add', 'pause', 'resume', 'cancel'].map((how) => `swarm.${how}`),
  );
  expect(noted.find(({ action }) => action === 'swarm.window')?.detail).toEqual({
    before: { window: 2 },
    after: { window: 7 },
  });
}, 60_000);

test('files are uploaded as JSON lines or CSV, and refused naming line and field', async () => {
  const csv = await upload(
    'title=Up&capability=practice.wait&file=a.csv',
    'text/csv',
    'label,ms\na,1\nb,2\n',
  );
  expect(csv.status).toBe(201);
  expect(await ended(StartedRun.parse(csv.body).workflowId)).toMatchObject({
    request: { origin: 'a.csv' },
    counts: { completed: 2 },
  });
  const wrong = await upload(
    'title=Up&file=b.jsonl',
    'application/x-ndjson',
    `${'{"capability":"practice.wait","input":{"label":"x"}}\n'.repeat(20_000)}{"capability":"practice.wait","input":{"ms":"x"}}`,
  );
  expect(wrong).toMatchObject({
    status: 400,
    body: { code: 'invalid-input', fields: [{ path: '/b.jsonl, line 20001/input/ms' }] },
  });
  expect(await upload('capability=practice.wait', 'text/csv', 'label\na')).toMatchObject({
    status: 400,
    body: { fields: [{ path: '/title' }] },
  });
  const huge = await upload('title=Huge', 'text/csv', `label\n${'y\n'.repeat(27_000_000)}`).catch(
    () => undefined,
  );
  expect(huge === undefined || huge.status === 413 || huge.status === 400).toBe(true);
}, 60_000);

test('what is asked wrongly, or of a swarm that is none, is refused', async () => {
  for (const [body, at] of [
    [{ title: 'x' }, '/tasks'],
    [{ title: 'x', tasks: [] }, '/tasks'],
    [{ title: '', tasks: waits(1) }, '/title'],
    [{ title: 'x', tasks: waits(1), failureThreshold: 2 }, '/failureThreshold'],
    [
      { title: 'x', source: { kind: 'list', list: '00000000-0000-4000-8000-000000000000' } },
      '/source/list',
    ],
  ] as const) {
    expect(await dashboard.post('/api/swarms', body)).toMatchObject({
      status: 400,
      body: { fields: [{ path: at }] },
    });
  }
  for (const rest of ['', '/tiles', '/tasks', '/tasks/1', '/export.csv']) {
    expect(await dashboard.get(path('swarm/none/0', rest))).toMatchObject({
      status: 404,
      body: { code: 'unknown-swarm' },
    });
  }
  expect(await dashboard.post(path('swarm/none/0', '/pause'), { reason: 'x' })).toMatchObject({
    status: 404,
  });
});

test('a swarm that stopped by itself asks for a person on the overview', async () => {
  const tasks = waits(5, () => ({ fail: 'CredentialRejected' }));
  const { workflowId: id } = await start({ title: 'Refused', tasks });
  const halted = await eventually('it halts', async () => {
    const found = await detail(id).catch(() => undefined);
    return found?.paused ? found : undefined;
  });
  expect(halted).toMatchObject({ phase: 'paused', paused: { isHalt: true }, counts: { open: 5 } });
  expect(halted.why).toMatch(
    /^Stopped by itself: .* 5 tasks wait, nothing is lost: mend that, then resume it by [-0-9: ]+ UTC\.$/,
  );
  const sentence = await eventually('the overview says so', async () =>
    Overview.parse((await dashboard.get('/api/overview')).body).attention.find(
      ({ kind }) => kind === 'needs-you',
    ),
  );
  expect(sentence).toMatchObject({
    title: 'Refused stopped by itself.',
    text: expect.stringMatching(
      /5 tasks wait, nothing is lost: mend that, then resume the swarm\.$/,
    ),
    link: { to: `/needs-you?selected=${encodeURIComponent(`swarm/${id}`)}` },
  });
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  AgentList,
  ApiError,
  RunDetail,
  RunEvents,
  RunList,
  RunLogs,
  StartedRun,
} from '../../src/contracts/api.ts';
import { createSchedules } from '../../src/platform/schedules.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;

beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    env: {
      INSTANTLY_API_KEY: 'stand-in-default',
      INSTANTLY_API_KEY_SLOW: 'stand-in-slow',
      INSTANTLY_API_KEY_BUSY: 'stand-in-busy',
      INSTANTLY_API_KEY_REFUSED: 'stand-in-refused',
    },
  });
  world.standIns.faults.set([
    { workspace: 'busy', fault: { kind: 'status', status: 429, retryAfterSeconds: 60 } },
    { workspace: 'slow', fault: { kind: 'slow', delayMs: 20_000 } },
    { workspace: 'refused', fault: { kind: 'status', status: 401 } },
  ]);
  dashboard = await serve(world);
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
  expect(dashboard.faults).toEqual([]);
});

const daily = 'instantly.daily-analytics';
const path = (id: string): string => `/api/runs/${encodeURIComponent(id)}`;
const start = async (account: string, date: string): Promise<StartedRun> => {
  const answer = await dashboard.post('/api/runs', { capability: daily, account, input: { date } });
  return StartedRun.parse(answer.body);
};
const detailOf = async (id: string): Promise<RunDetail> =>
  RunDetail.parse((await dashboard.get(path(id))).body);
const auditRows = (target: string) =>
  world.database.sql<{ by: string; from: string; action: string; reason: string }[]>`
    select "by", "from", action, reason from audit where target = ${target} order by id`;

test('starts a run, shows it to its end, and says what it did', async () => {
  const answer = await dashboard.post('/api/runs', {
    capability: daily,
    input: { date: '2026-01-05' },
  });
  expect(answer.status).toBe(201);
  const { workflowId, runId } = StartedRun.parse(answer.body);
  expect(workflowId).toBe(`${daily}/default/2026-01-05`);

  const detail = await eventually('the end of the run', async () => {
    const found = await detailOf(workflowId);
    return found.run.state.kind === 'completed' && found;
  });
  expect(detail.why).toMatch(/^Done in .* with the method whole-workspace\. Result: \d+ accounts/);
  expect(detail.input).toEqual({ date: '2026-01-05', maxBounceRate: 0.2 });
  expect(detail.output).toMatchObject({
    method: 'whole-workspace',
    result: { date: '2026-01-05' },
  });
  expect(detail.attempts).toMatchObject([{ attempt: 1, outcome: 'completed', activity: daily }]);
  expect(detail.run.requestedBy).toEqual({ kind: 'person', name: 'mara' });
  expect(detail.cli).toBe(`npm run -s agentic -- run ${daily} --date 2026-01-05`);
  expect(detail.isInTemporal).toBe(true);
  expect(detail.executions).toMatchObject([{ runId, state: 'completed' }]);

  const events = RunEvents.parse((await dashboard.get(`${path(workflowId)}/events`)).body);
  expect(events.events[0]?.type).toBe('WorkflowExecutionCompleted');
  expect(events.events.at(-1)?.type).toBe('WorkflowExecutionStarted');
  expect(JSON.stringify(events.events.at(-1)?.detail)).toContain('"date":"2026-01-05"');
  expect(events.next).toBeNull();
  const older = RunEvents.parse((await dashboard.get(`${path(workflowId)}/events?cursor=4`)).body);
  expect(older.events.map((event) => event.id)).toEqual([3, 2, 1]);

  expect(RunLogs.parse((await dashboard.get(`${path(workflowId)}/logs`)).body)).toEqual({
    lines: [],
  });
  expect(await auditRows(workflowId)).toMatchObject([{ from: 'dashboard', action: 'run.start' }]);
});

test('joins the run of the same work, waits for the vendor’s own time, and is cancelled with a reason', async () => {
  const first = await start('busy', '2026-01-06');
  const detail = await eventually('a try that failed', async () => {
    const found = await detailOf(first.workflowId);
    return found.run.state.kind === 'waiting' && found;
  });
  expect(detail.why).toMatch(
    /^Instantly asks us to wait until \d\d:\d\d:\d\d UTC.*; the task goes on by itself\.$/,
  );
  expect(detail.attempts[0]).toMatchObject({
    outcome: 'failed',
    failure: { type: 'RateLimited', class: 'transient' },
    vendorAnswer: { status: 429, retryAfter: '60' },
  });

  const again = await dashboard.post('/api/runs', {
    capability: daily,
    account: 'busy',
    input: { date: '2026-01-06' },
  });
  expect(again).toEqual({ status: 200, body: { ...first, started: false } });

  const list = RunList.parse((await dashboard.get('/api/runs?state=open&account=busy')).body);
  expect(list.runs).toMatchObject([
    { state: { kind: 'waiting', flowKey: 'instantly:busy', because: 'vendor', attempt: 2 } },
  ]);

  const cancelled = await dashboard.post(`${path(first.workflowId)}/cancel?run=${first.runId}`, {
    reason: 'wrong day',
  });
  expect(cancelled.status).toBe(204);
  const ended = await eventually('the cancelled run', async () => {
    const found = await detailOf(first.workflowId);
    return found.run.state.kind === 'cancelled' && found;
  });
  expect(ended.why).toMatch(/^Cancelled by .*: “wrong day”\. What it had stored before is kept\.$/);
  expect((await auditRows(first.workflowId)).at(-1)).toMatchObject({
    action: 'run.cancel',
    reason: 'wrong day',
  });
  const repeated = await dashboard.post(`${path(first.workflowId)}/cancel`, { reason: '' });
  expect(repeated.status).toBe(409);
  expect(ApiError.parse(repeated.body).code).toBe('already-ended');
});

test('ends a run at once, and keeps the reason in lists', async () => {
  const { workflowId, runId } = await start('slow', '2026-01-07');
  await eventually('work under way', async () => {
    const { run } = await detailOf(workflowId);
    return run.state.kind === 'running' && run.state.step === 'whole-workspace';
  });
  const answer = await dashboard.post(`${path(workflowId)}/terminate`, { reason: 'too slow' });
  expect(answer.status).toBe(204);
  const detail = await eventually('the end', async () => {
    const found = await detailOf(workflowId);
    return found.run.state.kind === 'terminated' && found;
  });
  expect(detail.run.state).toEqual({ kind: 'terminated', reason: 'too slow' });
  expect(detail.why).toMatch(/^Ended at once by .*: “too slow”/);
  expect(detail.attempts).toMatchObject([{ outcome: 'failed', failure: { type: 'WorkerLost' } }]);
  const listed = await eventually('the end in the list', async () => {
    const { runs } = RunList.parse((await dashboard.get(`/api/runs?q=${runId}`)).body);
    return runs[0]?.closedAt !== null && runs;
  });
  expect(listed).toMatchObject([{ state: { kind: 'terminated', reason: 'too slow' } }]);
});

test('says what failed and what a person has to do', async () => {
  const { workflowId } = await start('refused', '2026-01-08');
  const detail = await eventually('the failure', async () => {
    const found = await detailOf(workflowId);
    return found.run.state.kind === 'failed' && found;
  });
  expect(detail.run.state).toMatchObject({ failure: 'CredentialRejected' });
  expect(detail.why).toMatch(/refused the key.*mend it, then start the run again\.$/);
});

test.each([
  [{ capability: 'nobody.does-this' }, 400, 'unknown-capability', '/capability'],
  [{ capability: daily, input: { date: 'Monday' } }, 400, 'invalid-input', '/input/date'],
  [
    { capability: daily, input: { date: '2026-01-05', day: 1 } },
    400,
    'invalid-input',
    '/input/day',
  ],
  [
    { capability: daily, account: 'nobody', input: { date: '2026-01-05' } },
    400,
    'unknown-account',
    '/account',
  ],
  [{ capability: daily, colour: 'red' }, 400, 'invalid-request', '/'],
])('refuses to start %j', async (body, status, code, field) => {
  const answer = await dashboard.post('/api/runs', body);
  const error = ApiError.parse(answer.body);
  expect({ status: answer.status, code: error.code }).toEqual({ status, code });
  expect(error.fields?.map((each) => each.path)).toEqual([field]);
});

test('answers 404 for a run that nobody knows, whatever is asked of it', async () => {
  for (const part of ['', '/events', '/logs']) {
    const answer = await dashboard.get(`${path('no/such/run')}${part}`);
    expect({ part, status: answer.status, code: ApiError.parse(answer.body).code }).toEqual({
      part,
      status: 404,
      code: 'unknown-run',
    });
  }
  expect((await dashboard.post(`${path('no/such/run')}/cancel`, { reason: '' })).status).toBe(404);
});

test('knows that the queue is served by a worker without announcements', async () => {
  const { agents } = AgentList.parse((await dashboard.get('/api/agents')).body);
  expect(agents[0]).toMatchObject({ id: 'instantly', isServed: true, workers: [], backlog: 0 });
  expect(agents[0]?.capabilities.map((each) => each.id)).toContain(daily);
  expect((await dashboard.get('/api/agents/instantly')).body).toMatchObject({ id: 'instantly' });
  expect((await dashboard.get('/api/agents/nobody')).status).toBe(404);
});

test('streams a run from its start to its end, and a beat', async () => {
  const workflowId = `${daily}/default/2026-01-09`;
  const stream = await dashboard.follow(`run:${workflowId}`, 'status', 'overview');
  await stream.until('the run is unknown', ({ error }) => error?.startsWith('No run') ?? false);
  await start('default', '2026-01-09');
  const Kind = z.object({ run: z.object({ state: z.object({ kind: z.string() }) }) });
  await stream.until('its end', ({ topic, data }) => {
    const found = Kind.safeParse(data);
    return topic === `run:${workflowId}` && found.data?.run.state.kind === 'completed';
  });
  await stream.until(
    'the overview',
    ({ topic, data }) => topic === 'overview' && data !== undefined,
  );
  const seqs = stream.messages
    .filter((each) => each.topic.startsWith('run:'))
    .map((each) => each.seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  await eventually('a second beat', () => stream.beats() > 1);
  stream.close();
});

test('pauses, resumes and backfills a schedule under the person’s name', async () => {
  const id = `${daily}/default`;
  const missing = await dashboard.post(`/api/schedules/${encodeURIComponent('no/such')}/pause`, {});
  expect(missing.status).toBe(404);
  await createSchedules(world.client, world.config).reconcile();

  const url = `/api/schedules/${encodeURIComponent(id)}`;
  expect((await dashboard.post(`${url}/pause`, { reason: 'holiday' })).status).toBe(204);
  const List = z.object({
    schedules: z.array(z.object({ id: z.string(), isPaused: z.boolean(), note: z.string() })),
  });
  const paused = List.parse((await dashboard.get('/api/schedules')).body);
  const schedule = paused.schedules.find((each) => each.id === id);
  expect(schedule).toMatchObject({ isPaused: true });
  expect(schedule?.note).toContain('holiday');

  const wrong = await dashboard.post(`${url}/backfill`, { from: '2026-01-03', to: '2026-01-01' });
  expect(wrong.status).toBe(400);
  const days = await dashboard.post(`${url}/backfill`, { from: '2026-01-01', to: '2026-01-03' });
  expect(days).toEqual({ status: 200, body: { days: 3 } });
  expect((await dashboard.post(`${url}/resume`, {})).status).toBe(204);
  expect((await auditRows(id)).map((row) => row.action)).toEqual([
    'schedule.pause',
    'schedule.backfill',
    'schedule.resume',
  ]);
});

test('what starts real sending asks for its word with 422, and keeps word and reason', async () => {
  const listed = await fetch(`${world.standIns.url}/instantly/api/v2/campaigns?status=0`, {
    headers: { authorization: 'Bearer stand-in-tour', 'user-agent': 'test' },
  });
  const raw: unknown = await listed.json();
  const campaigns = z.object({ items: z.array(z.object({ id: z.uuid() })) }).parse(raw).items;
  const campaignId = campaigns[0]?.id ?? '';
  const capability = 'instantly.activate-campaign';
  const body = { capability, account: 'tour', input: { campaignId }, reason: 'spring begins' };

  const refused = await dashboard.post('/api/runs', { ...body, confirm: 'yes' });
  expect(refused.status).toBe(422);
  expect(ApiError.parse(refused.body)).toMatchObject({
    code: 'not-confirmed',
    message: expect.stringContaining(campaignId),
    fields: [{ path: '/confirm' }],
  });
  const pointless = await dashboard.post('/api/runs', {
    capability: daily,
    input: { date: '2026-01-05' },
    dryRun: true,
  });
  expect(pointless).toMatchObject({ status: 400, body: { fields: [{ path: '/dryRun' }] } });

  const dry = await dashboard.post('/api/runs', { ...body, dryRun: true });
  const { workflowId } = StartedRun.parse(dry.body);
  expect(workflowId).toBe(`${capability}/tour/${campaignId}/dry-run`);
  const detail = await eventually('the end of the dry run', async () => {
    const found = await detailOf(workflowId);
    return found.run.state.kind === 'completed' && found;
  });
  expect(detail.output).toMatchObject({ result: { isDryRun: true, confirmation: campaignId } });

  const started = await dashboard.post('/api/runs', { ...body, confirm: campaignId });
  expect(started.status).toBe(201);
  const rows = await auditRows(StartedRun.parse(started.body).workflowId);
  expect(rows).toMatchObject([{ action: 'run.start', reason: 'spring begins' }]);
});

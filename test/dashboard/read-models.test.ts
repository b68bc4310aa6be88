import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  AgentList,
  ApiError,
  Overview,
  RunDetail,
  RunList,
  Status,
} from '../../src/contracts/api.ts';
import { emailDays } from '../../src/platform/instantly-schema.ts';
import { attempts, credentialChecks, runs, workers } from '../../src/platform/schema.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;
let turn: Awaited<ReturnType<World['database']['sql']['reserve']>>;

beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  // these rows are made up: nobody may compare them with the server
  turn = await world.database.sql.reserve();
  await turn`select pg_advisory_lock(7233542)`;
  dashboard = await serve(world);
});
afterAll(async () => {
  await dashboard.close();
  turn.release();
  await world.close();
  expect(dashboard.faults).toEqual([]);
});
beforeEach(
  () => world.database.sql`truncate runs, attempts, workers, credential_checks,
    instantly_email_daily_analytics, instantly_campaign_analytics,
    instantly_campaign_analytics_overview`,
);

const daily = 'instantly.daily-analytics';
const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

type Run = typeof runs.$inferInsert;
const run = (some: Partial<Run> = {}): Run => ({
  workflowId: `${daily}/default/${randomUUID()}`,
  runId: randomUUID(),
  type: 'task',
  status: 'running',
  title: 'Daily e-mail analytics · 2026-01-05',
  capability: daily,
  agent: 'instantly',
  account: 'default',
  requestedByKind: 'schedule',
  requestedByName: `${daily}/default`,
  input: { date: '2026-01-05' },
  startedAt: minutesAgo(1),
  ...some,
});
const attempt = (of: Run, some: Partial<typeof attempts.$inferInsert> = {}) => ({
  workflowId: of.workflowId,
  runId: of.runId,
  activityId: '1',
  attempt: 1,
  activity: daily,
  method: 'whole-workspace',
  queuedAt: minutesAgo(1),
  startedAt: minutesAgo(1),
  outcome: 'running',
  worker: '1@test',
  ...some,
});
const worker = (some: Partial<typeof workers.$inferInsert> = {}) => ({
  identity: '1@test',
  host: 'test',
  pid: 1,
  version: '0.1.0',
  queues: ['instantly', 'agentic'],
  capabilities: [daily],
  state: 'running',
  inFlight: 3,
  slots: 100,
  memoryMb: 200,
  cpu: 0.5,
  startedAt: minutesAgo(5),
  seenAt: new Date(),
  ...some,
});
const insertRuns = (...rows: readonly Run[]) => world.database.db.insert(runs).values([...rows]);
const list = async (query = ''): Promise<RunList> => {
  const { status, body } = await dashboard.get(`/api/runs${query}`);
  expect(status).toBe(200);
  return RunList.parse(body);
};

test('pages through runs of the same instant, newest first, while new ones arrive', async () => {
  const startedAt = minutesAgo(3);
  const all = Array.from({ length: 25 }, (_, index) =>
    run({ startedAt: index < 15 ? startedAt : minutesAgo(4 + index) }),
  );
  await insertRuns(...all);
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await list(`?limit=4${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...page.runs.map((each) => each.runId));
    cursor = page.next;
    await insertRuns(run({ startedAt: new Date() }));
  }
  expect(new Set(seen).size).toBe(25);
  expect(seen.toSorted()).toEqual(all.map((each) => each.runId).toSorted());
  const first = await list();
  expect(first.runs.map((each) => each.startedAt)).toEqual(
    first.runs
      .map((each) => each.startedAt)
      .toSorted()
      .toReversed(),
  );
});

test('says queued, running, retrying or lost from the last try and the workers', async () => {
  await world.database.db.insert(workers).values(worker());
  const [queued, running, retrying, deciding] = [run(), run(), run(), run()];
  const nextAt = new Date(Date.now() + 30_000);
  await insertRuns(queued, running, retrying, deciding);
  const failed = {
    outcome: 'failed',
    failure: 'RateLimited',
    message: 'Instantly asks us to wait',
  };
  await world.database.db
    .insert(attempts)
    .values([
      attempt(running, { attempt: 2 }),
      attempt(retrying, { ...failed, nextAttemptAt: nextAt }),
      attempt(deciding, { ...failed, failure: 'Gone' }),
    ]);
  const stateOf = async (of: Run) => (await list(`?q=${of.runId}`)).runs[0]?.state;
  expect(await stateOf(queued)).toEqual({
    kind: 'queued',
    reason: 'Waits for a free worker of instantly',
  });
  expect(await stateOf(running)).toEqual({ kind: 'running', step: 'whole-workspace, try 2' });
  expect(await stateOf(retrying)).toEqual({
    kind: 'retrying',
    attempt: 2,
    nextAt: nextAt.toISOString(),
    failure: 'RateLimited',
    message: 'Instantly asks us to wait',
  });
  expect(await stateOf(deciding)).toEqual({ kind: 'running', step: 'Decides what comes next' });

  await world.database.sql`update workers set seen_at = now() - interval '3 minutes'`;
  expect(await stateOf(queued)).toEqual({ kind: 'queued', reason: 'No worker serves instantly' });
  expect(await stateOf(running)).toEqual({
    kind: 'queued',
    reason: 'Its worker is gone. No worker serves instantly',
  });
});

test('filters, searches in ids, titles, input and failures, and hides starters from plain lists', async () => {
  const starter = run({ workflowId: 'schedule/x', type: 'starter', title: 'Daily starter' });
  const done = run({ status: 'completed', closedAt: new Date(), account: 'acme' });
  const failed = run({
    status: 'failed',
    closedAt: new Date(),
    failure: 'Gone',
    message: '100% of the endpoint_is gone',
    requestedByKind: 'cli',
  });
  const stopped = run({ status: 'cancelled', closedAt: new Date(), input: { date: '2026-02-09' } });
  await insertRuns(starter, done, failed, stopped, run());
  const ids = async (query: string) => (await list(query)).runs.map((each) => each.runId);
  expect((await list()).total).toBe(4);
  expect(await ids('?state=completed')).toEqual([done.runId]);
  expect(await ids('?state=failed')).toEqual([failed.runId]);
  expect(await ids('?state=cancelled')).toEqual([stopped.runId]);
  expect((await ids('?state=open')).length).toBe(1);
  expect(await ids('?account=acme')).toEqual([done.runId]);
  expect(await ids('?by=cli')).toEqual([failed.runId]);
  expect(await ids('?q=100%25')).toEqual([failed.runId]);
  expect(await ids('?q=endpoint_is')).toEqual([failed.runId]);
  expect(await ids('?q=endpointxis')).toEqual([]);
  expect(await ids('?q=2026-02-09')).toEqual([stopped.runId]);
  expect(await ids('?q=starter')).toEqual([starter.runId]);
  expect(await ids(`?to=${minutesAgo(30).toISOString()}`)).toEqual([]);
});

test('names each part of a query that is wrong', async () => {
  for (const [query, path] of [
    ['limit=0', '/limit'],
    ['state=lost', '/state'],
    ['from=yesterday', '/from'],
    ['cursor=zzz', '/cursor'],
  ]) {
    const { status, body } = await dashboard.get(`/api/runs?${query ?? ''}`);
    expect(status).toBe(400);
    expect(ApiError.parse(body).fields?.map((field) => field.path)).toEqual([path]);
  }
});

test('shows a run that only our own tables still have', async () => {
  const old = run({
    status: 'failed',
    failure: 'TooLarge',
    message: 'Instantly wants a smaller question',
    startedAt: minutesAgo(60),
    closedAt: minutesAgo(59),
    historyLength: 17,
  });
  await insertRuns(old);
  await world.database.db.insert(attempts).values([
    attempt(old, { outcome: 'running', startedAt: minutesAgo(60) }),
    attempt(old, {
      activityId: '2',
      method: 'in-chunks',
      startedAt: minutesAgo(59.5),
      outcome: 'failed',
      failure: 'TooLarge',
      errorClass: 'contract',
    }),
  ]);
  const answer = await dashboard.get(`/api/runs/${encodeURIComponent(old.workflowId)}`);
  const detail = RunDetail.parse(answer.body);
  expect(detail).toMatchObject({ isInTemporal: false, historyLength: 17, temporalUrl: null });
  expect(detail.attempts.map((each) => each.failure?.type)).toEqual(['WorkerLost', 'TooLarge']);
  expect(detail.why).toBe(
    'Instantly wants a smaller question. Every method it may use was refused. An engineer has to look at what the vendor changed.',
  );
  const events = await dashboard.get(`/api/runs/${encodeURIComponent(old.workflowId)}/events`);
  expect(events.body).toEqual({ events: [], next: null });
});

test('counts today, the hours and the last day, and asks for attention where it is due', async () => {
  const closedAt = new Date();
  const again = run({
    status: 'failed',
    failure: 'Gone',
    message: 'gone',
    closedAt,
    startedAt: minutesAgo(9),
  });
  await insertRuns(
    run({ startedAt: minutesAgo(4) }),
    run({ status: 'completed', closedAt }),
    run({
      status: 'failed',
      failure: 'CredentialRejected',
      message: 'Instantly refused the key',
      closedAt,
    }),
    run({ status: 'terminated', closedAt }),
    again,
    run({ workflowId: again.workflowId, status: 'completed', closedAt, startedAt: minutesAgo(2) }),
    run({ type: 'starter', status: 'failed', closedAt }),
  );
  await world.database.db.insert(credentialChecks).values({
    agent: 'instantly',
    account: 'default',
    state: 'refused',
    message: 'Instantly refused the key: set a new one',
    checkedAt: closedAt,
  });
  const emails = { emailAccount: 'a@example.com', account: 'default' };
  await world.database.db.insert(emailDays).values([
    { ...emails, date: '2026-01-06', sent: 7, isStandIn: false },
    { ...emails, date: '2026-01-07', sent: 900, account: 'tour', isStandIn: true },
  ]);
  const overview = Overview.parse((await dashboard.get('/api/overview')).body);
  expect(overview.attention.map((each) => each.title)).toEqual([
    'No worker serves instantly.',
    'The login default of instantly does not work.',
    'Daily e-mail analytics · 2026-01-05 failed.',
  ]);
  expect(overview.attention[0]?.text).toMatch(/^1 run waits, the oldest for 4 min/);
  expect(overview).toMatchObject({ running: 1, lastDay: '2026-01-06', sentLastDay: 7 });
  expect(overview.hours).toHaveLength(24);
  const sum = (of: 'completed' | 'failed' | 'cancelled') =>
    overview.hours.reduce((all, hour) => all + hour[of], 0);
  expect([sum('completed'), sum('failed'), sum('cancelled')]).toEqual([2, 2, 1]);
  expect(overview.inProgress).toHaveLength(1);
  expect(overview.recent).toHaveLength(5);
  expect(overview.failedToday + overview.completedToday).toBe(4);
});

test('shows workers as they announce themselves, and as gone after two minutes of silence', async () => {
  await world.database.db
    .insert(workers)
    .values([worker(), worker({ identity: '2@test', pid: 2, seenAt: minutesAgo(2.5) })]);
  await insertRuns(run({ status: 'failed', closedAt: new Date(), startedAt: new Date() }));
  const { agents } = AgentList.parse((await dashboard.get('/api/agents')).body);
  expect(agents[0]).toMatchObject({ isServed: true, runsToday: 1, failedToday: 1 });
  expect(agents[0]?.workers.map(({ pid, state }) => [pid, state]).toSorted()).toEqual([
    [1, 'running'],
    [2, 'gone'],
  ]);
  expect(agents[0]?.accounts).toMatchObject([
    { name: 'default', isStandIn: true, credentials: 'unknown' },
    { name: 'tour', isStandIn: true },
  ]);
  const status = Status.parse((await dashboard.get('/api/status')).body);
  expect(status).toMatchObject({ workers: 1, standIns: expect.arrayContaining(['Instantly']) });
  expect(status.unservedAgents).toEqual(expect.arrayContaining(['sheets', 'practice']));
});

test('refuses a run that nobody would take, and starts nothing', async () => {
  const answer = await dashboard.post('/api/runs', {
    capability: daily,
    input: { date: '2026-01-05' },
  });
  expect(answer.status).toBe(409);
  expect(ApiError.parse(answer.body).message).toMatch(
    /^No worker serves instantly\..*not started$/,
  );
  expect((await list()).total).toBe(0);
});

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { RunQuery } from '../../src/contracts/api.ts';
import type { Lesson } from '../../src/contracts/memory.ts';
import type { NewTask } from '../../src/contracts/runs.ts';
import type { NewSwarm, SwarmOutcome } from '../../src/contracts/swarm.ts';
import {
  createMemoryStore,
  type MemoryOwner,
  type MemorySnapshot,
  type MemoryStore,
} from '../../src/platform/memory-store.ts';
import { createRunDetails } from '../../src/platform/run-detail.ts';
import { createRunReader } from '../../src/platform/run-list.ts';
import { createSwarmDetails } from '../../src/platform/swarm-detail.ts';
import { answerTask } from '../../src/platform/tell-run.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { annealed } from '../support/annealed.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

const of = { agent: 'instantly', world: 'stand-in' } as const;
/** Where every account but `tour` is: its key is somebody's. */
const live = { agent: 'instantly', world: 'live' } as const;
let world: World;
let memories: MemoryStore;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { today: '2026-06-01', defaults: { mailboxes: 250 } },
    env: Object.fromEntries(
      ['GONE', 'BACK', 'STILL', 'SWARM', 'REFUSED', 'NEW'].map((name) => [
        `INSTANTLY_API_KEY_${name}`,
        `stand-in-${name.toLowerCase()}`,
      ]),
    ),
  });
  memories = createMemoryStore(world.database);
});
afterAll(() => world.close());
beforeEach(() => world.standIns.faults.clear());

const daily = (date: string, account = 'tour') => ({
  capability: 'instantly.daily-analytics',
  account,
  input: { date },
});

/** Lets a run come to its end, and memory take note of it. */
async function done(task: NewTask) {
  const handle = await world.start(task);
  const outcome = await handle.result();
  const { runId } = await handle.describe();
  return {
    outcome,
    workflowId: handle.workflowId,
    runId,
    after: await memoryAfter(runId, outcome.isStandIn ? of : live),
  };
}

const startSwarm = (workflowId: string, request: NewSwarm) =>
  world.client.workflow.start<(given: NewSwarm) => Promise<SwarmOutcome>>('swarm', {
    workflowId,
    taskQueue: systemQueue,
    args: [request],
  });

const memoryAfter = (runId: string, whose: MemoryOwner): Promise<MemorySnapshot> =>
  eventually('memory to take note', async () => {
    const [row] = await world.database.sql`
      select from runs where run_id = ${runId} and distilled_at is not null`;
    return row ? await memories.current(whose) : undefined;
  });

const lessonsOf = ({ memory }: MemorySnapshot, account: string) =>
  memory.lessons.filter((lesson) => lesson.account === account);
const rulesOf = (snapshot: MemorySnapshot, account: string) =>
  lessonsOf(snapshot, account).map(({ rule }) => rule);
const forbidden = { kind: 'avoid', method: 'whole-workspace' } as const;
const preferred = { kind: 'prefer', method: 'in-chunks' } as const;
/** The vendor no longer answers questions about a whole workspace. */
const gone = (workspace: string) => ({
  workspace,
  aboveAddresses: 200,
  fault: { kind: 'status' as const, status: 410 },
});

/** A lesson as the log of another week holds it. */
const written = (lesson: Pick<Lesson, 'id' | 'account' | 'rule'> & Partial<Lesson>) =>
  memories.append(live, {
    kind: 'human',
    at: '2026-05-01T06:00:00.000Z',
    by: { kind: 'person', name: 'mara' },
    reason: 'a test',
    act: {
      kind: 'written',
      lesson: {
        capability: 'instantly.daily-analytics',
        why: 'The vendor took this way away',
        runs: 1,
        seenIn: [],
        helped: 0,
        harmed: 0,
        firstSeen: '2026-05-01T06:00:00.000Z',
        lastSeen: '2026-05-01T06:00:00.000Z',
        expires: '2026-05-02T06:00:00.000Z',
        renewals: 0,
        status: 'active',
        ...lesson,
      },
    },
  });

test('a question that is too large is learnt once, with run and event, and not asked again', async () => {
  world.standIns.faults.set([{ fault: { kind: 'too-large', above: 50 } }]);
  const first = await done(daily('2026-05-04'));
  expect(first.outcome).toMatchObject({
    method: 'in-chunks',
    tried: [{ method: 'whole-workspace', failure: 'TooLarge' }],
    memory: { world: 'stand-in', seq: 0, heeded: [] },
  });
  expect(rulesOf(first.after, 'tour')).toEqual([
    forbidden,
    { kind: 'bound', tunable: 'chunkSize', side: 'at-most', value: 50 },
    preferred,
  ]);
  const [avoid] = first.after.memory.lessons;
  const { workflowId, runId } = first;
  expect(avoid?.seenIn).toEqual([{ workflowId, runId, eventId: expect.any(Number) }]);
  const { events } = await world.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const event = events?.find((each) => Number(each.eventId) === avoid?.seenIn[0]?.eventId);
  expect(event?.activityTaskFailedEventAttributes?.failure?.applicationFailureInfo?.type).toBe(
    'TooLarge',
  );

  world.standIns.faults.set([{ fault: { kind: 'too-large', above: 50 } }]);
  const second = await done(daily('2026-05-05'));
  expect(world.standIns.faults.list()).toMatchObject([{ struck: 0 }]);
  expect(second.outcome).toMatchObject({
    method: 'in-chunks',
    tunables: { chunkSize: 50 },
    tried: [],
    memory: { seq: first.after.seq, hash: first.after.hash },
  });
  expect(second.outcome.memory?.heeded.map(({ rule }) => rule.kind)).toEqual([
    'avoid',
    'prefer',
    'bound',
  ]);
  expect(second.after.memory.lessons.map(({ helped }) => helped)).toEqual([1, 1, 1]);
});

test('a method that dies in the middle of a swarm is known to be dead to the next run', async () => {
  const days = Array.from(
    { length: 30 },
    (_, day) => `2026-04-${String(day + 1).padStart(2, '0')}`,
  );
  const handle = await startSwarm('swarm/anneal/gone', {
    title: 'A month',
    window: 2,
    grain: 5,
    source: { kind: 'inline', tasks: days.map((date) => daily(date, 'gone')) },
  });
  await eventually('some days to be done', async () => {
    const [row] = await world.database.sql<{ done: number }[]>`
      select count(*)::int as done from swarm_outcomes o join swarms s on s.id = o.swarm
      where s.workflow_id = ${handle.workflowId}`;
    return (row?.done ?? 0) >= 4;
  });
  world.standIns.faults.set([gone('gone')]);
  const { counts, methods } = await handle.result();
  expect(counts).toMatchObject({ total: 30, completed: 30 });
  expect(methods.map(({ method }) => method).toSorted()).toEqual(['in-chunks', 'whole-workspace']);
  await annealed(world.database);
  const after = await memories.current(live);
  expect(rulesOf(after, 'gone')).toEqual([forbidden, preferred]);
  const swarm = await createSwarmDetails(world).read(handle.workflowId);
  expect(swarm?.why).toMatch(/broken \(Gone\): in-chunks took over/);

  world.standIns.faults.set([gone('gone')]);
  const { outcome } = await done(daily('2026-05-01', 'gone'));
  expect(outcome).toMatchObject({ method: 'in-chunks', tried: [] });
  expect(world.standIns.faults.list()).toMatchObject([{ struck: 0 }]);
}, 90_000);

test('when a constraint has lapsed one run tries for all, and what works again is allowed again', async () => {
  await written({ id: 'L-0200', account: 'back', rule: forbidden });
  world.standIns.faults.set([{ workspace: 'back', fault: { kind: 'slow', delayMs: 500 } }]);
  const runs = await Promise.all(
    ['04', '05', '06', '07'].map((day) => done(daily(`2026-05-${day}`, 'back'))),
  );
  const canaries = runs.filter(({ outcome }) => outcome.memory?.canary);
  expect(canaries[0]?.outcome).toMatchObject({
    method: 'whole-workspace',
    tried: [],
    memory: { canary: { kind: 'lesson', lesson: 'L-0200' } },
  });
  const others = runs.filter(({ outcome }) => !outcome.memory?.canary);
  expect(others.map(({ outcome }) => outcome.method)).toEqual(Array(3).fill('in-chunks'));
  const { outcome } = await done(daily('2026-05-08', 'back'));
  expect(outcome).toMatchObject({ method: 'whole-workspace', memory: { heeded: [] } });
});

test('a canary that fails goes on with what is allowed, and the constraint holds for longer', async () => {
  await written({ id: 'L-0300', account: 'still', rule: forbidden });
  world.standIns.faults.set([gone('still')]);
  const { outcome, after } = await done(daily('2026-05-04', 'still'));
  expect(outcome).toMatchObject({
    method: 'in-chunks',
    tried: [{ method: 'whole-workspace', failure: 'Gone', isCanary: true }],
  });
  const [lesson] = lessonsOf(after, 'still');
  expect(lesson).toMatchObject({ id: 'L-0300', renewals: 1 });
  expect(Date.parse(lesson?.expires ?? '')).toBeGreaterThan(Date.now() + 24 * 3_600_000);
  const [row] = await world.database.sql`
    select owner from memory_canaries where account = 'still'`;
  expect(row).toEqual({ owner: null });
});

test('a swarm tries for all others once, and the next run may when it was read', async () => {
  await written({ id: 'L-0350', account: 'swarm', rule: forbidden });
  world.standIns.faults.set([gone('swarm')]);
  const tasks = ['04', '05', '06'].map((day) => daily(`2026-05-${day}`, 'swarm'));
  const source = { kind: 'inline', tasks } as const;
  const swarm = await startSwarm('swarm/anneal/canary', { title: 'Days', grain: 1, source });
  expect((await swarm.result()).counts).toMatchObject({ total: 3, completed: 3 });
  expect(world.standIns.faults.list()).toMatchObject([{ struck: 1 }]);
  await annealed(world.database);
  await eventually('the canary to be given back', async () => {
    const [row] = await world.database.sql<{ owner: string | null }[]>`
      select owner from memory_canaries where account = 'swarm'`;
    return row?.owner === null;
  });
});

test('once the first method is known, one run a day tries one that nobody knows', async () => {
  for (const day of ['04', '05', '06']) await done(daily(`2026-05-${day}`, 'new'));
  const tries = [];
  for (const day of ['07', '08']) tries.push((await done(daily(`2026-05-${day}`, 'new'))).outcome);
  expect(tries.map(({ method, memory }) => [method, memory?.canary?.kind])).toEqual([
    ['in-chunks', 'method'],
    ['whole-workspace', undefined],
  ]);
});

test('what is forbidden but harmless is a last resort; what is sent waits for a person', async () => {
  const never = { expires: '2099-01-01T00:00:00.000Z' };
  await written({ id: 'L-0400', account: 'refused', rule: forbidden, ...never });
  await written({
    ...{ id: 'L-0401', account: 'refused', ...never },
    rule: { kind: 'avoid', method: 'in-chunks' },
  });
  const { outcome } = await done(daily('2026-05-04', 'refused'));
  expect(outcome.memory).toMatchObject({ isLastResort: true });
  await written({
    ...{ id: 'L-0402', account: 'refused', capability: 'instantly.add-lead', ...never },
    rule: { kind: 'avoid', method: 'one' },
  });
  const lead = (email: string) => ({
    capability: 'instantly.add-lead',
    account: 'refused',
    input: { campaignId: '018f0000-0000-7000-8000-000000000000', email },
  });
  const left = await world.start(lead('mara@kunde.de'));
  const tried = await world.start(lead('tom@kunde.de'));
  const asked = await eventually('both to be listed', async () => {
    const list = await createRunReader(world.database, world.config).search(
      RunQuery.parse({ state: 'needs-you' }),
    );
    return list.runs.length === 2 && list.runs;
  });
  expect(asked[0]?.state).toMatchObject({
    kind: 'needs-you',
    decision: 'method',
    question: expect.stringContaining('L-0402 avoid method one: The vendor took this way away'),
  });
  await expect(
    answerTask(world.client, tried.workflowId, { ...word, action: 'try', method: 'bulk' }, 'mara'),
  ).rejects.toThrow('expected one of one');
  await answerTask(
    world.client,
    tried.workflowId,
    { ...word, action: 'try', method: 'one' },
    'mara',
  );
  await answerTask(world.client, left.workflowId, { ...word, action: 'leave-out' }, 'mara');
  await expect(left.result()).rejects.toMatchObject({
    cause: { type: 'LeftOut', message: 'mara left it out: a look first' },
  });
  expect((await createRunDetails(world).read(left.workflowId))?.why).toContain('out: L-0402 avoid');
  // there is no such campaign: but it was tried
  await expect(tried.result()).rejects.toMatchObject({ cause: { cause: { type: 'NotFound' } } });

  const swarm = await startSwarm('swarm/anneal/refused', {
    title: 'Leads',
    failureThreshold: 1,
    source: { kind: 'inline', tasks: [lead('a@kunde.de'), lead('b@kunde.de')] },
  });
  expect((await swarm.result()).failures).toMatchObject([
    { failure: 'Refused', class: 'auth', count: 2, message: expect.stringContaining('L-0402') },
  ]);
}, 60_000);

const word = { reason: 'a look first' };

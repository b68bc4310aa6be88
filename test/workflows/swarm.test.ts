import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { NewSwarm, SwarmOutcome, SwarmProgress } from '../../src/contracts/swarm.ts';
import { rootFailureOf } from '../../src/rules/failure.ts';
import { systemQueue } from '../../src/rules/names.ts';
import type { PlacedTask } from '../../src/platform/checked-tasks.ts';
import { createTaskLists } from '../../src/platform/task-lists.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { today: '2026-06-01', defaults: { mailboxes: 12 } },
    env: {
      INSTANTLY_API_KEY_SMALL: 'stand-in-small',
      INSTANTLY_API_KEY_SHAKY: 'stand-in-shaky',
      INSTANTLY_API_KEY_LOCKED: 'stand-in-locked',
      INSTANTLY_API_KEY_TIRED: 'stand-in-tired',
      INSTANTLY_API_KEY_DOWN: 'stand-in-down',
      INSTANTLY_API_KEY_LOST: 'stand-in-lost',
    },
  });
});
afterAll(() => world.close());

type Swarm = WorkflowHandle<(request: NewSwarm) => Promise<SwarmOutcome>>;
let number = 0;

const startSwarm = (request: Partial<NewSwarm> & Pick<NewSwarm, 'source'>): Promise<Swarm> =>
  world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>('swarm', {
    workflowId: `swarm/test/${(number += 1)}`,
    taskQueue: systemQueue,
    args: [{ title: 'Practice', ...request }],
  });

const waits = (count: number, input: (index: number) => Record<string, unknown> = () => ({})) =>
  Array.from({ length: count }, (_, index) => ({
    capability: 'practice.wait',
    input: { label: `task-${index}`, ...input(index) },
  }));

async function listOf(tasks: readonly unknown[]): Promise<string> {
  const lists = createTaskLists(world.database);
  const placed = tasks.map((task, index): PlacedTask => ({ at: `line ${index + 1}`, task }));
  return (await lists.load(placed, 'test')).id;
}

async function failureOf(swarm: Swarm) {
  try {
    await swarm.result();
  } catch (error) {
    if (error instanceof WorkflowFailedError) return rootFailureOf(error.cause);
    throw error;
  }
  throw new Error('the swarm was expected to fail');
}

describe('a swarm', () => {
  test('does each task once and counts them exactly', async () => {
    const swarm = await startSwarm({ source: { kind: 'inline', tasks: waits(3) } });

    expect(await swarm.result()).toEqual({
      state: 'completed',
      counts: { total: 3, completed: 3, failed: 0, retrying: 0, open: 0 },
      methods: [{ capability: 'practice.wait', method: 'wait', count: 3 }],
      failures: [],
    });
    const rows = await world.database.sql<{ result: unknown }[]>`
      select index, result from swarm_outcomes where swarm = (select id from swarms where workflow_id = ${swarm.workflowId}) order by index`;
    expect(rows.map((row) => row.result)).toEqual([0, 1, 2].map((n) => ({ label: `task-${n}` })));
  });

  test('carries a few tasks itself, and cuts many into squads that are children of it', async () => {
    const childrenOf = async (total: number): Promise<number> => {
      const list = await listOf(waits(total));
      const swarm = await startSwarm({ source: { kind: 'list', list } });
      expect((await swarm.result()).counts).toMatchObject({ total, completed: total });
      const { events } = await swarm.fetchHistory();
      return (events ?? []).filter((each) => each.childWorkflowExecutionStartedEventAttributes)
        .length;
    };
    expect(await childrenOf(1_000)).toBe(0);
    expect(await childrenOf(1_001)).toBe(2);
  });

  test('carries thousands of tasks in a history of a few dozen events', async () => {
    const list = await listOf(waits(3_000));
    const swarm = await startSwarm({ source: { kind: 'list', list } });
    const outcome = await swarm.result();

    expect(outcome.counts).toMatchObject({ total: 3_000, completed: 3_000 });
    const { historyLength } = await swarm.describe();
    expect(historyLength).toBeLessThan(100);
  });

  test('is failed above its threshold, and names the failures with a few of their tasks', async () => {
    const tasks = waits(10, (index) => (index < 3 ? { fail: 'NotFound' } : {}));
    const kind = 'inline';

    const lenient = await startSwarm({ source: { kind, tasks }, failureThreshold: 0.3 });
    expect(await lenient.result()).toMatchObject({
      state: 'completed-with-failures',
      counts: { total: 10, completed: 7, failed: 3, open: 0 },
      failures: [{ failure: 'NotFound', class: 'data', count: 3, samples: [0, 1, 2] }],
    });
    const strict = await startSwarm({ source: { kind, tasks }, failureThreshold: 0.29 });
    expect(await failureOf(strict)).toMatchObject({ failure: 'TooManyFailures' });
  });

  test('waits while it is paused, takes more tasks, and goes on', async () => {
    const swarm = await startSwarm({
      source: { kind: 'inline', tasks: waits(40, () => ({ ms: 100 })) },
      window: 2,
    });
    await eventually('the swarm works', async () => (await progressOf(swarm)).phase === 'working');
    const word = { by: 'mara', reason: 'a look first' };
    await swarm.executeUpdate('pause', { args: [word] });
    expect(await progressOf(swarm)).toMatchObject({ phase: 'paused', paused: word });
    await swarm.executeUpdate('add', {
      args: [{ ...word, source: { kind: 'inline', tasks: waits(5) } }],
    });
    await swarm.executeUpdate('window', { args: [{ ...word, window: 50 }] });
    await swarm.executeUpdate('resume', { args: [word] });

    expect((await swarm.result()).counts).toMatchObject({ total: 45, completed: 45 });
  });

  test('stops when it is cancelled, and says what it left undone', async () => {
    const tasks = waits(20, (index) => ({ ms: index === 0 ? 0 : 60_000 }));
    const swarm = await startSwarm({ source: { kind: 'inline', tasks } });
    await eventually('the swarm works', async () => (await progressOf(swarm)).squads.open === 1);
    await swarm.executeUpdate('cancel', { args: [{ by: 'mara', reason: 'wrong list' }] });

    await expect(swarm.result()).rejects.toThrow(/cancelled/i);
    const { status } = await swarm.describe();
    expect(status.name).toBe('CANCELLED');
  });

  test('refuses a request that is wrong, naming the place, and begins nothing', async () => {
    const wrong = await startSwarm({
      source: { kind: 'inline', tasks: [{ capability: 'practice.wait', input: { ms: -1 } }] },
    });
    expect(await failureOf(wrong)).toEqual({
      failure: 'InvalidInput',
      message: expect.stringMatching(/^source\.tasks\.0: input\.ms: /),
    });
    const empty = await startSwarm({ source: { kind: 'inline', tasks: [] } });
    expect(await failureOf(empty)).toMatchObject({
      message: expect.stringMatching(/at least one/),
    });
    const lists = await world.database.sql<
      { total: number }[]
    >`select * from task_lists where origin = 'the request'`;
    expect(lists.every((list) => list.total > 0)).toBe(true);
  });
});

describe('a swarm at a vendor', () => {
  const days = (account: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      capability: 'instantly.daily-analytics',
      account,
      input: { date: `2026-04-${String(index + 1).padStart(2, '0')}` },
    }));
  const callsOf = (workspace: string) => world.standIns.requests.list(workspace);

  test('moves to another method as soon as one is plainly broken', async () => {
    const workspace = 'small';
    world.standIns.faults.set([{ workspace, fault: { kind: 'too-large', above: 5 } }]);
    const swarm = await startSwarm({
      source: { kind: 'inline', tasks: days(workspace, 20) },
      window: 1,
    });

    expect(await swarm.result()).toMatchObject({
      state: 'completed',
      methods: [{ capability: 'instantly.daily-analytics', method: 'in-chunks', count: 20 }],
    });
    const whole = callsOf(workspace).filter(
      ({ path, query }) => path.endsWith('analytics/daily') && !query.includes('emails'),
    );
    expect(whole).toHaveLength(5);
  });

  test('tries a task that failed in passing again, alone, while the others go on', async () => {
    const workspace = 'shaky';
    world.standIns.faults.set([{ workspace, nth: 3, fault: { kind: 'status', status: 500 } }]);
    const swarm = await startSwarm({
      source: { kind: 'inline', tasks: days(workspace, 8) },
      window: 1,
    });

    expect(await swarm.result()).toMatchObject({
      counts: { total: 8, completed: 8, failed: 0, retrying: 0, open: 0 },
    });
    expect(callsOf(workspace)).toHaveLength(9);
  });

  /** Milliseconds between the last call that a fault struck and the first one that went well after it. */
  function restOf(workspace: string): number {
    const calls = callsOf(workspace);
    const struck = calls.filter(({ fault }) => fault !== null);
    const [last] = struck.slice(-1);
    const next = calls.find(({ number, fault }) => fault === null && number > (last?.number ?? 0));
    return Date.parse(next?.at ?? '') - Date.parse(last?.endedAt ?? '');
  }

  test.each([
    ['tired', 1, 1],
    ['down', 24, 24],
  ])(
    'leaves a vendor alone as long as it asks, workspace %s with %d tasks that fail at first',
    async (workspace, count, times) => {
      const fault = { kind: 'status', status: 500, retryAfterSeconds: 2 } as const;
      world.standIns.faults.set([{ workspace, times, fault }]);
      const swarm = await startSwarm({
        source: { kind: 'inline', tasks: days(workspace, count) },
        window: 24,
        grain: 24,
      });

      expect((await swarm.result()).counts).toMatchObject({ total: count, completed: count });
      expect(restOf(workspace)).toBeGreaterThanOrEqual(2_000);
    },
  );

  test('pauses by itself while a key is refused, and goes on when a person resumes it', async () => {
    const workspace = 'locked';
    world.standIns.faults.set([{ workspace, fault: { kind: 'status', status: 401 } }]);
    const swarm = await startSwarm({
      source: { kind: 'inline', tasks: days(workspace, 6) },
      window: 2,
    });
    const paused = await eventually('a pause', async () => {
      const now = await progressOf(swarm);
      return now.phase === 'paused' && now.squads.open === 0 && now;
    });
    expect(paused.paused).toMatchObject({
      by: 'the swarm itself',
      reason: expect.stringMatching(/refused the key/),
    });
    expect(callsOf(workspace).length).toBeLessThanOrEqual(2);
    world.standIns.faults.set([]);
    await swarm.executeUpdate('resume', { args: [{ by: 'mara', reason: 'new key' }] });

    expect((await swarm.result()).counts).toMatchObject({ total: 6, completed: 6, failed: 0 });
  });

  test('gives up what is left when nobody mends in time what it stopped for, and says so', async () => {
    const workspace = 'lost';
    world.standIns.faults.set([{ workspace, nth: 3, fault: { kind: 'status', status: 401 } }]);
    const swarm = await startSwarm({
      source: { kind: 'inline', tasks: days(workspace, 6) },
      window: 1,
      waitForPersonSeconds: 1,
      failureThreshold: 1,
    });

    expect(await failureOf(swarm)).toEqual({
      failure: 'NotAnswered',
      message: expect.stringMatching(
        /^Nobody mended in time .*refused the key.* 4 tasks were given/,
      ),
    });
    const [row] = await world.database.sql<{ id: string; totals: unknown }[]>`
      select id, totals from swarms where workflow_id = ${swarm.workflowId}`;
    expect(row?.totals).toMatchObject({
      counts: { total: 6, completed: 2, failed: 4, retrying: 0, open: 0 },
      failures: [
        { failure: 'NotAnswered', count: 4, message: expect.stringMatching(/^Not tried/) },
      ],
    });
    const { workflowId } = swarm;
    const again = await startSwarm({
      source: { kind: 'failed', swarm: workflowId, of: { failure: 'NotAnswered' } },
    });
    expect((await again.result()).counts).toMatchObject({ total: 4, completed: 4 });
  });

  test('tries failed tasks again when it is told to, and only those', async () => {
    const tasks = waits(30, (index) => ({ ms: index === 29 ? 60_000 : 0 }));
    const swarm = await startSwarm({
      source: {
        kind: 'inline',
        tasks: [{ capability: 'practice.wait', input: { fail: 'NotFound' } }, ...tasks.slice(1)],
      },
      window: 30,
    });
    const failed = () =>
      world.database.sql<{ at: Date }[]>`
        select o.at from swarm_outcomes o join swarms s on s.id = o.swarm
        where s.workflow_id = ${swarm.workflowId} and state = 'failed'`;
    const [first] = await eventually('a failure', async () => {
      const rows = await failed();
      return rows.length > 0 && rows;
    });
    const again = { by: 'mara', reason: 'looks mended', of: { class: 'data' } };
    await swarm.executeUpdate('retry-failed', { args: [again] });

    await eventually('another failure', async () => {
      const [now] = await failed();
      return now && first && now.at > first.at;
    });
    await swarm.executeUpdate('cancel', { args: [again] });
    await expect(swarm.result()).rejects.toThrow();
  });

  test('keeps work on the processor in the threads of the pool', async () => {
    const tasks = Array.from({ length: 4 }, (_, index) => ({
      capability: 'practice.compute',
      input: { label: `${index}`, rounds: 1_000 },
    }));
    const swarm = await startSwarm({ source: { kind: 'inline', tasks } });

    expect((await swarm.result()).counts.completed).toBe(4);
  });
});

const progressOf = (swarm: Swarm): Promise<SwarmProgress> => swarm.query('progress');

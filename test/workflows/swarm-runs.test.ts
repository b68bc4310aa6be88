import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { NewSwarm, SwarmOutcome, SwarmProgress } from '../../src/contracts/swarm.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
});
afterAll(() => world.close());

test('a swarm goes on as a new run again and again, loses no word on the way, and counts exactly', async () => {
  const tasks = Array.from({ length: 18 }, (_, index) => ({
    capability: 'practice.wait',
    input: { ms: 20, ...(index % 6 === 5 ? { fail: 'NotFound' } : {}) },
  }));
  const request: NewSwarm = {
    ...{ title: 'Many runs', source: { kind: 'inline', tasks }, failureThreshold: 1 },
    ...{ window: 2, squads: { tasks: 1, aRun: 3 } },
  };
  const swarm = await world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>(
    'swarm',
    { workflowId: 'swarm/many-runs', taskQueue: systemQueue, args: [request] },
  );
  const progress = () => swarm.query<SwarmProgress>('progress');
  const runs = new Set<string>();
  let retried = 0;
  /** False once the swarm has ended, so that nobody hears it. */
  const hears = async (update: string): Promise<boolean> => {
    runs.add((await swarm.describe()).runId);
    try {
      await swarm.executeUpdate(update, { args: [{ by: 'mara', reason: update }] });
      return true;
    } catch (error) {
      const { status } = await swarm.describe();
      if (status.name === 'RUNNING' && (await progress()).phase === 'working') throw error;
      return false;
    }
  };
  await eventually('the swarm works', async () => (await progress()).phase === 'working');
  while (await hears('pause')) {
    await eventually('all to stand still', async () => (await progress()).squads.open === 0);
    expect((await progress()).paused).toEqual({ by: 'mara', reason: 'pause' });
    if (retried < 4 && (await hears('retry-failed'))) retried += 1;
    await hears('resume');
  }

  expect((await swarm.result()).counts).toEqual({
    ...{ total: 18, completed: 15, failed: 3, retrying: 0, open: 0 },
  });
  expect(retried).toBeGreaterThan(0);
  expect(runs.size).toBeGreaterThan(1);
  for (const run of runs) {
    const past = world.client.workflow.getHandle(swarm.workflowId, run);
    expect((await past.describe()).historyLength).toBeLessThan(500);
  }
}, 180_000);

test('an activity whose time is over leaves the tasks it has not begun to others, which do them once', async () => {
  const tasks = Array.from({ length: 8 }, (_, index) => ({
    capability: 'practice.wait',
    input: { label: `boxed ${index}`, ms: 400 },
  }));
  const request: NewSwarm = {
    ...{ title: 'Longer than thought', source: { kind: 'inline', tasks }, window: 1 },
  };
  const workflowId = 'swarm/boxed';
  const { counts } = await world.client.workflow.execute<
    (request: NewSwarm) => Promise<SwarmOutcome>
  >('swarm', { workflowId, taskQueue: systemQueue, args: [request] });
  expect(counts).toMatchObject({ total: 8, completed: 8 });
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  const carried = events?.filter((event) => event.activityTaskScheduledEventAttributes) ?? [];
  expect(carried.length).toBeGreaterThan(1);
  const [tries] = await world.database.sql<{ tasks: number }[]>`
    select sum(tasks)::int as tasks from swarm_tries t join swarms s on s.id = t.swarm
    where s.workflow_id = ${workflowId}`;
  expect(tries?.tasks).toBe(8);
}, 60_000);

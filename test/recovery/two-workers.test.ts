import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AgentList, type AgentInfo } from '../../src/contracts/api.ts';
import { createTopics } from '../../src/platform/topics.ts';
import { serve, type Served } from '../dashboard/serve.ts';
import { agentic, envOf } from '../cli/agentic.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let dashboard: Served;
let workers: WorkerProcess[];
const folder = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  dashboard = await serve(world);
  const first = await startWorker(world, folder);
  workers = [first, await startWorker(world, folder)];
}, 120_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  await dashboard.close();
  await world.close();
});

const practice = async (): Promise<AgentInfo> => {
  const { agents } = AgentList.parse((await dashboard.get('/api/agents')).body);
  const found = agents.find(({ id }) => id === 'practice');
  if (!found) throw new Error('the agent practice is not declared');
  return found;
};

const triesOf = ({ workers: all }: AgentInfo, how: 'done' | 'failed'): number =>
  all.reduce((sum, { load }) => sum + load.sinceStart[how], 0);

test('two workers share 200 tasks, at least a quarter each, and say what each has done', async () => {
  const wait = (n: number) => ({
    capability: 'practice.wait',
    account: 'default',
    input: { label: `task-${n}`, ms: 50 },
  });
  const handles = await Promise.all(Array.from({ length: 200 }, (_, n) => world.start(wait(n))));
  await Promise.all(handles.map((handle) => handle.result()));
  // a try that was interrupted is counted too
  const agent = await eventually('200 to be counted', async () => {
    const now = await practice();
    return now.state === 'idle' && triesOf(now, 'done') >= 200 && now;
  });

  expect(agent.workers).toHaveLength(2);
  for (const { load, share, freeSlots, slots, loopDelayMs, agentState } of agent.workers) {
    expect(load.sinceStart.done).toBeGreaterThanOrEqual(50);
    expect(load.lastHour).toEqual(load.sinceStart);
    expect(load.sinceStart.busySeconds).toBeGreaterThanOrEqual(load.sinceStart.done * 0.049);
    expect(share).toBeCloseTo(load.sinceStart.done / triesOf(agent, 'done'));
    expect(freeSlots).toBe(slots);
    expect(loopDelayMs).toBeGreaterThanOrEqual(0);
    expect(agentState).toBe('idle');
  }
  const { out } = await agentic(['agents'], { env: envOf(world) });
  expect(out).toMatch(/served by 2 workers, idle/);
}, 90_000);

test('a worker killed in the middle of a delivery loses no message and doubles no task', async () => {
  const topics = createTopics(world);
  await topics.subscribe('leads', { target: { kind: 'task', capability: 'practice.wait' } });
  const started = async () => {
    const rows = await world.database.sql<{ runs: number }[]>`
      select count(*)::int as runs from runs where requested_by_name like 'topic/leads#%'
      group by title`;
    return rows.map(({ runs }) => runs);
  };
  for (let n = 0; n < 60; n += 1) {
    await topics.publish('leads', { id: `m${n}`, payload: { label: `message-${n}` } }, 'mara');
  }
  await eventually('some to be delivered', async () => (await started()).length > 5);
  await workers.pop()?.end('SIGKILL');
  const runs = await eventually(
    'all to be delivered',
    async () => {
      const all = await started();
      return all.length === 60 && all;
    },
    60_000,
  );
  expect(runs.every((each) => each === 1)).toBe(true);
  await eventually('nobody to be behind', async () =>
    (await topics.show('leads')).subscribers.every(({ behind }) => behind === 0),
  );
}, 90_000);

test('tries that fail are counted apart', async () => {
  const before = triesOf(await practice(), 'failed');
  for (let n = 0; n < 3; n += 1) {
    await world.failureOf({
      capability: 'practice.wait',
      account: 'default',
      input: { label: `bad-${n}`, fail: 'NotFound' },
    });
  }
  await eventually('three more', async () => triesOf(await practice(), 'failed') === before + 3);
}, 60_000);

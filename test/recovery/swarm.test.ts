import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { NewSwarm, SwarmOutcome } from '../../src/contracts/swarm.ts';
import { createTaskLists } from '../../src/platform/task-lists.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let worker: WorkerProcess;
const folder = scratchFolder();

beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  worker = await startWorker(world, folder);
}, 120_000);
afterAll(async () => {
  await worker.end('SIGKILL');
  await world.close();
});

test('a swarm whose worker is killed twice does every task, and counts each once', async () => {
  const total = 2_000;
  const { id: list } = await createTaskLists(world.database).load(
    Array.from({ length: total }, (_, index) => ({
      at: `task ${index}`,
      task: { capability: 'practice.wait', input: { label: `${index}`, ms: 20 } },
    })),
    'test',
  );
  const swarm = await world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>(
    'swarm',
    {
      workflowId: 'swarm/kill',
      taskQueue: systemQueue,
      args: [{ title: 'Kill', source: { kind: 'list', list }, window: 20 }],
    },
  );
  const done = async (): Promise<number> => {
    const [row] = await world.database.sql<{ done: number }[]>`
      select count(*)::int as done from swarm_outcomes where state = 'completed'`;
    return row?.done ?? 0;
  };
  for (const share of [0.2, 0.5]) {
    await eventually('some tasks', async () => (await done()) > total * share, 60_000);
    await worker.end('SIGKILL');
    expect(await done()).toBeLessThan(total);
    worker = await startWorker(world, folder);
  }

  expect((await swarm.result()).counts).toEqual({
    total,
    completed: total,
    failed: 0,
    retrying: 0,
    open: 0,
  });
}, 180_000);

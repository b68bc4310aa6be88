/** A million tasks, or as many as `TASKS` says. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { NewSwarm, SwarmOutcome } from '../../src/contracts/swarm.ts';
import type { PlacedTask } from '../../src/platform/checked-tasks.ts';
import { createTaskLists } from '../../src/platform/task-lists.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

const total = Number(process.env.TASKS ?? 1_000_000);
const kills = 3;
const allowed = { mb: 700, children: 1_000, events: 10_240 };
const settings = { env: { MAX_AGENTS: '500' } };
let world: World;
let worker: WorkerProcess;
const folder = scratchFolder();

beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  worker = await startWorker(world, folder, settings);
});
afterAll(async () => {
  await worker.end('SIGKILL');
  await world.close();
});

function* tasks(): Generator<PlacedTask> {
  for (let index = 0; index < total; index += 1) {
    yield {
      at: `task ${index}`,
      task: { capability: 'practice.wait', input: { label: `${index}` } },
    };
  }
}

/** The most the worker had resident so far. */
const mostMb = (): number => {
  const status = readFileSync(`/proc/${worker.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1_024;
};

/** How far the outcomes reach; asked often, so nothing is counted. */
async function reached(swarm: string): Promise<number> {
  const [row] = await world.database.sql<{ last: number | null }[]>`
    select max(index) as last from swarm_outcomes where swarm = ${swarm}`;
  return (row?.last ?? -1) + 1;
}

const counted = async () => {
  const [row] = await world.database.sql<{ rows: number; sum: number }[]>`
    select count(*)::int as rows, sum(index)::float8 as sum from swarm_outcomes
    where state = 'completed'`;
  return row;
};

/** Events of the root and of each of its squads. */
async function eventsOfAll(workflowId: string): Promise<readonly number[]> {
  const lengthOf = async (id: string) =>
    (await world.client.workflow.getHandle(id).describe()).historyLength;
  const events = [await lengthOf(workflowId)];
  for (;;) {
    try {
      events.push(await lengthOf(`${workflowId}:squad-${events.length}`));
    } catch {
      return events;
    }
  }
}

test('a million tasks, their worker killed three times on the way: each is done and counted once, in short runs and little memory', async () => {
  const { id: list } = await createTaskLists(world.database).load(tasks(), 'a test');
  const workflowId = 'swarm/million';
  const swarm = await world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>(
    'swarm',
    {
      workflowId,
      taskQueue: systemQueue,
      args: [{ title: 'Million', source: { kind: 'list', list }, window: 500 }],
    },
  );
  const mb: number[] = [];
  for (let kill = 1; kill <= kills; kill += 1) {
    const share = (total * kill) / (kills + 1);
    await eventually(
      'its share of the tasks',
      async () => (await reached(swarm.firstExecutionRunId)) >= share,
      1_200_000,
    );
    mb.push(mostMb());
    await worker.end('SIGKILL');
    expect((await counted())?.rows).toBeLessThan(total);
    worker = await startWorker(world, folder, settings);
  }
  const { counts } = await swarm.result();
  mb.push(mostMb());

  expect(counts).toEqual({ total, completed: total, failed: 0, retrying: 0, open: 0 });
  expect(await counted()).toEqual({ rows: total, sum: (total * (total - 1)) / 2 });
  const events = await eventsOfAll(workflowId);
  expect(events.length - 1).toBeLessThanOrEqual(allowed.children);
  expect(Math.max(...events)).toBeLessThanOrEqual(allowed.events);
  expect(Math.max(...mb)).toBeLessThan(allowed.mb);
}, 3_600_000);

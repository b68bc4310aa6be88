import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { SwarmStart } from '../../src/contracts/memory.ts';
import type { NewSwarm, SwarmOutcome, SwarmTask } from '../../src/contracts/swarm.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { explainLesson } from '../../src/platform/memory-explain.ts';
import { createMemoryStore, type MemoryOwner } from '../../src/platform/memory-store.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { today: '2026-06-01', defaults: { mailboxes: 12 } },
    env: { INSTANTLY_API_KEY_TIRED: 'stand-in-tired' },
  });
});
afterAll(() => world.close());

/** Lets a swarm come to its end, and memory take note of it. */
async function swarmOf(
  name: string,
  of: MemoryOwner,
  {
    tasks,
    ...request
  }: Partial<NewSwarm> & { readonly tasks: readonly z.input<typeof SwarmTask>[] },
) {
  const handle = await world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>(
    'swarm',
    {
      workflowId: `swarm/starts/${name}`,
      taskQueue: systemQueue,
      args: [{ title: name, source: { kind: 'inline', tasks: [...tasks] }, ...request }],
    },
  );
  expect((await handle.result()).state).toBe('completed');
  const { sql } = world.database;
  const [row] = await eventually('memory to take note', async () => {
    const rows = await sql<{ id: string; starts: unknown }[]>`
      select s.id, s.starts from swarms s where s.workflow_id = ${handle.workflowId}
        and exists (select from swarm_tries where swarm = s.id)
        and not exists (select from swarm_tries where swarm = s.id and distilled_at is null)`;
    return rows.length > 0 && rows;
  });
  const { memory } = await createMemoryStore(world.database).current(of);
  return {
    runId: row?.id ?? '',
    starts: SwarmStart.array().parse(row?.starts),
    lessons: memory.lessons.filter(({ rule }) => rule.kind === 'start'),
  };
}

/** What a swarm's first squad was told that its tasks take; milliseconds. */
async function toldMs(name: string): Promise<number | undefined> {
  const squad = world.client.workflow.getHandle(`swarm/starts/${name}:squad-1`);
  const { events } = await squad.fetchHistory();
  const data = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
  const request: unknown = JSON.parse(Buffer.from(data ?? '').toString());
  return z.object({ taskMs: z.number().optional() }).parse(request).taskMs;
}

test('a swarm begins with the grain that memory keeps of the one before, and says by which lesson', async () => {
  const of = { agent: 'practice', world: 'stand-in' } as const;
  const waits = (swarm: string) =>
    Array.from({ length: 400 }, (_, index) => ({
      capability: 'practice.wait',
      input: { label: `${swarm}-${index}` },
    }));
  const first = await swarmOf('first', of, {
    tasks: waits('first'),
    window: 4,
    squads: { tasks: 1_000 },
  });
  expect(first.starts).toEqual([]);
  expect(await toldMs('first')).toBeUndefined();
  expect(first.lessons).toMatchObject([
    { capability: 'practice.wait', rule: { kind: 'start', tunable: 'grain' }, runs: 1, helped: 0 },
  ]);

  const second = await swarmOf('second', of, {
    tasks: waits('second'),
    window: 4,
    squads: { tasks: 1_000 },
  });
  const [lesson] = first.lessons;
  expect(second.starts).toEqual([
    expect.objectContaining({ ...of, lesson: lesson?.id, rule: lesson?.rule, why: lesson?.why }),
  ]);
  const { value } = z.object({ value: z.number() }).parse(lesson?.rule);
  expect(await toldMs('second')).toBeCloseTo(1_000 / value);
  expect(second.lessons).toMatchObject([{ id: lesson?.id, runs: 2, helped: 400 }]);
  const { obeyedBy, evidence } = await explainLesson(world.database, of, lesson?.id ?? '');
  expect(obeyedBy).toMatchObject({ total: 1, runs: [{ runId: second.runId }] });
  expect(evidence).toHaveLength(2);
});

test('a rate that a vendor stopped more than once is where the next swarm begins, and it may grow', async () => {
  const of = { agent: 'instantly', world: 'live' } as const;
  const key = 'instantly:tired';
  const days = (month: string) =>
    Array.from({ length: 20 }, (_, day) => ({
      capability: 'instantly.daily-analytics',
      account: 'tired',
      input: { date: `2026-${month}-${String(day + 1).padStart(2, '0')}` },
    }));
  world.standIns.faults.set(
    [4, 8, 12].map((nth) => ({
      ...{ workspace: 'tired', nth },
      fault: { kind: 'status', status: 429, retryAfterSeconds: 1 },
    })),
  );
  const first = await swarmOf('stopped', of, { tasks: days('03'), window: 1 });
  world.standIns.faults.clear();
  expect(first.lessons).toMatchObject([
    { account: 'tired', rule: { kind: 'start', tunable: 'rate' }, runs: 1 },
  ]);
  const [kept] = first.lessons;
  const rate = kept?.rule.kind === 'start' ? kept.rule.value : 0;
  expect(rate).toBeGreaterThan(0.3);
  expect(rate).toBeLessThan(1);

  // whatever it was let to meanwhile, a swarm begins at that rate
  const keys = createFlowKeys(world.database);
  await keys.open(key, { by: 'mara', reason: 'a test', isConfirmed: true });
  const second = await swarmOf('calm', of, { tasks: days('04').slice(0, 5), window: 1 });
  expect(second.starts).toMatchObject([{ lesson: kept?.id, account: 'tired' }]);
  const [now] = (await keys.list()).filter((each) => each.key === key);
  expect(now?.share).toBeGreaterThan(rate);
  // five tasks, at most two calls each, of which each gives back a fiftieth
  expect(now?.share).toBeLessThan(rate + 0.21);
  const grown = second.lessons[0]?.rule;
  expect(grown?.kind === 'start' ? grown.value : 1).toBeGreaterThan(rate);
}, 60_000);

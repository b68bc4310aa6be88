import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { NewTask, TaskOutcome } from '../../src/contracts/runs.ts';
import {
  createMemoryStore,
  type MemorySnapshot,
  type MemoryStore,
} from '../../src/platform/memory-store.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

const of = { agent: 'instantly', world: 'stand-in' } as const;
let world: World;
let memories: MemoryStore;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { today: '2026-06-01', defaults: { mailboxes: 200 } },
  });
  memories = createMemoryStore(world.database);
});
afterAll(() => world.close());
beforeEach(() => world.standIns.faults.clear());

const daily = (date: string) => ({
  capability: 'instantly.daily-analytics',
  account: 'tour',
  input: { date },
});

/** Lets a run come to its end, and memory take note of it. */
async function done(task: NewTask): Promise<{
  readonly outcome: TaskOutcome;
  readonly workflowId: string;
  readonly runId: string;
  readonly after: MemorySnapshot;
}> {
  const handle = await world.start(task);
  const outcome = await handle.result();
  const { runId } = await handle.describe();
  return { outcome, workflowId: handle.workflowId, runId, after: await memoryAfter(runId) };
}

const memoryAfter = (runId: string): Promise<MemorySnapshot> =>
  eventually('memory to take note', async () => {
    const [row] = await world.database.sql`
      select from runs where run_id = ${runId} and distilled_at is not null`;
    return row ? await memories.current(of) : undefined;
  });

const rulesOf = ({ memory }: MemorySnapshot) => memory.lessons.map(({ rule }) => rule);

test('a question that is too large is learnt once, with run and event, and not asked again', async () => {
  world.standIns.faults.set([{ fault: { kind: 'too-large', above: 50 } }]);
  const first = await done(daily('2026-05-04'));
  expect(first.outcome).toMatchObject({
    method: 'in-chunks',
    tried: [{ method: 'whole-workspace', failure: 'TooLarge' }],
    memory: { world: 'stand-in', seq: 0, heeded: [] },
  });
  expect(rulesOf(first.after)).toEqual([
    { kind: 'avoid', method: 'whole-workspace' },
    { kind: 'bound', tunable: 'chunkSize', side: 'at-most', value: 50 },
    { kind: 'prefer', method: 'in-chunks' },
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

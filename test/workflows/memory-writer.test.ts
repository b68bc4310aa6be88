import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAnnealActivities } from '../../src/activities/anneal.ts';
import { createEvidence } from '../../src/platform/evidence.ts';
import { createMemoryStore, type MemoryStore } from '../../src/platform/memory-store.ts';
import { remember } from '../../src/rules/remember.ts';
import { annealed } from '../support/annealed.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

const of = { agent: 'instantly', world: 'stand-in' } as const;
let world: World;
let memories: MemoryStore;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
  memories = createMemoryStore(world.database);
});
afterAll(() => world.close());

/** A run that is over. @returns its run id. */
async function ran(date: string): Promise<string> {
  const daily = { capability: 'instantly.daily-analytics', account: 'tour', input: { date } };
  const handle = await world.start(daily);
  await handle.result();
  return (await handle.describe()).runId;
}
const observed = async (): Promise<readonly string[]> =>
  (await memories.log(of)).flatMap((entry) =>
    entry.kind === 'observed' ? entry.observations.map(({ id }) => id) : [],
  );

test('many who distil at once count nothing twice', async () => {
  const evidence = createEvidence(world.database);
  const activities = createAnnealActivities({ client: world.client, memories, evidence });
  const runId = await ran('2026-05-20');
  await Promise.all(Array.from({ length: 6 }, () => activities.distil(of)));
  const ids = await observed();
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => id.startsWith(runId))).toHaveLength(1);
  expect((await memories.newest(of)).memory).toEqual(remember(await memories.log(of)));
});

test('the history of whoever writes a memory stays short, and the next one goes on', async () => {
  await ran('2026-05-21');
  await annealed(world.database);
  const { workflow } = world.client;
  const writer = workflow.getHandle('anneal/instantly/stand-in');
  const { runId } = await writer.describe();
  await eventually(
    'the next one',
    async () => {
      await writer.signal('wake');
      return (await writer.describe()).runId !== runId;
    },
    60_000,
  );
  const { status, historyLength } = await workflow.getHandle(writer.workflowId, runId).describe();
  expect(status.name).toBe('CONTINUED_AS_NEW');
  expect(historyLength).toBeLessThan(350);
  const later = await ran('2026-05-22');
  await annealed(world.database);
  expect((await observed()).some((id) => id.startsWith(later))).toBe(true);
});

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { HumanAct, NewMemoryEntry, Observation } from '../../src/contracts/memory.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createMemoryStore, hashOf, type MemoryStore } from '../../src/platform/memory-store.ts';
import { remember } from '../../src/rules/remember.ts';
import { observation } from '../support/observations.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

const of = { agent: 'instantly', world: 'stand-in' } as const;
let own: TestDatabase;
let database: Database;
let memories: MemoryStore;
beforeAll(async () => {
  own = await testDatabase('memory');
  database = openDatabase(own.url, 8);
  memories = createMemoryStore(database);
});
beforeEach(async () => {
  await database.sql`truncate memory_entries, memory_observations, memory_snapshots, memory_canaries`;
  memories = createMemoryStore(database);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const observed = (...observations: Observation[]): NewMemoryEntry => ({
  kind: 'observed',
  at: '2026-05-05T06:00:10.000Z',
  observations,
});
const told = (act: HumanAct): NewMemoryEntry => ({
  kind: 'human',
  at: '2026-05-05T07:00:00.000Z',
  by: { kind: 'person', name: 'mara' },
  reason: 'a test',
  act,
});
const rescued = (run: string) => [
  observation({ run, failure: 'Gone' }),
  observation({ run, method: 'in-chunks', at: '2026-05-05T06:00:01.000Z' }),
];

test('counts an observation once, whoever repeats it, and leaves no entry for nothing new', async () => {
  const [a, b] = rescued('run-1');
  if (!a || !b) throw new Error('expected two');
  await memories.append(of, observed(a, a));
  const after = await memories.append(of, observed(a, b, b));
  expect(await memories.append(of, observed(b, a))).toEqual(after);
  const log = await memories.log(of);
  expect(log.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(log.map((entry) => entry.kind === 'observed' && entry.observations)).toEqual([[a], [b]]);
});

test('numbers entries without a gap while many write, and memory is the fold of the log', async () => {
  const others = [memories, createMemoryStore(database), createMemoryStore(database)];
  await Promise.all(
    Array.from({ length: 30 }, async (_, index) =>
      others[index % 3]?.append(of, observed(...rescued(`run-${index % 20}`))),
    ),
  );
  const log = await memories.log(of);
  expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  const { seq, hash, memory } = await memories.newest(of);
  expect(seq).toBe(20);
  expect(memory).toEqual(remember(log));
  expect(hash).toBe(hashOf(remember(log)));
  expect(memory.lessons.map(({ rule }) => rule)).toEqual([
    { kind: 'avoid', method: 'whole-workspace' },
    { kind: 'prefer', method: 'in-chunks' },
  ]);
  expect(await memories.current(of)).toEqual(await others[1]?.current(of));
  expect(await memories.owners()).toEqual([of]);
});

test('keeps worlds and agents apart', async () => {
  await memories.append(of, observed(...rescued('run-1')));
  expect((await memories.current({ ...of, world: 'live' })).memory.lessons).toEqual([]);
  expect((await memories.current({ ...of, agent: 'practice' })).seq).toBe(0);
});

test('refuses a memory beyond what is declared, keeps obeying the one before, and a person goes back', async () => {
  const before = await memories.append(of, observed(observation({ run: 'run-1' })));
  const odd = {
    ...observation({ run: 'run-2', method: 'in-chunks' }),
    tunables: { chunkSize: 200 },
    accepted: { chunkSize: 0 },
  };
  const after = await memories.append(of, observed(odd));
  expect(after).toMatchObject({
    seq: 2,
    refused: expect.stringContaining('would move chunkSize to 0, and 1 to 200 are declared'),
  });
  expect(await memories.current(of)).toEqual(before);
  expect(await memories.at(of, 2)).toEqual(after);
  const further = await memories.append(of, observed(observation({ run: 'run-3' })));
  expect(further.refused).not.toBeNull();
  const back = await memories.append(of, told({ kind: 'rolled-back', to: 1 }));
  expect(await memories.current(of)).toEqual(back);
});

test('goes back to an earlier memory when a person says so, and never gives an id again', async () => {
  await memories.append(of, observed(observation({ run: 'run-0' })));
  const learnt = await memories.append(of, observed(...rescued('run-1')));
  const back = await memories.append(of, told({ kind: 'rolled-back', to: 1 }));
  expect(back).toMatchObject({ seq: 3, refused: null, memory: { lessons: [] } });
  expect(back.memory.nextLesson).toBe(learnt.memory.nextLesson);
  expect(await memories.current(of)).toEqual(back);
  expect(back.memory).toEqual(remember(await memories.log(of)));
});

test('makes memory anew from the log when its rules are others than those of the snapshot', async () => {
  await memories.append(of, observed(...rescued('run-1')));
  await database.sql`update memory_snapshots set rules = 0, memory = ${'{"seq":1,"nextLesson":9,"lessons":[],"records":[]}'}::text::jsonb`;
  const { memory } = await memories.append(of, observed(...rescued('run-2')));
  expect(memory).toEqual(remember(await memories.log(of)));
  expect(memory.lessons).toHaveLength(2);
});

const wish = (owner: string, canary = { kind: 'lesson', lesson: 'L-0001' } as const) => ({
  ...of,
  capability: 'instantly.daily-analytics',
  account: 'tour',
  canary,
  owner,
});

test('lets one run try for all, gives it its own again, and the next one when it is done', async () => {
  const owners = Array.from({ length: 20 }, (_, index) => `run-${index}`);
  const claims = await Promise.all(owners.map((owner) => memories.claimCanary(wish(owner))));
  const [winner = '', ...others] = owners.filter((_, index) => claims[index] !== null);
  expect(others).toEqual([]);
  expect(await memories.claimCanary(wish(winner))).toEqual({ kind: 'lesson', lesson: 'L-0001' });
  expect(await memories.claimCanary(wish('late'))).toBeNull();
  await memories.releaseCanaries(of, [winner]);
  expect(await memories.claimCanary(wish('late'))).not.toBeNull();
  await database.sql`update memory_canaries set expires = now() - interval '1 second'`;
  expect(await memories.claimCanary(wish('later'))).not.toBeNull();
});

test('tries a method that nobody knows once a day', async () => {
  const exploring = (owner: string) =>
    memories.claimCanary({ ...wish(owner), canary: { kind: 'method', method: 'in-chunks' } });
  expect(await exploring('run-1')).toEqual({ kind: 'method', method: 'in-chunks' });
  await memories.releaseCanaries(of, ['run-1']);
  expect(await exploring('run-2')).toBeNull();
  expect(await memories.claimCanary(wish('run-2'))).not.toBeNull();
  await memories.releaseCanaries(of, ['run-2']);
  await database.sql`update memory_canaries set explored_at = now() - interval '25 hours'`;
  expect(await exploring('run-3')).not.toBeNull();
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { annealStorm, stormEnv } from '../support/anneal-storm.ts';
import { scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

const seed = Number(process.env.SEED ?? 11);
let world: World;
const stateDir = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: { today: '2026-06-01', defaults: { mailboxes: 250 } },
    env: stormEnv,
  });
});
afterAll(() => world.close());

test('after many kills and edits memories are what their logs give', async () => {
  const after = await annealStorm(world, { seed, kills: Number(process.env.KILLS ?? 40), stateDir });
  console.info(JSON.stringify(after.figures));
  expect(after.complaints).toEqual([]);
  expect(after.verified.map(({ difference }) => difference)).toEqual([null, null, null]);
}, 1_800_000);

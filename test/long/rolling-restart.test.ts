import { loadavg } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { restartInTurn } from '../support/rolling-restart.ts';
import { scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

const heldAtMostMs = 5_000;
let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
}, 120_000);
afterAll(() => world.close());

test('two workers replaced one after the other hold no task longer than 5 s', async () => {
  const seen = await restartInTurn(world, scratchFolder(), { seconds: 25, runEveryMs: 500 });
  const load = loadavg().map((each) => Math.round(each * 10) / 10);
  console.info(JSON.stringify({ ...seen, load }));

  expect(seen.counts).toMatchObject({ total: seen.tasks, completed: seen.tasks });
  expect(seen.lostTries).toBe(0);
  expect(seen.gapMs.draining - seen.gapMs.before).toBeLessThanOrEqual(heldAtMostMs);
  expect(seen.runMs.draining - seen.runMs.before).toBeLessThanOrEqual(heldAtMostMs);
}, 400_000);

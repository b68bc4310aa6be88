import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { agentic, envOf } from '../cli/agentic.ts';
import { annealStorm, stormEnv } from '../support/anneal-storm.ts';
import { scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

const seed = Number(process.env.SEED ?? 1);
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

test('workers killed at random and files edited by hand leave memories that their logs give again', async () => {
  const { verified, complaints, figures } = await annealStorm(world, { seed, kills: 6, stateDir });
  console.info(JSON.stringify(figures));
  expect(complaints).toEqual([]);
  expect(verified.map(({ agent, world: of, difference }) => [agent, of, difference])).toEqual([
    ['instantly', 'live', null],
    ['instantly', 'stand-in', null],
    ['practice', 'stand-in', null],
  ]);
  const { out, code } = await agentic(['anneal', 'verify'], {
    env: {
      ...envOf(world),
      AGENTIC_STATE_DIR: stateDir,
      INFORMATION_DIR: join(stateDir, 'lessons'),
    },
  });
  expect(out.match(/: ok, .* byte for byte/g)).toHaveLength(3);
  expect(code).toBe(0);
}, 400_000);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runLarge } from '../support/large-history.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
});
afterAll(() => world.close());

test('1,000 calls with answers of 100 KB leave a history of less than 2 MB', async () => {
  const run = await runLarge(world, 1_000, 100_000);
  console.info(`history: ${run.historyBytes} bytes, ${run.historyEvents} events`);
  expect(run).toMatchObject({ sum: 100_000_000, payloads: 1_000 });
  expect(run.historyBytes).toBeLessThan(2_000_000);
}, 600_000);

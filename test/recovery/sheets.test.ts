import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const stateDir = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: { google: { readsPerMinute: 10_000, writesPerMinute: 10_000 } },
  });
  const limits = { perSecond: 500, perMinute: 30_000, atOnce: 50 };
  const person = { by: 'a test', reason: 'to be quick' };
  await createFlowKeys(world.database).setLimits('google:tour', limits, person);
});
afterAll(() => world.close());

const Values = z.object({ values: z.array(z.array(z.string())).default([]) });
async function standing(): Promise<string[][]> {
  const response = await fetch(`${world.standIns.url}/v4/spreadsheets/tour_leads/values/Leads`, {
    headers: { authorization: 'Bearer stand-in-tour' },
  });
  return Values.safeParse(await response.json()).data?.values ?? [];
}

test('a worker killed in the middle of an upsert leaves each row once, and the next one goes on at once', async () => {
  // Rows of 5 kB, so that a thousand of them are three pieces; the answer to the first comes late.
  const rows = Array.from({ length: 1_000 }, (_, n) => ({
    Key: `row ${n}`,
    Text: 'x'.repeat(5_000),
  }));
  const path = '/v4/spreadsheets/tour_leads/values:batchUpdate';
  world.standIns.faults.set([{ path, nth: 2, fault: { kind: 'late', delayMs: 15_000 } }]);

  const first = await startWorker(world, stateDir);
  const handle = await world.start({
    capability: 'sheets.upsert',
    account: 'tour',
    input: { tab: 'Leads', key: ['Key'], rows },
  });
  const written = await eventually('two pieces at the vendor', async () => {
    const { length } = await standing();
    return length > 600 && length;
  });
  await first.end('SIGKILL');
  expect(written).toBeLessThan(1_001);
  const second = await startWorker(world, stateDir);
  const { result } = await handle.result();
  await second.end('SIGTERM');

  const keys = (await standing()).map(([key]) => key);
  expect(keys).toEqual(['Key', ...rows.map(({ Key }) => Key)]);
  expect(result).toMatchObject({ rows: 1_000, unchanged: written - 1, added: 1_001 - written });
}, 180_000);

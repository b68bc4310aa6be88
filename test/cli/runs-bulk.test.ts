import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { BulkCounts } from '../../src/contracts/bulk.ts';
import { Struggling } from '../../src/contracts/struggling.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  env = envOf(world);
});
afterAll(() => world.close());

test('says to how many it would be done, does it with --yes, and tells how it went', async () => {
  for (const label of ['pick-1', 'pick-2', 'other']) {
    await world.start({ capability: 'practice.wait', input: { label, ms: 600_000 } });
  }
  await eventually('all three', async () => {
    const rows = await world.database.sql`select from runs where type = 'task'`;
    return rows.length === 3;
  });
  const filter = ['--agent', 'practice', '--q', 'pick-'];
  const cancel = ['runs', 'bulk', 'cancel', ...filter, '--reason', 'wrong list'];
  const asked = await agentic(cancel, { env });
  expect(asked).toMatchObject({ code: 0, out: expect.stringMatching(/2 +task/) });
  expect(asked.err).toContain('Nothing was done. To cancel 2 runs, say it again with --yes.');

  const said = await agentic([...cancel, '--yes', '--json'], { env });
  const { counts } = z.object({ counts: BulkCounts }).parse(JSON.parse(said.out));
  expect({ code: said.code, counts }).toEqual({
    code: 0,
    counts: { total: 2, done: 2, skipped: 0, failed: 0, open: 0 },
  });
  const audit = await world.database.sql`
    select action, "from", reason from audit where action <> 'bulk.start'`;
  const row = { action: 'run.cancel', from: 'bulk', reason: 'wrong list' };
  expect([...audit]).toEqual([row, row]);
});

test('tells what struggles, or that nothing does', async () => {
  expect((await agentic(['struggling'], { env })).err).toContain('Nothing struggles.');
  await world.start({
    capability: 'practice.wait',
    input: { label: 'three', fail: 'VendorSilent' },
  });
  const found = await eventually('the cause', async () => {
    const { out } = await agentic(['struggling', '--json', '--agent', 'practice'], { env });
    const { causes } = Struggling.parse(JSON.parse(out));
    return causes.length > 0 && causes;
  });
  expect(found).toMatchObject([{ capability: 'practice.wait', tasks: 1, state: 'retrying' }]);
  const { out } = await agentic(['struggling'], { env });
  expect(out).toContain('Main cause: practice:default has trouble (VendorSilent).');
  expect((await agentic(['struggling', '--min-attempt', 'x'], { env })).code).toBe(2);
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Checks, DataView } from '../../src/contracts/settings.ts';
import { registerSearchAttributes } from '../../src/platform/search-attributes.ts';
import { scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let served: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  // what looks at logins is a process of its own, which reads the environment
  const { TEMPORAL_NAMESPACE, DATABASE_URL, SANDBOX_URL } = world.config;
  const AGENTIC_STATE_DIR = scratchFolder();
  Object.assign(process.env, { TEMPORAL_NAMESPACE, DATABASE_URL, SANDBOX_URL, AGENTIC_STATE_DIR });
  await registerSearchAttributes(world.client);
  served = await serve(world);
});
afterAll(async () => {
  await served.close();
  await world.close();
});

test('checks work with no worker running, and ask the vendors once for all who look at once', async () => {
  const answers = await Promise.all([served.get('/api/checks'), served.get('/api/checks')]);
  const [first, second] = answers.map(({ body }) => Checks.parse(body));
  expect(second).toEqual(first);
  const found = (about: string) => first?.findings.find((each) => each.about === about);
  expect(first?.isWell).toBe(false);
  expect(found('workers')).toMatchObject({
    state: 'wrong',
    message: expect.stringMatching(/^No worker serves any queue: start one with/),
  });
  expect(found('login instantly/default')).toMatchObject({ state: 'ok' });
  expect(found('login sheets/default')).toMatchObject({ state: 'ok' });
  const asked = world.standIns.requests.list('default').length;
  await served.get('/api/checks');
  expect(world.standIns.requests.list('default')).toHaveLength(asked);
  expect(await served.get('/api/checks?again=no')).toMatchObject({ status: 400 });
}, 60_000);

test('data names the settings that keep rows, and every table', async () => {
  const { keep, tables, overdue, older } = DataView.parse((await served.get('/api/data')).body);
  expect(keep.map(({ setting, days }) => [setting, days])).toEqual([
    ['RUN_RETENTION_DAYS', 365],
    ['LOG_RETENTION_DAYS', 30],
    ['TEMPORAL_RETENTION_DAYS', 30],
  ]);
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['effects', 'leads']));
  expect({ overdue, older, faults: served.faults }).toEqual({ overdue: [], older: [], faults: [] });
});

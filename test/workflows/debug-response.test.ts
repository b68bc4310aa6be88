import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
});
afterAll(() => world.close());
afterEach(() => world.standIns.faults.clear());

const Answers = z.object({
  answers: z.array(
    z.object({
      asked: z.string(),
      status: z.int(),
      shape: z.string(),
      differences: z.array(z.string()),
    }),
  ),
});
const debug = async (input: { readonly path?: string } = {}) =>
  Answers.parse(
    (await world.run({ capability: 'instantly.debug-response', account: 'tour', input })).result,
  ).answers;

test('everything the product reads is asked, nothing written, and what came is told', async () => {
  world.standIns.requests.reset();
  const answers = await debug();
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(answers[0]).toMatchObject({
    asked: 'GET /api/v2/accounts?limit=1',
    shape: expect.stringContaining('email string, first_name string'),
    differences: ['as expected'],
  });
  const writes = world.standIns.requests
    .list()
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/list'));
  expect(writes).toEqual([]);
});

test('a field that is gone or of another type is named, and a refusal is an answer', async () => {
  world.standIns.faults.set([
    { path: '/api/v2/accounts$', fault: { kind: 'missing', field: 'status' } },
    { path: '/api/v2/campaigns$', fault: { kind: 'changed-type', field: 'name', becomes: 7 } },
    {
      path: '/api/v2/campaigns/analytics/overview',
      fault: { kind: 'status', status: 403 },
    },
  ]);
  const answers = await debug();
  const of = (path: string) => answers.find(({ asked }) => asked.includes(path));
  expect(of('/accounts?')?.differences).toEqual(['status is missing']);
  expect(of('/campaigns?')?.differences).toContain('name: expected string, came number');
  expect(of('/overview')).toMatchObject({ status: 403, differences: ['refused: 403'] });
});

test('one path alone may be asked for, also one that nothing is expected of', async () => {
  expect(await debug({ path: '/api/v2/accounts?limit=2' })).toMatchObject([
    { differences: ['as expected'] },
  ]);
  expect(await debug({ path: '/api/v2/nowhere' })).toMatchObject([{ status: 404 }]);
});

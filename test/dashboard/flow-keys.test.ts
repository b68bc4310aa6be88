import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApiError } from '../../src/contracts/api.ts';
import { FlowKeyList } from '../../src/contracts/flow-keys.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  dashboard = await serve(world);
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
});

const path = '/api/flow-keys/instantly:tour';
const shown = async () =>
  FlowKeyList.parse((await dashboard.get('/api/flow-keys')).body).flowKeys[0];

test('flow keys are limited, paused, resumed, opened and reset with a reason, and the audit says by whom', async () => {
  const change = async (how: string, body: object) =>
    expect((await dashboard.post(`${path}/${how}`, body)).status).toBe(204);
  await change('limits', { perMinute: 600, reason: 'half of it' });
  await change('pause', { reason: 'new contract' });
  expect(await shown()).toMatchObject({
    key: 'instantly:tour',
    limits: { perSecond: 90, perMinute: 600, atOnce: 5 },
    limitsBy: 'test',
    paused: { by: 'test', why: 'new contract' },
  });
  await change('resume', { reason: 'signed' });
  await change('open', { reason: 'all is well' });
  expect(await shown()).toMatchObject({ paused: null, closed: null });
  await change('reset', { reason: 'all of it' });
  expect(await shown()).toMatchObject({ limits: { perMinute: 5_400 }, limitsBy: null });
  const noted = await world.database.sql`
    select action, target, "by", "from" from audit order by id`;
  const by = { target: 'instantly:tour', by: 'test', from: 'dashboard' };
  expect(noted).toEqual(
    ['limits', 'pause', 'resume', 'open', 'reset'].map((how) => ({
      action: `flow-key.${how}`,
      ...by,
    })),
  );
});

test.each([
  [`${path}/pause`, {}, 400, 'invalid-request'],
  [`${path}/reset`, {}, 400, 'invalid-request'],
  [`${path}/limits`, { reason: 'x' }, 400, 'invalid-request'],
  [`${path}/limits`, { perSecond: 0, reason: 'x' }, 400, 'invalid-request'],
  [`${path}/burn`, { reason: 'x' }, 400, 'invalid-request'],
  ['/api/flow-keys/acme:tour/pause', { reason: 'x' }, 404, 'unknown-flow-key'],
])('POST %s %j is refused with %i', async (where, body, status, code) => {
  const refused = await dashboard.post(where, body);
  expect(refused.status).toBe(status);
  expect(ApiError.parse(refused.body).code).toBe(code);
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApiError } from '../../src/contracts/api.ts';
import { FlowKeyDetail } from '../../src/contracts/flow-history.ts';
import { FlowKeyList } from '../../src/contracts/flow-keys.ts';
import { createGate } from '../../src/platform/gate.ts';
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

test('shows what happened to a key, and opens what the vendor closed only to who types its name', async () => {
  const gate = createGate(world.database);
  const stream = await dashboard.follow('flow-key:instantly:tour');
  await gate.close('instantly:tour', 1_000, 'instantly answered 503', 'guess');
  await gate.close('instantly:tour', 600_000, 'instantly answered 429', 'vendor');
  const told = await stream.until('the closing', ({ data }) => {
    const detail = FlowKeyDetail.safeParse(data);
    return detail.success && detail.data.flowKey.closed?.by === 'vendor';
  });
  stream.close();
  const detail = FlowKeyDetail.parse(told.data);
  expect(detail).toMatchObject({
    flowKey: { closings: 1, waiting: 0, lastAnswer: null },
    declared: { perSecond: 90, perMinute: 5_400, atOnce: 5 },
    stops: [
      { kind: 'paused', why: 'new contract' },
      { kind: 'closed', by: 'vendor', to: detail.flowKey.closed?.until },
    ],
  });
  expect(detail.slices).toHaveLength(72);
  expect(detail.events.filter(({ kind }) => kind !== 'limits').slice(0, 3)).toMatchObject([
    { kind: 'closed', by: 'vendor', why: 'instantly answered 429' },
    { kind: 'closed', by: 'guess' },
    { kind: 'opened', by: 'test', why: 'all is well' },
  ]);
  expect(detail.events.at(-1)).toMatchObject({
    kind: 'limits',
    limits: { perSecond: 90, perMinute: 600, atOnce: 5 },
  });

  for (const confirm of [{}, { confirm: 'instantly:other' }]) {
    const refused = await dashboard.post(`${path}/open`, { reason: 'hurry', ...confirm });
    expect(refused.status).toBe(409);
    expect(ApiError.parse(refused.body).code).toBe('closed-by-vendor');
  }
  const opened = await dashboard.post(`${path}/open`, {
    reason: 'support lifted it',
    confirm: 'instantly:tour',
  });
  expect(opened.status).toBe(204);
  expect(await shown()).toMatchObject({ closed: null, closings: 1 });
  expect((await dashboard.get('/api/flow-keys/instantly:nobody')).status).toBe(404);
});

test.each([
  [`${path}/pause`, {}, 400, 'invalid-request'],
  [`${path}/reset`, {}, 400, 'invalid-request'],
  [`${path}/limits`, { reason: 'x' }, 400, 'invalid-request'],
  [`${path}/limits`, { perSecond: 0, reason: 'x' }, 400, 'invalid-request'],
  [`${path}/burn`, { reason: 'x' }, 404, 'unknown-route'],
  ['/api/flow-keys/acme:tour/pause', { reason: 'x' }, 404, 'unknown-flow-key'],
])('POST %s %j is refused with %i', async (where, body, status, code) => {
  const refused = await dashboard.post(where, body);
  expect(refused.status).toBe(status);
  expect(ApiError.parse(refused.body).code).toBe(code);
});

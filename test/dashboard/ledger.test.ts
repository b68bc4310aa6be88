import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ApiError, Overview, Status } from '../../src/contracts/api.ts';
import {
  EffectDetail,
  EffectList,
  SuppressionList,
  SuppressionsAdded,
} from '../../src/contracts/effects.ts';
import { createLedger } from '../../src/platform/ledger.ts';
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
  expect(dashboard.faults).toEqual([]);
});

const key = (name: string): string => `lead:acme:spring:${name}@example.com`;
const path = (name: string): string => `/api/effects/${encodeURIComponent(key(name))}`;
const codeOf = ({ body }: { readonly body: unknown }): string => ApiError.parse(body).code;
const audited = () =>
  world.database.sql`select action, target, "by", reason, detail from audit order by id`;
/** An effect whose answer was lost at a vendor that can't be asked. */
const loseAnswerOf = (name: string) =>
  createLedger({ database: world.database }).once('send', {
    ...{ key: key(name), request: { name }, answer: z.unknown() },
    call: () => Promise.reject(new Error('connection reset')),
  });
const listed = async (query: string) =>
  EffectList.parse((await dashboard.get(`/api/effects${query}`)).body).effects;

test('an unknown outcome needs a person, who settles it once, with a reason that is kept', async () => {
  await loseAnswerOf('mara');
  await loseAnswerOf('ben');
  const overview = Overview.parse((await dashboard.get('/api/overview')).body);
  expect(overview).toMatchObject({
    attention: expect.arrayContaining([expect.objectContaining({ kind: 'needs-you' })]),
    needs: [{ effect: { key: key('mara') } }, { effect: { key: key('ben') } }],
    needsTotal: 2,
  });
  expect(Status.parse((await dashboard.get('/api/status')).body).needsYou).toBe(2);

  const settled = await dashboard.post(`${path('mara')}/settle`, {
    verdict: 'done',
    reason: 'it is in the campaign',
  });
  expect(settled.status).toBe(200);
  const detail = EffectDetail.parse((await dashboard.get(path('mara'))).body);
  expect(detail).toEqual(settled.body);
  expect(detail.state).toBe('done');
  expect(detail.history.at(-1)?.why).toBe('done, says mara: it is in the campaign');
  expect(await audited()).toEqual([
    {
      ...{ action: 'effect.settle', target: key('mara'), by: 'test' },
      ...{ reason: 'it is in the campaign', detail: { verdict: 'done' } },
    },
  ]);
  expect(Status.parse((await dashboard.get('/api/status')).body).needsYou).toBe(1);

  const again = await dashboard.post(`${path('mara')}/settle`, { verdict: 'done', reason: 'x' });
  expect([again.status, codeOf(again)]).toEqual([409, 'cannot-settle']);
  expect((await listed('?state=unknown')).map((each) => each.key)).toEqual([key('ben')]);
  expect(await listed(`?key=${encodeURIComponent('lead:acme:spring:m')}`)).toHaveLength(1);
  expect(await listed('?limit=1')).toHaveLength(1);
});

test.each([
  ['/settle', { verdict: 'perhaps', reason: 'x' }, 400, 'invalid-request'],
  ['/settle', { verdict: 'done', reason: ' ' }, 400, 'invalid-request'],
])('settling %s with %j is refused with %i', async (where, body, status, code) => {
  const refused = await dashboard.post(path('ben') + where, body);
  expect([refused.status, codeOf(refused)]).toEqual([status, code]);
});

test('an effect nobody knows is not found, and a state there is not is refused', async () => {
  const body = { verdict: 'done', reason: 'x' };
  expect(codeOf(await dashboard.post(`${path('nobody')}/settle`, body))).toBe('unknown-effect');
  expect((await dashboard.get(path('nobody'))).status).toBe(404);
  expect((await dashboard.get('/api/effects?state=lost')).status).toBe(400);
});

test('addresses and domains are added together or not at all, found, exported and removed', async () => {
  const add = (...patterns: readonly string[]) =>
    dashboard.post('/api/suppressions', { patterns, reason: 'asked us to stop' });
  const refused = await add('mara@example.com', 'not an address');
  expect([refused.status, codeOf(refused)]).toEqual([400, 'not-suppressible']);
  expect((await dashboard.get('/api/suppressions')).body).toEqual({ suppressions: [], total: 0 });
  expect((await add(' ', '')).status).toBe(400);

  const added = await add('pattern,reason', 'mara@example.com,old list', 'ACME.test', 'acme.test');
  expect(SuppressionsAdded.parse(added.body)).toEqual({ given: 3, added: 2 });
  const found = await dashboard.get('/api/suppressions?q=acme');
  expect(SuppressionList.parse(found.body)).toMatchObject({
    suppressions: [{ pattern: 'acme.test', reason: 'asked us to stop', by: 'mara' }],
    total: 1,
  });
  const csv = await fetch(`${dashboard.url}/api/suppressions.csv`);
  expect(csv.headers.get('content-disposition')).toContain('suppressions.csv');
  expect((await csv.text()).split('\n').slice(0, 2)).toEqual([
    'pattern,reason,by,at',
    expect.stringMatching(/^acme\.test,asked us to stop,mara,/),
  ]);

  const remove = (body: object) =>
    dashboard.get('/api/suppressions/acme.test', {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect((await remove({})).status).toBe(400);
  expect((await remove({ reason: 'a customer now' })).status).toBe(204);
  const gone = await remove({ reason: 'a customer now' });
  expect([gone.status, codeOf(gone)]).toEqual([404, 'unknown-suppression']);
  expect((await audited()).slice(-2)).toMatchObject([
    {
      action: 'suppression.add',
      target: 'mara@example.com ACME.test acme.test',
      detail: { given: 3, added: 2 },
    },
    {
      ...{ action: 'suppression.remove', target: 'acme.test', reason: 'a customer now' },
      detail: { before: { pattern: 'acme.test' }, after: {} },
    },
  ]);
});

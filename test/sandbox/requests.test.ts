import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { ask } from './ask.ts';

let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns({ keepRequests: 50 });
});
beforeEach(() => {
  standIns.faults.clear();
  standIns.requests.reset();
});
afterAll(() => standIns.close());

const trafficOf = (workspace: string) =>
  standIns.requests.traffic().find((entry) => entry.workspace === workspace);

test('keeps time, workspace, method, path, query, status and fault of each call', async () => {
  const before = new Date().toISOString();
  standIns.faults.set([{ nth: 2, fault: { kind: 'status', status: 503 } }]);
  await ask(standIns.url, '/accounts?limit=3&search=a%40b', { key: 'stand-in-acme' });
  await ask(standIns.url, '/accounts', { key: 'stand-in-acme' });
  await ask(standIns.url, '/nothing', { key: 'wrong', method: 'POST' });
  expect(standIns.requests.list()).toMatchObject([
    {
      number: 1,
      vendor: 'instantly',
      workspace: 'acme',
      method: 'GET',
      path: '/api/v2/accounts',
      query: 'limit=3&search=a%40b',
      status: 200,
      fault: null,
      inFlight: 1,
    },
    { number: 2, workspace: 'acme', query: '', status: 503, fault: 'status' },
    { number: 3, workspace: null, method: 'POST', status: 401, fault: null },
  ]);
  for (const { at, endedAt } of standIns.requests.list()) {
    expect(at >= before).toBe(true);
    expect((endedAt ?? '') >= at).toBe(true);
  }
});

test('one call after the other never counts as two at once', async () => {
  for (let call = 0; call < 60; call += 1) {
    await (await ask(standIns.url, '/campaigns?limit=1', { key: 'stand-in-one' })).text();
  }
  expect(trafficOf('one')).toMatchObject({ requests: 60, inFlight: 0, maxInFlight: 1 });
});

test('calls at once count by workspace, and the maximum stays', async () => {
  standIns.faults.set([{ fault: { kind: 'slow', delayMs: 300 } }]);
  await Promise.all([
    ...['a', 'b', 'c'].map((search) =>
      ask(standIns.url, `/campaigns?search=${search}`, { key: 'stand-in-three' }),
    ),
    ask(standIns.url, '/campaigns', { key: 'stand-in-lone' }),
  ]);
  expect(trafficOf('three')).toMatchObject({ requests: 3, inFlight: 0, maxInFlight: 3 });
  expect(trafficOf('lone')).toMatchObject({ requests: 1, inFlight: 0, maxInFlight: 1 });
});

test('counts on when the list of the last calls is full', async () => {
  for (let call = 0; call < 55; call += 1) await ask(standIns.url, '/campaigns?limit=1');
  expect(standIns.requests.total).toBe(55);
  const kept = standIns.requests.list();
  expect([kept.length, kept[0]?.number, kept.at(-1)?.number]).toEqual([50, 6, 55]);
});

test('shows and resets the log over HTTP, and does not count these calls', async () => {
  const log = `${standIns.url}/sandbox/requests`;
  const Shown = z.object({
    total: z.int(),
    workspaces: z.array(z.object({ workspace: z.string(), maxInFlight: z.int() })),
    requests: z.array(z.object({ workspace: z.string() })),
  });
  for (const workspace of ['one', 'one', 'two']) {
    await ask(standIns.url, '/accounts', { key: `stand-in-${workspace}` });
  }
  const show = async (query: string) => Shown.parse(await (await fetch(`${log}${query}`)).json());
  expect(await show('')).toMatchObject({ total: 3, workspaces: [{}, {}] });
  expect((await show('?last=1')).requests).toEqual([{ workspace: 'two' }]);
  expect((await show('?workspace=one')).requests).toHaveLength(2);
  expect((await fetch(`${log}?last=none`)).status).toBe(400);

  expect((await fetch(log, { method: 'DELETE' })).status).toBe(204);
  expect(await show('')).toEqual({ total: 0, workspaces: [], requests: [] });
});

test('says that it is well, and that nothing else stands here', async () => {
  const health = await fetch(`${standIns.url}/healthz`);
  expect([health.status, await health.json()]).toEqual([
    200,
    { vendors: expect.arrayContaining(['instantly', 'apify', 'google']) },
  ]);
  expect((await fetch(`${standIns.url}/other`)).status).toBe(404);
});

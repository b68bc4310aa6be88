import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { FaultRuleInput } from '../../src/sandbox/faults.ts';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { ask, BareMessage, DayRow, Envelope, eventually } from './ask.ts';

let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns({ today: '2026-03-11' });
});
beforeEach(() => {
  standIns.faults.clear();
  standIns.requests.reset();
});
afterAll(() => standIns.close());

const daily = '/accounts/analytics/daily?start_date=2026-03-10&end_date=2026-03-10';
const say = (...rules: FaultRuleInput[]) => standIns.faults.set(rules);
const statuses = async (calls: number, path = '/accounts', workspace = 'default') => {
  const seen: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const response = await ask(standIns.url, path, { key: `stand-in-${workspace}` });
    seen.push(response.status);
    await response.text();
  }
  return seen;
};

test('a status fault strikes the first so many calls and then lets them pass', async () => {
  say({ times: 1, fault: { kind: 'status', status: 500 } });
  const response = await ask(standIns.url, '/accounts');
  expect(response.status).toBe(500);
  expect(Envelope.parse(await response.json()).error).toBe('Internal Server Error');
  expect(await statuses(2)).toEqual([200, 200]);
});

test('429 comes without Retry-After, with seconds and with an HTTP date', async () => {
  say(
    { nth: 1, fault: { kind: 'status', status: 429 } },
    { nth: 2, fault: { kind: 'status', status: 429, retryAfterSeconds: 2 } },
    {
      nth: 3,
      fault: { kind: 'status', status: 503, retryAfterSeconds: 60, retryAfterAs: 'date' },
    },
  );
  const header = async () => (await ask(standIns.url, '/accounts')).headers.get('retry-after');
  expect([await header(), await header()]).toEqual([null, '2']);
  const inMs = Date.parse((await header()) ?? '') - Date.now();
  expect(inMs).toBeGreaterThan(55_000);
  expect(inMs).toBeLessThanOrEqual(60_000);
});

test('a 400 by fault has the bare form on analytics', async () => {
  say({ fault: { kind: 'status', status: 400 } });
  BareMessage.parse(await (await ask(standIns.url, daily)).json());
  Envelope.parse(await (await ask(standIns.url, '/accounts')).json());
});

test('each nth call strikes, and only the nth', async () => {
  say({ every: 3, fault: { kind: 'status', status: 503 } });
  expect(await statuses(6)).toEqual([200, 200, 503, 200, 200, 503]);
  say({ nth: 2, fault: { kind: 'status', status: 503 } });
  expect(await statuses(4)).toEqual([200, 503, 200, 200]);
});

test('every rule counts the calls it matches, the first one due strikes', async () => {
  say(
    { times: 2, fault: { kind: 'status', status: 500 } },
    { nth: 3, fault: { kind: 'status', status: 429 } },
  );
  expect(await statuses(4)).toEqual([500, 500, 429, 200]);
  expect(standIns.faults.list()).toMatchObject([
    { matched: 4, struck: 2 },
    { matched: 4, struck: 1 },
  ]);
});

test('rules choose by vendor, workspace and path: a beginning, a pattern, or exactly', async () => {
  const fault = { kind: 'status', status: 500 } as const;
  const paths = ['/accounts', daily, '/campaigns/analytics/daily'];
  const struck = async (rule: Omit<FaultRuleInput, 'fault'>, workspace?: string) => {
    say({ ...rule, fault });
    const seen: number[] = [];
    for (const path of paths) seen.push(...(await statuses(1, path, workspace)));
    return seen.map((status) => status === 500);
  };
  expect(await struck({ path: '/api/v2/accounts' })).toEqual([true, true, false]);
  expect(await struck({ path: '/api/v2/accounts$' })).toEqual([true, false, false]);
  expect(await struck({ path: '/api/*/analytics/daily' })).toEqual([false, true, true]);
  expect(await struck({ vendor: 'another' })).toEqual([false, false, false]);
  expect(await struck({ workspace: 'acme' })).toEqual([false, false, false]);
  expect(await struck({ workspace: 'acme' }, 'acme')).toEqual([true, true, true]);
});

test('too-large refuses questions about more addresses than it says, and no others', async () => {
  say({ fault: { kind: 'too-large', above: 2 } });
  const about = (count: number) =>
    Array.from({ length: count }, (_, index) => `&emails=box-${index}@example.com`).join('');
  expect(await statuses(1, `${daily}${about(2)}`)).toEqual([200]);
  expect(await statuses(1, `${daily}${about(3)}`)).toEqual([413]);
  expect(await statuses(1, `${daily}&emails=a@example.com,b@example.com,c@example.com`)).toEqual([
    413,
  ]);
  expect(await statuses(1, daily)).toEqual([413]); // no filter: all 24
  expect(await statuses(1, '/accounts')).toEqual([200]);
});

test('a slow answer is the right one, late', async () => {
  const right = await (await ask(standIns.url, daily)).text();
  say({ times: 1, fault: { kind: 'slow', delayMs: 150 } });
  const start = performance.now();
  expect(await (await ask(standIns.url, daily)).text()).toBe(right);
  expect(performance.now() - start).toBeGreaterThanOrEqual(145);
});

test('silence lasts until the client gives up, and is in flight so long', async () => {
  say({ fault: { kind: 'silence' } });
  const controller = new AbortController();
  const asked = ask(standIns.url, daily, { signal: controller.signal });
  await eventually(() => standIns.requests.traffic()[0]?.inFlight === 1);
  controller.abort();
  await expect(asked).rejects.toThrow('aborted');
  await eventually(() => standIns.requests.traffic()[0]?.inFlight === 0);
  expect(standIns.requests.list()[0]).toMatchObject({ fault: 'silence', status: null });
  expect(standIns.requests.list()[0]?.endedAt).not.toBeNull();
});

test('a cut connection breaks in the middle of the body', async () => {
  say({ fault: { kind: 'cut' } });
  const response = await ask(standIns.url, daily);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow('terminated');
});

test('malformed JSON is the beginning of the right answer', async () => {
  const right = await (await ask(standIns.url, daily)).text();
  say({ fault: { kind: 'malformed' } });
  const half = await (await ask(standIns.url, daily)).text();
  expect(half.length).toBeLessThan(right.length);
  expect(right.startsWith(half)).toBe(true);
  expect(() => z.unknown().parse(JSON.parse(half))).toThrow(SyntaxError);
});

test('a web page comes instead of JSON, with the status of choice', async () => {
  say({ nth: 1, fault: { kind: 'html' } }, { nth: 2, fault: { kind: 'html', status: 502 } });
  const response = await ask(standIns.url, daily);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/html; charset=utf-8',
  ]);
  expect(await response.text()).toContain('<h1>');
  expect((await ask(standIns.url, daily)).status).toBe(502);
});

test('a changed type reaches the field in every row, by default an object, or what is said', async () => {
  const Changed = (sent: z.ZodType) => z.array(DayRow.extend({ sent })).min(20);
  say({ fault: { kind: 'changed-type', field: 'sent' } });
  Changed(z.strictObject({ value: z.int() })).parse(await (await ask(standIns.url, daily)).json());
  say({ fault: { kind: 'changed-type', field: 'sent', becomes: null } });
  Changed(z.null()).parse(await (await ask(standIns.url, daily)).json());
});

test('an empty list has the form of the right one', async () => {
  say({ fault: { kind: 'empty' } });
  expect(await (await ask(standIns.url, daily)).json()).toEqual([]);
  expect(await (await ask(standIns.url, '/accounts')).json()).toEqual({ items: [] });
});

test('faults are set, shown and taken away over HTTP', async () => {
  const plan = `${standIns.url}/sandbox/faults`;
  const put = await fetch(plan, {
    method: 'PUT',
    body: JSON.stringify([{ times: 1, fault: { kind: 'status', status: 500 } }]),
  });
  expect(put.status).toBe(200);
  expect(await statuses(2)).toEqual([500, 200]);
  expect(await (await fetch(plan)).json()).toMatchObject([{ times: 1, matched: 2, struck: 1 }]);
  expect((await fetch(plan, { method: 'DELETE' })).status).toBe(204);
  expect(await (await fetch(plan)).json()).toEqual([]);
});

test.each([
  ['[{"fault":{"kind":"status","status":200}}]', '[0].fault.status'],
  ['[{"fault":{"kind":"explode"}}]', 'garbled or huge'],
  ['[{"fault":{"kind":"cut"},"nht":1}]', 'nht'],
  ['[{"fault":{"kind":"cut"},"nth":1,"every":2}]', 'only one of'],
  ['[{"fault":{"kind":"cut"},"path":"api"}]', '[0].path'],
  ['{}', 'expected array'],
  ['[{', 'expected JSON'],
  ['', 'expected array'],
])('refuses the plan %s with a word about %s, and keeps the old one', async (body, word) => {
  say({ fault: { kind: 'cut' } });
  const response = await fetch(`${standIns.url}/sandbox/faults`, { method: 'PUT', body });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain(word);
  expect(standIns.faults.list()).toHaveLength(1);
});

test('an answer loses a field, comes twice, is replaced, garbled or far too long', async () => {
  const bytesBy = async (fault: FaultRuleInput['fault']) => {
    say({ fault });
    const response = await ask(standIns.url, daily);
    expect(response.status).toBe(200);
    return Buffer.from(await response.arrayBuffer());
  };
  const rowsBy = async (fault: FaultRuleInput['fault']) =>
    z.array(z.record(z.string(), z.unknown())).parse(JSON.parse(String(await bytesBy(fault))));
  const right = await rowsBy({ kind: 'slow', delayMs: 1 });
  expect((await rowsBy({ kind: 'missing', field: 'sent' })).some((row) => 'sent' in row)).toBe(
    false,
  );
  const twice = await rowsBy({ kind: 'doubled' });
  expect(twice).toEqual(right.flatMap((row) => [row, row]));
  expect(String(await bytesBy({ kind: 'body', text: 'null' }))).toBe('null');
  expect(await bytesBy({ kind: 'body', text: '' })).toHaveLength(0);
  expect(isUtf8(await bytesBy({ kind: 'garbled' }))).toBe(false);
  const huge = await bytesBy({ kind: 'huge', megabytes: 2 });
  expect(huge.length).toBeGreaterThan(2_000_000);
  expect(JSON.parse(String(huge))).toEqual(right);
});

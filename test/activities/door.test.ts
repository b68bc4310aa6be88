import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import { z } from 'zod';
import { createDoor } from '../../src/activities/door.ts';
import { retryAfterMs } from '../../src/activities/vendor-answer.ts';
import { createTurns } from '../../src/activities/turn.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createGate, type Gate } from '../../src/platform/gate.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
let gate: Gate;
beforeAll(async () => {
  own = await testDatabase('door');
  database = openDatabase(own.url, 2);
  gate = createGate(database);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

let server: Server | undefined;
let logins = 0;

/** A vendor that answers as told. */
async function vendor(listener: RequestListener): Promise<URL> {
  logins += 1;
  server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return new URL(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/a`);
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const notes: string[] = [];
const door = (attempt = 1, timeoutMs = 2_000, stopped = new AbortController().signal) =>
  createDoor({
    gate,
    timeoutMs,
    stopped: () => stopped,
    attempt: () => attempt,
    party: () => 'test',
    note: (line) => notes.push(line),
  });

/** Each vendor of a test is a login of its own. */
const flow = () => ({
  key: `acme:${logins}`,
  limits: { perSecond: 100, perMinute: 1_000, atOnce: 3 },
  effect: 'read' as const,
});

async function failure(url: URL, by = door()): Promise<ApplicationFailure> {
  try {
    await by.call(
      { vendor: 'Acme', flow: flow(), url, headers: { authorization: 'Bearer secret-key-123' } },
      z.object({ a: z.int() }),
    );
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
  throw new Error('the call was expected to fail');
}

test('an answer that fits comes back, and the key is sent but never noted', async () => {
  let header: string | undefined;
  const url = await vendor((request, response) => {
    header = request.headers.authorization;
    response.end('{"a": 1, "extra": true}');
  });
  const answer = await door().call(
    { vendor: 'Acme', flow: flow(), url, headers: { authorization: 'Bearer secret-key-123' } },
    z.object({ a: z.int() }),
  );
  expect(answer).toEqual({ a: 1 });
  expect(header).toBe('Bearer secret-key-123');
  expect(notes.join('\n')).not.toContain('secret');
});

test.each([
  [400, 'InvalidRequest', true],
  [401, 'CredentialRejected', true],
  [402, 'PlanRequired', true],
  [403, 'NotAllowed', true],
  [404, 'NotFound', true],
  [410, 'Gone', true],
  [413, 'TooLarge', true],
  [418, 'InvalidRequest', true],
  [422, 'InvalidRequest', true],
  [429, 'RateLimited', false],
  [500, 'VendorUnavailable', false],
  [503, 'VendorUnavailable', false],
])('%i is %s, final: %s, with the vendor’s own words', async (status, type, isFinal) => {
  const url = await vendor((_, response) => {
    response.statusCode = status;
    response.end('{"message": "these   words"}');
  });
  const failed = await failure(url);
  expect(failed).toMatchObject({ type, nonRetryable: isFinal });
  expect(failed.message).toContain('“these words”');
  expect(failed.details).toMatchObject([{ status }]);
});

test('a 429 with Retry-After says when to try again; a 500 without leaves it to the policy', async () => {
  const url = await vendor((request, response) => {
    response.writeHead(429, { 'retry-after': '17' }).end('slow down');
    request.resume();
  });
  expect(await failure(url)).toMatchObject({ nextRetryDelay: 17_000 });
  expect(retryAfterMs(null, 0)).toBeUndefined();
});

test('Retry-After may be seconds or a date, never counts below zero or above an hour', () => {
  const now = Date.parse('2026-01-05T12:00:00Z');
  expect(retryAfterMs('2', now)).toBe(2_000);
  expect(retryAfterMs('1.5', now)).toBe(1_500);
  expect(retryAfterMs('Mon, 05 Jan 2026 12:00:30 GMT', now)).toBe(30_000);
  expect(retryAfterMs('Mon, 05 Jan 2026 11:00:00 GMT', now)).toBe(0);
  expect(retryAfterMs('999999', now)).toBe(3_600_000);
  expect(retryAfterMs('soon', now)).toBeUndefined();
});

test.each([
  ['{"a": 1', 'it is not JSON'],
  ['<html>busy</html>', 'it is not JSON'],
  ['{"a": "x"}', 'at a'],
  ['[]', 'at its root'],
  ['', 'it is not JSON'],
  [Buffer.from('{"a": "Malm\xf6"}', 'latin1'), 'it is not text in UTF-8'],
  [`{"a": 1}${' '.repeat(17_000_000)}`, 'it is longer than 16 MiB'],
])('a malformed answer (%#) is retried twice, then final', async (body, words) => {
  const url = await vendor((_, response) => response.end(body));
  const first = await failure(url);
  expect(first).toMatchObject({ type: 'MalformedAnswer', nonRetryable: false });
  expect(first.message).toContain(words);
  expect(await failure(url, door(3))).toMatchObject({ nonRetryable: true });
});

test('silence, a cut connection and none at all are transient, each with words of its own', async () => {
  const silent = await vendor(() => undefined);
  const said = await failure(silent, door(1, 100));
  expect(said).toMatchObject({ type: 'VendorSilent', nonRetryable: false });
  server?.closeAllConnections();
  server?.close();
  const cut = await vendor((request) => request.socket.destroy());
  expect(await failure(cut)).toMatchObject({ type: 'VendorUnavailable', nonRetryable: false });
  server?.closeAllConnections();
  server?.close();
  for (const host of ['127.0.0.1', 'localhost', 'name.invalid']) {
    const unreached = await failure(new URL(`http://${host}:${cut.port}/a`));
    expect(unreached).toMatchObject({ type: 'VendorUnreachable', nonRetryable: false });
    expect(unreached.message).toContain('could not be reached: ');
  }
});

test('a key that a vendor echoes is taken out of what is kept', async () => {
  const url = await vendor((_, response) => {
    response.statusCode = 401;
    response.end('{"message": "Bearer secret-key-123 is unknown, api_key=abcdefghi"}');
  });
  const failed = await failure(url);
  expect(JSON.stringify(failed.details) + failed.message).not.toMatch(/secret-key|abcdefghi/);
});

test('a stopped caller is stopped, not told of a failing vendor', async () => {
  const url = await vendor(() => undefined);
  const stop = new AbortController();
  const call = failure(url, door(1, 5_000, stop.signal));
  stop.abort(new Error('cancelled by a person'));
  await expect(call).rejects.toThrow('cancelled by a person');
});

test('a vendor’s 429 holds back the next caller until its time, in the same call', async () => {
  const asked: number[] = [];
  const url = await vendor((_, response) => {
    asked.push(Date.now());
    if (asked.length === 1) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.end('{"a": 1}');
  });
  expect(await failure(url)).toMatchObject({ type: 'RateLimited', nextRetryDelay: 1_000 });
  await door().call({ vendor: 'Acme', flow: flow(), url, headers: {} }, z.object({ a: z.int() }));
  const [first = 0, second = 0] = asked;
  expect(second - first).toBeGreaterThanOrEqual(1_000);
  expect(second - first).toBeLessThan(5_000); // a longer wait would be a later try
});

test('a turn more than 5 s away is a later try, not a wait, and the vendor is not asked', async () => {
  let asked = 0;
  const url = await vendor((_, response) => {
    asked += 1;
    response.writeHead(503, { 'retry-after': '60' }).end();
  });
  expect(await failure(url)).toMatchObject({ type: 'VendorUnavailable', nextRetryDelay: 60_000 });
  const began = Date.now();
  const held = await failure(url);
  expect(held).toMatchObject({ type: 'RateLimited', nonRetryable: false });
  expect(held.nextRetryDelay).toBeGreaterThan(59_000);
  expect(held.nextRetryDelay).toBeLessThanOrEqual(62_000);
  expect(held.message).toContain('Acme answered 503');
  expect(Date.now() - began).toBeLessThan(500);
  expect(asked).toBe(1);
});

test('who is stopped while it waits for its turn gives it back', async () => {
  const url = await vendor((_, response) => response.end('{"a": 1}'));
  await gate.reserve(flow().key, flow().limits, {
    ...{ wants: [{ party: 'test', slots: 1 }], maxWaitMs: 0, holdMs: 1, whenAway: 'stop' },
  });
  await gate.close(flow().key, 3_000, 'test', 'vendor');
  const stop = new AbortController();
  const call = failure(url, door(1, 5_000, stop.signal));
  setTimeout(() => stop.abort(new Error('cancelled by a person')), 100);
  await expect(call).rejects.toThrow('cancelled by a person');
  const [row] = await database.sql`select leases from flow_keys where key = ${flow().key}`;
  expect(row).toEqual({ leases: {} });
});

test('without the database reads go on, one a second, and nothing is sent', async () => {
  const url = await vendor((_, response) => response.end('{"a": 1}'));
  const lost = openDatabase('postgres://nobody@127.0.0.1:1/x', 1);
  const alone = createDoor({
    gate: createGate(lost),
    stopped: () => new AbortController().signal,
    attempt: () => 1,
    party: () => 'test',
    note: () => undefined,
  });
  const ask = () =>
    alone.call({ vendor: 'Acme', flow: flow(), url, headers: {} }, z.object({ a: z.int() }));
  const began = Date.now();
  await expect(Promise.all([ask(), ask()])).resolves.toHaveLength(2);
  expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
  const caller = { party: 'test', holdMs: 1_000, stopped: new AbortController().signal };
  const sending = createTurns(createGate(lost))({ ...flow(), effect: 'send' }, caller);
  await expect(sending).rejects.toMatchObject({
    type: 'DatabaseUnavailable',
    nonRetryable: false,
  });
  await lost.close();
});

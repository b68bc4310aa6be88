/** What Klap's documents show, read by our client from a plain server. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createDoor } from '../../src/activities/door.ts';
import { troubleOf } from '../../src/activities/klap/answers.ts';
import { createKlapClient } from '../../src/activities/klap/client.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createGate } from '../../src/platform/gate.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('klap_client');
  database = openDatabase(own.url, 2);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A client of a vendor that answers as told. */
async function clientOf(listener: RequestListener) {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const door = createDoor({
    gate: createGate(database),
    stopped: () => new AbortController().signal,
    attempt: () => 1,
    party: () => 'test',
    note: () => undefined,
  });
  const account = {
    name: `a${port}`,
    apiKey: 'k',
    baseUrl: `http://127.0.0.1:${port}`,
    isStandIn: false,
  };
  return { client: createKlapClient(door), account };
}
const answering =
  (body: unknown, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end(JSON.stringify(body));
const at = { folder: 'fold_ex1', clip: 'proj_ex1' };

test('a task of the documents is read, asked for with the key', async () => {
  const seen: unknown[] = [];
  const task = {
    ...{ id: 'task_ex1', type: 'video-to-shorts', status: 'processing' },
    ...{ created_at: '2026-01-15T10:00:00Z', output_type: 'folder', output_id: 'fold_ex1' },
  };
  const { client, account } = await clientOf((request, response) => {
    seen.push([request.method, request.url, request.headers.authorization]);
    answering(task)(request, response);
  });
  expect(await client.task(account, 'task_ex1')).toMatchObject({
    status: 'processing',
    output_id: 'fold_ex1',
    created_at: new Date('2026-01-15T10:00:00Z'),
  });
  expect(seen).toEqual([['GET', '/v2/tasks/task_ex1', 'Bearer k']]);
});

test('clips come as a bare list; what is missing or of another shape does not hurt', async () => {
  const { client, account } = await clientOf(
    answering([
      { id: 'proj_ex1', name: 'One', virality_score: 0.85, publication_captions: { tiktok: 'x' } },
      { id: 'proj_ex2', virality_score: null, publication_captions: ['x'], author_id: 7 },
    ]),
  );
  expect(await client.clips(account, 'fold_ex1')).toMatchObject([
    { id: 'proj_ex1', virality_score: 0.85 },
    { id: 'proj_ex2', publication_captions: null },
  ]);
});

test('an export is read before and after it is done, and both fields for trouble', async () => {
  const open = {
    id: 'exp_1',
    status: 'processing',
    src_url: null,
    created_at: '2026-01-15T10:00:00Z',
  };
  const { client, account } = await clientOf(answering({ ...open, finished_at: null }));
  expect(await client.export(account, at, 'exp_1')).toMatchObject({ src_url: null });
  expect(troubleOf({ error_message: 'No sound', error: undefined })).toBe('“No sound”');
  expect(troubleOf({ error: 'No sound' })).toBe('“No sound”');
  expect(troubleOf({ error: { code: 7 } })).toBe('it says no reason');
});

test.each([
  [401, 'CredentialRejected', true],
  [402, 'PlanRequired', true],
  [404, 'NotFound', true],
  [422, 'InvalidRequest', true],
  [429, 'RateLimited', false],
  [503, 'VendorUnavailable', false],
])('a refusal by %i is %s', async (status, type, nonRetryable) => {
  const headers = status === 429 ? { 'retry-after': '3' } : {};
  const { client, account } = await clientOf(answering({ message: 'No' }, status, headers));
  await expect(client.task(account, 'task_ex1')).rejects.toMatchObject({
    type,
    nonRetryable,
    ...(status === 429 ? { nextRetryDelay: 3_000 } : {}),
  });
});

test.each([
  ['an id that leads elsewhere', [{ id: '../../etc' }]],
  ['an object instead of a list', { items: [] }],
])('%s is an unexpected answer', async (_, body) => {
  const { client, account } = await clientOf(answering(body));
  await expect(client.clips(account, 'fold_ex1')).rejects.toMatchObject({
    type: 'MalformedAnswer',
  });
});

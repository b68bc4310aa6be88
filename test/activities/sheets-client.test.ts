import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createSheetsClient, type SheetsClient } from '../../src/activities/sheets/client.ts';
import { createDoor } from '../../src/activities/door.ts';
import { createLogins } from '../../src/activities/sheets/logins.ts';
import type { Account } from '../../src/platform/config.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createGate } from '../../src/platform/gate.ts';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { scratchFolder, write } from '../support/scratch.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let standIns: StandIns;
let own: TestDatabase;
let database: Database;
let client: SheetsClient;
const person = { by: 'a test', reason: 'to be quick' };
const key = 'google:acme';

beforeAll(async () => {
  standIns = await startStandIns({ google: { readsPerMinute: 1_000, writesPerMinute: 1_000 } });
  own = await testDatabase('sheets_client');
  database = openDatabase(own.url, 2);
  const limits = { perSecond: 500, perMinute: 30_000, atOnce: 50 };
  await createFlowKeys(database).setLimits(key, limits, person);
});
beforeEach(async () => {
  standIns.requests.reset();
  await createFlowKeys(database).open(key, { ...person, isConfirmed: true });
  client = clientOf(2_000);
});
afterEach(() => standIns.faults.clear());
afterAll(async () => {
  await standIns.close();
  await database.close();
  await own.drop();
});

const clientOf = (timeoutMs: number): SheetsClient =>
  createSheetsClient(
    createDoor({
      gate: createGate(database),
      timeoutMs,
      stopped: () => new AbortController().signal,
      attempt: () => 1,
      party: () => 'test',
      note: () => undefined,
    }),
    createLogins(),
  );

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const robot = (name = 'robot') => ({
  type: 'service_account',
  client_email: `${name}@acme.iam.gserviceaccount.com`,
  private_key: privateKey,
});
const user = (more: object = {}) => ({
  type: 'authorized_user',
  ...{ client_id: 'me', client_secret: 'secret', refresh_token: 'stand-in-acme' },
  ...more,
});
/** A live login, whose API and tokens are the stand-in's. */
const loginOf = (credentials: object | string): Account => ({
  name: 'acme',
  apiKey: typeof credentials === 'string' ? credentials : JSON.stringify(credentials),
  baseUrl: standIns.url,
  isStandIn: false,
});
const paths = () => standIns.requests.list().map(({ method, path }) => `${method} ${path}`);
const get = 'GET /v4/spreadsheets/acme_leads';

test.each([
  ['a service account', robot(), 'robot@acme.iam.gserviceaccount.com'],
  ['a person who gave a refresh token', user(), null],
])('%s gets one token for many calls', async (_, credentials, email) => {
  const login = loginOf(credentials);
  expect(await client.spreadsheet(login, 'acme_leads')).toMatchObject({ title: 'Leads of acme' });
  await client.spreadsheet(login, 'acme_leads');
  expect(paths()).toEqual(['POST /token', get, get]);
  expect(await client.shareWith(login)).toBe(email);
});

test('credentials may stand in a file', async () => {
  const file = write(`${scratchFolder()}/google.json`, JSON.stringify(robot()));
  expect(await client.spreadsheet(loginOf(file), 'acme_leads')).toMatchObject({ id: 'acme_leads' });
});

test('a token that ends before its time is asked for anew, once', async () => {
  const login = loginOf(user());
  await client.spreadsheet(login, 'acme_leads');
  standIns.faults.set([{ path: '/v4', times: 1, fault: { kind: 'status', status: 401 } }]);
  expect(await client.spreadsheet(login, 'acme_leads')).toMatchObject({ id: 'acme_leads' });
  expect(paths()).toEqual(['POST /token', get, get, 'POST /token', get]);
  standIns.faults.set([{ path: '/v4', fault: { kind: 'status', status: 401 } }]);
  await expect(client.spreadsheet(login, 'acme_leads')).rejects.toMatchObject({
    type: 'CredentialRejected',
  });
});

test.each([
  [
    'a revoked refresh token',
    user({ refresh_token: 'revoked' }),
    /create new ones and set GOOGLE_SHEETS_CREDENTIALS.*invalid_grant/s,
  ],
  ['a wrong client secret', user({ client_secret: 'wrong' }), /create new ones.*invalid_client/s],
  ['a service account that is gone', robot('gone'), /create new ones.*account not found/s],
  ['neither JSON nor a file', '/nowhere/google.json', /neither JSON nor a file that is there/],
  [
    'another kind of JSON',
    { installed: {} },
    /account “acme”.*service_account or an authorized_user.*wrong or missing: type/,
  ],
  ['a service account without its key', { ...robot(), private_key: 'x' }, /missing: private_key/],
  ['JSON that is cut', '{"type":"service_account"', /missing: the whole/],
])('%s fails at once and says what to do, without a secret', async (_, credentials, words) => {
  const failed: unknown = await client
    .spreadsheet(loginOf(credentials), 'acme_leads')
    .catch((error: unknown) => error);
  expect(failed).toMatchObject({
    type: 'CredentialRejected',
    nonRetryable: true,
    message: expect.stringMatching(words),
  });
  expect(JSON.stringify(failed)).not.toMatch(/PRIVATE|secret"/);
  expect(paths()).not.toContain(get);
});

test.each([
  [500, 'VendorUnavailable'],
  [429, 'RateLimited'],
])('a token endpoint that answers %i is asked once, and again later', async (status, type) => {
  standIns.faults.set([
    { path: '/token', fault: { kind: 'status', status, retryAfterSeconds: 3 } },
  ]);
  const failed = client.spreadsheet(loginOf(user()), 'acme_leads');
  await expect(failed).rejects.toMatchObject({ type, nonRetryable: false });
  expect(paths()).toEqual(['POST /token']);
});

const values = [{ range: 'Sheet1!A1:A1', values: [['x']] }];
test.each([
  ['a read', (login: Account) => client.spreadsheet(login, 'acme_leads')],
  ['a write', (login: Account) => client.write(login, 'acme_leads', values)],
  ['a tab', (login: Account) => client.addTab(login, 'acme_leads', 'New')],
])('%s that is refused for now is made once, with the vendor’s own time', async (_, call) => {
  const login = loginOf(user());
  standIns.faults.set([
    { path: '/v4', fault: { kind: 'status', status: 429, retryAfterSeconds: 30 } },
  ]);
  await expect(call(login)).rejects.toMatchObject({
    type: 'RateLimited',
    nonRetryable: false,
    nextRetryDelay: 30_000,
    message: expect.stringContaining('Quota exceeded'),
  });
  expect(paths()).toHaveLength(2);
  await expect(call(login)).rejects.toThrow('No call of google:acme is due yet');
  expect(paths()).toHaveLength(2);
});

test.each([
  ['cut', 'VendorUnavailable'],
  ['malformed', 'MalformedAnswer'],
  ['html', 'MalformedAnswer'],
  ['garbled', 'MalformedAnswer'],
] as const)('an answer that is %s is no answer', async (kind, type) => {
  const login = loginOf(user());
  standIns.faults.set([{ path: '/v4', fault: { kind } }]);
  await expect(client.spreadsheet(login, 'acme_leads')).rejects.toMatchObject({ type });
});

test('a vendor that is silent is left at the deadline', async () => {
  standIns.faults.set([{ path: '/v4', fault: { kind: 'silence' } }]);
  const failed = clientOf(300).spreadsheet(loginOf(user()), 'acme_leads');
  await expect(failed).rejects.toMatchObject({ type: 'VendorSilent' });
});

test.each([
  ['has not been used in project 1 before or it is disabled', /^Enable the Google Sheets API/],
  ['Request had insufficient authentication scopes.', /^These credentials lack the scope/],
])('a 403 that says “%s” names its own remedy', async (message, words) => {
  const text = JSON.stringify({ error: { code: 403, message, status: 'PERMISSION_DENIED' } });
  standIns.faults.set([{ path: '/v4', fault: { kind: 'body', text } }]);
  const failed = client.spreadsheet(loginOf(user()), 'acme_private');
  await expect(failed).rejects.toMatchObject({
    type: 'NotAllowed',
    message: expect.stringMatching(words),
  });
});

test('an empty range has no values, and numbers come as they are stored or as they are shown', async () => {
  const login = loginOf(user());
  const ranges = ["'Sheet1'!A1:B2", "'Known leads'!E2:E2"];
  expect(await client.values(login, 'acme_leads', ranges, 'stored')).toEqual([[], [[4]]]);
  expect(await client.values(login, 'acme_leads', ranges, 'shown')).toEqual([[], [['4']]]);
});

/** Google's own client against the stand-in: what it sends has to be understood, and what it throws known. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { gaxios, JWT, OAuth2Client } from 'google-auth-library';
import { sheets } from 'googleapis/build/src/apis/sheets/index.js';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';

let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns();
});
afterAll(() => standIns.close());
beforeEach(() => standIns.requests.reset());

const clientOf = (auth: OAuth2Client) =>
  sheets({ version: 'v4', auth, rootUrl: `${standIns.url}/`, retry: false }).spreadsheets;
function holderOf(token: string) {
  const auth = new OAuth2Client();
  auth.setCredentials({ access_token: token });
  return clientOf(auth);
}
const spreadsheetId = 'tour_leads';
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

test('a tab is made, filled, read and emptied', async () => {
  const client = holderOf('stand-in-tour');
  const title = "It's new";
  const range = "'It''s new'!A1:B2";
  await client.batchUpdate({
    spreadsheetId,
    requestBody: { requests: [{ addSheet: { properties: { title } } }] },
  });
  const data = [
    {
      range,
      values: [
        ['a', 1],
        [true, '=x'],
      ],
    },
  ];
  await client.values.batchUpdate({
    spreadsheetId,
    requestBody: { valueInputOption: 'RAW', data },
  });
  await client.values.append({
    spreadsheetId,
    range,
    valueInputOption: 'RAW',
    requestBody: { values: [['last']] },
  });
  const read = await client.values.get({
    spreadsheetId,
    range: "'It''s new'",
    valueRenderOption: 'UNFORMATTED_VALUE',
  });
  expect(read.data).toEqual({
    range: "'It''s new'!A1:Z1000",
    majorDimension: 'ROWS',
    values: [['a', 1], [true, '=x'], ['last']],
  });
  await client.values.clear({ spreadsheetId, range: "'It''s new'" });
  const { data: both } = await client.values.batchGet({
    spreadsheetId,
    ranges: [range, 'Sheet1!A1'],
  });
  expect(both.valueRanges?.map(({ values }) => values)).toEqual([undefined, undefined]);
  const { data: made } = await client.create({ requestBody: { properties: { title: 'New' } } });
  const { data: seen } = await client.get({ spreadsheetId: made.spreadsheetId ?? '' });
  expect(seen).toMatchObject({ properties: { title: 'New' }, sheets: [{}] });
});

test.each([429, 503])('a %i is thrown with its status, and asked once', async (status) => {
  standIns.faults.set([
    { vendor: 'google', times: 1, fault: { kind: 'status', status, retryAfterSeconds: 7 } },
  ]);
  const read = holderOf('stand-in-tour').values.get({ spreadsheetId, range: 'Sheet1' });
  const thrown: unknown = await read.catch((error: unknown) => error);
  standIns.faults.clear();
  expect(thrown).toBeInstanceOf(gaxios.GaxiosError);
  expect(thrown).toMatchObject({ status, response: { data: { error: { code: status } } } });
  const headers = thrown instanceof gaxios.GaxiosError ? thrown.response?.headers : undefined;
  expect(headers?.get('retry-after')).toBe('7');
  expect(standIns.requests.list()).toHaveLength(1);
});

test('a call ends with its signal', async () => {
  standIns.faults.set([{ vendor: 'google', fault: { kind: 'silence' } }]);
  const stop = new AbortController();
  const read = holderOf('stand-in-tour').values.get(
    { spreadsheetId, range: 'Sheet1' },
    { signal: stop.signal },
  );
  const ended = expect(read).rejects.toMatchObject({ code: 'AbortError' });
  stop.abort();
  await ended;
  standIns.faults.clear();
});

test('a refresh token becomes a token, once for many calls', async () => {
  const auth = new OAuth2Client({
    clientId: 'me',
    clientSecret: 'secret',
    endpoints: { oauth2TokenUrl: `${standIns.url}/token` },
  });
  auth.setCredentials({ refresh_token: 'stand-in-tour' });
  const client = clientOf(auth);
  await client.get({ spreadsheetId });
  await client.get({ spreadsheetId });
  expect(standIns.requests.list().map(({ path }) => path)).toEqual([
    '/token',
    ...Array<string>(2).fill('/v4/spreadsheets/tour_leads'),
  ]);
});

test.each([
  ['robot@tour.iam.gserviceaccount.com', 200],
  ['gone@tour.iam.gserviceaccount.com', 400],
])('the service account %s is answered %i', async (email, status) => {
  const transporter = new gaxios.Gaxios();
  transporter.interceptors.request.add({
    resolved: (config) => {
      if (config.url.origin === 'https://oauth2.googleapis.com') {
        config.url = new URL(config.url.pathname, standIns.url);
      }
      return Promise.resolve(config);
    },
  });
  const scopes = ['https://www.googleapis.com/auth/spreadsheets'];
  const client = clientOf(new JWT({ email, key: privateKey, scopes, transporter }));
  const said: unknown = await client.get({ spreadsheetId }).catch((error: unknown) => error);
  expect(said).toMatchObject({ status });
});

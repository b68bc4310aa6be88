import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { askGoogle, valuesPath, type AskGoogle } from './ask-google.ts';

let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns({ google: { readsPerMinute: 1_000, writesPerMinute: 1_000 } });
});
afterAll(() => standIns.close());

const ask = (method: string, path: string, options: AskGoogle = {}) =>
  askGoogle(standIns.url, method, path, options);
const refused = (status: number, word: string, message: unknown) => ({
  status,
  body: { error: { code: status, status: word, message } },
});

test.each([
  [
    'a tab that is not there',
    'GET',
    valuesPath('Nobody!A1'),
    {},
    400,
    'INVALID_ARGUMENT',
    /^Unable to parse range/,
  ],
  [
    'a range that is none',
    'GET',
    valuesPath('Sheet1!A'),
    {},
    400,
    'INVALID_ARGUMENT',
    /^Unable to parse range/,
  ],
  ['an id that nobody has', 'GET', '/nobody', {}, 404, 'NOT_FOUND', /not found/],
  [
    'a spreadsheet that is not shared',
    'GET',
    '/tour_private',
    {},
    403,
    'PERMISSION_DENIED',
    /permission/,
  ],
  [
    'another workspace’s spreadsheet',
    'GET',
    '/acme_leads',
    {},
    403,
    'PERMISSION_DENIED',
    /permission/,
  ],
  [
    'a token that opens nothing',
    'GET',
    '/tour_leads',
    { key: 'ya29.x' },
    401,
    'UNAUTHENTICATED',
    /credential/,
  ],
  [
    'a write with a token that may only read',
    'POST',
    '/tour_leads:batchUpdate',
    { key: 'stand-in-tour.read-only', body: { requests: [] } },
    403,
    'PERMISSION_DENIED',
    /scopes/,
  ],
  [
    'a second tab of the same title',
    'POST',
    '/tour_leads:batchUpdate',
    { body: { requests: [{ addSheet: { properties: { title: 'Sheet1' } } }] } },
    400,
    'INVALID_ARGUMENT',
    /already exists/,
  ],
  [
    'a list in a cell',
    'PUT',
    valuesPath('Sheet1!A1', 'valueInputOption=RAW'),
    { body: { values: [[[]]] } },
    400,
    'INVALID_ARGUMENT',
    /values\[0\]\[0\]/,
  ],
  [
    'a cell of more than 50,000 characters',
    'PUT',
    valuesPath('Sheet1!A1', 'valueInputOption=RAW'),
    { body: { values: [['x'.repeat(50_001)]] } },
    400,
    'INVALID_ARGUMENT',
    /50000/,
  ],
  [
    'no choice between raw and typed',
    'PUT',
    valuesPath('Sheet1!A1'),
    { body: { values: [['x']] } },
    400,
    'INVALID_ARGUMENT',
    /valueInputOption/,
  ],
])('%s is refused', async (_, method, path, asking, status, word, words) => {
  expect(await ask(method, path, asking)).toMatchObject(
    refused(status, word, expect.stringMatching(words)),
  );
});

test('a cell of exactly 50,000 characters is taken', async () => {
  const body = { values: [['x'.repeat(50_000)]] };
  const path = valuesPath('Sheet1!A1', 'valueInputOption=RAW');
  expect(await ask('PUT', path, { body })).toMatchObject({ status: 200 });
});

test('reads and writes of one user are counted apart, and the one too many is refused', async () => {
  const strict = await startStandIns({ google: { readsPerMinute: 2, writesPerMinute: 1 } });
  const { url } = strict;
  const read = () => askGoogle(url, 'GET', '/tour_leads');
  const write = () => askGoogle(url, 'POST', '/tour_leads:batchUpdate', { body: { requests: [] } });
  expect([await read(), await read(), await write()]).toMatchObject(
    [200, 200, 200].map((status) => ({ status })),
  );
  for (const [answer, kind] of [
    [await read(), 'Read'],
    [await write(), 'Write'],
  ] as const) {
    expect(answer).toMatchObject(
      refused(
        429,
        'RESOURCE_EXHAUSTED',
        expect.stringContaining(`${kind} requests per minute per user`),
      ),
    );
    expect(answer.body).toMatchObject({ error: { details: [{ reason: 'RATE_LIMIT_EXCEEDED' }] } });
  }
  expect(await askGoogle(url, 'GET', '/acme_leads', { key: 'stand-in-acme' })).toMatchObject({
    status: 200,
  });
  await strict.close();
});

test('tokens are given for refresh tokens, and refused in the words of the token endpoint', async () => {
  const token = async (form: Record<string, string>) => {
    const response = await fetch(`${standIns.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'x',
        client_secret: 'y',
        ...form,
      }),
    });
    const said: unknown = await response.json();
    return { status: response.status, body: said };
  };
  const given = await token({ refresh_token: 'stand-in-tour' });
  expect(given).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 3599 } });
  const { access_token: key } = z.object({ access_token: z.string() }).parse(given.body);
  expect(await ask('GET', '/tour_leads', { key })).toMatchObject({ status: 200 });
  expect(await token({ refresh_token: 'revoked' })).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  });
  expect(await token({ refresh_token: 'stand-in-tour', client_secret: 'wrong' })).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  });
  expect(await token({})).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
});

test('faults strike it like every stand-in, and the log names its calls', async () => {
  standIns.requests.reset();
  standIns.faults.set([
    {
      vendor: 'google',
      workspace: 'tour',
      path: '/v4/spreadsheets/tour_leads$',
      times: 1,
      fault: { kind: 'status', status: 503 },
    },
  ]);
  expect(await ask('GET', '/tour_leads')).toMatchObject({
    status: 503,
    body: { error: { status: 'UNAVAILABLE' } },
  });
  expect(await ask('GET', '/tour_leads')).toMatchObject({ status: 200 });
  expect(standIns.requests.list('tour')).toMatchObject([
    { vendor: 'google', path: '/v4/spreadsheets/tour_leads', status: 503, fault: 'status' },
    { vendor: 'google', status: 200, fault: null },
  ]);
  expect((await fetch(`${standIns.url}/v4/documents`)).status).toBe(404);
});

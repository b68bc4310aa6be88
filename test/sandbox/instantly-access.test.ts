import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { ask, Envelope } from './ask.ts';

let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns({
    workspaces: { narrow: { perSecond: 3 }, patient: { perSecond: 1_000, perMinute: 4 } },
  });
});
afterAll(() => standIns.close());

const refusal = async (path: string, options: Parameters<typeof ask>[2] = {}) => {
  const response = await ask(standIns.url, path, options);
  const { statusCode, error } = Envelope.parse(await response.json());
  expect(statusCode).toBe(response.status);
  return { status: response.status, error };
};

test.each(['nonsense', 'stand-in-', 'stand-in-default.unknown-ending', 'stand-in-UPPER_case'])(
  'refuses the key %s with 401',
  async (key) => {
    expect(await refusal('/accounts', { key })).toEqual({ status: 401, error: 'Unauthorized' });
  },
);

test('refuses a request without a bearer key with 401', async () => {
  const headers = { authorization: '' };
  expect(await refusal('/accounts', { headers })).toEqual({ status: 401, error: 'Unauthorized' });
});

test('asks a workspace without a plan for payment', async () => {
  expect(await refusal('/accounts', { key: 'stand-in-default.no-plan' })).toEqual({
    status: 402,
    error: 'Payment Required',
  });
});

test.each([
  ['read-only', '/accounts', 200],
  ['read-only', '/campaigns', 200],
  ['scopes=accounts:read', '/accounts/analytics/daily', 200],
  ['scopes=accounts:read', '/campaigns/analytics/overview', 403],
  ['scopes=campaigns:read', '/campaigns/analytics', 200],
  ['scopes=campaigns:read', '/accounts', 403],
  ['scopes=campaigns:read', '/accounts/analytics/daily', 403],
  ['scopes=campaigns:read,accounts:read', '/accounts', 200],
  ['scopes=campaigns:create', '/campaigns', 403],
  ['scopes=campaigns:all', '/campaigns', 200],
  ['scopes=all:read', '/campaigns', 200],
])('a key with %s gets %s with status %i', async (ending, path, status) => {
  const response = await ask(standIns.url, path, { key: `stand-in-default.${ending}` });
  expect(response.status).toBe(status);
  if (status === 403) expect(Envelope.parse(await response.json()).error).toBe('Forbidden');
});

test.each(['node', 'undici', 'node/24.0.0'])(
  'turns away the library agent "%s" at the edge, in plain text',
  async (agent) => {
    const response = await ask(standIns.url, '/accounts', { headers: { 'user-agent': agent } });
    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toBe('error code: 1010');
  },
);

test('turns away a caller without any agent, although its key is right', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    request(`${standIns.url}/instantly/api/v2/accounts`, {
      headers: { authorization: 'Bearer stand-in-default' },
      agent: false,
    })
      .on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(403);
});

test.each([
  ['GET', '/nothing-here'],
  ['DELETE', '/accounts'],
  ['PUT', '/campaigns'],
  ['GET', '/campaigns/00000000-0000-4000-a000-000000000000'],
])('answers %s %s with the envelope of a 404', async (method, path) => {
  expect(await refusal(path, { method })).toEqual({ status: 404, error: 'Not Found' });
});

test('answers 429 without Retry-After above so many calls a second, counted by workspace', async () => {
  const calls = Array.from({ length: 5 }, () =>
    ask(standIns.url, '/campaigns', { key: 'stand-in-narrow' }),
  );
  const responses = await Promise.all(calls);
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(3);
  const refused = responses.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(2);
  for (const response of refused) {
    expect(response.headers.get('retry-after')).toBeNull();
    expect(Envelope.parse(await response.json()).error).toBe('Too Many Requests');
  }
  expect((await ask(standIns.url, '/campaigns')).status).toBe(200);

  const key = 'stand-in-narrow.read-only'; // another key of the same workspace
  const deadline = Date.now() + 5_000;
  while ((await ask(standIns.url, '/campaigns', { key })).status !== 200) {
    expect(Date.now()).toBeLessThan(deadline);
  }
});

test('answers 429 above so many calls a minute', async () => {
  const statuses: number[] = [];
  for (let call = 0; call < 6; call += 1) {
    statuses.push((await ask(standIns.url, '/accounts', { key: 'stand-in-patient' })).status);
  }
  expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
});

/**
 * The client against a server of its own that answers what Instantly's documents say, word for
 * word; the stand-in has tests of its own, so neither proves the other.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createDoor } from '../../src/activities/door.ts';
import {
  createInstantlyClient,
  type InstantlyClient,
} from '../../src/activities/instantly/client.ts';
import { inChunks } from '../../src/activities/instantly/in-chunks.ts';
import { overviewMetrics } from '../../src/contracts/instantly.ts';
import type { Account } from '../../src/platform/config.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createGate } from '../../src/platform/gate.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}
let asked: { url: URL; headers: IncomingMessage['headers'] }[] = [];
let answers: Answer[] = [];
let account: Account;
let own: TestDatabase;
let database: Database;
let client: InstantlyClient;

const server = createServer((request, response) => {
  asked.push({ url: new URL(request.url ?? '/', 'http://vendor'), headers: request.headers });
  const { status = 200, body } = answers.shift() ?? { status: 500, body: 'nothing left to say' };
  response.statusCode = status;
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  account = { name: 'a', apiKey: 'key-1', baseUrl: `http://127.0.0.1:${port}`, isStandIn: false };
  own = await testDatabase('instantly_client');
  database = openDatabase(own.url, 2);
  client = createInstantlyClient(
    createDoor({
      gate: createGate(database),
      stopped: () => new AbortController().signal,
      attempt: () => 1,
      party: () => 'test',
      note: () => undefined,
    }),
  );
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await database.close();
  await own.drop();
});
beforeEach(() => {
  asked = [];
  answers = [];
});

const january = { startDate: '2026-01-01', endDate: '2026-01-31' };
const query = (index = 0) => asked[index]?.url.searchParams;

test('each question carries the bearer key and a user agent of our own', async () => {
  answers = [{ body: [] }];
  await client.mailboxDays(account, january);
  expect(asked[0]?.headers).toMatchObject({
    authorization: 'Bearer key-1',
    'user-agent': expect.stringMatching(/^agentic-os\//),
  });
  expect(asked[0]?.url.pathname).toBe('/api/v2/accounts/analytics/daily');
});

test('addresses are sent as repeated parameters, and left out when there are none', async () => {
  answers = [{ body: [] }, { body: [] }];
  await client.mailboxDays(account, january, ['a+1@example.com', 'b@example.com']);
  await client.mailboxDays(account, january);
  expect(query(0)?.getAll('emails')).toEqual(['a+1@example.com', 'b@example.com']);
  expect(query(0)?.get('start_date')).toBe('2026-01-01');
  expect(query(1)?.has('emails')).toBe(false);
});

test('the example of the documents is read; missing and unknown fields do no harm', async () => {
  answers = [
    {
      body: [
        { date: '2026-01-15', email_account: 'sender1@example.com', sent: 42, bounced: 1, new: 7 },
        {
          date: '2026-01-16T00:00:00.000Z',
          email_account: 'b@example.com',
          sent: '9',
          opened: null,
        },
      ],
    },
  ];
  const [first, second] = await client.mailboxDays(account, january);
  expect(first).toMatchObject({ date: '2026-01-15', sent: 42, bounced: 1, opened: 0, clicks: 0 });
  expect(second).toMatchObject({ date: '2026-01-16', sent: 9, opened: 0 });
});

test.each([
  [{ not: 'a list' }],
  [[{ date: '2026-01-15', sent: 1 }]],
  [[{ date: 'yesterday', email_account: 'a@example.com' }]],
  [[{ date: '2026-01-15', email_account: 'a@example.com', sent: { total: 3 } }]],
  [[{ date: '2026-01-15', email_account: 'a@example.com', sent: 1.5 }]],
])('an answer of another shape is malformed, and names the place: %j', async (body) => {
  answers = [{ body }];
  await expect(client.mailboxDays(account, january)).rejects.toMatchObject({
    type: 'MalformedAnswer',
  });
});

test('an empty answer is an empty list, not a failure', async () => {
  answers = [{ body: [] }];
  expect(await client.mailboxDays(account, january)).toEqual([]);
});

test('pages are followed by their cursor, also one with & in it, to an empty page', async () => {
  const cursor = '2026-01-01T00:00:00Z&b@example.com';
  answers = [
    { body: { items: [{ email: 'a@example.com' }], next_starting_after: cursor } },
    { body: { items: [{ email: 'b@example.com' }], next_starting_after: 'next' } },
    { body: { items: [], next_starting_after: 'more' } },
  ];
  expect(await client.mailboxes(account)).toEqual(['a@example.com', 'b@example.com']);
  expect(asked.map(({ url }) => url.searchParams.get('starting_after'))).toEqual([
    null,
    cursor,
    'next',
  ]);
  expect(query(0)?.get('limit')).toBe('100');
});

test('a cursor that does not move ends the list instead of turning in circles', async () => {
  const page = { items: [{ id: 'c1' }], next_starting_after: 'same' };
  answers = [{ body: page }, { body: page }, { body: page }];
  expect(await client.campaignIds(account)).toEqual(['c1', 'c1']);
});

test('the overview asks for one campaign by the name `id`, never `campaign_id`', async () => {
  answers = [{ body: { open_count: 1 } }, { body: { open_count: 1 } }];
  await client.overview(account, january, 'c-1');
  await client.overview(account, january);
  expect(query(0)?.get('id')).toBe('c-1');
  expect(query(0)?.has('campaign_id')).toBe(false);
  expect(query(1)?.has('id')).toBe(false);
});

test('all 24 metrics are read: lists by step are summed, money keeps its fraction, the rest is 0', async () => {
  answers = [
    { body: { open_count: 5, open_count_unique_by_step: [3, 4], total_opportunity_value: 12.5 } },
  ];
  const metrics = await client.overview(account, january);
  expect(Object.keys(metrics).sort()).toEqual([...overviewMetrics].sort());
  expect(metrics).toMatchObject({
    open_count: 5,
    open_count_unique_by_step: 7,
    total_opportunity_value: 12.5,
    total_closed: 0,
  });
});

test('campaigns come with their facts and figures; ids are repeated parameters', async () => {
  answers = [
    {
      body: [
        {
          campaign_id: 'c1',
          campaign_name: 'Berlin dentists',
          campaign_status: -1,
          campaign_is_evergreen: true,
          leads_count: 12,
          emails_sent_count: 9,
        },
      ],
    },
  ];
  const [campaign] = await client.campaigns(account, january, ['c1', 'c2']);
  expect(query()?.getAll('ids')).toEqual(['c1', 'c2']);
  expect(campaign?.facts).toMatchObject({
    campaign_id: 'c1',
    campaign_status: -1,
    leads_count: 12,
  });
  expect(campaign?.metrics.emails_sent_count).toBe(9);
});

test('analytics errors that carry only a message are told in the vendor’s words', async () => {
  answers = [{ status: 400, body: { message: 'start_date must not be after end_date' } }];
  await expect(client.overview(account, january)).rejects.toMatchObject({
    type: 'InvalidRequest',
    message: expect.stringContaining('start_date must not be after end_date'),
  });
});

const tooLargeAbove = (most: number) => {
  const sizes: number[] = [];
  const ask = async (chunk: readonly string[]): Promise<readonly string[]> => {
    sizes.push(chunk.length);
    answers = [{ status: chunk.length > most ? 413 : 200, body: [] }];
    await client.mailboxDays(account, january, chunk);
    return chunk;
  };
  return { sizes, ask };
};
const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `m${index}@example.com`);

test('a chunk that is too large is halved and asked again; later chunks stay that small', async () => {
  const { sizes, ask } = tooLargeAbove(50);
  const { answers: got, chunkSize } = await inChunks(names(130), 200, ask);
  expect(got).toEqual(names(130));
  expect(chunkSize).toBe(32);
  expect(sizes).toEqual([130, 65, 32, 32, 32, 32, 2]);
});

test('when even one is too large the failure comes through', async () => {
  const { ask } = tooLargeAbove(0);
  await expect(inChunks(names(3), 200, ask)).rejects.toMatchObject({ type: 'TooLarge' });
});

test('nothing to ask about asks nothing', async () => {
  const { sizes, ask } = tooLargeAbove(1);
  expect(await inChunks([], 200, ask)).toEqual({ answers: [] });
  expect(sizes).toEqual([]);
});

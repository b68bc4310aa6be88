import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import { Account, ask, Campaign, Envelope, pageOf, read } from './ask.ts';

let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns({
    workspaces: {
      large: { mailboxes: 230, campaigns: 120 },
      exact: { mailboxes: 20, pageSize: 10 },
      short: { mailboxes: 20, pageSize: 10, trailingCursor: false },
      stuck: { mailboxes: 20, pageSize: 10, stuckCursor: true },
      none: { mailboxes: 0, campaigns: 0 },
    },
  });
});
afterAll(() => standIns.close());

const accountPage = (workspace: string, query: Record<string, string>) =>
  read(standIns.url, `/accounts?${new URLSearchParams(query).toString()}`, pageOf(Account), {
    key: `stand-in-${workspace}`,
  });
const campaignPage = (workspace: string, query: Record<string, string>) =>
  read(standIns.url, `/campaigns?${new URLSearchParams(query).toString()}`, pageOf(Campaign), {
    key: `stand-in-${workspace}`,
  });

/** Follows the cursors to the first page without entries or without cursor. */
async function everything<T>(
  page: (query: Record<string, string>) => Promise<{
    items: T[];
    next_starting_after?: string | undefined;
  }>,
  query: Record<string, string>,
) {
  const items: T[] = [];
  const sizes: number[] = [];
  let cursor: string | undefined;
  do {
    const { items: more, next_starting_after: next } = await page(
      cursor === undefined ? query : { ...query, starting_after: cursor },
    );
    items.push(...more);
    sizes.push(more.length);
    cursor = more.length === 0 ? undefined : next;
  } while (cursor !== undefined);
  return { items, sizes };
}

test('lists each account once, in pages that end with a cursor to an empty page', async () => {
  const { items, sizes } = await everything((query) => accountPage('large', query), {
    limit: '100',
  });
  expect(sizes).toEqual([100, 100, 30, 0]);
  expect(new Set(items.map(({ email }) => email)).size).toBe(230);
  expect(items.every(({ email }) => /@mail-[a-d]\.example\.com$/.test(email))).toBe(true);
});

test('lists each campaign once', async () => {
  const { items, sizes } = await everything((query) => campaignPage('large', query), {});
  expect(sizes).toEqual([50, 50, 20, 0]);
  expect(new Set(items.map(({ id }) => id)).size).toBe(120);
  expect(new Set(items.map(({ name }) => name)).size).toBe(120);
});

test('gives accounts the cursor <timestamp_created>&<email> of the last entry', async () => {
  const page = await accountPage('large', { limit: '7' });
  const last = page.items.at(-1);
  expect(page.next_starting_after).toBe(`${String(last?.timestamp_created)}&${last?.email}`);
});

test('still gives a cursor when the last page is full', async () => {
  const { sizes } = await everything((query) => accountPage('exact', query), {});
  expect(sizes).toEqual([10, 10, 0]);
});

test('leaves the last cursor out where the workspace says so', async () => {
  const { sizes, items } = await everything((query) => accountPage('short', query), {});
  expect(sizes).toEqual([10, 10]);
  expect(items).toHaveLength(20);
});

test('repeats the cursor it was asked with on the last page where the workspace says so', async () => {
  const first = await accountPage('stuck', {});
  const cursor = first.next_starting_after ?? '';
  const second = await accountPage('stuck', { starting_after: cursor });
  expect(second.items).toHaveLength(10);
  expect(second.next_starting_after).toBe(cursor);
});

test('answers an empty workspace with an empty page and no cursor', async () => {
  expect(await accountPage('none', {})).toEqual({ items: [] });
  expect(await campaignPage('none', {})).toEqual({ items: [] });
});

test.each(['limit=0', 'limit=101', 'limit=ten', 'limit=', 'starting_after=nonsense', 'status=9'])(
  'refuses %s with the envelope of a 400',
  async (query) => {
    for (const path of ['/accounts', '/campaigns']) {
      const response = await ask(standIns.url, `${path}?${query}`);
      expect(response.status).toBe(400);
      expect(Envelope.parse(await response.json()).message).toContain(query.split('=')[0]);
    }
  },
);

test('finds accounts by a part of the address and by status', async () => {
  const { items: all } = await accountPage('default', {});
  expect(all).toHaveLength(24);
  const one = all[3]?.email ?? '';
  const found = await accountPage('default', { search: one.toUpperCase() });
  expect(found.items.map(({ email }) => email)).toEqual([one]);

  const paused = await accountPage('default', { status: '2' });
  expect(paused.items.length).toBeGreaterThan(0);
  expect(paused.items.map(({ email }) => email)).toEqual(
    all.filter(({ status }) => status === 2).map(({ email }) => email),
  );
});

test('finds campaigns by a part of the name and by status', async () => {
  const { items: all } = await campaignPage('default', {});
  expect(all).toHaveLength(7);
  expect(all.slice(0, 3).map(({ name }) => name)).toEqual([
    'Berlin dentists',
    'Lyon cafés',
    'Utrecht gyms',
  ]);
  const found = await campaignPage('default', { search: 'lyon CAF' });
  expect(found.items.map(({ name }) => name)).toEqual(['Lyon cafés']);
  expect((await campaignPage('default', { status: '0' })).items).toHaveLength(1);
});

test('gives one campaign by its id, and refuses what is no id', async () => {
  const { items } = await campaignPage('default', {});
  expect(await read(standIns.url, `/campaigns/${items[0]?.id}`, Campaign)).toEqual(items[0]);
  const response = await ask(standIns.url, '/campaigns/berlin');
  expect(response.status).toBe(400);
  expect(Envelope.parse(await response.json()).message).toContain('id');
});

test('knows no campaign of another workspace', async () => {
  const { items } = await campaignPage('large', { limit: '1' });
  expect((await ask(standIns.url, `/campaigns/${items[0]?.id}`)).status).toBe(404);
});

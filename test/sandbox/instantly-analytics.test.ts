import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';
import {
  Account,
  ask,
  BareMessage,
  Campaign,
  CampaignDay,
  CampaignRow,
  DayRow,
  Envelope,
  Overview,
  pageOf,
  read,
} from './ask.ts';

const today = '2026-03-11'; // a Wednesday
const workspaces = {
  large: { mailboxes: 200 },
  bounded: { mailboxes: 12, maxAddresses: 10 },
  strict: { requiresEmails: true },
  inclusive: { endDayCounts: true },
  odd: { stepsAsLists: true, countsAsText: true },
};
let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns({ today, workspaces });
});
afterAll(() => standIns.close());

const keyOf = (workspace: string) => ({ key: `stand-in-${workspace}` });
const days = (query: string, workspace = 'default') =>
  read(standIns.url, `/accounts/analytics/daily?${query}`, z.array(DayRow), keyOf(workspace));
const overview = (query: string, workspace = 'default') =>
  read(standIns.url, `/campaigns/analytics/overview?${query}`, Overview, keyOf(workspace));
const campaigns = (query: string, workspace = 'default') =>
  read(standIns.url, `/campaigns/analytics?${query}`, z.array(CampaignRow), keyOf(workspace));
const campaignDays = (query: string, workspace = 'default') =>
  read(standIns.url, `/campaigns/analytics/daily?${query}`, z.array(CampaignDay), keyOf(workspace));
const emails = async (workspace = 'default') => {
  const page = pageOf(Account);
  const { items } = await read(standIns.url, '/accounts?limit=100', page, keyOf(workspace));
  return items.map(({ email }) => email);
};
const idsOf = async (workspace = 'default') => {
  const page = pageOf(Campaign);
  const { items } = await read(standIns.url, '/campaigns', page, keyOf(workspace));
  return items.map(({ id }) => id);
};
const sum = <T>(rows: readonly T[], figure: (row: T) => number): number =>
  rows.reduce((total, row) => total + figure(row), 0);
const day = (date: string) => `start_date=${date}&end_date=${date}`;

test('gives the same answers after a second start, and others for another workspace', async () => {
  const twin = await startStandIns({ today, workspaces });
  const paths = [
    '/accounts',
    '/campaigns',
    '/accounts/analytics/daily',
    '/campaigns/analytics',
    '/campaigns/analytics/overview',
    '/campaigns/analytics/daily',
  ];
  for (const path of paths) {
    const [first, second, other] = await Promise.all([
      ask(standIns.url, path).then((response) => response.text()),
      ask(twin.url, path).then((response) => response.text()),
      ask(twin.url, path, keyOf('acme')).then((response) => response.text()),
    ]);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  }
  await twin.close();
});

test('daily analytics are a bare list of mailboxes and days, with plausible figures', async () => {
  const rows = await days('start_date=2026-02-01&end_date=2026-02-28', 'large');
  const known = new Set(await emails('large'));
  expect(new Set(rows.map((row) => `${row.date} ${row.email_account}`)).size).toBe(rows.length);
  expect(rows.some((row) => known.has(row.email_account))).toBe(true);
  for (const row of rows) {
    expect(row.sent).toBeGreaterThan(0);
    expect(row.bounced).toBeLessThanOrEqual(row.sent);
    expect(row.contacted).toBeLessThanOrEqual(row.sent);
    expect(row.new_leads_contacted).toBeLessThanOrEqual(row.contacted);
    expect(row.unique_opened).toBeLessThanOrEqual(row.opened);
    expect(row.unique_opened).toBeLessThanOrEqual(row.sent - row.bounced);
    expect(row.unique_replies).toBeLessThanOrEqual(row.replies);
    expect(row.unique_replies_automatic).toBeLessThanOrEqual(row.replies_automatic);
    expect(row.unique_clicks).toBeLessThanOrEqual(Math.min(row.clicks, row.unique_opened));
  }
});

test('sends little on weekends, and one mailbox bounces above a fifth on every day', async () => {
  const rows = await days('start_date=2026-03-02&end_date=2026-03-08');
  const sentOn = (date: string) =>
    sum(
      rows.filter((row) => row.date === date),
      (row) => row.sent,
    );
  expect(sentOn('2026-03-08')).toBeLessThan(sentOn('2026-03-03') / 4);

  const rate = (row: z.infer<typeof DayRow>) => row.bounced / row.sent;
  const bad = new Set(rows.filter((row) => rate(row) > 0.2).map((row) => row.email_account));
  expect(bad.size).toBe(1);
  const ofBad = rows.filter((row) => bad.has(row.email_account));
  expect(ofBad).toHaveLength(7);
  expect(ofBad.every((row) => rate(row) > 0.2)).toBe(true);
});

test('leaves a quiet mailbox out on a day without mail', async () => {
  const rows = await days('start_date=2026-02-09&end_date=2026-02-13');
  const counts = (await emails()).map(
    (email) => rows.filter((row) => row.email_account === email).length,
  );
  expect(counts.filter((count) => count < 5)).toHaveLength(3);
  expect(counts.filter((count) => count === 5)).toHaveLength(21);
});

test('has no rows for days to come, and part of the mail of today', async () => {
  expect(await days('start_date=2026-03-12&end_date=2026-03-20')).toEqual([]);
  const rows = await days('start_date=2026-03-10&end_date=2026-03-15');
  expect(new Set(rows.map((row) => row.date))).toEqual(new Set(['2026-03-10', today]));
  const [yesterdays, todays] = ['2026-03-10', today].map((date) =>
    sum(
      rows.filter((row) => row.date === date),
      (row) => row.sent,
    ),
  );
  expect(todays).toBeLessThan((yesterdays ?? 0) / 1.5);
});

test('daily analytics cover 30 days up to today unless told otherwise, times count as their day', async () => {
  const rows = await days('');
  expect(rows[0]?.date).toBe('2026-02-10');
  expect(rows.at(-1)?.date).toBe(today);
  expect(await days('start_date=2026-03-05T23:59:59Z&end_date=2026-03-05T23:59:59.000Z')).toEqual(
    await days(day('2026-03-05')),
  );
});

test('daily analytics take the address filter repeated and joined with commas', async () => {
  const [one = '', two = ''] = await emails();
  const repeated = new URLSearchParams([
    ['emails', one],
    ['emails', two],
  ]).toString();
  const joined = new URLSearchParams({ emails: `${one},${two}` }).toString();
  const rows = await days(`${day('2026-03-10')}&${repeated}`);
  expect(rows.map((row) => row.email_account)).toEqual([one, two]);
  expect(await days(`${day('2026-03-10')}&${joined}`)).toEqual(rows);
  expect(await days(`${day('2026-03-10')}&emails=nobody@example.com`)).toEqual([]);
});

test('daily analytics take 31 days and 200 addresses, not one more', async () => {
  const addresses = (count: number) =>
    Array.from({ length: count }, (_, index) => `emails=box-${index}@example.com`).join('&');
  const status = async (query: string) => {
    const response = await ask(standIns.url, `/accounts/analytics/daily?${query}`);
    if (response.status === 400) BareMessage.parse(await response.json());
    return response.status;
  };
  expect(await status('start_date=2026-01-01&end_date=2026-01-31')).toBe(200);
  expect(await status('start_date=2026-01-01&end_date=2026-02-01')).toBe(400);
  expect(await status(addresses(200))).toBe(200);
  expect(await status(addresses(201))).toBe(400);
  expect(await status('emails=a@example.com&emails=a@example.com')).toBe(400);
  expect(await status('emails=')).toBe(400);
});

test.each([
  ['/accounts/analytics/daily', 'start_date=2026-03-02&end_date=2026-03-01'],
  ['/accounts/analytics/daily', 'start_date=yesterday'],
  ['/accounts/analytics/daily', 'end_date=2026-02-30'],
  ['/campaigns/analytics/overview', 'start_date=2026-03-02&end_date=2026-03-01'],
  ['/campaigns/analytics/overview', 'id=berlin'],
  ['/campaigns/analytics/overview', 'campaign_status=7'],
  ['/campaigns/analytics/overview', 'expand_crm_events=maybe'],
  ['/campaigns/analytics', 'start_date=2026-03-02&end_date=2026-03-01'],
  ['/campaigns/analytics', 'ids=one,two'],
  ['/campaigns/analytics/daily', 'campaign_id=berlin'],
])('answers %s?%s with 400 and nothing but a message', async (path, query) => {
  const response = await ask(standIns.url, `${path}?${query}`);
  expect(response.status).toBe(400);
  BareMessage.parse(await response.json());
});

test('answers 413 above so many addresses where the workspace says so, also for all at once', async () => {
  const status = async (count: number) => {
    const query = (await emails('bounded'))
      .slice(0, count)
      .map((email) => `emails=${encodeURIComponent(email)}`)
      .join('&');
    const path = `/accounts/analytics/daily?${query}`;
    const response = await ask(standIns.url, path, keyOf('bounded'));
    if (response.status === 413) {
      expect(Envelope.parse(await response.json()).error).toBe('Payload Too Large');
    }
    return response.status;
  };
  expect([await status(10), await status(11), await status(0)]).toEqual([200, 413, 413]);
});

test('answers 400 without an address filter where the workspace says so', async () => {
  const response = await ask(standIns.url, '/accounts/analytics/daily', keyOf('strict'));
  expect(response.status).toBe(400);
  BareMessage.parse(await response.json());
  const [one = ''] = await emails('strict');
  expect(await days(`emails=${one}`, 'strict')).not.toEqual([]);
});

test('the overview has exactly 24 figures and equals the sum of the campaigns', async () => {
  const range = 'start_date=2026-01-01&end_date=2026-03-01';
  const whole = await overview(range);
  expect(Object.keys(whole)).toHaveLength(24);
  expect(Number.isInteger(whole.total_opportunity_value)).toBe(false);

  const rows = await campaigns(range);
  const parts = await Promise.all((await idsOf()).map((id) => overview(`${range}&id=${id}`)));
  for (const [name, total] of Object.entries(whole)) {
    const inParts = sum(parts, (part) => new Map(Object.entries(part)).get(name) ?? NaN);
    expect({ [name]: inParts }).toEqual({ [name]: expect.closeTo(total, 2) });
    if (!(name in (rows[0] ?? {}))) continue;
    const inRows = sum(rows, (row) => Number(new Map(Object.entries(row)).get(name)));
    expect({ [name]: inRows }).toEqual({ [name]: expect.closeTo(total, 2) });
  }
});

test('mailboxes, campaign days and the overview tell the same numbers', async () => {
  const rows = await days('start_date=2026-02-01&end_date=2026-02-28');
  const byDay = await campaignDays('start_date=2026-02-01&end_date=2026-03-01');
  const whole = await overview('start_date=2026-02-01&end_date=2026-03-01');
  expect(byDay).toHaveLength(28);
  expect(sum(rows, (row) => row.sent)).toBe(whole.emails_sent_count);
  expect(sum(rows, (row) => row.bounced)).toBe(whole.bounced_count);
  expect(sum(byDay, (row) => row.sent)).toBe(whole.emails_sent_count);
  expect(sum(byDay, (row) => row.unique_replies)).toBe(whole.reply_count_unique);
  expect(sum(byDay, (row) => row.opportunities)).toBe(whole.total_opportunities);
});

test('the overview filters by id and ids, and takes no notice of campaign_id', async () => {
  const [one = '', two = ''] = await idsOf();
  const range = 'start_date=2026-02-01&end_date=2026-03-01';
  const whole = await overview(range);
  const first = await overview(`${range}&id=${one}`);
  const both = await overview(`${range}&ids=${one}&ids=${two}`);
  expect(first.emails_sent_count).toBeLessThan(both.emails_sent_count);
  expect(both.emails_sent_count).toBeLessThan(whole.emails_sent_count);
  expect(await overview(`${range}&campaign_id=${one}`)).toEqual(whole);
  expect(await campaignDays(`${range}&campaign_id=${one}`)).not.toEqual(await campaignDays(range));

  const paused = await overview(`${range}&campaign_status=2`);
  expect(paused.emails_sent_count).toBeLessThan(whole.emails_sent_count);
});

test('a date-only end stops at its midnight, one with a time does not', async () => {
  const one = await overview('start_date=2026-03-10&end_date=2026-03-11');
  const two = await overview('start_date=2026-03-09&end_date=2026-03-11');
  expect(one.emails_sent_count).toBeLessThan(two.emails_sent_count);
  expect(await overview('start_date=2026-03-10&end_date=2026-03-10T12:00:00Z')).toEqual(one);
  expect((await overview(day('2026-03-10'))).emails_sent_count).toBe(0);
});

test('the end day counts where the workspace says so', async () => {
  const one = await overview(day('2026-03-10'), 'inclusive');
  expect(one.emails_sent_count).toBe(
    sum(await days(day('2026-03-10'), 'inclusive'), (row) => row.sent),
  );
});

test('repeated interest counts only when asked for', async () => {
  const range = 'start_date=2026-01-01&end_date=2026-03-01';
  const plain = await overview(range);
  const expanded = await overview(`${range}&expand_crm_events=true`);
  expect(expanded.total_interested).toBeGreaterThan(plain.total_interested);
  expect({ ...expanded, total_interested: 0 }).toEqual({ ...plain, total_interested: 0 });
});

test('campaign analytics leave drafts out unless asked for, and lead counts on request', async () => {
  const rows = await campaigns('');
  expect(rows).toHaveLength(6);
  expect(rows.every((row) => row.leads_count !== undefined && row.campaign_status !== 0)).toBe(
    true,
  );
  const ids = (await idsOf()).map((id) => `ids=${id}`).join('&');
  const all = await campaigns(`${ids}&exclude_total_leads_count=true`);
  expect(all).toHaveLength(7);
  expect(all.every((row) => row.leads_count === undefined)).toBe(true);
  expect(all.find((row) => row.campaign_status === 0)?.emails_sent_count).toBe(0);
});

test('sends steps as lists and counts as text where the workspace says so', async () => {
  const response = await ask(standIns.url, '/campaigns/analytics/overview', keyOf('odd'));
  const Odd = z.looseObject({
    emails_sent_count: z.string().regex(/^\d+$/),
    open_count_unique_by_step: z.array(z.string().regex(/^\d+$/)).length(2),
    total_opportunity_value: z.string().regex(/^\d+(\.\d+)?$/),
  });
  Odd.parse(await response.json());
});

test('a year of 200 mailboxes is computed, not kept', async () => {
  setFlagsFromString('--expose-gc');
  const heap = () => {
    runInNewContext('gc()');
    return process.memoryUsage().heapUsed;
  };
  const readMonths = async (year: number, months: number): Promise<number> => {
    let rows = 0;
    for (let month = 1; month <= months; month += 1) {
      const first = `${year}-${String(month).padStart(2, '0')}-01`;
      const last = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
      const path = `/accounts/analytics/daily?start_date=${first}&end_date=${last}`;
      rows += (await read(standIns.url, path, z.array(z.unknown()), keyOf('large'))).length;
    }
    return rows;
  };
  await readMonths(2024, 2);
  const before = heap();
  expect(await readMonths(2025, 12)).toBeGreaterThan(60_000);
  expect(heap() - before).toBeLessThan(3_000_000);
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CampaignAnalytics, EmailAnalytics } from '../../src/contracts/analytics.ts';
import {
  campaignOverviews,
  campaignRanges,
  emailDays,
} from '../../src/platform/instantly-schema.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;

beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  dashboard = await serve(world);
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
  expect(dashboard.faults).toEqual([]);
});

test('sums e-mail figures as SQL does, leaves gaps, and compares with the days before', async () => {
  const day = (
    date: string,
    account: string,
    emailAccount: string,
    sent: number,
    bounced: number,
  ) => ({
    account,
    date,
    emailAccount,
    sent,
    bounced,
    contacted: sent,
    opened: sent * 3,
    uniqueOpened: 7,
    replies: 5,
    uniqueReplies: 2,
    clicks: 4,
    uniqueClicks: 1,
    isStandIn: true,
  });
  await world.database.db
    .insert(emailDays)
    .values([
      day('2026-01-03', 'default', 'a@example.com', 50, 1),
      day('2026-01-05', 'default', 'a@example.com', 100, 5),
      day('2026-01-05', 'default', 'b@example.com', 10, 6),
      day('2026-01-05', 'acme', 'a@example.com', 1000, 0),
      day('2026-01-07', 'default', 'silent@example.com', 0, 0),
      day('2026-01-08', 'default', 'a@example.com', 1, 1),
    ]);
  const read = async (query: string) =>
    EmailAnalytics.parse((await dashboard.get(`/api/analytics/email?${query}`)).body);
  const all = await read('from=2026-01-05&to=2026-01-07');
  expect(all.totals).toEqual({
    sent: 1110,
    bounced: 11,
    contacted: 1110,
    opened: 28,
    replied: 8,
    clicked: 4,
  });
  expect(all.days.map(({ date, sent }) => [date, sent])).toEqual([
    ['2026-01-05', 1110],
    ['2026-01-07', 0],
  ]);
  expect(all.daysBefore.map(({ date, sent }) => [date, sent])).toEqual([['2026-01-03', 50]]);
  expect(all.before.sent).toBe(50);
  expect(all.mailboxes.map(({ emailAccount, bounceRate }) => [emailAccount, bounceRate])).toEqual([
    ['b@example.com', 0.6],
    ['a@example.com', 0.05],
    ['a@example.com', 0],
  ]);
  expect(all.mailboxCount).toBe(3);
  expect(all.pulledAt).not.toBeNull();
  expect((await read('from=2026-01-05&to=2026-01-07&account=acme')).totals.sent).toBe(1000);

  const csv = await dashboard.get('/api/analytics/email.csv?from=2026-01-05&to=2026-01-08');
  const lines = String(csv.body).trim().split('\n');
  expect(lines).toHaveLength(6);
  expect(lines[0]).toMatch(/^date,account,email_account,sent,bounced/);
  expect(lines[1]).toMatch(/^2026-01-05,acme,a@example.com,1000,0,/);
  const wrong = await dashboard.get('/api/analytics/email?from=2026-01-07&to=2026-01-05');
  expect(wrong.status).toBe(400);
});

test('shows of each account the latest range of campaigns, and workspaces’ overviews oldest first', async () => {
  const range = (account: string, startDate: string, endDate: string, campaignName: string) => ({
    account,
    startDate,
    endDate,
    campaignId: campaignName,
    campaignName,
    campaignStatus: -1,
    emails_sent_count: 10,
    total_opportunity_value: 12.5,
    isStandIn: true,
  });
  await world.database.db
    .insert(campaignRanges)
    .values([
      range('default', '2026-01-01', '2026-01-02', 'old'),
      range('default', '2026-01-05', '2026-01-06', 'narrow'),
      range('default', '2026-01-01', '2026-01-06', '=wide'),
      range('acme', '2026-01-01', '2026-01-03', 'acme'),
      range('default', '2026-01-08', '2026-01-09', 'later'),
    ]);
  const overview = { account: 'default', isStandIn: true, total_closed: 2 };
  await world.database.db.insert(campaignOverviews).values([
    { ...overview, startDate: '2026-01-05', endDate: '2026-01-06' },
    { ...overview, startDate: '2026-01-02', endDate: '2026-01-03' },
    { ...overview, startDate: '2026-01-02', endDate: '2026-01-03', campaignId: 'one' },
  ]);
  const found = CampaignAnalytics.parse(
    (await dashboard.get('/api/analytics/campaigns?from=2026-01-01&to=2026-01-07')).body,
  );
  expect(found.campaigns.map((each) => each.name).toSorted()).toEqual(['=wide', 'acme']);
  expect(found.campaigns[0]).toMatchObject({ status: -1, leads: null });
  expect(found.campaigns[0]?.metrics).toMatchObject({ total_opportunity_value: 12.5 });
  expect(found.campaigns[0]?.metrics).not.toHaveProperty('total_closed');
  expect(found.overviews.map((each) => each.startDate)).toEqual(['2026-01-02', '2026-01-05']);
  expect(found.overviews[0]?.metrics).toMatchObject({ total_closed: 2, open_count: 0 });

  const csv = await dashboard.get('/api/analytics/campaigns.csv?from=2026-01-01&to=2026-01-07');
  const lines = String(csv.body).trim().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines.find((line) => line.includes('wide'))).toContain(",'=wide,-1,");
});

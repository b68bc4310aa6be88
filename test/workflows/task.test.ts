import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: {
      today: '2026-06-01',
      workspaces: {
        quiet: { mailboxes: 0 },
        big: { mailboxes: 450 },
        tight: { mailboxes: 90, maxAddresses: 20 },
      },
    },
    env: {
      INSTANTLY_API_KEY: 'stand-in-main',
      INSTANTLY_API_KEY_QUIET: 'stand-in-quiet',
      INSTANTLY_API_KEY_BIG: 'stand-in-big',
      INSTANTLY_API_KEY_TIGHT: 'stand-in-tight',
      INSTANTLY_API_KEY_REFUSED: 'wrong',
      INSTANTLY_API_KEY_UNPAID: 'stand-in-main.no-plan',
    },
  });
});
afterAll(() => world.close());
afterEach(() => {
  world.standIns.faults.set([]);
});

const daily = (date: string, account = 'tour', more: object = {}) => ({
  capability: 'instantly.daily-analytics',
  account,
  input: { date, ...more },
});

const rowsOf = (account: string, date: string) =>
  world.database.sql<{ email_account: string; sent: number; updated_at: Date }[]>`
    select email_account, sent, updated_at from instantly_email_daily_analytics
    where account = ${account} and date = ${date} order by email_account`;

test('a day is stored once: the same run again changes no row', async () => {
  const first = await world.run(daily('2026-05-04'));
  const before = await rowsOf('tour', '2026-05-04');
  const again = await world.run(daily('2026-05-04'));
  expect(first).toMatchObject({ method: 'whole-workspace', tried: [] });
  expect(first.result).toMatchObject({ accounts: before.length, changed: before.length });
  expect(again.result).toMatchObject({ accounts: before.length, changed: 0 });
  expect(await rowsOf('tour', '2026-05-04')).toEqual(before);
  expect(before.length).toBeGreaterThan(10);
});

test('the id names capability, account and day, and a second start joins the first', async () => {
  world.standIns.faults.set([{ fault: { kind: 'slow', delayMs: 700 } }]);
  const [one, two] = await Promise.all([
    world.start(daily('2026-05-05')),
    world.start(daily('2026-05-05')),
  ]);
  expect(one.workflowId).toBe('instantly.daily-analytics/tour/2026-05-05');
  const [a, b] = await Promise.all([one.describe(), two.describe()]);
  expect(a.runId).toBe(b.runId);
  await one.result();
});

test('numbers in the tables equal what the vendor says, for every capability', async () => {
  const range = { startDate: '2026-04-01', endDate: '2026-04-30' };
  const overview = await world.run({
    capability: 'instantly.campaign-overview',
    account: 'tour',
    input: range,
  });
  const campaigns = await world.run({
    capability: 'instantly.campaign-analytics',
    account: 'tour',
    input: range,
  });
  const [stored] = await world.database.sql<
    { sent: number; rows: number; overview: number; value: string }[]
  >`
    select (select sum(emails_sent_count)::int from instantly_campaign_analytics where account = 'tour') as sent,
           (select count(*)::int from instantly_campaign_analytics where account = 'tour') as rows,
           emails_sent_count as overview, total_opportunity_value as value
    from instantly_campaign_analytics_overview where account = 'tour' and campaign_id is null`;
  expect(campaigns.result).toMatchObject({ campaigns: stored?.rows, sent: stored?.sent });
  expect(overview.result).toMatchObject({
    metrics: {
      emails_sent_count: stored?.overview,
      total_opportunity_value: Number(stored?.value),
    },
  });
});

test('an overview of one campaign is that campaign’s, and both stand side by side', async () => {
  const [campaign] = await world.database.sql<{ campaign_id: string; emails_sent_count: number }[]>`
    select campaign_id, emails_sent_count from instantly_campaign_analytics
    where account = 'tour' and emails_sent_count > 0 limit 1`;
  const input = {
    startDate: '2026-04-01',
    endDate: '2026-04-30',
    campaignId: campaign?.campaign_id,
  };
  const { result } = await world.run({
    capability: 'instantly.campaign-overview',
    account: 'tour',
    input,
  });
  expect(result).toMatchObject({ metrics: { emails_sent_count: campaign?.emails_sent_count } });
  const rows = await world.database.sql`
    select 1 from instantly_campaign_analytics_overview where account = 'tour' and start_date = '2026-04-01'`;
  expect(rows).toHaveLength(2);
});

test('a quiet day without any row is done, not failed', async () => {
  const { result } = await world.run(daily('2026-05-04', 'quiet'));
  expect(result).toMatchObject({ accounts: 0, changed: 0, flagged: [] });
});

test('when the vendor no longer takes one question for all, the next method does it in chunks', async () => {
  const outcome = await world.run(daily('2026-05-04', 'tight'));
  expect(outcome).toMatchObject({
    method: 'in-chunks',
    tried: [{ method: 'whole-workspace', failure: 'TooLarge' }],
    result: { chunkSize: 11 },
  });
  const addresses = await rowsOf('tight', '2026-05-04');
  expect(addresses.length).toBe(new Set(addresses.map((row) => row.email_account)).size);
  expect(outcome.result).toMatchObject({ accounts: addresses.length });
});

test('more mailboxes than one question may name are asked in chunks of 200', async () => {
  const all = await world.run(daily('2026-05-06', 'big'));
  const rows = await rowsOf('big', '2026-05-06');
  expect(all.result).toMatchObject({ accounts: rows.length });
  const emails = rows.map((row) => row.email_account);
  world.standIns.requests.reset();
  const some = await world.run(daily('2026-05-06', 'big', { emails }));
  expect(some.result).toMatchObject({ accounts: rows.length, changed: 0, chunkSize: 200 });
});

test.each([
  [{ capability: 'instantly.nothing', input: {} }, 'NotServed', 'instantly.daily-analytics'],
  [daily('2026-13-40'), 'InvalidInput', 'input.date'],
  [daily('2026-05-04', 'nobody'), 'InvalidInput', 'settings name'],
  [daily('2026-05-04', 'tour', { maxBounceRate: 5 }), 'InvalidInput', 'input.maxBounceRate'],
  [daily('2026-05-04', 'tour', { emails: ['x'] }), 'InvalidInput', 'input.emails.0'],
  [
    {
      capability: 'instantly.campaign-overview',
      input: { startDate: '2026-02-01', endDate: '2026-01-01' },
    },
    'InvalidInput',
    'input.startDate',
  ],
])('started by hand, %j fails at once as %s and names the place', async (request, type, words) => {
  const handle = await world.client.workflow.start('task', {
    taskQueue: 'instantly',
    workflowId: `by-hand-${JSON.stringify(request)}`,
    args: [request],
  });
  await expect(handle.result()).rejects.toMatchObject({
    cause: { type, message: expect.stringContaining(words) },
  });
});

test('a run started by hand under any id joins the run of its work and shows its result', async () => {
  const handle = await world.client.workflow.start('task', {
    taskQueue: 'instantly',
    workflowId: 'by-hand',
    args: [
      { capability: 'instantly.daily-analytics', account: 'tour', input: { date: '2026-05-11' } },
    ],
  });
  expect(await handle.result()).toMatchObject({ result: { date: '2026-05-11' } });
  const own = await world.client.workflow
    .getHandle('instantly.daily-analytics/tour/2026-05-11')
    .describe();
  expect(own.status.name).toBe('COMPLETED');
});

test('a wrong key fails the run at once, with what to do', async () => {
  const failure = await world.failureOf(daily('2026-05-04', 'refused'));
  expect(failure.failure).toBe('CredentialRejected');
  expect(failure.message).toContain('set a new one in the settings');
  expect(await world.failureOf(daily('2026-05-04', 'unpaid'))).toMatchObject({
    failure: 'PlanRequired',
  });
});

test('a cancelled run stops its call, stores nothing, and says so in our table', async () => {
  world.standIns.faults.set([{ fault: { kind: 'silence' } }]);
  const handle = await world.start(daily('2026-05-12'));
  await eventually(
    'a call under way',
    async () => (await handle.describe()).raw.pendingActivities?.length === 1,
  );
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) });
  expect(await rowsOf('tour', '2026-05-12')).toEqual([]);
  await eventually('the end in our table', async () => {
    const [run] = await world.database.sql<{ status: string }[]>`
      select status from runs where workflow_id = ${handle.workflowId}`;
    return run?.status === 'cancelled';
  });
});

test('the table of runs knows who asked, what came out, and every try', async () => {
  world.standIns.faults.set([{ times: 1, fault: { kind: 'status', status: 500 } }]);
  const outcome = await world.run({
    ...daily('2026-05-13'),
    requestedBy: { kind: 'person', name: 'mara' },
  });
  const id = 'instantly.daily-analytics/tour/2026-05-13';
  const run = await eventually('the end in our table', async () => {
    const [row] = await world.database.sql`select * from runs where workflow_id = ${id}`;
    return row?.status === 'completed' && row;
  });
  expect(run).toMatchObject({ requested_by_name: 'mara', output: outcome, agent: 'instantly' });
  const attempts = await world.database.sql`
    select attempt, outcome, failure, error_class, method, vendor_answer from attempts
    where workflow_id = ${id} order by attempt`;
  expect(attempts).toMatchObject([
    {
      attempt: 1,
      outcome: 'failed',
      failure: 'VendorUnavailable',
      error_class: 'transient',
      vendor_answer: { status: 500 },
    },
    { attempt: 2, outcome: 'completed', failure: null, method: 'whole-workspace' },
  ]);
});

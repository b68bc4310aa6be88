import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { EmailAnalytics } from '../../src/contracts/analytics.ts';
import { Overview } from '../../src/contracts/api.ts';
import { createSchedules } from '../../src/platform/schedules.ts';
import { serveDashboard } from '../support/dashboard.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

const mailboxes = 200;
const allowedMb = 700;
let world: World;
let worker: WorkerProcess;
const folder = scratchFolder();

beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { today: '2026-11-01', defaults: { mailboxes } },
    hasWorker: false,
  });
  worker = await startWorker(world, folder);
});
afterAll(async () => {
  await worker.end('SIGKILL');
  await world.close();
});

const memoryMb = (): number => {
  const status = readFileSync(`/proc/${worker.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
};
const stored = async () => {
  const [row] = await world.database.sql<
    { days: number; rows: number; mailboxes: number; sent: number }[]
  >`
    select count(distinct date)::int as days, count(*)::int as rows,
           count(distinct email_account)::int as mailboxes, sum(sent)::int as sent
    from instantly_email_daily_analytics where account = 'default'`;
  return row;
};

test('a year of 200 mailboxes, backfilled through the schedule, loads in bounded memory', async () => {
  const schedules = createSchedules(world.client, world.config);
  const began = Date.now();
  await schedules.backfill('instantly.daily-analytics/default', {
    from: '2025-10-01',
    to: '2026-09-30',
  });

  let after50 = 0;
  let most = 0;
  await eventually(
    '365 days',
    async () => {
      most = Math.max(most, memoryMb());
      const days = (await stored())?.days ?? 0;
      if (after50 === 0 && days >= 50) after50 = memoryMb();
      return days === 365;
    },
    600_000,
  );
  const end = memoryMb();
  const rows = await stored();
  console.log(
    `${rows?.rows} rows of 365 days in ${Math.round((Date.now() - began) / 1000)} s; ` +
      `worker ${Math.round(after50)} MB after 50 days, ${Math.round(end)} MB at the end, ${Math.round(most)} MB at most`,
  );
  expect(rows).toMatchObject({ days: 365, mailboxes });
  expect(most).toBeLessThan(allowedMb);
  expect(end).toBeLessThan(after50 * 1.3);
}, 660_000);

test('what the pages say of that year equals the sums of the rows', async () => {
  const dashboard = await serveDashboard(world);
  const of = async (path: string): Promise<unknown> =>
    (await fetch(`${dashboard.url}${path}`)).json();
  const [sums] = await world.database.sql<Record<string, number>[]>`
    select sum(sent)::int as sent, sum(bounced)::int as bounced, sum(contacted)::int as contacted,
      sum(unique_opened)::int as opened, sum(unique_replies)::int as replied,
      sum(unique_clicks)::int as clicked from instantly_email_daily_analytics`;
  const [last] = await world.database.sql<{ sent: number }[]>`
    select sum(sent)::int as sent from instantly_email_daily_analytics where date = '2026-09-30'`;
  const email = EmailAnalytics.parse(
    await of('/api/analytics/email?from=2025-10-01&to=2026-09-30'),
  );
  const overview = Overview.parse(await of('/api/overview'));
  await dashboard.close();
  expect(email.totals).toEqual(sums);
  expect(email.days).toHaveLength(365);
  expect(overview).toMatchObject({ lastDay: '2026-09-30', sentLastDay: last?.sent });
}, 60_000);

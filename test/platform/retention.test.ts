import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { prune } from '../../src/platform/retention.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('retention');
  database = openDatabase(own.url, 2);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const now = new Date('2026-06-30T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);

test('deletes what is older than the settings keep, and nothing that is open or younger', async () => {
  const { sql } = database;
  for (const [id, started, closed] of [
    ['old', daysAgo(100), daysAgo(91)],
    ['on the edge', daysAgo(100), daysAgo(89)],
    ['open', daysAgo(200), null],
  ] as const) {
    await sql`insert into runs (workflow_id, run_id, type, status, title, started_at, closed_at)
      values (${id}, ${id}, 'task', ${closed ? 'completed' : 'running'}, ${id}, ${started}, ${closed})`;
  }
  for (const days of [6, 8]) {
    await sql`insert into log_lines (at, level, message, fields)
      values (${daysAgo(days)}, 'info', ${`${days} days old`}, '{}')`;
  }
  for (const days of [89, 91]) {
    await sql`insert into flow_events (key, at, kind, by, why)
      values ('a:b', ${daysAgo(days)}, 'closed', 'vendor', '')`;
  }
  await sql`insert into instantly_email_daily_analytics (account, date, email_account, is_stand_in)
    values ('a', '2019-01-01', 'a@example.com', false)`;

  const gone = await prune(
    database,
    { RUN_RETENTION_DAYS: 90, LOG_RETENTION_DAYS: 7, TEMPORAL_RETENTION_DAYS: 30 },
    now,
  );

  expect(gone).toMatchObject({ runs: 1, log_lines: 1, flow_events: 1, attempts: 0 });
  expect(await sql`select title from runs order by title`).toEqual([
    { title: 'on the edge' },
    { title: 'open' },
  ]);
  expect(await sql`select message from log_lines`).toEqual([{ message: '6 days old' }]);
  expect(await sql`select 1 from instantly_email_daily_analytics`).toHaveLength(1);
});

test('large payloads stay while a history may refer to them, also that of a long run', async () => {
  const { sql } = database;
  await sql`delete from runs`;
  const run = (id: string, started: Date, closed: Date | null) =>
    sql`insert into runs (workflow_id, run_id, type, status, title, started_at, closed_at)
      values (${id}, ${id}, 'task', 'x', ${id}, ${started}, ${closed})`;
  for (const [hash, stored] of [
    ['young', daysAgo(29)],
    ['of a run that ended long ago', daysAgo(31)],
    ['of a long run', daysAgo(41)],
    ['of an open run', daysAgo(61)],
    ['before any of these', daysAgo(71)],
  ] as const) {
    await sql`insert into payloads (hash, encoding, metadata, size, data, stored_at)
      values (${hash}, 'json/plain', '{}', 1, '1', ${stored})`;
  }
  await run('ended', daysAgo(32), daysAgo(30.5));
  const limits = { RUN_RETENTION_DAYS: 90, LOG_RETENTION_DAYS: 7, TEMPORAL_RETENTION_DAYS: 30 };
  const kept = async () =>
    (await sql`select hash from payloads order by stored_at desc`).map((row) => String(row.hash));

  await run('long', daysAgo(45), daysAgo(29));
  await run('open', daysAgo(65), null);
  expect(await prune(database, limits, now)).toMatchObject({ payloads: 1 });
  expect(await kept()).not.toContain('before any of these');
  await sql`delete from runs where run_id = 'open'`;
  expect(await prune(database, limits, now)).toMatchObject({ payloads: 1 });
  expect(await kept()).toEqual(['young', 'of a run that ended long ago', 'of a long run']);
  await sql`delete from runs where run_id = 'long'`;
  await prune(database, limits, now);
  expect(await kept()).toEqual(['young']);
});

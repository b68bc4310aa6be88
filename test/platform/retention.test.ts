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

test('swarms go with their runs, and lists that no swarm took go after a day', async () => {
  const { sql } = database;
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
  const idOf = (at: Date, number: number) => {
    const time = at.getTime().toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-00000000000${number}`;
  };
  const lists = {
    old: idOf(daysAgo(100), 1),
    open: idOf(daysAgo(100), 2),
    unused: idOf(hoursAgo(25), 3),
    fresh: idOf(hoursAgo(23), 4),
    halfLoaded: idOf(hoursAgo(25), 5),
    loading: idOf(hoursAgo(1), 6),
  };
  for (const [name, list] of Object.entries(lists)) {
    await sql`insert into swarm_tasks (list, agent, seq, index, capability, account, input)
      values (${list}, 'practice', 0, 0, 'practice.wait', ${name}, '{}')`;
    if (name === 'halfLoaded' || name === 'loading') continue;
    const at = name === 'fresh' ? hoursAgo(23) : daysAgo(name === 'unused' ? 2 : 100);
    await sql`insert into task_lists (id, total, agents, origin, created_at)
      values (${list}, 1, '{"practice":1}', ${name}, ${at})`;
  }
  for (const name of ['old', 'open'] as const) {
    const id = lists[name].replace('-7', '-4');
    await sql`insert into swarms (id, workflow_id, list, total, created_at)
      values (${id}, ${`swarm/${name}`}, ${lists[name]}, 1, ${daysAgo(100)})`;
    await sql`insert into swarm_outcomes (swarm, index, state, capability, took_ms, workflow_id)
      values (${id}, 0, 'completed', 'practice.wait', 1, 'x')`;
    await sql`insert into runs (workflow_id, run_id, type, status, title, input, started_at, closed_at)
      values (${`swarm/${name}`}, ${id}, 'swarm', 'x', ${name}, '{}', ${daysAgo(100)},
        ${name === 'old' ? daysAgo(99) : null})`;
  }

  const gone = await prune(
    database,
    {
      RUN_RETENTION_DAYS: 90,
      LOG_RETENTION_DAYS: 7,
      TEMPORAL_RETENTION_DAYS: 30,
    },
    now,
  );

  expect(gone).toMatchObject({ swarms: 1, swarm_outcomes: 1, task_lists: 2, swarm_tasks: 3 });
  expect(await sql`select account from swarm_tasks order by account`).toEqual(
    ['fresh', 'loading', 'open'].map((account) => ({ account })),
  );
  expect(await sql`select origin from task_lists order by origin`).toEqual([
    { origin: 'fresh' },
    { origin: 'open' },
  ]);
  expect(await sql`select workflow_id from swarms`).toEqual([{ workflow_id: 'swarm/open' }]);
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Cleanup, Migrated, TableCheck, TableList } from '../../src/contracts/database.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';
import { agentic } from './agentic.ts';

let own: TestDatabase;
let database: Database;
let name: string;
beforeAll(async () => {
  own = await testDatabase('cli database');
  database = openDatabase(own.url, 2);
  name = new URL(own.url).pathname.slice(1);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

/** No Temporal, no worker: only the database is there. */
const verb = (...args: string[]) =>
  agentic(['database', ...args], {
    env: { DATABASE_URL: own.url, TEMPORAL_ADDRESS: '127.0.0.1:1' },
  });
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

test('explore tells rows, size and last write of each table, without a worker', async () => {
  const { sql } = database;
  await sql`insert into log_lines (at, level, message, fields) values
    ('2026-01-05T00:00:00Z', 'info', 'a', '{}'), ('2026-01-06T00:00:00Z', 'info', 'b', '{}')`;
  await sql`create table notes (text text)`;
  const { out, code } = await verb('explore', '--json');
  const { tables } = TableList.parse(JSON.parse(out));
  expect(code).toBe(0);
  expect(tables.find((table) => table.name === 'log_lines')).toMatchObject({
    ...{ owner: 'ours', rows: 2, isExact: true, lastWriteAt: '2026-01-06T00:00:00.000Z' },
    bytes: expect.any(Number),
  });
  expect(tables.find((table) => table.name === 'notes')).toMatchObject({
    ...{ owner: 'foreign', rows: 0, lastWriteAt: null },
  });
  expect((await verb('explore')).out).toMatch(/log_lines +ours +2 +\d+\.\d kB +2026-01-06/);
  await sql`drop table notes`;
});

test('check-table hides what rows say until it is asked for', async () => {
  const { sql } = database;
  await sql`insert into effects (key, effect, state, request_hash, lease_until, quarantined_until,
      result, reason, history, created_at, updated_at)
    values ('lead:default:spring:mara@example.com', 'send', 'done', 'x', ${daysAgo(900)},
      ${daysAgo(900)}, '{"email":"mara@example.com"}', 'phone 030 123456', '[]', ${daysAgo(900)}, ${daysAgo(900)})`;
  const hidden = await verb('check-table', 'effects', '--json');
  expect(hidden.code).toBe(0);
  const { sample, differences } = TableCheck.parse(JSON.parse(hidden.out));
  expect(differences).toEqual([]);
  expect(sample).toEqual([expect.objectContaining({ state: 'done', key: '•••• (36 characters)' })]);
  const [plain, shown, none] = await Promise.all([
    verb('check-table', 'effects'),
    verb('check-table', 'effects', '--show-values'),
    verb('check-table', 'effects', '--rows', '0', '--json'),
  ]);
  expect(plain.out).toContain('The table is as expected.');
  expect(`${hidden.out}${plain.out}`).not.toMatch(/mara|example\.com|030/);
  expect(shown.out).toMatch(/lead:default:spring:mara@example\.com/);
  expect(none.out).toMatch(/"sample": \[\]/);
});

test('check-table names each difference, and what there is instead of a table that is not', async () => {
  const { sql } = database;
  await sql`alter table flow_events drop column why, add column note text,
    alter column kind drop not null, alter column until type timestamp`;
  await sql`drop index flow_events_key`;
  const { out, code } = await verb('check-table', 'flow_events', '--json');
  expect(code).toBe(1);
  expect(TableCheck.parse(JSON.parse(out)).differences).toEqual([
    'Column kind may be empty; expected that it may not be empty',
    'Column why (text) is missing',
    'Column until is timestamp without time zone; expected timestamp with time zone',
    'Column note (text) is not ours',
    'Index flow_events_key is missing',
  ]);
  await sql`alter table flow_events drop column note, add column why text not null,
    alter column kind set not null, alter column until type timestamptz`;
  await sql`create index flow_events_key on flow_events (key, at)`;
  expect(await verb('check-table', 'nope')).toMatchObject({
    code: 2,
    err: 'There is no table nope; `agentic database explore` lists them.\n',
  });
  expect(await verb('check-table', 'runs', '--rows', 'all')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^--rows: /),
  });
});

test('cleanup lists what is past its time, deletes it once confirmed, and never what guards against doubles', async () => {
  const { sql } = database;
  for (const days of [40, 20]) {
    await sql`insert into log_lines (at, level, message, fields)
      values (${daysAgo(days)}, 'info', ${`${days} days old`}, '{}')`;
  }
  await sql`insert into runs (workflow_id, run_id, type, status, title, started_at, closed_at)
    values ('old', 'old', 'task', 'completed', 'old', ${daysAgo(500)}, ${daysAgo(500)}),
      ('open', 'open', 'task', 'running', 'open', ${daysAgo(500)}, null)`;
  await sql`insert into suppressions (pattern, reason, by, at)
    values ('mara@example.com', 'asked', 'mara', ${daysAgo(900)})`;
  await sql`create schema older`;
  await sql`create table older.notes as select 1 as n`;

  const looked = Cleanup.parse(JSON.parse((await verb('cleanup', '--dry-run', '--json')).out));
  expect(looked).toEqual({
    overdue: [
      { table: 'runs', rows: 1, bytes: expect.any(Number) },
      { table: 'log_lines', rows: 3, bytes: expect.any(Number) },
    ],
    older: [{ table: 'older.notes', rows: 1, bytes: expect.any(Number) }],
    removed: null,
  });
  const refused = await Promise.all([verb('cleanup'), verb('cleanup', '--confirm', 'another')]);
  for (const { out, err, code } of refused) {
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(
        `expected the name of the database, ${name}, .*Nothing was deleted`,
      ),
    });
    expect(out).toMatch(
      /log_lines +3 .*[\s\S]*Tables of older scripts stay: older\.notes \(1 rows\)/,
    );
  }
  expect(await sql`select 1 from runs`).toHaveLength(2);

  const cleanup = ['cleanup', '--confirm', name, '--reason', 'spring', '--json'];
  const { removed } = Cleanup.parse(JSON.parse((await verb(...cleanup)).out));
  expect(removed).toMatchObject({ runs: 1, log_lines: 3 });
  expect(await sql`select workflow_id from runs`).toEqual([{ workflow_id: 'open' }]);
  expect(await sql`select message from log_lines`).toEqual([{ message: '20 days old' }]);
  expect(await sql`select state from effects`).toEqual([{ state: 'done' }]);
  expect(await sql`select reason from suppressions`).toEqual([{ reason: 'asked' }]);
  expect(
    await sql`select action, target, reason, detail -> 'removed' -> 'runs' as runs from audit`,
  ).toEqual([{ action: 'database.cleanup', target: name, reason: 'spring', runs: 1 }]);

  const again = await verb('cleanup', '--confirm', name);
  expect({ out: again.out, code: again.code }).toEqual({
    out: expect.stringMatching(/^Nothing is past its time\./),
    code: 0,
  });
  expect(await sql`select 1 from older.notes`).toHaveLength(1);
  expect((await verb('cleanup', '--older-tables', '--confirm', name)).code).toBe(0);
  expect(await sql`select to_regnamespace('older') as there`).toEqual([{ there: null }]);
  expect(await sql`select 1 from audit`).toHaveLength(2);
});

test('migrate takes over the tables of older scripts, loses none of their rows, and may be repeated', async () => {
  const { sql } = database;
  await sql`drop schema public cascade`;
  await sql`drop schema drizzle cascade`;
  await sql`create schema public`;
  await sql`create table instantly_email_daily_analytics (id serial primary key, date text not null,
    email_account text not null, sent integer not null default 0, bounced integer not null default 0,
    created_at timestamp not null default now(), updated_at timestamp not null default now())`;
  await sql`insert into instantly_email_daily_analytics (date, email_account, sent, updated_at) values
    ('2026-01-05', 'a@example.com', 5, '2026-01-05'), ('2026-01-05', 'a@example.com', 7, '2026-01-06'),
    ('2026-02-30', 'a@example.com', 1, now()), ('2026-01-05', 'unknown', 1, now())`;
  await sql`create table instantly_campaign_analytics_overview (id serial primary key,
    start_date date not null, end_date date not null, campaign_id text,
    emails_sent_count integer not null default 0)`;
  await sql`insert into instantly_campaign_analytics_overview (start_date, end_date, campaign_id, emails_sent_count)
    values ('2026-01-01', '2026-01-02', '', 40), ('2026-01-01', '2026-01-02', 'abc', 40)`;
  await sql`create table instantly_campaign_analytics (anything text)`;

  const before = Migrated.parse(JSON.parse((await verb('migrate', '--dry-run', '--json')).out));
  expect(before).toMatchObject({ isDone: false, isNewer: false, takenOver: [] });
  expect(before.setAside).toEqual([
    'instantly_campaign_analytics',
    'instantly_campaign_analytics_overview',
    'instantly_email_daily_analytics',
  ]);
  expect(before.pending.length).toBeGreaterThan(10);
  const { out, code } = await verb('migrate');
  expect(code).toBe(0);
  expect(out).toContain('took over 1 of 4 rows of older.instantly_email_daily_analytics');
  expect(out).toContain('took over 1 of 2 rows of older.instantly_campaign_analytics_overview');
  expect(
    await sql`select account, date::text, sent, is_stand_in as "isStandIn" from instantly_email_daily_analytics`,
  ).toEqual([{ account: 'default', date: '2026-01-05', sent: 7, isStandIn: false }]);
  expect(
    await sql`select campaign_id as id, emails_sent_count as sent from instantly_campaign_analytics_overview`,
  ).toEqual([{ id: null, sent: 40 }]);
  expect(await sql`select 1 from older.instantly_email_daily_analytics`).toHaveLength(4);

  expect(await verb('migrate')).toMatchObject({ out: 'The tables are up to date.\n', code: 0 });
  expect(await sql`select action from audit`).toEqual([{ action: 'database.migrate' }]);
});

test('a database that is away is one line that says what to do', async () => {
  const away = await agentic(['db', 'explore'], {
    env: { DATABASE_URL: 'postgres://agentic:secret@127.0.0.1:1/agentic' },
  });
  expect(away).toMatchObject({
    code: 3,
    err: expect.stringMatching(/^The database does not answer/),
  });
  expect(away.err).not.toContain('secret');
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LogQuery } from '../../src/contracts/logs.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createLogReader, type LogReader } from '../../src/platform/logs.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

const many = 1_000_000;
/** As the bench of the dashboard has it for every page. */
const mostP95Ms = 300;
const times = 20;

let own: TestDatabase;
let database: Database;
let reader: LogReader;
beforeAll(async () => {
  own = await testDatabase('logs-page');
  database = openDatabase(own.url, 4);
  reader = createLogReader(database);
  const { sql } = database;
  for (let from = 1; from <= many; from += 100_000) {
    await sql`
      insert into log_lines (at, level, message, agent, workflow_id, run_id, fields)
      select timestamptz '2026-01-05' + make_interval(secs => n * 2.5),
        case when n % 5000 = 0 then 'error' when n % 500 = 0 then 'warn'
          when n % 3 = 0 then 'debug' else 'info' end,
        'Activity completed for firm-' || n || ' in Town ' || n % 5000,
        case n % 4 when 0 then null when 1 then 'leads' when 2 then 'instantly' else
          case when n % 100000 = 3 then 'klap' else 'sheets' end end,
        'leads.import/default/list-' || n / 1000, md5((n / 1000)::text)::uuid::text,
        jsonb_build_object('process', case when n % 200000 = 7 then 'start' else 'worker' end,
          'attempt', n % 3, 'activityType', 'leads.import', 'namespace', 'default',
          'activityId', n::text, 'isLocal', false, 'sdkComponent', 'activity',
          'taskQueue', 'leads')
      from generate_series(${from}::int, ${from + 99_999}::int) n`;
  }
  await sql`vacuum analyze log_lines`;
  const sizes = await sql`select pg_size_pretty(pg_table_size('log_lines')) as rows,
    pg_size_pretty(pg_indexes_size('log_lines')) as indexes`;
  console.log(JSON.stringify(sizes));
}, 1_800_000);
afterAll(async () => {
  await database.close();
  await own.drop();
});

const queries: Readonly<Record<string, Partial<LogQuery>>> = {
  'all lines': {},
  'a page far behind': { before: 900_000 },
  'warnings and errors': { level: 'warn' },
  errors: { level: 'error' },
  'errors of one agent': { level: 'error', agent: 'leads' },
  'all but debug': { level: 'info' },
  'one agent': { agent: 'leads' },
  'an agent that says little': { agent: 'klap' },
  'an agent that says nothing': { agent: 'social' },
  'a run': { run: 'leads.import/default/list-77' },
  'a run that is not there': { run: 'leads.import/default/never' },
  'one word': { q: 'firm-777777' },
  'a word that all have': { q: 'activity' },
  'a word that some have': { q: 'town 4711' },
  'a word that some have, of one agent': { q: 'town 4711', agent: 'leads' },
  'a beginning that many have': { q: 'firm-7' },
  'words that nobody has': { q: 'nowhere at all' },
  'a word and a level': { q: 'town', level: 'error' },
  'a field that few have': { field: 'process:start' },
  'a field that all have': { field: 'activityType:leads.import' },
  'an hour long ago': { from: '2026-01-06T00:00:00Z', to: '2026-01-06T01:00:00Z' },
  'a word in a day long ago': {
    q: 'town 12',
    from: '2026-01-06T00:00:00Z',
    to: '2026-01-07T00:00:00Z',
  },
  'what came after a line': { after: 999_900 },
  'what came after the last line, of a word': { after: 1_000_000, q: 'town' },
};

/** The best of three rounds: a machine that is busy with other things is no news. */
async function p95Of(call: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 3 && best > mostP95Ms; round += 1) {
    best = Math.min(best, await p95OfRound(call));
  }
  return best;
}

async function p95OfRound(call: () => Promise<unknown>): Promise<number> {
  await call();
  const tookMs: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    await call();
    tookMs.push(performance.now() - began);
  }
  return tookMs.toSorted((a, b) => a - b)[Math.floor(times * 0.95)] ?? Infinity;
}

test.each(Object.entries(queries))(
  'of a million lines: %s',
  async (what, query) => {
    const tookMs = await p95Of(() => reader.page(LogQuery.parse(query)));
    const countedMs = await p95Of(() => reader.histogram(LogQuery.parse(query)));
    console.log(`${what}: p95 ${tookMs.toFixed(1)} ms, histogram ${countedMs.toFixed(1)} ms`);
    expect(Math.max(tookMs, countedMs)).toBeLessThan(mostP95Ms);
  },
  120_000,
);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AuditChoices, AuditPage } from '../../src/contracts/audit.ts';
import { LogHistogram, LogPage } from '../../src/contracts/logs.ts';
import { createAuditLog } from '../../src/platform/audit.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  dashboard = await serve(world);
  // two lines a minute, the odd ones at the same moment as those before them
  await world.database.sql`
    insert into log_lines (at, level, message, agent, workflow_id, run_id, fields)
    select timestamptz '2026-01-05T10:00:00Z' + make_interval(mins => n / 2),
      case n % 10 when 0 then 'error' when 1 then 'warn' when 2 then 'debug' else 'info' end,
      'Line ' || n || ' about Müller-Bau', case when n % 2 = 0 then 'klap' end,
      'klap.export/default/' || n % 3, '00000000-0000-4000-8000-00000000000' || n % 3,
      jsonb_build_object('process', 'worker', 'attempt', n % 4)
    from generate_series(1, 100) n`;
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
  expect(dashboard.faults).toEqual([]);
});

const logs = async (query: string) =>
  LogPage.parse((await dashboard.get(`/api/logs?${query}`)).body);
const numbers = (page: LogPage) => page.lines.map(({ message }) => Number(message.split(' ')[1]));

test('the log is read page by page, newest first, each line once also where moments are the same', async () => {
  const all: number[] = [];
  for (let before = ''; ;) {
    const page = await logs(`limit=7${before}`);
    all.push(...numbers(page));
    expect(page.last).toBe(100);
    if (page.next === null) break;
    before = `&before=${page.next}`;
  }
  expect(all).toEqual(Array.from({ length: 100 }, (_, index) => 100 - index));
});

test.each<[string, string, number[]]>([
  ['a word', 'q=line 42', [42]],
  ['the beginning of words, in any order and case', 'q=BAU mül 42', [42]],
  ['words with nothing but signs in them', 'q=…&limit=1', [100]],
  ['what nobody said', 'q=nowhere', []],
  ['errors', 'level=error&limit=2', [100, 90]],
  ['warnings and errors', 'level=warn&limit=3', [100, 91, 90]],
  ['an agent', 'agent=klap&q=line 9', [98, 96, 94, 92, 90]],
  ['a run by its id', 'run=klap.export/default/1&limit=2', [100, 97]],
  ['one execution', 'run=00000000-0000-4000-8000-000000000001&limit=2', [100, 97]],
  ['a field', 'field=attempt:3&limit=2', [99, 95]],
  ['a time', 'from=2026-01-05T10:10:00Z&to=2026-01-05T10:11:00Z', [21, 20]],
])('the log is searched by %s', async (_, query, expected) => {
  expect(numbers(await logs(query))).toEqual(
    expected.length > 0 && query.startsWith('agent') ? expect.arrayContaining(expected) : expected,
  );
});

test('who follows gets what came after a line, oldest first, and hears up to where that was', async () => {
  const first = await logs('after=90&level=error&limit=1');
  expect([numbers(first), first.last]).toEqual([[100], 100]);
  const full = await logs('after=90&limit=3');
  expect([numbers(full), full.last]).toEqual([[91, 92, 93], 93]);
  expect(await logs('after=100')).toEqual({ lines: [], next: null, last: 100 });
});

test('lines are counted over time by level, in slices without a gap', async () => {
  const counted = async (query: string) =>
    LogHistogram.parse((await dashboard.get(`/api/logs/histogram?${query}`)).body);
  const all = await counted('');
  expect(all).toMatchObject({ sliceMs: 60_000, total: 100, isWhole: true });
  expect(all.slices).toHaveLength(51);
  expect(all.slices[5]).toEqual({
    at: '2026-01-05T10:05:00.000Z',
    ...{ error: 1, warn: 1, info: 0, debug: 0 },
  });
  const some = await counted('level=error&from=2026-01-05T09:00:00Z&to=2026-01-05T11:00:00Z');
  expect(some).toMatchObject({ sliceMs: 120_000, total: 10 });
  expect(some.slices.slice(0, 30).every(({ error }) => error === 0)).toBe(true);
  expect(await counted('q=nowhere')).toMatchObject({ slices: [], total: 0 });
});

test.each(['level=loud', 'field=attempt', 'before=x', 'limit=501', 'from=monday'])(
  'a search of the log by %s is refused',
  async (query) => expect((await dashboard.get(`/api/logs?${query}`)).status).toBe(400),
);

test('the audit is searched, read page by page, and written into files', async () => {
  await dashboard.post('/api/suppressions', {
    patterns: ['acme.test'],
    reason: 'asked us to stop',
  });
  const log = createAuditLog(world.database);
  for (let index = 1; index <= 5; index += 1) {
    await log.note({
      ...{ by: 'cli:tom@host', from: 'cli', action: index % 2 ? 'run.start' : 'run.cancel' },
      ...{ target: `klap.export/default/${index}`, reason: '=1+1', detail: { runId: 'r' } },
    });
  }
  const audit = async (query: string) =>
    AuditPage.parse((await dashboard.get(`/api/audit?${query}`)).body);
  const first = await audit('limit=4');
  expect(first).toMatchObject({ total: 6, isTotalExact: true, rows: { length: 4 } });
  const rest = await audit(`limit=4&cursor=${first.next}`);
  expect(rest).toMatchObject({ next: null, rows: [{ id: 2 }, { id: 1 }] });
  expect(rest.rows[1]).toMatchObject({
    ...{ from: 'dashboard', action: 'suppression.add', target: 'acme.test' },
    ...{ reason: 'asked us to stop', detail: { given: 1, added: 1 } },
  });

  expect((await audit('action=run')).total).toBe(5);
  expect((await audit('action=ru')).total).toBe(0);
  expect((await audit('action=run.cancel&target=DEFAULT/4')).total).toBe(1);
  expect((await audit('by=cli:tom@host&to=2026-01-01T00:00:00Z')).total).toBe(0);
  expect(AuditChoices.parse((await dashboard.get('/api/audit/choices')).body)).toEqual({
    by: ['cli:tom@host', 'test'],
    actions: ['run.cancel', 'run.start', 'suppression.add'],
  });

  const file = async (path: string) => (await fetch(dashboard.url + path)).text();
  const csv = (await file('/api/audit.csv?action=run')).trim().split('\n');
  expect(csv).toHaveLength(6);
  expect(csv[1]).toContain("'=1+1");
  const jsonl = (await file('/api/audit.jsonl?action=suppression')).trim().split('\n');
  expect(jsonl.map((line): unknown => JSON.parse(line))).toEqual([rest.rows[1]]);
});

import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { BadRequest } from '../../src/contracts/check.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { exportSwarm } from '../../src/platform/swarm-export.ts';
import { createSwarmRows } from '../../src/platform/swarm-rows.ts';
import { createSwarmStore } from '../../src/platform/swarm-store.ts';
import { readTasks, type TaskText } from '../../src/platform/task-files.ts';
import { createTaskLists } from '../../src/platform/task-lists.ts';
import { queryTasks } from '../../src/platform/task-query.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('task-files');
  database = openDatabase(own.url, 4);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const Exported = z.looseObject({
  index: z.int(),
  state: z.string(),
  input: z.object({ label: z.string(), ms: z.int() }),
});
const wait = { capability: 'practice.wait' };

/** In pieces of a few bytes, as no reader may depend on where they are cut. */
function inPieces(text: string | Buffer, size = 7): AsyncIterable<Buffer> {
  const bytes = Buffer.from(text);
  const count = Math.ceil(bytes.length / size);
  const pieces = Array.from({ length: count }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  );
  return Readable.from(pieces);
}

async function read(text: TaskText, content: string | Buffer, size?: number) {
  const tasks: unknown[] = [];
  for await (const { at, task } of readTasks(text, inPieces(content, size))) tasks.push([at, task]);
  return tasks;
}

test('CSV takes the types of the capability, whatever its quotes, line ends and byte order mark', async () => {
  const csv =
    '\uFEFFaccount,date,emails,maxBounceRate\r\nacme,2026-01-05,"a@example.com; b@example.com",0.1\r\n\r\n,2026-01-06,,\r\n';
  const text = { name: 'days.csv', capability: 'instantly.daily-analytics', account: 'default' };
  const emails = ['a@example.com', 'b@example.com'];
  const { capability } = text;
  expect(await read(text, csv)).toEqual([
    [
      'days.csv, line 2',
      { capability, account: 'acme', input: { date: '2026-01-05', emails, maxBounceRate: 0.1 } },
    ],
    ['days.csv, line 4', { capability, account: 'default', input: { date: '2026-01-06' } }],
  ]);
  const mixed = 'capability,label,rounds\npractice.wait,"two\nlines",\npractice.compute,c,5\n';
  expect(await read({ name: 'm.csv' }, mixed)).toEqual([
    ['m.csv, line 2', { capability: 'practice.wait', input: { label: 'two\nlines' } }],
    ['m.csv, line 4', { capability: 'practice.compute', input: { label: 'c', rounds: 5 } }],
  ]);
});

test('JSON lines are tasks, or inputs of one capability, and are known by their first character', async () => {
  const lines = '\uFEFF{"label":"ä"}\r\n\n{"label":"b"}';
  expect(await read({ name: 'stdin', ...wait }, lines, 1)).toEqual([
    ['stdin, line 1', { ...wait, account: undefined, input: { label: 'ä' } }],
    ['stdin, line 3', { ...wait, account: undefined, input: { label: 'b' } }],
  ]);
  const task = { capability: 'practice.wait', account: 'acme', input: { ms: 1 } };
  expect(await read({ name: 'x' }, JSON.stringify(task))).toEqual([['x, line 1', task]]);
});

const big = 'x'.repeat(10_000_000);
test.each<[string, string | Buffer, Partial<TaskText>, string]>([
  [
    'a value of the wrong type',
    'label,ms\na,1\nb,fast',
    wait,
    'f, line 3: input.ms: Invalid input: expected number',
  ],
  [
    'a broken quote',
    'label,ms\na,1\n"b,2',
    wait,
    'f, line 3: a quote is opened here or before and never closed',
  ],
  ['a quote inside a cell', 'label,ms\na"b",1', wait, 'f, line 2: a quote in the middle of a cell'],
  [
    'an unknown column',
    'label,sms\na,1',
    wait,
    'f, line 1: the column “sms” is no field of practice.wait; there are: label, ms',
  ],
  ['a column twice', 'label,label\na,1', wait, 'f, line 1: the column “label” stands there twice'],
  ['too few cells', 'label,ms\na', wait, 'f, line 2: has 1 cells, expected 2'],
  ['semicolons between columns', 'label;ms\na;1', wait, 'f, line 1: expected commas'],
  ['no capability', 'label,ms\na,1', {}, 'f, line 1: expected a column “capability”'],
  ['only a header', 'label,ms\n', wait, 'There are no tasks'],
  ['no line of CSV', '', wait, 'f is empty'],
  ['no line of JSON', '\n\n', { ...wait, format: 'jsonl' }, 'There are no tasks'],
  [
    'a line that wants to be tried dry, which nobody would heed',
    '{"capability":"instantly.delete-lead","dryRun":true}',
    { format: 'jsonl' },
    'f, line 1: dryRun: is not a field; there are: capability, account, input',
  ],
  ['broken JSON', '{"label":"a"}\n{"label":', wait, 'f, line 2: is not JSON'],
  [
    'a list in place of lines',
    '[{"label":"a"}]',
    wait,
    'f, line 1: expected one object a line, not a list',
  ],
  [
    'an unknown capability',
    '{"capability":"nope.nope"}',
    {},
    'f, line 1: No agent has the capability “nope.nope”',
  ],
  ['an unknown field', '{"label":"a","sms":1}', wait, 'f, line 1: input.sms: is not a field'],
  ['10 MB in one field of JSON', `{"label":"${big}"}`, wait, 'f, line 1: is longer than 2 MiB'],
  ['10 MB in one cell', `label\na\n"${big}"`, wait, 'f, line 3: is longer than 2 MiB'],
  [
    '10 MB in one cell of many lines',
    `label\na\n"${'x\n'.repeat(5_000_000)}"`,
    wait,
    'is longer than 2 MiB',
  ],
  [
    '300 KB in one field',
    `{"label":"a"}\n{"label":"${'x'.repeat(300_000)}"}`,
    wait,
    'f, line 2: input.label: ',
  ],
  [
    'bytes that are no UTF-8',
    Buffer.from('label\nfine\nM\xfcnchen\n', 'latin1'),
    wait,
    'f, line 3: is not UTF-8',
  ],
  [
    'a NUL character',
    String.raw`{"label":"a\u0000b"}`,
    wait,
    'f, line 1: input: has a NUL character',
  ],
  [
    'a wrong account',
    '{"label":"a"}',
    { ...wait, account: 'Not This' },
    'f, line 1: account: expected small letters',
  ],
])('%s is refused naming the place, and no task is kept', async (_, content, text, words) => {
  const lists = createTaskLists(database);
  const loading = lists.load(readTasks({ name: 'f', ...text }, inPieces(content, 65_536)), 'f');
  await expect(loading).rejects.toThrow(words);
  await expect(loading).rejects.toBeInstanceOf(BadRequest);
  expect(
    await database.sql`select (select count(*) from task_lists where origin = 'f')::int
    + (select count(*) from swarm_tasks)::int as kept`,
  ).toEqual([{ kept: 0 }]);
});

test('a query gives typed inputs and can change nothing', async () => {
  const query = "select n as ms, 'q' || n as label, null as fail from generate_series(1, 1200) n";
  const tasks: unknown[] = [];
  for await (const { task } of queryTasks(database, query, wait)) tasks.push(task);
  expect(tasks).toHaveLength(1_200);
  expect(tasks[1_199]).toEqual({
    ...wait,
    account: undefined,
    input: { ms: 1_200, label: 'q1200' },
  });
  for (const [sql, words] of [
    ['delete from runs returning 1 as ms', 'read-only'],
    ['select 1; drop table runs', 'multiple commands'],
    ['select nope', 'column "nope" does not exist'],
  ] as const) {
    await expect(queryTasks(database, sql, wait).next()).rejects.toThrow(words);
  }
  expect(await database.sql`select 1 as ok`).toEqual([{ ok: 1 }]);
});

test('100,000 lines are loaded and exported in little memory, and come out as they went in', async () => {
  const total = 100_000;
  const inputOf = (index: number) => ({ ms: index % 7, label: `lead ${index}, "Köln"` });
  function* file(): Generator<Buffer> {
    for (let from = 0; from < total; from += 1_000) {
      const lines = Array.from({ length: 1_000 }, (_, at) => JSON.stringify(inputOf(from + at)));
      yield Buffer.from(`${lines.join('\n')}\n`);
    }
  }
  const lists = createTaskLists(database);
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().heapUsed)), 20);
  const list = await lists.load(
    readTasks({ name: 'big.jsonl', ...wait }, Readable.from(file())),
    'big.jsonl',
  );
  expect(list.total).toBe(total);

  const swarm = { id: '00000000-0000-4000-8000-000000000001', list: list.id, total };
  await createSwarmStore(database).open(swarm.id, {
    workflowId: 'swarm/big/1',
    list: list.id,
    total,
    window: 1,
  });
  const rows = createSwarmRows(database);
  let index = 0;
  let rest = '';
  for await (const piece of exportSwarm(rows.all(swarm), 'jsonl')) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { index: place, input, state } = Exported.parse(JSON.parse(line));
      if (
        place !== index ||
        state !== 'open' ||
        input.label !== inputOf(index).label ||
        input.ms !== index % 7
      ) {
        throw new Error(`task ${index} came out as ${line}`);
      }
      index += 1;
    }
  }
  clearInterval(watch);
  expect(index).toBe(total);
  expect(await rows.find('swarm/big/1')).toEqual({ ...swarm, isCounted: false });
  expect((most - before) / 1_048_576).toBeLessThan(200);
}, 60_000);

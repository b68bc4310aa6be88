import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { SwarmDetail } from '../../src/contracts/swarm.ts';
import { scratchFolder, eventually, write } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

const Done = z.looseObject({ workflowId: z.string() });
const Exported = z.looseObject({ index: z.int() });

let world: World;
let env: NodeJS.ProcessEnv;
const folder = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  env = envOf(world);
});
afterAll(() => world.close());

const swarm = (args: readonly string[], input?: string) =>
  agentic(['swarm', ...args], { env, ...(input === undefined ? {} : { input }) });
const wait = ['--capability', 'practice.wait'];

test('runs the rows of a CSV file, and gives back what went in with how it went', async () => {
  const rows = Array.from({ length: 300 }, (_, index) =>
    index === 7 ? `"a ""quoted"",\nname",0,NotFound` : `lead-${index},${index % 3},`,
  );
  const file = write(join(folder, 'leads.csv'), `\uFEFFlabel,ms,fail\r\n${rows.join('\r\n')}\r\n`);
  const ran = await swarm(['run', file, ...wait, '--json', '--window', '50']);

  expect({ code: ran.code, err: ran.err }).toMatchObject({ code: 0 });
  const done = Done.parse(JSON.parse(ran.out));
  expect(done).toMatchObject({
    workflowId: expect.stringMatching(/^swarm\/leads-csv\/[0-9a-f]{12}$/),
    started: true,
    state: 'completed-with-failures',
    counts: { total: 300, completed: 299, failed: 1, open: 0 },
    failures: [{ failure: 'NotFound', samples: [7] }],
  });

  const lines = (await swarm(['export', done.workflowId, '--format', 'jsonl'])).out.trim();
  const tasks = lines.split('\n').map((line) => Exported.parse(JSON.parse(line)));
  expect(tasks.map(({ index }) => index)).toEqual(rows.map((_, index) => index));
  expect(tasks[8]).toEqual({
    ...{ index: 8, capability: 'practice.wait', account: 'default', state: 'completed' },
    ...{ input: { label: 'lead-8', ms: 2 }, method: 'wait', failure: null, message: null },
    ...{ result: { label: 'lead-8' }, took: expect.any(Number) },
  });
  const failed = join(folder, 'failed.csv');
  await swarm(['export', done.workflowId, '--format', 'csv', '--state', 'failed', '-o', failed]);
  expect(readFileSync(failed, 'utf8')).toMatch(
    /^index,capability,account,input,state,method,failure,message,result,took\n7,practice\.wait,default,"\{.*""label"":""a \\""quoted\\"",\\nname""\}",failed,wait,NotFound,/,
  );

  const shown = await swarm(['show', done.workflowId]);
  expect(shown.out).toMatch(
    /leads\.csv {2}completed-with-failures\n299 of 300 tasks done, 1 failed/,
  );
  expect(shown.out).toMatch(/tasks from +leads\.csv/);
  expect((await swarm(['list'])).out).toMatch(/leads\.csv +299 of 300, 1 failed/);

  const again = await swarm([
    'retry',
    done.workflowId,
    '--failure',
    'NotFound',
    '--reason',
    'r',
    '--json',
  ]);
  expect(JSON.parse(again.out)).toMatchObject({ started: true, total: 1 });
}, 60_000);

test('is steered while it runs: window, pause, more tasks, retry, resume, cancel', async () => {
  const tasks = Array.from({ length: 40 }, (_, index) =>
    JSON.stringify({ capability: 'practice.wait', input: { label: `t${index}`, ms: 60_000 } }),
  );
  const started = await swarm(
    ['run', '-', '--title', 'Slow ones', '--window', '2', '--no-wait'],
    tasks.join('\n'),
  );
  const id = started.out.trim();
  expect(id).toMatch(/^swarm\/slow-ones\//);
  const joined = await swarm(
    ['run', '-', '--title', 'Slow ones', '--no-wait', '--json'],
    tasks.join('\n'),
  );
  expect(JSON.parse(joined.out)).toMatchObject({ workflowId: id, started: false });
  expect(await world.database.sql`select from task_lists where origin = 'stdin'`).toHaveLength(1);

  const detail = async () =>
    SwarmDetail.parse(JSON.parse((await swarm(['show', id, '--json'])).out));
  await eventually('it works', async () => (await detail()).phase === 'working');
  expect((await swarm(['window', id, '3', '--reason', 'slower'])).out).toContain('at most 3 tasks');
  expect((await swarm(['pause', id, '--reason', 'a look'])).out).toContain('is paused');
  expect(await detail()).toMatchObject({
    run: { state: { kind: 'paused', reason: 'a look' }, progress: { total: 40 } },
    phase: 'paused',
    paused: { by: expect.stringMatching(/^cli:/), reason: 'a look', isHalt: false },
    window: 3,
    squads: { open: [{ workflowId: id }] },
  });
  const more = write(join(folder, 'more.jsonl'), '{"label":"one more"}\n\n{"label":"and another"}');
  expect((await swarm(['add', id, more, ...wait, '--reason', 'forgotten'])).out).toContain(
    'has 42 tasks',
  );
  expect((await swarm(['retry', id, '--reason', 'again'])).out).toContain('tries them again');
  expect((await swarm(['resume', id, '--reason', 'go on'])).out).toContain('goes on');
  expect((await swarm(['cancel', id, '--reason', 'enough'])).out).toContain('asked to stop');
  await eventually('it stops', async () => (await detail()).run.closedAt !== null);
  expect((await detail()).why).toMatch(/^Cancelled: \d of 42 tasks done, \d+ left undone\.$/);
  const late = await swarm(['pause', id, '--reason', 'too late']);
  expect(late).toMatchObject({ code: 2, err: `${id} has ended already: cancelled.\n` });

  const noted = await world.database.sql<{ action: string }[]>`
    select action, reason from audit where target = ${id} order by id`;
  expect(noted.map(({ action }) => action)).toEqual(
    ['start', 'window', 'pause', 'add', 'retry-failed', 'resume', 'cancel'].map(
      (word) => `swarm.${word}`,
    ),
  );
}, 60_000);

test('takes its tasks from a query, which can change nothing', async () => {
  const query = "select 'q' || n as label, n as ms, null as fail from generate_series(1, 3) n";
  const ran = await swarm(['run', '--query', query, ...wait, '--json']);
  expect(JSON.parse(ran.out)).toMatchObject({ state: 'completed', counts: { completed: 3 } });
  const writing = await swarm([
    'run',
    '--query',
    "delete from runs returning 'x' as label",
    ...wait,
  ]);
  expect(writing).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--query: cannot execute DELETE in a read-only/),
  });
});

test('ends with 1 and says why when too much failed, and with 4 when its time is up', async () => {
  const failing = await swarm(
    ['run', '-', ...wait, '--title', 'Bad', '--threshold', '0.5'],
    '{"fail":"NotFound"}',
  );
  expect(failing).toMatchObject({
    code: 1,
    err: expect.stringMatching(/is failed: 1 of 1 tasks did not get done/),
  });
  const slow = await swarm(
    ['run', '-', ...wait, '--title', 'Slow', '--timeout', '1s'],
    '{"ms":60000}',
  );
  expect(slow).toMatchObject({
    code: 4,
    err: expect.stringMatching(/agentic swarm cancel swarm\/slow\//),
  });
});

test('what is wrong with a task is said with its place, and nothing is begun', async () => {
  const file = write(join(folder, 'wrong.csv'), 'label,ms\na,1\nb,fast');
  expect(await swarm(['run', file, ...wait])).toEqual({
    code: 2,
    out: '',
    err: 'wrong.csv, line 3: input.ms: Invalid input: expected number, received string\n',
  });
  const { sql } = world.database;
  expect(await sql`select from runs where title = 'wrong.csv'`).toEqual([]);
  expect(await sql`select from task_lists where origin = 'wrong.csv'`).toEqual([]);
});

test.each<[string[], string]>([
  [['run'], 'Expected either <file> (- for stdin) or --query'],
  [['run', '/nowhere.csv', ...wait], "<file>: /nowhere.csv can't be read"],
  [['run', '-', '--window', 'wide', ...wait], '--window: '],
  [['run', '-', '--threshold', '2', ...wait], '--threshold: '],
  [['show', 'swarm/none/0'], 'There is no swarm swarm/none/0'],
  [['export', 'swarm/none/0'], 'There is no swarm swarm/none/0'],
  [['pause', 'swarm/none/0', '--reason', 'x'], 'There is no run swarm/none/0'],
  [['pause', 'swarm/none/0', '--reason', ' '], '--reason'],
  [['window', 'swarm/none/0', 'wide', '--reason', 'x'], 'from 1 to 10,000'],
  [['retry', 'swarm/none/0', '--class', 'odd', '--reason', 'x'], 'Allowed choices'],
  [['list', '--state', 'odd'], '--state: '],
])('%j is refused with 2, and says why', async (args, words) => {
  const { err, code } = await swarm(args, '{}');
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(words) });
});

test('--dry-run says what would happen and what it asks for, and starts nothing', async () => {
  const lead = (email: string) =>
    JSON.stringify({ campaignId: '11111111-1111-4111-8111-111111111111', email });
  const lines = `${lead('a@people.org')}\n${lead('b@people.org')}\n`;
  const deleting = ['run', '-', '--capability', 'instantly.delete-lead', '--account', 'tour'];
  const dry = await swarm([...deleting, '--dry-run'], lines);

  expect({ code: dry.code, err: dry.err }).toMatchObject({ code: 2 });
  expect(dry.out).toMatch(/2 +instantly\.delete-lead +tour \(stand-in\) +destroy +by-id/);
  expect(dry.out).toContain('It asks for --confirm "delete-lead 2"');
  const confirmed = [...deleting, '--dry-run', '--confirm', 'delete-lead 2', '--reason', 'gone'];
  expect((await swarm(confirmed, lines)).code).toBe(0);
  const refused = await swarm(deleting, lines);
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(/^--confirm: .*exactly this text as “confirm”: delete-lead 2/m);
}, 120_000);

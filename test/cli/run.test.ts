import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { agents } from '../../src/contracts/agents.ts';
import { eventually, scratchFolder, write } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf, start } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2027-01-01' } });
  env = envOf(world);
});
afterEach(() => world.standIns.faults.clear());
afterAll(() => world.close());
const scratch = scratchFolder();

const stored = async (date: string) => {
  const [row] = await world.database.sql<{ rows: number }[]>`
    select count(*)::int as rows from instantly_email_daily_analytics where date = ${date}`;
  return row?.rows ?? 0;
};

test('shows people what a run stored, and programs nothing but JSON', async () => {
  const args = ['instantly', 'daily', '--date', '2026-10-01'];
  const first = await agentic(args, { env });
  const rows = await stored('2026-10-01');
  expect(first.code).toBe(0);
  expect(first.err).toContain('Started instantly.daily-analytics/default/2026-10-01');
  expect(first.out).toMatch(new RegExp(`accounts +${rows}\n`));
  expect(first.out).not.toContain('\u001b');

  const again = await agentic([...args, '--json'], { env });
  expect(again.code).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({
    workflowId: 'instantly.daily-analytics/default/2026-10-01',
    started: true,
    state: 'completed',
    method: 'whole-workspace',
    result: { date: '2026-10-01', accounts: rows, changed: 0 },
  });
});

test('takes input as JSON, from a file and from stdin, and lets flags go over it', async () => {
  const run = ['run', 'instantly.daily-analytics', '--json'];
  const file = write(`${scratch}/input.json`, '{"date":"2026-10-02"}');
  const calls = await Promise.all([
    agentic([...run, '--input', '{"date":"2026-10-02","maxBounceRate":1}'], { env }),
    agentic([...run, '--input', `@${file}`, '--date', '2026-10-03'], { env }),
    agentic([...run, '--input', '-'], { env, input: '{"date":"2026-10-04"}' }),
  ]);
  const dates = calls.map(({ out }) => Outcome.parse(JSON.parse(out)).result.date);
  expect(dates).toEqual(['2026-10-02', '2026-10-03', '2026-10-04']);
});
const Outcome = z.object({ result: z.object({ date: z.string() }) });

test('tells why a run is tried again and when, then its result', async () => {
  world.standIns.faults.set([
    { times: 1, fault: { kind: 'status', status: 429, retryAfterSeconds: 3 } },
  ]);
  const { err, code } = await agentic(['instantly', 'daily', '--date', '2026-10-05'], { env });
  expect(code).toBe(0);
  expect(err).toMatch(/attempt 1 by [a-z-]+ failed, RateLimited: .*429/);
  expect(err).toMatch(/next at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
}, 30_000);

test('a run that fails ends with 1, with the reason for people and for programs', async () => {
  world.standIns.faults.set([{ fault: { kind: 'status', status: 401 } }]);
  const { out, err, code } = await agentic(
    ['instantly', 'daily', '--date', '2026-10-06', '--json'],
    { env },
  );
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ state: 'failed', failure: 'CredentialRejected' });
  expect(err).toMatch(/2026-10-06 failed, CredentialRejected: .*set a new one in the settings/);
});

test('an account that nobody knows ends with 2 and names those there are', async () => {
  const { err, code } = await agentic(['instantly', 'daily', '--account', 'nobody'], { env });
  expect(code).toBe(2);
  expect(err).toContain('settings name: default, tour');
});

test('time that is up and Ctrl-C leave the run going, and the same command joins it', async () => {
  world.standIns.faults.set([{ fault: { kind: 'status', status: 503, retryAfterSeconds: 60 } }]);
  const args = ['instantly', 'daily', '--date', '2026-10-07'];
  const id = 'instantly.daily-analytics/default/2026-10-07';
  const late = await agentic([...args, '--timeout', '2s'], { env });
  expect(late.code).toBe(4);
  expect(late.err).toContain(`${id} did not end within 2 s. It goes on.`);

  const { child, said } = start(args, { env });
  let heard = '';
  child.stderr?.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  await eventually('progress', () => heard.includes('attempt 1'));
  child.kill('SIGINT');
  const stopped = await said;
  expect(stopped.code).toBe(130);
  expect(stopped.err).toContain(`Joined ${id}`);
  expect(stopped.err).toContain(`agentic runs cancel ${id}`);
  expect((await world.client.workflow.getHandle(id).describe()).status.name).toBe('RUNNING');

  const cancelled = await agentic(['runs', 'cancel', id, '--reason', 'vendor is down'], { env });
  expect(cancelled).toEqual({ out: `${id} was asked to stop.\n`, err: '', code: 0 });
  await eventually('its end', async () => {
    const { status } = await world.client.workflow.getHandle(id).describe();
    return status.name === 'CANCELLED';
  });
  const shown = await agentic(['runs', 'show', id], { env });
  expect(shown.out).toContain('vendor is down');
  const plain = await agentic(['runs', 'show', id, '--json'], { env });
  expect(JSON.parse(plain.out)).toMatchObject({
    run: { workflowId: id, state: { kind: 'cancelled' } },
  });
  const again = await agentic(['runs', 'cancel', id, '--reason', 'x'], { env });
  expect(again).toMatchObject({ code: 2, err: `${id} has ended already: cancelled.\n` });
  const audit = await world.database.sql`select action, target, reason from audit order by id`;
  expect(audit.at(-1)).toMatchObject({ action: 'run.cancel', reason: 'vendor is down' });
  // what the vendor said holds for a minute, also for the tests that follow
  const open = ['keys', 'open', 'instantly:default', '--reason', 'the vendor is back'];
  expect((await agentic(open, { env })).code).toBe(0);
}, 60_000);

test('starts a run and leaves at once when told not to wait', async () => {
  const { out, code } = await agentic(
    [
      'instantly',
      'campaigns',
      '--start-date',
      '2026-10-01',
      '--end-date',
      '2026-10-02',
      '--no-wait',
    ],
    { env },
  );
  expect({ out, code }).toEqual({
    out: 'instantly.campaign-analytics/default/2026-10-01..2026-10-02\n',
    code: 0,
  });
});

test('lists runs by filter and page, and ends well when the reader leaves early', async () => {
  await world.run({ capability: 'instantly.daily-analytics', input: { date: '2026-09-01' } });
  await world.run({ capability: 'instantly.daily-analytics', input: { date: '2026-09-02' } });
  const { out, err, code } = await agentic(['runs', '--by', 'temporal', '--limit', '1', '--json'], {
    env,
  });
  expect({ err, code }).toEqual({ err: '', code: 0 });
  const page = Page.parse(JSON.parse(out));
  expect(page.runs.map((run) => run.workflowId)).toEqual([
    'instantly.daily-analytics/default/2026-09-02',
  ]);
  const next = await agentic(
    ['runs', '--by', 'temporal', '--limit', '1', '--json', '--cursor', page.next ?? ''],
    { env },
  );
  expect(Page.parse(JSON.parse(next.out)).runs.map((run) => run.workflowId)).toEqual([
    'instantly.daily-analytics/default/2026-09-01',
  ]);

  const { child, said } = start(['runs'], { env });
  said.catch(() => undefined); // its output can't be read
  child.stdout?.destroy();
  await once(child, 'exit');
  expect(child.exitCode).toBe(0);
});
const Page = z.object({
  runs: z.array(z.object({ workflowId: z.string() })),
  next: z.string().nullable(),
});

test('shows agents with what they can do and who serves them', async () => {
  const { out, code } = await agentic(['agents'], { env });
  expect(code).toBe(0);
  expect(out).toContain('agentic instantly daily');
  expect(out).toContain('served by');
  const json = await agentic(['agents', '--json'], { env });
  expect(JSON.parse(json.out)).toMatchObject({
    agents: agents.map(({ id }) => ({ id, isServed: true })),
  });
});

test('the tour fills three tables on stand-ins, and a second one changes nothing', async () => {
  const first = await agentic(['tour', '--json'], { env });
  expect(first.code).toBe(0);
  const report = Tour.parse(JSON.parse(first.out));
  expect(report.runs).toHaveLength(30);
  expect(report.runs.every((run) => run.state === 'completed')).toBe(true);
  expect(report.tables.map((each) => each.table)).toEqual([
    'instantly_email_daily_analytics',
    'instantly_campaign_analytics_overview',
    'instantly_campaign_analytics',
  ]);
  expect(report.tables.every((each) => each.rows > 0 && each.changed === each.rows)).toBe(true);

  const second = await agentic(['tour'], { env });
  expect(second.code).toBe(0);
  expect(second.out).toContain('0 rows changed');
  expect(second.out).toContain('Dashboard  http://127.0.0.1:8080');
  for (const run of report.runs) expect(second.out).toContain(run.workflowId);
  const [row] = await world.database.sql<{ rows: number }[]>`
    select count(*)::int as rows from instantly_email_daily_analytics where account = 'tour'`;
  expect(row?.rows).toBe(report.tables[0]?.rows);
}, 60_000);
const Tour = z.object({
  runs: z.array(z.object({ workflowId: z.string(), state: z.string() })),
  tables: z.array(z.object({ table: z.string(), rows: z.int(), changed: z.int() })),
});

test('a tour that fails ends with 1 and one line for each reason', async () => {
  world.standIns.faults.set([{ fault: { kind: 'status', status: 402 } }]);
  const { err, code } = await agentic(['tour'], { env });
  expect(code).toBe(1);
  expect(err).toMatch(/28 of 30 runs failed, PlanRequired/);
}, 60_000);

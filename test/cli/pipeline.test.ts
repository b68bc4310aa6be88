import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask, follow, pipelineOf, pull, type RunningPipeline } from '../support/pipelines.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf, start } from './agentic.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
});
afterAll(() => world.close());

const folder = scratchFolder();
const file = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const say = (...args: string[]) => agentic(['pipeline', ...args], { env: envOf(world) });

/** The command starts the run; until then nobody knows it. */
const waiting = (run: RunningPipeline, id = 'may') =>
  eventually(`${id} to wait`, async () => {
    const steps = await run.steps().catch(() => []);
    return steps.some((step) => step.id === id && step.state.kind === 'needs-you');
  });

test('lists the ready ones', async () => {
  const { out, code } = await say('list');
  expect(code).toBe(0);
  expect(out).toMatch(/^daily-analytics +Daily analytics +day, until, account +3$/m);
});

test('a pipeline that is wrong is refused with file, line and place', async () => {
  const path = file(
    'wrong.yaml',
    'name: x\ntitle: X\nsteps:\n  - id: a\n    after: [b]\n    approval: { question: q }\n',
  );
  expect(await say('check', path)).toEqual({
    out: '',
    err: `${path}: line 5, steps.0.after.0: no step has the id “b”; there are: a\n`,
    code: 2,
  });
  const json = await say('check', path, '--json');
  expect(JSON.parse(json.out)).toMatchObject({ isValid: false, problems: [{ line: 5 }] });
  expect((await say('run', path)).code).toBe(2);
  expect((await say('check', 'nope')).err).toMatch(/no ready pipeline has the name “nope”; there/);
  expect((await say('run', 'daily-analytics', '--param', 'day=x')).err).toBe(
    'daily-analytics: params.day: Invalid ISO date\n',
  );
});

test('the ready one runs to its end and shows its steps', async () => {
  const params = ['--param', 'day=2026-05-04', 'until=2026-05-05', 'account=tour'];
  const { out, err, code } = await say('run', 'daily-analytics', ...params, '--key', 'once');
  expect(err).toMatch(/^Started pipeline\/daily-analytics\/once \(run /);
  expect(out).toMatch(/^completed +mailboxes /m);
  expect(out).toMatch(/^3 completed\. Run pipeline\/daily-analytics\/once$/m);
  expect(code).toBe(0);
  const shown: unknown = JSON.parse(
    (await say('show', 'pipeline/daily-analytics/once', '--json')).out,
  );
  expect(shown).toMatchObject({ phase: 'closed', params: { day: '2026-05-04' } });
}, 60_000);

test('one that asks tells how to answer, and goes on when it is answered', async () => {
  const path = file('asks.json', pipelineOf('cli', [ask('may'), pull('work', '2026-05-06')]));
  const running = start(['pipeline', 'run', path, '--key', 'asks', '--json'], {
    env: envOf(world),
  });
  const run = follow(world, 'pipeline/cli/asks');
  await waiting(run);
  expect((await say('show', 'pipeline/cli/asks')).out).toMatch(
    /agentic pipeline approve\|reject pipeline\/cli\/asks may --reason/,
  );
  expect((await say('approve', 'pipeline/cli/asks', 'work', '--reason', 'x')).err).toBe(
    'work does not wait for an answer: it comes after may.\n',
  );
  const { out, code } = await say('approve', 'pipeline/cli/asks', 'may', '--reason', 'fine');
  expect({ out, code }).toEqual({ out: 'may of pipeline/cli/asks was approved.\n', code: 0 });
  const said = await running.said;
  expect(said.code).toBe(0);
  expect(JSON.parse(said.out)).toMatchObject({
    state: 'completed',
    outputs: { may: { approved: true, reason: 'fine' }, work: { date: '2026-05-06' } },
  });
}, 60_000);

test('one that fails says what to do, and ends with 1 when it is aborted', async () => {
  world.standIns.faults.set([{ fault: { kind: 'status', status: 401 } }]);
  const path = file('fails.json', pipelineOf('cli', [pull('work', '2026-05-07')]));
  const running = start(['pipeline', 'run', path, '--key', 'fails'], { env: envOf(world) });
  await waiting(follow(world, 'pipeline/cli/fails'), 'work');
  const repair = ['repair', 'pipeline/cli/fails', 'work', '--reason', 'enough'];
  expect((await say(...repair)).err).toBe('expected exactly one of --retry, --skip, --abort\n');
  expect((await say(...repair, '--abort')).code).toBe(0);
  const { err, code } = await running.said;
  expect(code).toBe(1);
  expect(err).toMatch(/failed, CredentialRejected: Aborted by cli:\S+ \(enough\) after work: /);
  const rows = await world.database.sql`
    select action, reason from audit where target = 'pipeline/cli/fails' order by id`;
  expect(rows).toEqual([
    { action: 'run.start', reason: '' },
    { action: 'pipeline.repair', reason: 'enough' },
  ]);
}, 60_000);

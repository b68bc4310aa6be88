import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf, start } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  env = envOf(world);
});
afterAll(() => world.close());
const scratch = scratchFolder();

test('says at once when no worker serves an agent, and starts nothing', async () => {
  const { out, err, code } = await agentic(['instantly', 'daily'], { env });
  expect({ out, code }).toEqual({ out: '', code: 3 });
  expect(err).toBe(
    'No worker serves instantly: start the system with `npm start`, or a worker with `agentic worker`.\n',
  );
  expect((await world.client.workflow.count()).count).toBe(0);
});

test('servers that are away end with 3 and say what to start or set', async () => {
  const noTemporal = { ...env, TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const noDatabase = { ...env, DATABASE_URL: 'postgres://agentic:secret@127.0.0.1:1/agentic' };
  const [list, runs] = await Promise.all([
    agentic(['schedule', 'list', '--json'], { env: noTemporal }),
    agentic(['runs', '--json'], { env: noDatabase }),
  ]);
  expect(list).toEqual({
    out: '',
    err: 'Temporal does not answer at 127.0.0.1:1: start the system with `npm start`, or set TEMPORAL_ADDRESS.\n',
    code: 3,
  });
  expect(runs).toEqual({
    out: '',
    err: 'The database does not answer at 127.0.0.1:1: start the system with `npm start`, or set DATABASE_URL.\n',
    code: 3,
  });
});

test('a worker process serves until it is told to stop; schedules can then be steered', async () => {
  const worker = start(['worker'], { env: { ...env, AGENTIC_STATE_DIR: scratch } });
  await eventually(
    'a worker',
    async () => (await agentic(['agents'], { env })).out.includes('served by 1 worker'),
    60_000,
  );
  const id = 'instantly.daily-analytics/default';
  const list = await agentic(['schedule', 'list'], { env });
  expect(list.out).toMatch(/instantly\.daily-analytics\/default +At 02:00, every day \(UTC\)/);

  const paused = await agentic(['schedule', 'pause', id, '--reason', 'holidays', '--json'], {
    env,
  });
  expect(JSON.parse(paused.out)).toMatchObject({ id, isPaused: true, next: [] });
  expect((await agentic(['schedule', 'list'], { env })).out).toMatch(/paused.*holidays/);

  const day = { from: '2026-01-05', to: '2026-01-06' };
  const backfill = ['schedule', 'backfill', id, '--from', day.from, '--to', day.to, '--json'];
  expect(JSON.parse((await agentic(backfill, { env })).out)).toEqual({ days: 2 });
  const triggered = await agentic(['schedule', 'trigger', id], { env });
  expect(triggered).toMatchObject({ err: '', code: 0 });
  await eventually('three runs', async () => {
    const { out } = await agentic(['runs', '--by', 'schedule', '--state', 'completed'], { env });
    return out.includes('/2026-01-05') && out.includes('/2026-01-06');
  });
  const resumed = await agentic(['schedule', 'resume', id, '--json'], { env });
  expect(JSON.parse(resumed.out)).toMatchObject({ isPaused: false });

  const unknown = await agentic(['schedule', 'trigger', 'nope'], { env });
  expect(unknown).toMatchObject({ code: 2, out: '' });
  expect(unknown.err).toContain(`There is no schedule “nope”. There are: ${id}`);
  const future = await agentic([...backfill.slice(0, 6), '2999-01-01'], { env });
  expect(future.code).toBe(2);
  expect(future.err).toMatch(/^--to: expected a day that is over/);

  worker.child.kill('SIGTERM');
  expect((await worker.said).code).toBe(0);
}, 180_000);

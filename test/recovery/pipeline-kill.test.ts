import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask, begin, pipelineOf, pull } from '../support/pipelines.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let worker: WorkerProcess;
const folder = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { today: '2026-06-01' },
    hasWorker: false,
  });
  worker = await startWorker(world, folder);
}, 60_000);
afterAll(async () => {
  await worker.end('SIGKILL');
  await world.close();
});

test('a pipeline whose worker is killed twice goes on, and no step that is done runs again', async () => {
  const run = await begin(
    world,
    pipelineOf('killed', [
      pull('first', '2026-05-04'),
      ask('may'),
      pull('second', '2026-05-05'),
      pull('third', { $ref: '/steps/first/output/date' }, { after: ['second'] }),
    ]),
  );
  await run.reaches('may', 'needs-you');
  await worker.end('SIGKILL');
  worker = await startWorker(world, folder);
  world.standIns.faults.set([{ times: 1, fault: { kind: 'slow', delayMs: 8_000 } }]);
  world.standIns.requests.reset();
  await run.say('approve', 'may');
  await eventually('the call of the second', () => world.standIns.requests.list('tour').length > 0);
  await worker.end('SIGKILL');
  worker = await startWorker(world, folder);
  const { steps, outputs } = await run.handle.result();
  expect(steps.map(({ state, attempts }) => [state.kind, attempts])).toEqual([
    ['completed', 1],
    ['completed', 1],
    ['completed', 1],
    ['completed', 1],
  ]);
  expect(outputs).toMatchObject({ second: { date: '2026-05-05' }, third: { changed: 0 } });
  const [ran] = await world.database.sql<{ firsts: number }[]>`
    select count(*)::int as firsts from runs
    where workflow_id = 'instantly.daily-analytics/tour/2026-05-04'`;
  expect(ran?.firsts).toBe(2); // once as first, once as third
}, 60_000);

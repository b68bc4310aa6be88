import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { instantly } from '../../src/contracts/instantly.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

const retryAfterMs = 3_000;
const tasks = 60;
const workspace = 'tour';
let world: World;
let workers: readonly WorkerProcess[];

beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: { today: '2027-01-01' },
  });
  workers = await Promise.all([
    startWorker(world, scratchFolder()),
    startWorker(world, scratchFolder()),
  ]);
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.end('SIGTERM')));
  await world.close();
});

test('one 429 stops all tasks of a login on two workers, and they go on when the vendor said', async () => {
  const { faults, requests } = world.standIns;
  await eventually('the check of logins', () => requests.list(workspace).length >= 2);
  requests.reset();
  faults.set([
    // slow enough that many tasks wait for their turn, and some calls are in flight
    {
      workspace,
      nth: 20,
      fault: { kind: 'status', status: 429, retryAfterSeconds: retryAfterMs / 1_000 },
    },
    { workspace, fault: { kind: 'slow', delayMs: 100 } },
  ]);
  const days = Array.from({ length: tasks }, (_, day) =>
    new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
  );
  const outcomes = await Promise.all(
    days.map((date) =>
      world.run({ capability: 'instantly.daily-analytics', account: workspace, input: { date } }),
    ),
  );
  expect(outcomes).toHaveLength(tasks);

  const calls = requests.list(workspace).map((call) => ({
    status: call.status,
    at: Date.parse(call.at),
    inFlight: call.inFlight,
  }));
  expect(calls.filter((call) => call.status === 429)).toHaveLength(1);
  const [closing] = await world.database.sql<{ until: Date }[]>`
    select until from flow_events where key = ${`instantly:${workspace}`} and kind = 'closed'`;
  const opensAt = closing?.until.getTime() ?? 0;
  const closedAt = opensAt - retryAfterMs;
  const within = calls.filter((call) => call.at > closedAt && call.at < opensAt);
  // who may call has a lease, and none is given while the key is closed: however slow the machine,
  // only those can arrive that had theirs before, beside the one that was refused
  expect(within.length).toBeLessThanOrEqual(instantly.limits.atOnce - 1);
  expect(calls.filter((call) => call.at <= closedAt).length).toBeGreaterThanOrEqual(20);
  expect(calls.filter((call) => call.at >= opensAt).length).toBeGreaterThan(0);
  expect(Math.max(...calls.map((call) => call.inFlight))).toBeLessThanOrEqual(
    instantly.limits.atOnce,
  );
}, 60_000);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
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
    number: call.number,
    status: call.status,
    at: Date.parse(call.at),
    endedAt: Date.parse(call.endedAt ?? ''),
    inFlight: call.inFlight,
  }));
  const refused = calls.filter((call) => call.status === 429);
  expect(refused).toHaveLength(1);
  const closedAt = refused[0]?.endedAt ?? 0;
  const opensAt = closedAt + retryAfterMs;
  const before = calls.filter((call) => call.at <= closedAt);
  const within = calls.filter((call) => call.at > closedAt && call.at < opensAt);
  const after = calls.filter((call) => call.at >= opensAt);
  expect(before.length).toBeGreaterThanOrEqual(20);
  // a call that had its turn as the vendor answered may still be on its way to it
  expect(within.filter((call) => call.at > closedAt + 200)).toEqual([]);
  expect(within.length).toBeLessThan(5);
  expect(after.length).toBeGreaterThanOrEqual(tasks - 26);
  expect(Math.min(...after.map((call) => call.at)) - opensAt).toBeLessThan(1_000);
  expect(Math.max(...calls.map((call) => call.inFlight))).toBeLessThanOrEqual(5);
}, 60_000);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadavg } from 'node:os';
import type { NewSwarm, SwarmOutcome } from '../../src/contracts/swarm.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createTaskLists } from '../../src/platform/task-lists.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

const processes = 3;
const retryAfterMs = 20_000;
const mailboxes = 3;
/** What the vendor takes from `default` in any second, and what we allow ourselves: a tenth less. */
const vendorLimit = 20;
const ours = { perSecond: 18, perMinute: 1_200, atOnce: 20 };
let world: World;
let workers: readonly WorkerProcess[];

beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: {
      today: '2026-06-01',
      keepRequests: 50_000,
      defaults: { mailboxes },
      workspaces: { default: { mailboxes, perSecond: vendorLimit } },
    },
  });
  const folder = scratchFolder();
  workers = await Promise.all(
    Array.from({ length: processes }, () =>
      startWorker(world, folder, { env: { MAX_AGENTS: '400' } }),
    ),
  );
}, 120_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  await world.close();
});

/** A swarm of days at one login; each reads a day and stores it. */
async function pull(account: string, days: number) {
  const { id: list } = await createTaskLists(world.database).load(
    Array.from({ length: days }, (_, index) => ({
      at: `day ${index}`,
      task: {
        capability: 'instantly.daily-analytics',
        account,
        input: { date: new Date(Date.UTC(2022, 0, 1 + index)).toISOString().slice(0, 10) },
      },
    })),
    'test',
  );
  return world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>('swarm', {
    workflowId: `swarm/${account}`,
    taskQueue: systemQueue,
    args: [{ title: account, source: { kind: 'list', list }, window: days }],
  });
}

const callsOf = (account: string) =>
  world.standIns.requests
    .list(account)
    .filter(({ path }) => path.endsWith('/daily')) // the check of logins aside
    .map((call) => ({
      status: call.status,
      at: Date.parse(call.at),
      endedAt: Date.parse(call.endedAt ?? ''),
    }));
const load = () => loadavg().map((each) => Math.round(each * 10) / 10);
const limit = (account: string, limits: typeof ours) =>
  createFlowKeys(world.database).setLimits(`instantly:${account}`, limits, {
    by: 'test',
    reason: 'what this vendor takes',
  });

test('one 429 into 1,000 running tasks on three processes holds all of them until its time', async () => {
  const account = 'tour';
  const atOnce = 10;
  const { faults, requests } = world.standIns;
  await limit(account, { perSecond: 60, perMinute: 3_600, atOnce });
  requests.reset();
  faults.set([
    {
      workspace: account,
      nth: 250,
      fault: { kind: 'status', status: 429, retryAfterSeconds: retryAfterMs / 1_000 },
    },
    { workspace: account, fault: { kind: 'slow', delayMs: 60 } },
  ]);
  const began = Date.now();
  const swarm = await pull(account, 1_000);
  const { counts } = await swarm.result();
  faults.clear();

  const calls = callsOf(account);
  const refused = calls.filter(({ status }) => status === 429);
  const answeredAt = refused[0]?.endedAt ?? 0;
  const opensAt = answeredAt + retryAfterMs;
  const [closing] = await world.database.sql<{ until: Date }[]>`
    select until from flow_events where key = 'instantly:tour' and kind = 'closed'`;
  const closedAt = (closing?.until.getTime() ?? 0) - retryAfterMs;
  const inFlight = calls.filter(({ at, endedAt }) => at <= answeredAt && endedAt > answeredAt);
  const within = calls.filter(({ at }) => at > answeredAt && at < opensAt);
  const after = calls.filter(({ at }) => at >= opensAt).map(({ at }) => at);
  const [stored] = await world.database.sql<{ days: number; rows: number }[]>`
    select count(distinct date)::int as days, count(*)::int as rows
    from instantly_email_daily_analytics where account = ${account}`;
  const [written] = await world.database.sql<{ rows: number }[]>`
    select sum((result ->> 'changed')::int)::int as rows from swarm_outcomes
    join swarms on swarms.id = swarm where swarms.workflow_id = ${swarm.workflowId}`;
  console.info(
    JSON.stringify({
      inFlightAsItAnswered: inFlight.length,
      closedInTheRowAfterMs: closedAt - answeredAt,
      arrivedInTheWindow: within.map(({ at }) => at - answeredAt),
      firstAfterOpeningMs: Math.min(...after) - opensAt,
      calls: calls.length,
      inS: Math.round((Date.now() - began) / 1_000),
      load: load(),
    }),
  );

  expect(counts).toMatchObject({ total: 1_000, completed: 1_000 });
  expect(refused).toHaveLength(1);
  expect(calls).toHaveLength(1_001);
  // The answer has to reach its process, and that one has to write the row: until then calls whose
  // turn has come leave as before. After it only those are on their way that had their lease
  // before; leases are never more than calls may be under way at once.
  expect(within.filter(({ at }) => at > closedAt).length).toBeLessThan(atOnce);
  expect(within.filter(({ at }) => at > closedAt + 1_000)).toEqual([]);
  expect(Math.min(...after) - opensAt).toBeLessThan(1_000);
  expect(stored).toEqual({ days: 1_000, rows: 1_000 * mailboxes });
  expect(written).toEqual({ rows: 1_000 * mailboxes });
}, 240_000);

test('a limit of 20 a second is shared by three processes, kept, and well used', async () => {
  const account = 'default';
  await limit(account, ours);
  await eventually('a moment without calls', () => {
    const last = callsOf(account).at(-1)?.at ?? 0;
    return Date.now() - last > 2_000;
  });
  world.standIns.requests.reset();
  const swarm = await pull(account, 1_300);
  const { counts } = await swarm.result();

  const calls = callsOf(account);
  const times = calls.map(({ at }) => at);
  const inSecondFrom = (from: number) =>
    times.filter((at) => at >= from && at < from + 1_000).length;
  const firstAt = Math.min(...times);
  const minute = times.filter((at) => at < firstAt + 60_000).length;
  const most = Math.max(...times.map(inSecondFrom));
  console.info(
    JSON.stringify({
      mostInAnySecond: most,
      inTheMinute: minute,
      shareOfTheVendorsLimit: Math.round((minute / (vendorLimit * 60)) * 1_000) / 1_000,
      refused: calls.filter(({ status }) => status === 429).length,
      calls: calls.length,
      load: load(),
    }),
  );
  expect(counts).toMatchObject({ total: 1_300, completed: 1_300 });
  expect(most).toBeLessThanOrEqual(vendorLimit);
  expect(minute).toBeGreaterThanOrEqual(vendorLimit * 60 * 0.85);
}, 240_000);

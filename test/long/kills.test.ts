import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadavg } from 'node:os';
import { z } from 'zod';
import type { NewSwarm, SwarmOutcome } from '../../src/contracts/swarm.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createTaskLists } from '../../src/platform/task-lists.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { read } from '../sandbox/ask.ts';
import { inCampaign } from '../support/at-vendors.ts';
import { diceOf } from '../support/dice.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

const leads = 2_000;
const processes = 3;
const seed = Number(process.env.SEED ?? 4);
const killForMs = 120_000;
/** What must happen within so long at a point that is seldom reached; else the process dies anywhere. */
const patienceMs = 6_000;
/** Between which two steps a process dies; `anywhere` is a signal from outside at any moment. */
const points = [
  'intent',
  'sending',
  'call',
  'under-way',
  'answered',
  'done',
  'outcome',
  'looked-up',
  'anywhere',
] as const;
/** Short, so that what was lost is asked about soon. */
const limits = { VENDOR_TIMEOUT_SECONDS: '2', FREEZE_SECONDS: '1' };
let world: World;
const folder = scratchFolder();

beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: { keepRequests: 50_000 },
  });
  world.standIns.faults.set([
    // every other is done at once and answered late, and so outlives its sender; the rest are done
    // late, and not at all when their sender has died by then
    { path: '/api/v2/leads$', every: 2, fault: { kind: 'late', delayMs: 120 } },
    { path: '/api/v2/leads$', fault: { kind: 'slow', delayMs: 120 } },
  ]);
  await createFlowKeys(world.database).setLimits(
    'instantly:tour',
    { perSecond: 40, perMinute: 2_400, atOnce: 20 },
    { by: 'test', reason: 'to last while processes die' },
  );
});
afterAll(() => world.close());

const Campaigns = z.object({ items: z.array(z.object({ id: z.string() })) });

test('2,000 sends, whose processes die between every two steps, each happen once', async () => {
  const [campaign] = (
    await read(world.standIns.url, '/campaigns', Campaigns, { key: 'stand-in-tour' })
  ).items;
  const campaignId = campaign?.id ?? '';
  const emails = Array.from({ length: leads }, (_, index) => `lead${index}@kunde.de`);
  const { id: list } = await createTaskLists(world.database).load(
    emails.map((email) => ({
      at: email,
      task: { capability: 'instantly.add-lead', account: 'tour', input: { campaignId, email } },
    })),
    'test',
  );
  const dice = diceOf(seed);
  const deaths: Record<string, number> = Object.fromEntries(points.map((point) => [point, 0]));
  const leftBehind: Record<string, number> = { intent: 0, sending: 0 };
  let turn = 0;
  let isOver = false;
  const began = Date.now();
  const mayKill = () => !isOver && Date.now() - began < killForMs;

  async function noteDeath({ pid }: WorkerProcess, point: string): Promise<void> {
    deaths[point] = (deaths[point] ?? 0) + 1;
    const rows = await world.database.sql<{ state: string; count: number }[]>`
      select state, count(*)::int from effects
      where starts_with(owner, ${`${pid}@`}) and state in ('intent', 'sending') and lease_until > now()
      group by state`;
    for (const { state, count } of rows) leftBehind[state] = (leftBehind[state] ?? 0) + count;
  }
  /** One place for a process, which is filled again each time its process has died. */
  async function place(): Promise<void> {
    while (mayKill()) {
      const point = points[turn % points.length] ?? 'anywhere';
      turn += 1;
      const worker = await startWorker(world, folder, {
        entry: 'test/support/mortal-worker.ts',
        env: { ...limits, DIES_AT: `${point}:${1 + Math.floor(dice() * 3)}` },
      });
      const waitMs = point === 'anywhere' ? 200 + dice() * 2_500 : patienceMs;
      const patience = Promise.withResolvers<'late'>();
      const timer = setTimeout(() => patience.resolve('late'), waitMs);
      const ended = await Promise.race([worker.ended.then(() => 'died'), patience.promise]);
      clearTimeout(timer);
      if (ended === 'late') await worker.end('SIGKILL');
      await noteDeath(worker, ended === 'late' ? 'anywhere' : point);
    }
  }

  const places = Array.from({ length: processes }, place);
  const swarm = await world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>(
    'swarm',
    {
      workflowId: 'swarm/kills',
      taskQueue: systemQueue,
      args: [{ title: 'Kills', source: { kind: 'list', list }, window: 90, failureThreshold: 1 }],
    },
  );
  await Promise.all(places);
  const settledInMs = Date.now() - began;
  const survivors = await Promise.all(
    Array.from({ length: 2 }, () => startWorker(world, folder, { env: limits })),
  );
  const { counts, failures } = await swarm.result();
  isOver = true;
  await Promise.all(survivors.map((worker) => worker.end('SIGKILL')));

  const writes = world.standIns.requests
    .list('tour')
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/leads'));
  const takenIn = writes.filter(({ status, fault }) => status === 200 || fault === 'late');
  const states = await world.database.sql<{ state: string; count: number }[]>`
    select state, count(*)::int from effects group by state order by state`;
  const reasons = await world.database.sql<{ reason: string; count: number }[]>`
    select reason, count(*)::int from effects group by reason order by count desc limit 8`;
  const [skipped] = await world.database.sql<{ count: number }[]>`
    select count(*)::int from swarm_outcomes where result ->> 'isSkipped' = 'true'`;
  const atVendor = await inCampaign(world.standIns.url, 'tour', campaignId);
  const figures = {
    seed,
    deaths,
    kills: Object.values(deaths).reduce((sum, count) => sum + count, 0),
    leftBehind,
    writes: { arrived: writes.length, takenIn: takenIn.length },
    atVendor: atVendor.length,
    ledger: Object.fromEntries(states.map(({ state, count }) => [state, count])),
    reasons: Object.fromEntries(reasons.map(({ reason, count }) => [reason, count])),
    counts,
    failures,
    killingS: Math.round(settledInMs / 1_000),
    inS: Math.round((Date.now() - began) / 1_000),
    load: loadavg().map((each) => Math.round(each * 10) / 10),
  };
  console.info(JSON.stringify(figures, null, 1));

  const unknown = failures.reduce(
    (sum, { failure, count }) => sum + (failure === 'OutcomeUnknown' ? count : 0),
    0,
  );
  expect(new Set(atVendor).size).toBe(atVendor.length);
  expect(counts).toMatchObject({ total: leads, completed: leads - unknown, failed: unknown });
  expect(atVendor.length).toBeGreaterThanOrEqual(leads - unknown);
  expect(atVendor.length).toBeLessThanOrEqual(leads);
  // the stand-in skips who is there already: had anything been sent twice, it would show here
  expect(takenIn.length).toBe(atVendor.length);
  expect(skipped?.count).toBe(0);
  for (const point of points) expect([point, deaths[point]]).not.toEqual([point, 0]);
  expect(leftBehind.intent).toBeGreaterThan(0);
  expect(leftBehind.sending).toBeGreaterThan(0);
}, 400_000);

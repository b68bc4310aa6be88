import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { signal } from '../../src/local/process-record.ts';
import type { NewSwarm, SwarmOutcome } from '../../src/contracts/swarm.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createTaskLists } from '../../src/platform/task-lists.ts';
import { workerFlags } from '../../src/platform/worker-flags.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { root } from '../support/servers.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let workers: WorkerProcess[];
const folder = scratchFolder();
/** Its lines in the log are looked for. */
const start = () => startWorker(world, folder, { env: { LOG_LEVEL: 'info' } });

beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: { keepRequests: 10_000 },
  });
  workers = await Promise.all([start(), start()]);
}, 120_000);
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  await world.close();
});

afterEach(() => world.standIns.faults.clear());

const says = async (worker: WorkerProcess, words: string): Promise<boolean> => {
  const lines = await world.database.sql`
    select 1 from log_lines where message like ${`%${words}%`}
      and at >= (select started_at from workers where pid = ${worker.pid})`;
  return lines.length > 0;
};
const stateOf = async ({ pid }: WorkerProcess): Promise<unknown> => {
  const [row] = await world.database.sql`select state from workers where pid = ${pid}`;
  return row?.state;
};
const calls = () =>
  world.standIns.requests.list('tour').filter(({ path }) => path.endsWith('/daily'));
/** Starts a read that the vendor does not answer, and waits until one of the workers has asked for it. */
async function unanswered(date: string) {
  const { faults, requests } = world.standIns;
  faults.set([{ workspace: 'tour', fault: { kind: 'slow', delayMs: 25_000 } }]);
  requests.reset();
  const run = await world.start({
    capability: 'instantly.daily-analytics',
    account: 'tour',
    input: { date },
  });
  await eventually('a call', () => calls().length === 1);
  const [row] = await triesOf(run.workflowId);
  const worker = workers.find(({ pid }) => row?.worker.startsWith(`${pid}@`));
  if (!worker) throw new Error(`${row?.worker} is none of the workers`);
  return { run, worker };
}
/** How the tries of a run ended, the first one first. */
const triesOf = async (workflowId: string) =>
  world.database.sql<{ outcome: string; worker: string }[]>`
    select outcome, worker from attempts where workflow_id = ${workflowId} order by started_at`;
const replace = async (worker: WorkerProcess): Promise<void> => {
  workers = [...workers.filter((each) => each !== worker), await start()];
};

test('a worker told to stop amid sends ends them, hands back those in line, holds nothing more, and each is sent once', async () => {
  const total = 240;
  await createFlowKeys(world.database).setLimits(
    'instantly:tour',
    { perSecond: 40, perMinute: 2_400, atOnce: 20 },
    { by: 'test', reason: 'most of them shall stand in line' },
  );
  world.standIns.faults.set([{ path: '/api/v2/leads$', fault: { kind: 'slow', delayMs: 400 } }]);
  const [campaign] = await campaigns();
  const { id: list } = await createTaskLists(world.database).load(
    Array.from({ length: total }, (_, index) => {
      const email = `lead${index}@kunde.de`;
      const input = { campaignId: campaign?.id ?? '', email };
      return { at: email, task: { capability: 'instantly.add-lead', account: 'tour', input } };
    }),
    'test',
  );
  const swarm = await world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>(
    'swarm',
    {
      workflowId: 'swarm/drain',
      taskQueue: systemQueue,
      args: [{ title: 'Drain', source: { kind: 'list', list }, window: total }],
    },
  );
  const sent = () =>
    world.standIns.requests
      .list('tour')
      .filter(({ method, path }) => method === 'POST' && path.endsWith('/leads'));
  for (const share of [0.2, 0.5]) {
    await eventually('some sends', () => sent().length > total * share, 60_000);
    const [worker] = workers;
    if (!worker) throw new Error('no worker is left');
    expect(await worker.end('SIGTERM')).toBe(0);
    expect(await stateOf(worker)).toBe('gone');
    expect(await says(worker, 'Left in order')).toBe(true);
    const owner = `${worker.pid}@%`;
    const [held] = await world.database.sql<{ effects: number; running: number }[]>`
      select (select count(*)::int from effects
          where owner like ${owner} and lease_until > now() and state in ('intent', 'sending')) as effects,
        (select count(*)::int from attempts
          where worker like ${owner} and outcome = 'running') as running`;
    expect(held).toEqual({ effects: 0, running: 0 });
    await replace(worker);
  }
  const { counts } = await swarm.result();

  expect(counts).toMatchObject({ total, completed: total });
  expect(sent()).toHaveLength(total);
  const [skipped] = await world.database.sql<{ count: number }[]>`
    select count(*)::int from swarm_outcomes where result ->> 'isSkipped' = 'true'`;
  expect(skipped?.count).toBe(0); // the vendor says so of whom it has already
}, 180_000);

async function campaigns(): Promise<readonly { id: string }[]> {
  const response = await fetch(`${world.standIns.url}/instantly/api/v2/campaigns`, {
    headers: { authorization: 'Bearer stand-in-tour', 'user-agent': 'test' },
  });
  return z.object({ items: z.array(z.object({ id: z.string() })) }).parse(await response.json())
    .items;
}

test('what does not end within the grace is cut off in order, and begun anew by the other worker', async () => {
  const { run, worker } = await unanswered('2026-05-04');
  const leaving = worker.end('SIGTERM');
  await eventually('it to say that it leaves', async () => (await stateOf(worker)) === 'draining');

  expect(await leaving).toBe(0);
  expect(await says(worker, '1 activity did not end within 10 s')).toBe(true);
  await eventually('the other to ask', () => calls().length === 2);
  const [first, second] = await triesOf(run.workflowId);
  expect([first?.outcome, second?.outcome]).toEqual(['cancelled', 'running']);
  expect(second?.worker).not.toBe(first?.worker);
  await run.terminate();
  await replace(worker);
}, 90_000);

test('a worker told again to stop leaves at once, says what it leaves behind, and the other begins that anew', async () => {
  const { run, worker } = await unanswered('2026-05-05');
  const ended = worker.end('SIGTERM');
  let isOver = false;
  void ended.then(() => (isOver = true));
  await eventually('it to leave at once', () => {
    if (!isOver) signal(worker.pid, 'SIGTERM'); // within a second it is taken for the first word
    return isOver;
  });

  expect(await ended).toBe(1);
  expect(await stateOf(worker)).toBe('gone');
  expect(await says(worker, 'told to stop again: 1 activity is left behind')).toBe(true);
  await eventually('the other to ask', () => calls().length === 2);
  await run.terminate();
}, 90_000);

test('a worker told to stop while it still waits for Temporal ends at once', async () => {
  const child = spawn(process.execPath, [...workerFlags, 'src/workers/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      DATABASE_URL: world.config.DATABASE_URL,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  const exited = once(child, 'exit');
  await eventually('it to wait', () => said.includes('Temporal is not at 127.0.0.1:1 yet'));

  child.kill('SIGTERM');

  expect(await exited).toEqual([0, null]);
  expect(said).toContain('Told to stop before it was ready');
}, 60_000);

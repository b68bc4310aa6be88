/** Mixed work at a steady rate for an hour, or as many minutes as `SOAK_MINUTES` says. */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { NewSwarm, SwarmOutcome } from '../../src/contracts/swarm.ts';
import { createTaskLists } from '../../src/platform/task-lists.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { begin, pipelineOf, pull } from '../support/pipelines.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { anyPort } from '../support/servers.ts';
import { growthAnHour, levelOf, vitalSignsOf, type Sample } from '../support/vital-signs.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

const minutes = Number(process.env.SOAK_MINUTES ?? 60);
const roundMs = 15_000;
const sampleMs = 5_000;
const subscribers = 6;
/** Most that each may grow in an hour, as a share of its level, or in its own unit if that is more. */
const allowed = {
  rssMb: { share: 0.15, atLeast: 40 },
  handles: { share: 0.2, atLeast: 12 },
  connections: { share: 0.2, atLeast: 6 },
} as const;
/** In a short run the noise of a few samples, made an hour's, is as big as a leak. */
const patience = Math.max(1, 60 / minutes);

let world: World;
let worker: WorkerProcess;
let dashboard: WorkerProcess;
let url: string;
const folder = scratchFolder();

beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: { today: '2026-06-01', defaults: { mailboxes: 10 } },
  });
  worker = await startWorker(world, folder);
  const port = await anyPort();
  url = `http://127.0.0.1:${port}`;
  const env = { DASHBOARD_PORT: String(port) };
  dashboard = await startWorker(world, folder, { entry: 'src/dashboard/main.ts', env });
}, 180_000);
afterAll(async () => {
  await Promise.all([worker.end('SIGKILL'), dashboard.end('SIGKILL')]);
  await world.close();
});

const dayOf = (round: number): string =>
  new Date(Date.UTC(2026, 4, 31) - (round % 365) * 86_400_000).toISOString().slice(0, 10);

async function swarm(round: number): Promise<string> {
  const reads = Array.from({ length: 150 }, (_, index) => ({
    capability: 'practice.wait',
    account: 'default',
    input: { label: `${round}-${index}`, ms: 20 },
  }));
  const campaignId = (await campaign()).id;
  const sends = Array.from({ length: 20 }, (_, index) => ({
    capability: 'instantly.add-lead',
    account: 'tour',
    input: { campaignId, email: `lead${round}-${index}@kunde.de` },
  }));
  const { id: list } = await createTaskLists(world.database).load(
    [...reads, ...sends].map((task, index) => ({ at: `task ${index}`, task })),
    'test',
  );
  const run = await world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>(
    'swarm',
    {
      workflowId: `swarm/soak-${round}`,
      taskQueue: systemQueue,
      args: [{ title: `Soak ${round}`, source: { kind: 'list', list }, window: 40 }],
    },
  );
  const { counts } = await run.result();
  if (counts.completed !== counts.total) throw new Error(`${JSON.stringify(counts)} in ${round}`);
  return run.workflowId;
}

let known: Promise<{ readonly id: string }> | undefined;
function campaign(): Promise<{ readonly id: string }> {
  known ??= (async () => {
    const answer = await fetch(`${world.standIns.url}/instantly/api/v2/campaigns`, {
      headers: { authorization: 'Bearer stand-in-tour', 'user-agent': 'test' },
    });
    const body: unknown = await answer.json();
    const id = /"id":"([^"]+)"/.exec(JSON.stringify(body))?.[1];
    if (id === undefined) throw new Error('the stand-in has no campaign');
    return { id };
  })();
  return known;
}

/** A page that is looked at: it follows the stream until it is closed. */
function subscribe(): () => void {
  const ended = new AbortController();
  void (async () => {
    const stream = await fetch(`${url}/api/live?topics=overview,runs,agents`, {
      signal: ended.signal,
    });
    await stream.body?.pipeTo(new WritableStream());
  })().catch(() => undefined);
  return () => ended.abort();
}

async function round(number: number, workflows: string[]): Promise<void> {
  const task = { capability: 'instantly.daily-analytics', account: 'tour' };
  const steps = [
    pull('first', dayOf(number)),
    pull('second', dayOf(number + 1), { after: ['first'] }),
  ];
  const [id] = await Promise.all([
    swarm(number),
    world.run({ ...task, input: { date: dayOf(number) } }),
    // a failure of each kind gives memory something to learn from
    world.failureOf({
      capability: 'practice.wait',
      account: 'default',
      input: { label: `soak-${number}`, fail: number % 2 === 0 ? 'Gone' : 'NotFound' },
    }),
    begin(world, pipelineOf('soak', steps), { key: String(number) }).then((run) =>
      run.handle.result(),
    ),
  ]);
  workflows.push(id);
  for (const path of [
    '/api/overview',
    '/api/runs',
    '/api/agents',
    `/api/runs/${encodeURIComponent(id)}`,
  ]) {
    const answer = await fetch(url + path);
    await answer.arrayBuffer();
    if (answer.status >= 500) throw new Error(`${path} answered ${answer.status}`);
  }
}

async function connections(): Promise<number> {
  const [row] = await world.database.sql<{ count: number }[]>`
    select count(*)::int from pg_stat_activity where datname = current_database()`;
  return row?.count ?? 0;
}

test(
  `after ${minutes} minutes of mixed work worker and dashboard hold no more than after half of them`,
  async () => {
    const began = performance.now();
    const isOver = (): boolean => performance.now() - began > minutes * 60_000;
    const minute = (): number => (performance.now() - began) / 60_000;
    const series: Record<string, Sample[]> = {};
    const note = (name: string, value: number): void => {
      (series[name] ??= []).push({ minute: minute(), value });
    };
    const sample = async (): Promise<void> => {
      while (!isOver()) {
        for (const [name, { pid }] of [
          ['worker', worker],
          ['dashboard', dashboard],
        ] as const) {
          const { rssMb, handles } = vitalSignsOf(pid);
          note(`${name} rssMb`, rssMb);
          note(`${name} handles`, handles);
        }
        note('database connections', await connections());
        await sleep(sampleMs);
      }
    };
    const workflows: string[] = [];
    const work = async (): Promise<void> => {
      const pages: (() => void)[] = [];
      for (let number = 0; !isOver(); number += 1) {
        const until = performance.now() + roundMs;
        pages.push(subscribe());
        if (pages.length > subscribers) pages.shift()?.();
        await round(number, workflows);
        await sleep(Math.max(0, until - performance.now()));
      }
      pages.forEach((close) => close());
    };
    await Promise.all([sample(), work()]);

    const figures = Object.fromEntries(
      Object.entries(series).map(([name, samples]) => [
        name,
        {
          first: samples[0]?.value,
          level: levelOf(samples),
          most: Math.max(...samples.map(({ value }) => value)),
          growthAnHour: growthAnHour(samples),
        },
      ]),
    );
    const load = loadavg().map((each) => Math.round(each * 10) / 10);
    console.info(JSON.stringify({ minutes, rounds: workflows.length, ...figures, load }));

    expect(workflows.length).toBeGreaterThan(0);
    const tooMuch = Object.entries(figures).filter(([name, { level, growthAnHour: growth }]) => {
      const [unit] = Object.entries(allowed).filter(([each]) => name.endsWith(each));
      if (!unit) throw new Error(`${name} has no limit`);
      const [, { share, atLeast }] = unit;
      return growth > Math.max(level * share, atLeast) * patience;
    });
    expect(tooMuch).toEqual([]);
    await eventually('both to answer still', async () => (await fetch(`${url}/api/overview`)).ok);
  },
  (minutes + 10) * 60_000,
);

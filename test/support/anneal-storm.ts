import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MemoryEntry } from '../../src/contracts/memory.ts';
import { createAnnealing } from '../../src/platform/annealing.ts';
import { createEvidence } from '../../src/platform/evidence.ts';
import { createMemoryActs } from '../../src/platform/memory-acts.ts';
import { createMemoryStore, type MemoryOwner } from '../../src/platform/memory-store.ts';
import { createMemoryVerifier, type Verified } from '../../src/platform/memory-verify.ts';
import { createRunStore } from '../../src/platform/runs.ts';
import { startTask } from '../../src/platform/start-run.ts';
import { startSwarm } from '../../src/platform/start-swarm.ts';
import type { FaultRuleInput } from '../../src/sandbox/faults.ts';
import { diceOf } from './dice.ts';
import { createEditor } from './editor.ts';
import { endLeases } from './leases.ts';
import { eventually } from './scratch.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';
import type { World } from './world.ts';

/** Logins whose keys are somebody's: what they teach counts as live. */
const live = ['acme', 'globex'] as const;
const accounts = [...live, 'tour'] as const;

/** Settings of a storm's world and of its workers. */
export const stormEnv: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    live.map((name) => [`INSTANTLY_API_KEY_${name.toUpperCase()}`, `stand-in-${name}`]),
  ),
  VENDOR_TIMEOUT_SECONDS: '2',
};

interface StormOptions {
  readonly seed: number;
  /** Worker processes that are killed. */
  readonly kills: number;
  /** Where workers keep their state. */
  readonly stateDir: string;
}

/** What was left when everything had settled. */
export interface AfterStorm {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly verified: readonly Verified[];
  /** Whatever must not be, in words. */
  readonly complaints: readonly string[];
}

const places = 2;
const mostLifeMs = 20_000;
const mostOpen = 8;
/** How processes die: by a signal from outside at any moment, or by themselves between two steps. */
const ways = ['anywhere', 'evidence', 'noted'] as const;
const whole = { path: '/api/v2/accounts/analytics/daily', aboveAddresses: 200 };
const answers = (status: number) => ({ kind: 'status' as const, status });
const troubles: readonly (readonly FaultRuleInput[])[] = [
  [],
  [{ ...whole, fault: answers(410) }],
  [{ fault: { kind: 'too-large', above: 60 } }],
  [{ fault: answers(422) }],
  [{ every: 3, fault: answers(500) }],
  [{ every: 4, fault: { kind: 'status', status: 503, retryAfterSeconds: 1 } }],
  [{ every: 3, fault: { kind: 'malformed' } }],
  [{ every: 3, fault: { kind: 'cut' } }],
  [{ every: 6, fault: { kind: 'silence' } }],
];

/**
 * Real runs and swarms meet random faults while workers are killed, memory is distilled and people
 * edit its files; then everything settles.
 */
export async function annealStorm(
  world: World,
  { seed, kills, stateDir }: StormOptions,
): Promise<AfterStorm> {
  const { client, database, standIns } = world;
  const store = createMemoryStore(database);
  const env = { ...stormEnv, INSTANTLY_BASE_URL: world.config.INSTANTLY_BASE_URL };
  const folders = { live: join(stateDir, 'lessons'), 'stand-in': join(stateDir, 'information') };
  const fileOf = ({ agent, world: of }: MemoryOwner) => join(folders[of], `${agent}.md`);
  const acts = createMemoryActs(database);
  const owners = (['live', 'stand-in'] as const).map((of) => ({ agent: 'instantly', world: of }));
  const editors = owners.map((of, place) => ({
    of,
    ...createEditor({
      file: fileOf(of),
      dice: diceOf(seed * 100 + place),
      restore: () => acts.restoreFile(of, 'the storm'),
    }),
  }));
  const deaths: Record<string, number> = {};
  let left = kills;
  let started = 0;
  let over = 0;
  let isOver = false;

  /** All of a worker but its rehearsal, which takes many seconds where queues are full. */
  const startOne = (diesAt = 'nowhere') =>
    startWorker(world, stateDir, {
      entry: 'test/support/mortal-worker.ts',
      env: { ...env, DIES_AT: diesAt },
    });

  /** One place for a process, which is filled again each time its process has died. */
  async function place(dice: () => number): Promise<void> {
    while (left > 0) {
      left -= 1;
      const way = ways[Math.floor(dice() * ways.length)] ?? 'anywhere';
      const diesAt = `${way}:${1 + Math.floor(dice() * 2)}`;
      const worker = await startOne(diesAt);
      const enough = over + 1 + Math.floor(dice() * 4);
      const someWork = eventually('some runs to be over', () => over >= enough, mostLifeMs);
      const life = someWork.catch(() => undefined).then(() => delay(dice() * 1_500, false));
      const isDead = await Promise.race([worker.ended.then(() => true), life]);
      if (!isDead) await worker.end('SIGKILL');
      const death = isDead ? way : 'anywhere';
      deaths[death] = (deaths[death] ?? 0) + 1;
      await endLeases(database, 'memory-files', worker.pid);
    }
  }

  async function weather(dice: () => number): Promise<void> {
    while (!isOver) {
      standIns.faults.set(troubles[Math.floor(dice() * troubles.length)] ?? []);
      await delay(300 + dice() * 1_200);
    }
    standIns.faults.clear();
  }

  async function people(edit: () => Promise<void>, dice: () => number): Promise<void> {
    while (!isOver) {
      await edit();
      await delay(100 + dice() * 900);
    }
  }

  const ends: Promise<boolean>[] = [];
  const follow = (workflowId: string, runId: string): void => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const handle = client.workflow.getHandle(workflowId, runId);
    started += 1;
    const end = (wentWell: boolean): void => {
      over += 1;
      resolve(wentWell);
    };
    handle.result().then(
      () => end(true),
      () => end(false), // many are meant to fail
    );
    ends.push(promise);
  };
  const giveUpAfterSeconds = 20;
  let days = 0;
  const task = (dice: () => number) => ({
    capability: 'instantly.daily-analytics',
    account: accounts[Math.floor(dice() * accounts.length)] ?? 'tour',
    input: { date: new Date(Date.UTC(2020, 0, (days += 1))).toISOString().slice(0, 10) },
  });

  async function work(dice: () => number): Promise<void> {
    for (let turn = 0; !isOver; turn += 1) {
      await eventually('room for more', () => isOver || started - over < mostOpen, 600_000);
      if (turn % 12 === 6) {
        const tasks = Array.from({ length: 12 }, () => task(dice));
        const { workflowId, runId } = await startSwarm(
          { client, database, checkServed: () => Promise.resolve() },
          { kind: 'tasks', tasks },
          { title: `Storm ${turn}`, grain: 3, window: 4, failureThreshold: 1, giveUpAfterSeconds },
        );
        follow(workflowId, runId);
      } else {
        const practice = {
          capability: 'practice.wait',
          account: 'default',
          input: { label: `${turn}`, ...(dice() < 0.5 ? { fail: 'InvalidRequest' } : {}) },
        };
        const request = turn % 4 === 3 ? practice : task(dice);
        const { workflowId, runId } = await startTask(client, { ...request, giveUpAfterSeconds });
        follow(workflowId, runId);
      }
      await delay(300 + dice() * 700);
    }
  }

  /** Before the storm memory has learnt something, so that there are files to edit. */
  async function calm(dice: () => number): Promise<void> {
    standIns.faults.set([{ fault: { kind: 'too-large', above: 60 } }]);
    const worker = await startOne();
    for (const account of accounts) await world.run({ ...task(dice), account });
    await eventually('files', () => owners.every((of) => existsSync(fileOf(of))), 120_000);
    await worker.end('SIGKILL');
    await endLeases(database, 'memory-files', worker.pid);
  }

  await calm(diceOf(seed + 3));
  const began = Date.now();
  const others = [
    weather(diceOf(seed + 1)),
    work(diceOf(seed + 2)),
    ...editors.map(({ edit }, nth) => people(edit, diceOf(seed * 100 + 10 + nth))),
  ];
  await Promise.all(
    Array.from({ length: places }, (_, nth) => place(diceOf(seed * 100 + 20 + nth))),
  );
  isOver = true;
  const killingS = Math.round((Date.now() - began) / 1_000);
  const survivors: WorkerProcess[] = await Promise.all(
    Array.from({ length: places }, () => startOne()),
  );
  await Promise.all(others); // a person may be waiting for a file
  const wentWell = (await Promise.all(ends)).filter(Boolean).length;
  const evidence = createEvidence(database);
  const annealing = createAnnealing({ client, evidence });
  const runs = createRunStore(database);
  await eventually(
    'memory to take note of all that is over',
    async () => {
      await runs.reconcile(client);
      const woken = await annealing.wakeWaiting();
      const open = await database.sql`
        select from runs where closed_at is null and type in ('task', 'swarm', 'squad')`;
      return woken.length === 0 && open.length === 0;
    },
    120_000,
  );
  const verifier = createMemoryVerifier({ database, fileOf });
  const verified = await eventually(
    'files to be those of memory',
    async () => {
      const all = await verifier.verify();
      const isDone = all.every((each) => each.difference === null && each.notes.length === 0);
      return isDone && all.every(({ file }) => file !== null) && all;
    },
    60_000,
  ).catch(() => verifier.verify());
  await Promise.all(survivors.map((worker) => worker.end('SIGKILL')));

  const complaints: string[] = [];
  const logs: MemoryEntry[] = [];
  for (const of of await store.owners()) {
    const log = await store.log(of);
    logs.push(...log);
    const found = await complaintsAbout(world, of, log);
    const person = editors.find((each) => each.of.agent === of.agent && each.of.world === of.world);
    complaints.push(
      ...[...found, ...(person?.complaints(log) ?? [])].map((each) => `${nameOf(of)}: ${each}`),
    );
  }
  const observations = logs.flatMap((entry) =>
    entry.kind === 'observed' ? entry.observations : [],
  );
  return {
    verified,
    complaints,
    figures: {
      ...{ seed, kills, deaths, killingS, inS: Math.round((Date.now() - began) / 1_000) },
      runs: { started: ends.length, wentWell },
      entries: logs.length,
      observations: observations.length,
      failures: observations.filter(({ failure }) => failure !== null).length,
      edits: editors.map(({ done }) => done),
      acts: logs.filter(({ kind }) => kind === 'human').length,
    },
  };
}

const nameOf = ({ agent, world }: MemoryOwner): string => `${agent} (${world})`;

/** What was seen is in the log exactly once: nothing of it is missing, twice, or made up. */
async function complaintsAbout(
  { database }: World,
  of: MemoryOwner,
  log: readonly MemoryEntry[],
): Promise<readonly string[]> {
  const store = createMemoryStore(database);
  const { agent, world } = of;
  const noted = log.flatMap((entry) => (entry.kind === 'observed' ? entry.observations : []));
  const ids = noted.map(({ id }) => id);
  // as if nobody had read anything yet
  await database.sql`update runs set distilled_at = null where agent = ${agent} and world = ${world}`;
  await database.sql`update swarm_tries set distilled_at = null where agent = ${agent} and world = ${world}`;
  const closed = await createEvidence(database).closed(of, 10_000);
  const seen = closed.flatMap((run) => run.seen.map(({ activityId: _, ...each }) => each));
  const seenIds = new Set(seen.map(({ id }) => id));
  const before = await store.newest(of);
  const again = { kind: 'observed', at: new Date().toISOString(), observations: seen } as const;
  const after = await store.append(of, again);
  const missing = [...seenIds].filter((id) => !ids.includes(id));
  const invented = ids.filter((id) => !seenIds.has(id));
  return [
    ...(log.every(({ seq }, index) => seq === index + 1) ? [] : ['an entry is missing']),
    ...(new Set(ids).size === ids.length ? [] : ['an observation is there twice']),
    ...missing.map((id) => `${id} is missing`),
    ...invented.map((id) => `nothing shows ${id}`),
    ...(after.hash === before.hash ? [] : ['reading all of it again changes memory']),
    ...before.memory.lessons
      .filter(({ id, helped }) => helped > helpedBy(noted, id))
      .map(
        ({ id, helped }) => `${id} helped ${helped}, and ${helpedBy(noted, id)} tasks obeyed it`,
      ),
    ...before.memory.lessons
      .filter(({ seenIn }) => new Set(seenIn.map(({ runId }) => runId)).size < seenIn.length)
      .map(({ id }) => `${id} names a run twice`),
  ];
}

type Noted = Extract<MemoryEntry, { kind: 'observed' }>['observations'];
const helpedBy = (noted: Noted, lesson: string): number =>
  noted
    .filter(({ obeyed, failure }) => failure === null && obeyed.includes(lesson))
    .reduce((sum, { tasks }) => sum + tasks, 0);

import { Temporal } from 'temporal-polyfill';
import type { Lesson } from '../../src/contracts/memory.ts';
import type { TaskOutcome } from '../../src/contracts/runs.ts';
import type { SwarmOutcome } from '../../src/contracts/swarm.ts';
import { createMemoryStore } from '../../src/platform/memory-store.ts';
import { startTask } from '../../src/platform/start-run.ts';
import { startSwarm } from '../../src/platform/start-swarm.ts';
import { annealed, letDaysPass } from '../../test/support/annealed.ts';
import { startBenchSystem, type BenchSystem } from './system.ts';
import { mailboxes, parts, troublesOf, type Part, type TroubleName } from './trouble.ts';

/** How a day's work is done: by our memory, or by one that is told nothing. */
export const sides = ['ours', 'none'] as const;
export type Side = (typeof sides)[number];

/** How one part of a day went. */
export interface Sample {
  readonly day: number;
  readonly part: Part;
  readonly tasks: number;
  readonly done: number;
  /** Tasks that were done without any failing try before. */
  readonly firstTries: number;
  readonly calls: number;
  /** Calls that the vendor refused. */
  readonly failing: number;
  /** From start to result. */
  readonly seconds: number;
  /** What memory says of this account afterwards. */
  readonly lessons: number;
  readonly wrong: number;
  /** Tasks that tried the whole workspace while a constraint stood against it. */
  readonly canaries: number;
  readonly isForbidden: boolean;
}

/** All days of one side under one kind of trouble. */
export type Course = readonly Sample[];

/** What came of all days. */
export interface Days {
  readonly courses: Readonly<Record<Side, ReadonlyMap<TroubleName, Course>>>;
  readonly backOn: number;
  readonly versions: BenchSystem['versions'];
  readonly settings: Readonly<Record<string, unknown>>;
}

const practice = { days: 10, swarmTasks: 8, window: 4, grain: 2, mailboxes };
const capability = 'instantly.daily-analytics';
const firstDate = Temporal.PlainDate.from('2025-01-01');
const of = { agent: 'instantly', world: 'live' } as const;
const accountOf = (name: TroubleName, side: Side): string => `${name.replaceAll(' ', '-')}-${side}`;

/**
 * Works through ten days on real servers: each day a swarm and two runs of every account, and then
 * it is a day later. Both sides meet the same trouble at the same time.
 */
export async function workThroughDays(seed: number, say: (line: string) => void): Promise<Days> {
  const { all, backOn, drawn } = troublesOf(seed);
  const names = Object.keys(all).filter((name): name is TroubleName => Object.hasOwn(all, name));
  const accounts = names.flatMap((name) => sides.map((side) => accountOf(name, side)));
  say('Starting Temporal, Postgres and the stand-ins …');
  const system = await startBenchSystem(accounts, mailboxes);
  try {
    await forgetful(system);
    const courses = {
      ours: new Map<TroubleName, Sample[]>(names.map((name) => [name, []])),
      none: new Map<TroubleName, Sample[]>(names.map((name) => [name, []])),
    };
    for (let day = 1; day <= practice.days; day += 1) {
      say(`day ${day} of ${practice.days}, on real servers …`);
      await system.withWorker(async () => {
        for (const part of parts) {
          system.standIns.faults.set(
            names.flatMap((name) =>
              sides.flatMap((side) =>
                all[name]
                  .faults(day, part)
                  .map((rule) => ({ ...rule, workspace: accountOf(name, side) })),
              ),
            ),
          );
          const look = await lookAt(system);
          const work = names.flatMap((name) =>
            sides.map(async (side) => {
              const account = accountOf(name, side);
              return { name, side, account, ...(await doPart(system, account, day, part)) };
            }),
          );
          const ends = await Promise.all(work);
          await annealed(system.database);
          for (const { name, side, account, ...end } of ends) {
            const isWrong = (lesson: Lesson) => all[name].isWrong(lesson, day);
            courses[side].get(name)?.push({ day, part, ...end, ...(await look(account, isWrong)) });
          }
        }
      });
      if (day < practice.days) await letDaysPass(system.database, of, { days: 1 });
    }
    const { versions, settings } = system;
    return { courses, backOn, versions, settings: { ...practice, ...drawn, ...settings } };
  } finally {
    await system.stop();
  }
}

/** What accounts without memory do counts as read from the start, so that nothing is learnt of it. */
async function forgetful({ database: { sql } }: BenchSystem): Promise<void> {
  await sql`create function already_read() returns trigger language plpgsql
    as $$ begin new.distilled_at := now(); return new; end $$`;
  for (const table of ['runs', 'swarm_tries']) {
    await sql`create trigger already_read before insert or update on ${sql(table)} for each row
      when (new.account like '%-none') execute function already_read()`;
  }
}

type Work = Pick<Sample, 'tasks' | 'done' | 'firstTries' | 'calls' | 'failing' | 'seconds'>;

async function doPart(
  system: BenchSystem,
  account: string,
  day: number,
  part: Part,
): Promise<Work> {
  const { requests } = system.standIns;
  const before = requests.list(account).length;
  const began = performance.now();
  const work =
    part === 'swarm'
      ? await swarm(system, account, day)
      : await run(system, account, dateOf(day, practice.swarmTasks + parts.indexOf(part)));
  const seconds = (performance.now() - began) / 1_000;
  const calls = requests.list(account).slice(before);
  const failing = calls.filter(({ status }) => status !== null && status >= 400).length;
  return { ...work, calls: calls.length, failing, seconds };
}

/** No date is asked for twice. */
const dateOf = (day: number, nth: number): string =>
  firstDate.add({ days: day * (practice.swarmTasks + parts.length) + nth }).toString();

async function run({ client }: BenchSystem, account: string, date: string) {
  const { workflowId, runId } = await startTask(client, { capability, account, input: { date } });
  const handle = client.workflow.getHandle<() => Promise<TaskOutcome>>(workflowId, runId);
  try {
    const { tried } = await handle.result();
    return { tasks: 1, done: 1, firstTries: Number(tried.length === 0) };
  } catch {
    return { tasks: 1, done: 0, firstTries: 0 }; // every method was refused
  }
}

async function swarm({ client, database }: BenchSystem, account: string, day: number) {
  const tasks = Array.from({ length: practice.swarmTasks }, (_, nth) => ({
    capability,
    account,
    input: { date: dateOf(day, nth) },
  }));
  const { window, grain } = practice;
  const { workflowId, runId } = await startSwarm(
    { client, database, checkServed: () => Promise.resolve() },
    { kind: 'tasks', tasks },
    { title: `${account}, day ${day}`, window, grain, failureThreshold: 1 },
  );
  const handle = client.workflow.getHandle<() => Promise<SwarmOutcome>>(workflowId, runId);
  const { counts } = await handle.result();
  const [failed] = await database.sql<{ tries: number }[]>`
    select coalesce(sum(tasks), 0)::int as tries from swarm_tries t join swarms s on s.id = t.swarm
    where s.workflow_id = ${workflowId} and failure <> ''`;
  const firstTries = Math.max(counts.completed - (failed?.tries ?? 0), 0);
  return { tasks: counts.total, done: counts.completed, firstTries };
}

/** Remembers how memory is now, and says of an account what came of it since. */
async function lookAt({ database }: BenchSystem) {
  // a store of its own each time: the log of yesterday was written anew
  const store = createMemoryStore(database);
  const { seq, memory } = await store.current(of);
  const isAgainstWhole = ({ rule }: Lesson): boolean =>
    rule.kind === 'avoid' && rule.method === 'whole-workspace';
  return async (account: string, isWrong: (lesson: Lesson) => boolean) => {
    const own = (lessons: readonly Lesson[]) => lessons.filter((each) => each.account === account);
    const wasForbidden = own(memory.lessons).some(isAgainstWhole);
    const lessons = own((await store.current(of)).memory.lessons);
    const tries = (await store.log(of, seq))
      .flatMap((entry) => (entry.kind === 'observed' ? entry.observations : []))
      .filter((seen) => seen.account === account && seen.method === 'whole-workspace');
    return {
      lessons: lessons.length,
      wrong: lessons.filter(isWrong).length,
      canaries: wasForbidden ? tries.reduce((sum, each) => sum + each.tasks, 0) : 0,
      isForbidden: lessons.some(isAgainstWhole),
    };
  };
}

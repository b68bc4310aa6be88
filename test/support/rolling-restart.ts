import type { NewSwarm, SwarmOutcome } from '../../src/contracts/swarm.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createTaskLists } from '../../src/platform/task-lists.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { eventually } from './scratch.ts';
import { startWorker } from './worker-process.ts';
import type { World } from './world.ts';

/** What the work felt of two workers being replaced one after the other. */
export interface RollingRestart {
  readonly tasks: number;
  readonly runs: number;
  readonly counts: SwarmOutcome['counts'];
  /** What each worker took from SIGTERM to its end, with 0. */
  readonly drainsMs: readonly number[];
  /**
   * The longest time without an outcome of the swarm: before the restarts, from a SIGTERM until some
   * seconds after the end it asked for, and in all, the start of the new processes included.
   */
  readonly gapMs: { readonly before: number; readonly draining: number; readonly longest: number };
  /** The longest that runs took, by the same spans in which they began or ended. */
  readonly runMs: { readonly before: number; readonly draining: number; readonly longest: number };
  /** Tries that nobody ended. */
  readonly lostTries: number;
}

const perSecond = 30;
const taskMs = 50;
/** What a leaving worker holds up shows within so long after its end. */
const shownWithin = '5 seconds';

/**
 * Lets two worker processes carry a swarm of short tasks and a steady stream of runs, most of which
 * wait in line, and replaces one after the other.
 *
 * @param seconds how long the swarm takes about.
 */
export async function restartInTurn(
  world: World,
  folder: string,
  { seconds, runEveryMs }: { readonly seconds: number; readonly runEveryMs: number },
): Promise<RollingRestart> {
  const { sql } = world.database;
  await createFlowKeys(world.database).setLimits(
    'practice:default',
    { perSecond, perMinute: perSecond * 60, atOnce: 20 },
    { by: 'test', reason: 'most of them shall stand in line' },
  );
  const workers = [await startWorker(world, folder), await startWorker(world, folder)];
  const tasks = perSecond * seconds;
  const { id: list } = await createTaskLists(world.database).load(
    Array.from({ length: tasks }, (_, index) => ({
      at: `task ${index}`,
      task: { capability: 'practice.wait', input: { label: `${index}`, ms: taskMs } },
    })),
    'test',
  );
  const swarm = await world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>(
    'swarm',
    {
      workflowId: 'swarm/rolling',
      taskQueue: systemQueue,
      args: [{ title: 'Rolling', source: { kind: 'list', list }, window: 60 }],
    },
  );
  const started: ReturnType<World['start']>[] = [];
  const stream = setInterval(() => {
    const input = { label: `run-${started.length}`, ms: taskMs };
    const run = world.start({ capability: 'practice.wait', account: 'default', input });
    run.catch(() => undefined); // it is asked about later
    started.push(run);
  }, runEveryMs);
  const done = async (): Promise<number> => {
    const [row] = await sql<{ count: number }[]>`select count(*)::int from swarm_outcomes`;
    return row?.count ?? 0;
  };
  const reached = (share: number) =>
    eventually(
      `${share * 100} % of the tasks`,
      async () => (await done()) >= tasks * share,
      120_000,
    );

  const drains: { readonly from: Date; readonly to: Date }[] = [];
  await reached(0.25);
  try {
    for (const [index, share] of [0.25, 0.6].entries()) {
      await reached(share);
      const from = new Date();
      const code = await workers[index]?.end('SIGTERM');
      if (code !== 0) throw new Error(`a worker that was told to stop ended with ${String(code)}`);
      drains.push({ from, to: new Date() });
      workers.push(await startWorker(world, folder));
    }
    const { counts } = await swarm.result();
    clearInterval(stream);
    for (const run of await Promise.all(started)) await run.result();
    await eventually('all ends to be noted', async () => {
      const [row] = await sql<{ open: number }[]>`
        select count(*)::int as open from runs where closed_at is null and type = 'task'`;
      return row?.open === 0;
    });
    const [first, second] = drains;
    if (!first || !second) throw new Error('two workers were to leave');
    const [figures] = await sql<Record<string, number>[]>`
      with spans as (
        select tstzrange(from_at, to_at + ${shownWithin}::interval) as span from (values
          (${first.from}::timestamptz, ${first.to}::timestamptz),
          (${second.from}::timestamptz, ${second.to}::timestamptz)) as v(from_at, to_at)
      ), gaps as (
        select 'gap' as kind, lag(at) over (order by at) as began, at as ended from swarm_outcomes
      ), runs_took as (
        select 'run' as kind, started_at as began, closed_at as ended from runs where type = 'task'
      ), took as (
        select kind, extract(epoch from ended - began) * 1000 as ms, ended < ${first.from} as is_before,
          exists (select from spans where span && tstzrange(began, ended)) as is_draining
        from (select * from gaps union all select * from runs_took) as spent where began is not null
      )
      select max(ms) filter (where kind = 'gap' and is_before)::int as "gapBefore",
        max(ms) filter (where kind = 'gap' and is_draining)::int as "gapDraining",
        max(ms) filter (where kind = 'gap')::int as "gapLongest",
        max(ms) filter (where kind = 'run' and is_before)::int as "runBefore",
        max(ms) filter (where kind = 'run' and is_draining)::int as "runDraining",
        max(ms) filter (where kind = 'run')::int as "runLongest",
        (select count(*)::int from attempts where outcome = 'running') as lost
      from took`;
    const figure = (name: string): number => figures?.[name] ?? 0;
    const spans = (kind: string) => ({
      before: figure(`${kind}Before`),
      draining: figure(`${kind}Draining`),
      longest: figure(`${kind}Longest`),
    });
    return {
      tasks,
      runs: started.length,
      counts,
      drainsMs: drains.map(({ from, to }) => to.getTime() - from.getTime()),
      gapMs: spans('gap'),
      runMs: spans('run'),
      lostTries: figure('lost'),
    };
  } finally {
    clearInterval(stream);
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
  }
}

import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  isCancellation,
  setCurrentDetails,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { SwarmPlan } from '../activities/activities.ts';
import type { SwarmPause } from '../contracts/swarm.ts';
import { rootFailureOf } from '../rules/failure.ts';
import {
  cutSquad,
  itself,
  openSquads,
  tasksIn,
  type Squad,
  type TaskRange,
} from '../rules/swarm.ts';
import { asParts, waitingForPerson } from './policies.ts';
import {
  carryTasks,
  steerSignal,
  type squad as squadType,
  type SquadReport,
  type SquadRequest,
  type Steering,
} from './squad.ts';

/** Where the work of a swarm stands; it goes on from here in a new run. */
export interface SwarmWork {
  /** Tasks that no squad has taken. */
  ranges: readonly TaskRange[];
  total: number;
  /** Tasks of squads that have ended. */
  settled: number;
  /** Squads begun so far. */
  squads: number;
  /** Tasks that may be in flight. */
  window: number;
  paused: SwarmPause | null;
  /** What tasks of each agent take; milliseconds. */
  readonly taskMs: Record<string, number>;
}

/** The squads of a swarm that are at work. */
export interface Squads {
  readonly atWork: () => number;
  /** Lets what is in flight end, and begins nothing more: what is left stays in the line. */
  stop(): Promise<void>;
  /** Tells them that the swarm pauses or goes on, or that the window has changed. */
  steer(): Promise<void>;
  /**
   * Keeps as many at work as the window allows, until all tasks are settled.
   *
   * @returns false when this run has had its fill of squads, and another one must go on; or when
   * it was stopped.
   * @throws `SquadLost` when squads keep dying.
   */
  carryAll(): Promise<boolean>;
}

/** A squad at work. */
interface Carrier {
  steer(word: Steering): Promise<void>;
  readonly report: Promise<SquadReport>;
}

/** The server takes about 8 events a squad; a run shall stay well below its limit. */
const mostSquadsOfARun = 500;
/** A squad that dies of itself is worth so many others. */
const mostLostSquads = 3;

/** @param work changes as squads take tasks and end. */
export function createSquads(
  { request, list, workers, isOneSquad }: SwarmPlan,
  work: SwarmWork,
  id: string,
): Squads {
  const open = new Map<Carrier, { squad: Squad; told: string }>();
  const begunBefore = work.squads;
  let lost = 0;
  let failure: ApplicationFailure | undefined;
  let isStopped = false;

  /** What squads are told: the window in equal shares. */
  function wordFor(squads: number): Steering {
    const window = Math.max(1, Math.floor(work.window / Math.max(squads, 1)));
    return { isPaused: work.paused !== null, window, ...(isStopped ? { isStopped } : {}) };
  }

  async function steer(): Promise<void> {
    const word = wordFor(open.size);
    const text = JSON.stringify(word);
    const untold = [...open].filter(([, each]) => each.told !== text);
    // one that has just ended needs no word
    await Promise.allSettled(
      untold.map(async ([carrier, each]) => {
        each.told = text;
        await carrier.steer(word);
      }),
    );
  }

  async function begin(squad: Squad, word: Steering): Promise<void> {
    work.squads += 1;
    const asked: SquadRequest = {
      swarm: id,
      list,
      ...squad,
      window: word.window,
      taskMs: work.taskMs[squad.agent],
      grain: request.grain,
      giveUpAfterSeconds: request.giveUpAfterSeconds,
      isBoxed: true,
    };
    const isHere = isOneSquad === true && work.squads === 1;
    const carrier = isHere ? carriedHere(asked) : await carriedByChild(asked);
    open.set(carrier, { squad, told: JSON.stringify(word) });
    void follow(carrier, squad);
  }

  /** One squad needs no other workflow: that would cost it as much as hundreds of quick tasks. */
  function carriedHere(asked: SquadRequest): Carrier {
    let steer: (word: Steering) => void = () => undefined;
    const report = carryTasks(
      { ...asked, isAlone: workers === 1 },
      (take) => (steer = take),
      (details) => setCurrentDetails(`**${request.title}**\n\n${details}`),
    );
    return {
      steer(word) {
        steer(word);
        return Promise.resolve();
      },
      report,
    };
  }

  async function carriedByChild(asked: SquadRequest): Promise<Carrier> {
    const child = await startChild<typeof squadType>('squad', {
      ...asParts,
      workflowId: `${workflowInfo().workflowId}:squad-${work.squads}`,
      taskQueue: asked.agent,
      staticSummary: `${tasksIn(asked.ranges)} tasks of ${asked.agent}`,
      args: [asked],
    });
    return { steer: (word) => child.signal(steerSignal, word), report: child.result() };
  }

  async function follow(carrier: Carrier, squad: Squad): Promise<void> {
    try {
      const { tasks, left, taskMs, halt } = await carrier.report;
      work.settled += tasks;
      work.ranges = [...work.ranges, ...left];
      if (taskMs !== undefined) work.taskMs[squad.agent] = taskMs;
      if (halt) work.paused ??= haltedBy(halt.message);
    } catch (error) {
      if (isCancellation(error)) return;
      lost += 1;
      if (lost <= mostLostSquads) {
        work.ranges = [...work.ranges, ...squad.ranges];
      } else {
        failure ??= ApplicationFailure.nonRetryable(
          `Squads keep dying: ${rootFailureOf(error).message}`,
          'SquadLost',
        );
      }
    } finally {
      open.delete(carrier);
    }
    if (open.size > 0 && (work.ranges.length === 0 || work.paused)) await steer();
  }

  /** It stops by itself, and waits for a person to mend what stopped it. */
  function haltedBy(message: string): SwarmPause {
    const waitMs = waitingForPerson(request.waitForPersonSeconds);
    const until = new Date(Date.now() + waitMs).toISOString();
    return { by: itself, reason: message.slice(0, 500), until };
  }

  const left = (): number =>
    (request.squads?.aRun ?? mostSquadsOfARun) - (work.squads - begunBefore);
  const room = (): number =>
    work.paused || failure || isStopped
      ? 0
      : Math.min(openSquads(workers) - open.size, work.window - open.size, left());
  const mayStart = (): boolean => room() > 0 && work.ranges.length > 0;
  const isOver = (): boolean =>
    open.size === 0 &&
    allHandlersFinished() &&
    (work.ranges.length === 0 || failure !== undefined || isStopped || left() === 0);

  /** As many squads as there is room for, taken out of the line. */
  function cutAll(): readonly Squad[] {
    const cuts: Squad[] = [];
    while (cuts.length < room()) {
      const busy = [...[...open.values()].map(({ squad }) => squad), ...cuts];
      const cut = cutSquad(
        work.ranges,
        busy.map(({ agent }) => agent),
        workers,
        room() - cuts.length,
        request.squads?.tasks,
      );
      if (!cut) break;
      work.ranges = cut.left;
      cuts.push(cut.squad);
    }
    return cuts;
  }

  return {
    atWork: () => open.size,
    async stop() {
      isStopped = true;
      await steer();
    },
    steer,
    async carryAll() {
      for (;;) {
        const cuts = cutAll();
        const word = wordFor(open.size + cuts.length);
        await Promise.all(cuts.map((squad) => begin(squad, word)));
        if (open.size > cuts.length) await steer();
        const { settled, total, paused } = work;
        const state = paused ? `\n\nPaused by ${paused.by}: ${paused.reason}` : '';
        setCurrentDetails(
          `**${request.title}**\n\n${settled} of ${total} tasks settled, ${open.size} squads at work${state}`,
        );
        await condition(() => mayStart() || isOver());
        if (!isOver()) continue;
        if (failure) throw failure;
        return work.ranges.length === 0;
      }
    },
  };
}

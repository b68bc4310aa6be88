import {
  ActivityFailure,
  condition,
  defineSignal,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { SwarmActivities, TasksReport } from '../activities/activities.ts';
import { rootFailureOf } from '../rules/failure.ts';
import {
  activityMs,
  earlierGrainBounds,
  grainOf,
  lanesOf,
  newTaskMs,
  tasksIn,
  type Lanes,
  type TaskRange,
} from '../rules/swarm.ts';
import { counting, working } from './policies.ts';

/** What a squad carries, and how. */
export interface SquadRequest {
  readonly swarm: string;
  readonly list: string;
  readonly agent: string;
  readonly ranges: readonly TaskRange[];
  /** Tasks it may have in flight. */
  readonly window: number;
  /** What its tasks took elsewhere; milliseconds. */
  readonly taskMs?: number | undefined;
  /** Tasks an activity carries; chosen from what they take when left out. */
  readonly grain?: number | undefined;
  readonly giveUpAfterSeconds?: number | undefined;
  /** Cut by the rules of today: saying so here saves two markers and two notes for search in each history. */
  readonly isBoxed?: true;
  /** It is all of a swarm, on one worker. */
  readonly isAlone?: boolean;
}

/** How a squad ended. */
export interface SquadReport {
  /** Tasks that are done or have failed for good. */
  readonly tasks: number;
  readonly failed: number;
  readonly taskMs?: number | undefined;
  /** What it leaves to another squad. */
  readonly left: readonly TaskRange[];
  /** Why nothing can go on before a person has mended it. */
  readonly halt: TasksReport['halt'];
}

/** What the root tells its squads while they run. */
export interface Steering {
  readonly isPaused: boolean;
  readonly window: number;
  /** It begins nothing more, and leaves what it has not begun. */
  readonly isStopped?: boolean;
}

export const steerSignal = defineSignal<[Steering]>('steer');

/** Each costs about six events; a run shall stay well below the server's limit. */
const mostActivities = 1_000;

/** Carries tasks of one agent in a swarm, as a child of it. */
export const squad = (request: SquadRequest): Promise<SquadReport> =>
  carryTasks(request, (steer) => setHandler(steerSignal, steer), setCurrentDetails);

/**
 * Hands tasks of one agent to activities, many at a time while they are short, and tries those
 * that failed in passing again, each alone.
 *
 * @param steered is given, at once, what takes the words of the root.
 * @param tell hears how far it has come.
 */
export async function carryTasks(
  request: SquadRequest,
  steered: (steer: (word: Steering) => void) => void,
  tell: (details: string) => void,
): Promise<SquadReport> {
  const { swarm, list, agent, giveUpAfterSeconds } = request;
  let { window, taskMs } = request;
  let isPaused = false;
  let isStopped = false;
  steered((word) => {
    ({ window, isPaused, isStopped = false } = word);
  });

  const bounds = request.isBoxed ? undefined : earlierBounds();
  const policy = { ...working(giveUpAfterSeconds), taskQueue: agent };
  const tasksOf = proxyActivities<Pick<SwarmActivities, 'swarm.tasks' | 'swarm.task'>>(policy);
  const { giveUpTasks } = proxyLocalActivities<Pick<SwarmActivities, 'giveUpTasks'>>(counting);
  let waiting = request.ranges;
  let started = 0;
  let inFlight = 0;
  let tasks = 0;
  let failed = 0;
  let open = 0;
  let halt: SquadReport['halt'] = null;
  let broken: Error | undefined;
  const lifted: number[] = [];
  const left: TaskRange[] = [];

  const lanesNow = (): Lanes => lanesOf(window, taskMs, request.isAlone);
  const hasWork = (): boolean => lifted.length > 0 || waiting.length > 0;
  const isOver = (): boolean =>
    isStopped || halt !== null || broken !== undefined || started >= mostActivities || !hasWork();
  const mayStart = (): boolean =>
    !isOver() && !isPaused && inFlight < window && open < lanesNow().lanes;

  async function carry(from: number, to: number, concurrency: number, isAlone: boolean) {
    const call = { swarm, list, agent, from, to, concurrency };
    try {
      const report = await (isAlone
        ? tasksOf['swarm.task'](call)
        : tasksOf['swarm.tasks'](
            request.grain === undefined ? { ...call, beginsForMs: activityMs } : call,
          ));
      tasks += report.tasks;
      failed += report.failed;
      lifted.push(...report.lifted);
      if (!isAlone) taskMs = newTaskMs(taskMs, report);
      if (report.halt) {
        halt ??= report.halt;
        left.push({ agent, from, to });
      } else if (report.reached !== undefined) {
        waiting = [{ agent, from: report.reached, to }, ...waiting];
      }
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      const gaveUp = await giveUpTasks({ swarm, list, agent, from, to }, rootFailureOf(error));
      tasks += gaveUp;
      failed += gaveUp;
    }
  }

  /** The next tasks in line, at most so many, and none of another range. */
  function take(grain: number): Pick<TaskRange, 'from' | 'to'> {
    const [range = { from: 0, to: 0 }, ...others] = waiting;
    const to = Math.min(range.to, range.from + grain);
    waiting = to < range.to ? [{ agent, from: to, to: range.to }, ...others] : others;
    return { from: range.from, to };
  }

  function start(): void {
    const lanes = lanesNow();
    const again = lifted.shift();
    const { from, to } =
      again === undefined
        ? take(request.grain ?? grainOf(lanes, taskMs, tasksIn(waiting), started, bounds))
        : { from: again, to: again + 1 };
    const concurrency = Math.min(to - from, request.grain ?? lanes.concurrency, window - inFlight);
    started += 1;
    open += 1;
    inFlight += concurrency;
    carry(from, to, concurrency, again !== undefined)
      .catch((error: unknown) => {
        broken ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        open -= 1;
        inFlight -= concurrency;
      });
  }

  for (;;) {
    while (mayStart()) start();
    tell(
      `${agent}: ${tasks} of ${tasksIn(request.ranges)} tasks settled, ${failed} of them failed`,
    );
    await condition(() => mayStart() || (open === 0 && isOver()));
    if (open === 0 && isOver()) break;
  }
  if (broken !== undefined) throw broken;
  left.push(...lifted.map((seq) => ({ agent, from: seq, to: seq + 1 })), ...waiting);
  return { tasks, failed, taskMs, left, halt };
}

/** Those of a squad that began before its request said how it is cut. */
function earlierBounds() {
  const [first, second] = earlierGrainBounds;
  const earlier = patched('even-grain') ? second : first;
  return patched('boxed-activities') ? undefined : earlier;
}

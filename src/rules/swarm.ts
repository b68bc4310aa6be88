/**
 * How a swarm cuts its work. Two sizes adapt: the squad (a range of one agent's tasks that one
 * child workflow carries) and the grain (the tasks that one activity carries). The measurements
 * behind the numbers are those of `npm run bench -- swarm`. Running squads replay these decisions:
 * another number here needs `patched` in the workflow, or its recorded histories no longer replay.
 */

/** Tasks of one agent that follow each other: `from` up to, not including, `to`. */
export interface TaskRange {
  readonly agent: string;
  readonly from: number;
  readonly to: number;
}

/** Who paused a swarm that stopped because a person has to mend something first. */
export const itself = 'the swarm itself';

/** How many tasks stand in these ranges. */
export const tasksIn = (ranges: readonly TaskRange[]): number =>
  ranges.reduce((sum, { from, to }) => sum + to - from, 0);

const mostSquadTasks = 5_000;
/** A child workflow costs as much as thousands of quick tasks: it is worth it for this many. */
const fewestSquadTasks = { alone: 1_000, shared: 50 };
const mostOpenSquads = 32;
/** Activities at once while tasks are long. Where one worker has them all, the server is its bound. */
const mostActivities = { shared: 50, alone: 10 };
const mostLanes = 4;
/** A shorter activity costs more than it spreads. */
const worthwhileMs = 50;
/** From here on a task is worth an activity of its own. */
const longTaskMs = 1_000;
/** Below this a thousand tasks are done before a second activity would have begun to pay. */
const quickTaskMs = 20;

/** Squads at work at once: two for each worker, so that one is at hand while another ends. */
export const openSquads = (workers: number): number =>
  Math.min(Math.max(workers, 1) * 2, mostOpenSquads);

/** What a squad carries: tasks of one agent. */
export interface Squad {
  readonly agent: string;
  readonly ranges: readonly TaskRange[];
}

/**
 * The next squad, cut from the agent that has the fewest squads at work. Ranges of a few tasks
 * each, such as those that are tried again, go into one squad.
 *
 * @param ranges tasks no squad has taken yet, none of them empty.
 * @param open the agents of the squads at work.
 * @param places how many squads may begin now; the tasks are shared among them.
 * @param mostTasks how many tasks a squad carries at most.
 * @returns the squad, and the ranges that are left; `undefined` when there are none.
 */
export function cutSquad(
  ranges: readonly TaskRange[],
  open: readonly string[],
  workers: number,
  places: number = openSquads(workers),
  mostTasks: number = mostSquadTasks,
): { readonly squad: Squad; readonly left: readonly TaskRange[] } | undefined {
  const busy = (agent: string): number => open.filter((each) => each === agent).length;
  const [first] = [...ranges].sort((a, b) => busy(a.agent) - busy(b.agent));
  if (!first) return undefined;
  const { agent } = first;
  const tasks = tasksIn(ranges.filter((each) => each.agent === agent));
  const fewest = workers > 1 ? fewestSquadTasks.shared : fewestSquadTasks.alone;
  const fair = Math.ceil(tasks / Math.max(places, 1));
  let room = Math.min(Math.max(fair, fewest), mostTasks);
  const taken: TaskRange[] = [];
  const left: TaskRange[] = [];
  for (const range of ranges) {
    const to = range.agent === agent ? Math.min(range.to, range.from + room) : range.from;
    if (range.from < to) taken.push({ ...range, to });
    if (to < range.to) left.push({ ...range, from: to });
    room -= to - range.from;
  }
  return { squad: { agent, ranges: taken }, left };
}

/** The squads that tasks would be cut into, if each ended after the one before it. */
export function squadsFor(ranges: readonly TaskRange[], workers: number): readonly Squad[] {
  const squads: Squad[] = [];
  const places = openSquads(workers);
  for (let left = ranges; ;) {
    const open = squads.slice(-(places - 1)).map(({ agent }) => agent);
    const cut = cutSquad(left, open, workers, Math.max(places - squads.length, 1));
    if (!cut) return squads;
    squads.push(cut.squad);
    left = cut.left;
  }
}

/** How a squad splits its share of the window: activities at once, and tasks at once in each. */
export interface Lanes {
  readonly lanes: number;
  readonly concurrency: number;
}

/**
 * Few activities that each carry many tasks while tasks are short, one for each task while they
 * are long, never more than the server takes well.
 *
 * @param window tasks the squad may have in flight, at least 1.
 * @param taskMs what a task takes, when it is known.
 * @param isAlone it is all of a swarm, on one worker: a second activity would wait for the same processor.
 */
export function lanesOf(window: number, taskMs: number | undefined, isAlone = false): Lanes {
  const isLong = taskMs !== undefined && taskMs >= longTaskMs;
  const isQuick = isAlone && (taskMs ?? 0) < quickTaskMs;
  const many = isAlone ? mostActivities.alone : mostActivities.shared;
  const lanes = Math.min(window, isLong ? many : isQuick ? 1 : mostLanes);
  return { lanes, concurrency: Math.ceil(window / lanes) };
}

/** How the grain is bounded. */
interface GrainBounds {
  /** Tasks of one activity: a squad's, shared by its lanes. */
  readonly most: number;
  /** An activity is to take so long: its own cost then no longer counts. */
  readonly activityMs: number;
  /** Whether tasks of unknown length are taken for quick ones: the activity stops in time by itself. */
  readonly isBoxed: boolean;
  /** Whether an activity carries whole waves, and the first ones of a squad share it evenly. */
  readonly isEven: boolean;
}
/** An activity begins no more tasks after so long; what it leaves is shared out again. */
export const activityMs = 1_000;
const grainBounds: GrainBounds = { most: 1_250, activityMs, isBoxed: true, isEven: true };
/** Those of squads that began under them and replay them, oldest first. */
export const earlierGrainBounds: readonly [GrainBounds, GrainBounds] = [
  { most: 500, activityMs: 500, isBoxed: false, isEven: false },
  { ...grainBounds, isBoxed: false },
];

/**
 * How many tasks the next activity carries. The first ones share the squad evenly, as far as that
 * is expected to fill a second; later ones leave work for the other lanes (guided self-scheduling, Polychronopoulos
 * & Kuck 1987), as long as what is left is worth an activity each. It is whole waves: a few tasks
 * more would take as long as a wave.
 *
 * @param left tasks of the squad that no activity has taken.
 * @param started activities that the squad has begun.
 */
export function grainOf(
  { lanes, concurrency }: Lanes,
  taskMs: number | undefined,
  left: number,
  started: number,
  { most: mostTasks, activityMs: toFill, isBoxed, isEven }: GrainBounds = grainBounds,
): number {
  const filling = (ms: number): number =>
    concurrency * Math.max(taskMs === undefined ? 1 : Math.round(ms / Math.max(taskMs, 0.1)), 1);
  const inTime = isBoxed && taskMs === undefined ? Infinity : filling(toFill);
  const most = Math.min(inTime, Math.max(mostTasks, concurrency));
  const fewest = Math.min(filling(worthwhileMs), most);
  const sharing = isEven && started < lanes ? lanes - started : lanes;
  const share = Math.min(Math.max(Math.ceil(left / sharing), fewest), most);
  const waves = isEven ? Math.ceil(share / concurrency) * concurrency : share;
  return Math.max(1, Math.min(waves, left));
}

/** What a task takes, where later ones count for more; milliseconds. */
export function newTaskMs(
  known: number | undefined,
  report: { readonly tasks: number; readonly taskMs: number },
): number | undefined {
  if (report.tasks === 0) return known;
  const latest = report.taskMs / report.tasks;
  return known === undefined ? latest : known + (latest - known) / 2;
}

/** What the tries of one method have shown since it last did a task. */
export interface MethodTries {
  readonly failure: string;
  readonly count: number;
}

const unhealable = 'Gone';
const failuresInARow = 5;

/**
 * Whether a method is plainly broken, so that other tasks need not find out: the vendor took it
 * away, or the same failure of class contract came five times in a row without a success.
 */
export const isPlainlyBroken = ({ failure, count }: MethodTries): boolean =>
  failure === unhealable ? count >= 1 : count >= failuresInARow;

/** The ways in the order to try them: what is plainly broken comes last. */
export const brokenLast = <Way>(
  ways: readonly Way[],
  isBroken: (way: Way) => boolean,
): readonly Way[] => [...ways.filter((way) => !isBroken(way)), ...ways.filter(isBroken)];

/** How a swarm ends, by the share of its tasks that did not get done. */
export function endOf(
  { total, completed }: { readonly total: number; readonly completed: number },
  failureThreshold: number,
): 'completed' | 'completed-with-failures' | 'failed' {
  if (completed === total) return 'completed';
  return (total - completed) / total > failureThreshold ? 'failed' : 'completed-with-failures';
}

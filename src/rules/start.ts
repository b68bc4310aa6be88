import type { Observation } from '../contracts/memory.ts';
import { entriesByName } from './by-name.ts';
import { isHuman, isLapsed, type Scope } from './lesson.ts';
import { find, later, seenAgain, taught, withLesson, type Memory } from './memory.ts';

/**
 * Numbers that memory gives a start and no limit, within these bounds: the tasks that follow each
 * other in an activity of a swarm, the share of a flow key's rate, and how long to wait before
 * asking again. What a run itself sees moves them on from there.
 */
const startingPoints = {
  grain: { min: 1, max: 1_250 },
  rate: { min: 0.1, max: 1 },
  pollSeconds: { min: 1, max: 3_600 },
} as const;
type StartingPoint = keyof typeof startingPoints;

/** Whether memory keeps a number as a start, not as a bound. */
export const isStartingPoint = (tunable: string): tunable is StartingPoint =>
  Object.hasOwn(startingPoints, tunable);

/** A swarm with fewer tasks says nothing of its grain. */
export const fewestForGrain = 50;
/** So near to the whole rate there is nothing to remember. */
const wholeRate = 0.95;
const forgottenAfterMs = 28 * 24 * 60 * 60 * 1_000;

interface Wish {
  readonly tunable: StartingPoint;
  readonly value: number;
  /** Null when the number given was right, so that there is nothing new to tell. */
  readonly why: string | null;
}

/** Memory after a success: numbers begin half way between what was known and what was right now. */
export const begun = (memory: Memory, seen: Observation): Memory =>
  wishesOf(seen).reduce((before, wish) => withStart(before, seen, wish), memory);

function wishesOf({ tasks, tookMs, tunables, accepted }: Observation): readonly Wish[] {
  const taskMs = tookMs / tasks;
  const grain = kept('grain', 1_000 / Math.max(taskMs, 0.1));
  const why = `A task took ${inWords(taskMs)} ms in a swarm of ${tasks.toLocaleString('en-US')}: ${grain} in a row fill a second`;
  const told = entriesByName(tunables).flatMap(([tunable, given]): readonly Wish[] => {
    if (!isStartingPoint(tunable) || tunable === 'grain') return [];
    const value = accepted[tunable] ?? given;
    return [{ tunable, value, why: value === given ? null : reasons[tunable](value, given) }];
  });
  return tasks < fewestForGrain ? told : [...told, { tunable: 'grain', value: grain, why }];
}

const inWords = (value: number): string => String(Number(value.toPrecision(2)));
const percent = (share: number): string => `${Math.round(share * 100)}%`;

const reasons = {
  rate: (took: number) =>
    `The vendor stopped calls more than once, and took them at ${percent(took)} of the rate`,
  pollSeconds: (right: number, given: number) =>
    `It was done after ${inWords(right)} s, and was asked about every ${inWords(given)} s`,
};

function withStart(memory: Memory, seen: Observation, { tunable, value, why }: Wish): Memory {
  const rule = { kind: 'start', tunable, value: kept(tunable, value) } as const;
  const standing = find(memory.lessons, seen, rule);
  if (!standing) {
    if (why === null) return memory;
    const from = [{ at: seen.at, seenIn: seen.seenIn }];
    const expires = later(seen.at, forgottenAfterMs);
    const lesson = taught(memory, seen, rule, { why, from, expires });
    return withLesson({ ...memory, nextLesson: memory.nextLesson + 1 }, lesson);
  }
  const again = seenAgain(standing, seen);
  if (isHuman(standing) || standing.rule.kind !== 'start') return withLesson(memory, again);
  const next = kept(tunable, Math.sqrt(standing.rule.value * value));
  if (tunable === 'rate' && next >= wholeRate) {
    return { ...memory, lessons: memory.lessons.filter((each) => each !== standing) };
  }
  return withLesson(memory, {
    ...again,
    rule: { ...rule, value: next },
    why: why ?? standing.why,
    expires: later(seen.at, forgottenAfterMs),
  });
}

/** In two digits, so that chance alone changes little, and within its bounds. */
function kept(tunable: StartingPoint, value: number): number {
  const { min, max } = startingPoints[tunable];
  return Math.min(Math.max(Number(value.toPrecision(2)), min), max);
}

/** Where a number of this scope starts, and the lesson that says so; nothing when memory is silent. */
export const startOf = (
  { lessons }: Pick<Memory, 'lessons'>,
  scope: Scope,
  tunable: StartingPoint,
  now: string,
): { readonly lesson: Memory['lessons'][number]; readonly value: number } | undefined => {
  const lesson = find(lessons, scope, { kind: 'start', tunable, value: 0 });
  if (lesson?.rule.kind !== 'start' || isLapsed(lesson, now)) return undefined;
  return { lesson, value: kept(tunable, lesson.rule.value) };
};

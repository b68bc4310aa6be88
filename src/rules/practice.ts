import type { Lesson, Observation } from '../contracts/memory.ts';
import { isHuman, isSameScope } from './lesson.ts';
import { find, later, recordOf, seenAgain, taught, withLesson, type Memory } from './memory.ts';
import { costOf, failsMostly, isKnown, isProven, type MethodRecord } from './record.ts';

/** Cheaper by less than this is not worth a change. */
const worthwhile = 0.9;
const practiceMs = 28 * 24 * 60 * 60 * 1_000;

/**
 * Memory after a success: the method that does a task for least is tried first, or the one that did
 * what another could not.
 */
export function practised(memory: Memory, seen: Observation): Memory {
  const standing = memory.lessons.find(
    (lesson) => isSameScope(lesson, seen) && lesson.rule.kind === 'prefer',
  );
  if (standing && isHuman(standing)) {
    return isOf(standing, seen.method) ? withLesson(memory, seenAgain(standing, seen)) : memory;
  }
  const allowed = memory.records.filter(
    (each) =>
      isSameScope(each, seen) &&
      !find(memory.lessons, each, { kind: 'avoid', method: each.method }),
  );
  const [dearest] = allowed
    .filter((each) => (standing ? isOf(standing, each.method) : isKnown(each)))
    .sort((a, b) => costOf(b) - costOf(a));
  const [best] = allowed
    // anything is better than what mostly fails
    .filter((each) => isProven(each) || (dearest && failsMostly(dearest)))
    .sort((a, b) => costOf(a) - costOf(b));
  if (best && dearest && costOf(best) < costOf(dearest) * worthwhile) {
    return preferring(memory, best, seen.at, costInWords(best, dearest));
  }
  if (standing) {
    const why = whyStill(standing, allowed);
    if (!isOf(standing, seen.method)) return withLesson(memory, { ...standing, why });
    const again = { ...seenAgain(standing, seen), expires: later(seen.at, practiceMs) };
    return withLesson(memory, { ...again, why });
  }
  const rescued = memory.records.find(
    (each) =>
      isSameScope(each, seen) &&
      each.method !== seen.method &&
      !allowed.includes(each) &&
      each.failing.some(({ isPaired, seenIn }) => isPaired && seenIn.runId === seen.seenIn.runId),
  );
  return rescued
    ? preferring(memory, recordOf(memory, seen), seen.at, unmatched(rescued.method))
    : memory;
}

const isOf = ({ rule }: Lesson, method: string): boolean =>
  rule.kind === 'prefer' && rule.method === method;

/** Why a method is tried first that another one could not stand in for. */
const unmatched = (other: string): string => `It did the work where ${other} could not`;
const unmatchedOfLate = (other: string): string => `It does tasks that ${other} does not`;
const untested = (other: string): string =>
  `${other} works again, but has yet to show what a task takes`;

/** The reason as it is now, when it was that another method could not do what that one does by now. */
function whyStill(standing: Lesson, allowed: readonly MethodRecord[]): string {
  const own = allowed.find(({ method }) => isOf(standing, method));
  const back = allowed.find(
    (each) =>
      Number.isFinite(costOf(each)) &&
      [unmatched, unmatchedOfLate, untested].some((why) => why(each.method) === standing.why),
  );
  if (!own || !back) return standing.why;
  if (!isProven(back)) return untested(back.method);
  return costOf(own) < costOf(back) * worthwhile
    ? costInWords(own, back)
    : `${back.method} takes about as much, which is not worth a change`;
}

const costInWords = (best: MethodRecord, other: MethodRecord): string =>
  Number.isFinite(costOf(other))
    ? `It does a task for ${Math.round((costOf(best) / costOf(other)) * 100)}% of what ${other.method} takes`
    : unmatchedOfLate(other.method);

function preferring(memory: Memory, record: MethodRecord, at: string, why: string): Memory {
  const lesson = taught(
    memory,
    record,
    { kind: 'prefer', method: record.method },
    {
      why,
      from: record.workedIn.map((seenIn) => ({ at, seenIn })),
      expires: later(at, practiceMs),
    },
  );
  return withLesson({ ...memory, nextLesson: memory.nextLesson + 1 }, lesson);
}

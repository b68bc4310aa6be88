import type { Observation } from '../contracts/memory.ts';
import type { Scope } from './lesson.ts';

/** What is known of one method under one account, lessons or not. */
export interface MethodRecord extends Scope {
  readonly method: string;
  /** Failures that another method would not have had, since it last went well, each of another run. */
  readonly failing: readonly Failing[];
  /** How often it went well again in another run after it had seemed broken. */
  readonly comebacks: number;
  /** Tasks and runs it did well. */
  readonly worked: number;
  readonly workedRuns: number;
  readonly workedIn: readonly Observation['seenIn'][];
  readonly lastWorkedAt: string | null;
  readonly lastTriedAt: string;
  /** Its last hundred tasks or so, later ones counting for more. */
  readonly recent: Recent;
  /** Failures since then, while nothing of this account went well: perhaps an outage. */
  readonly doubtful: Recent;
  readonly doubtfulAt: string;
  /** Tasks that others have done well since it was last tried. */
  readonly rested: number;
}

interface Failing {
  readonly at: string;
  readonly type: string;
  readonly seenIn: Observation['seenIn'];
  /** Something else of the same account went well soon after: it was not an outage. */
  readonly isWitnessed: boolean;
  /** The same run went on with another method and was done: it was not its input. */
  readonly isPaired: boolean;
}

/** Tasks that went well and tasks that did not, and what either took; milliseconds. */
interface Recent {
  readonly good: number;
  readonly goodMs: number;
  readonly bad: number;
  readonly badMs: number;
}

const none: Recent = { good: 0, goodMs: 0, bad: 0, badMs: 0 };
/** A method that went well in so many runs is known. */
const knownAfterRuns = 3;
/** One that failed so often is, too. */
const knownAfterFailures = 10;
/** Above this, what came before counts half. */
const mostRecent = 100;
/** After so many tasks without it, nobody knows whether it is still as it was. */
const restedAfterTasks = 100;
/** Dearer or cheaper by this factor is another price, not chance. */
const anotherPrice = 1.5;
/** Something that went well within this time shows that the vendor was there. */
const witnessMs = 600_000;

/** What is known of a method before it was tried. */
export const newRecord = (
  { capability, account }: Scope,
  method: string,
  at: string,
): MethodRecord => ({
  ...{ capability, account, method },
  ...{ failing: [], comebacks: 0, worked: 0, workedRuns: 0, workedIn: [] },
  ...{
    lastWorkedAt: null,
    lastTriedAt: at,
    recent: none,
    doubtful: none,
    doubtfulAt: at,
    rested: 0,
  },
});

/** Whether it went well often enough to be a best practice. */
export const isProven = ({ workedRuns }: MethodRecord): boolean => workedRuns >= knownAfterRuns;

/** Whether there is enough to judge it by, for good or bad. */
export const isKnown = (record: MethodRecord): boolean =>
  isProven(record) || record.recent.bad >= knownAfterFailures;

/** Whether of late it failed more often than not. */
export const failsMostly = ({ recent: { good, bad } }: MethodRecord): boolean => bad > good;

/** Whether so much was done without it that it may have changed meanwhile. */
export const isRested = ({ rested }: MethodRecord): boolean => rested >= restedAfterTasks;

/** The same, as something to try again soon. */
export const outdated = (record: MethodRecord): MethodRecord => ({
  ...record,
  rested: Math.max(record.rested, restedAfterTasks),
});

/** What a task costs that goes well, with the failures on the way; in milliseconds. */
export const costOf = ({ recent: { good, goodMs, bad, badMs } }: MethodRecord): number =>
  good === 0 ? Infinity : (goodMs + badMs + bad * (goodMs / good)) / good;

/**
 * With tasks that went well. What was seen before counts no more when it has another price now.
 *
 * @param isBack whether it had been forbidden, so that the vendor must have mended it.
 */
export function withGood(record: MethodRecord, seen: Observation, isBack: boolean): MethodRecord {
  const { good, goodMs } = record.recent;
  const factor = seen.tookMs / seen.tasks / (goodMs / good);
  const isRepriced = isRested(record) && (factor > anotherPrice || factor < 1 / anotherPrice);
  const isOther = isBack || isRepriced;
  const known = isOther ? { ...record, recent: none, workedRuns: 0 } : record;
  const isAnother = isOther || !known.workedIn.some(({ runId }) => runId === seen.seenIn.runId);
  return {
    ...known,
    worked: known.worked + seen.tasks,
    workedRuns: known.workedRuns + Number(isAnother),
    workedIn: isAnother ? [...known.workedIn, seen.seenIn].slice(-3) : known.workedIn,
    lastWorkedAt: latest(known.lastWorkedAt, seen.at),
    lastTriedAt: latest(known.lastTriedAt, seen.at),
    recent: added(known.recent, { ...none, good: seen.tasks, goodMs: seen.tookMs }),
    rested: 0,
  };
}

/**
 * With tasks that failed through no fault of their input.
 *
 * @param isCertain whether the vendor was there at that time; otherwise that is left open.
 */
export function withBad(record: MethodRecord, seen: Observation, isCertain: boolean): MethodRecord {
  const failures = { ...none, bad: seen.tasks, badMs: seen.tookMs };
  const isSoon = isNear(seen.at, record.doubtfulAt);
  return {
    ...record,
    lastTriedAt: latest(record.lastTriedAt, seen.at),
    recent: isCertain ? added(record.recent, failures) : record.recent,
    doubtful: isCertain ? record.doubtful : added(isSoon ? record.doubtful : none, failures),
    doubtfulAt: isCertain ? record.doubtfulAt : seen.at,
    rested: 0,
  };
}

/** Counts failures that were in doubt, now that something of the account went well, or drops them. */
export function settled(record: MethodRecord, at: string): MethodRecord {
  if (record.doubtful === none) return record;
  const isCertain = isNear(at, record.doubtfulAt);
  return {
    ...record,
    recent: isCertain ? added(record.recent, record.doubtful) : record.recent,
    doubtful: none,
  };
}

/** Whether both moments are so near that an outage at the one would have been one at the other. */
export const isNear = (a: string, b: string): boolean =>
  Math.abs(Date.parse(a) - Date.parse(b)) <= witnessMs;

const latest = (a: string | null, b: string): string => (a !== null && a > b ? a : b);

function added(a: Recent, b: Recent): Recent {
  let [good, goodMs] = [a.good + b.good, a.goodMs + b.goodMs];
  let [bad, badMs] = [a.bad + b.bad, a.badMs + b.badMs];
  while (good + bad > mostRecent) {
    [good, goodMs, bad, badMs] = [good / 2, goodMs / 2, bad / 2, badMs / 2];
  }
  return { good, goodMs, bad, badMs };
}

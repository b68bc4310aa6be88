import type { HumanAct, Lesson, MemoryEntry, Observation } from '../contracts/memory.ts';
import { entriesByName } from './by-name.ts';
import { byPlace, isHuman, isLapsed, isSameScope } from './lesson.ts';
import {
  constraintUntil,
  find,
  idOf,
  later,
  recordOf,
  seenAgain,
  taught,
  withLesson,
  withRecord,
  type Memory,
} from './memory.ts';
import { practised } from './practice.ts';
import { begun, isStartingPoint } from './start.ts';
import {
  isNear,
  isProven,
  outdated,
  settled,
  withBad,
  withGood,
  type MethodRecord,
} from './record.ts';

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;
/** Failures that no repeat heals: one is enough. */
const unhealable: readonly string[] = ['Gone', 'TooLarge'];
/** Runs closer together may have met the same bad moment. */
const independentMs = minute;
/** A method that came back so often, or more often, is no more suspect for each further time. */
const mostComebacks = 10;
const mostFailing = mostComebacks + 2;
const runsForWarning = 3;
const warningMs = 14 * day;
const mostLessons = 200;

/**
 * Memory after one more entry of the log. Only the entry and what was known before count, no clock
 * and no chance, so that the log alone says what memory is.
 *
 * @param past memory as it was after an earlier entry, for a person who goes back to it.
 */
export function learn(
  memory: Memory,
  entry: MemoryEntry,
  past: (seq: number) => Memory | undefined,
): Memory {
  const next =
    entry.kind === 'human'
      ? told(memory, entry.act, entry.at, past)
      : [...entry.observations]
          .sort(inOrder)
          .reduce(noticed, { ...memory, lessons: withoutOld(memory.lessons, entry.at) });
  return { ...next, seq: entry.seq, lessons: roomFor(next.lessons) };
}

/** As many as there is room for, in the order of the file: what people said first, then what was seen last. */
function roomFor(lessons: readonly Lesson[]): readonly Lesson[] {
  const byWorth = (a: Lesson, b: Lesson): number =>
    Number(isHuman(b)) - Number(isHuman(a)) || compare(b.lastSeen, a.lastSeen);
  return [...lessons].sort(byWorth).slice(0, mostLessons).sort(byPlace);
}

/** By time; of the same moment failures first, so that a success has the last word. */
const inOrder = (a: Observation, b: Observation): number =>
  compare(a.at, b.at) ||
  Number(a.failure === null) - Number(b.failure === null) ||
  compare(a.id, b.id);

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

function noticed(memory: Memory, seen: Observation): Memory {
  const counted = { ...memory, lessons: memory.lessons.map((lesson) => tallied(lesson, seen)) };
  return seen.failure === null ? worked(counted, seen) : failed(counted, seen, seen.failure);
}

/** A lesson that was obeyed helped, or it did not. */
function tallied(lesson: Lesson, { obeyed, failure, tasks }: Observation): Lesson {
  if (!obeyed.includes(lesson.id)) return lesson;
  if (failure === null) return { ...lesson, helped: lesson.helped + tasks };
  return failure.class === 'contract' ? { ...lesson, harmed: lesson.harmed + tasks } : lesson;
}

function failed(
  memory: Memory,
  seen: Observation,
  failure: NonNullable<Observation['failure']>,
): Memory {
  const record = recordOf(memory, seen);
  const isMethods = failure.class === 'contract';
  // what came late, and what a success has refuted since, says nothing about now
  const isNew =
    (record.lastWorkedAt ?? '') <= seen.at &&
    !record.failing.some(({ seenIn }) => seenIn.runId === seen.seenIn.runId);
  const failing = {
    at: seen.at,
    type: failure.type,
    seenIn: seen.seenIn,
    isWitnessed: false,
    isPaired: false,
  };
  const isNobodysFault = failure.class === 'data' || failure.class === 'auth';
  const after = withRecord(memory, {
    ...(isNobodysFault ? record : withBad(record, seen, isThere(memory, seen))),
    failing: isMethods && isNew ? [...record.failing, failing].slice(-mostFailing) : record.failing,
  });
  if (!isMethods) return after;
  const standing = find(after.lessons, seen, { kind: 'avoid', method: seen.method });
  if (standing) return withLesson(after, renewed(standing, seen));
  return judged(after, record, seen.at);
}

/** Seen again. One that had lapsed failed its canary, and holds for twice as long. */
function renewed(lesson: Lesson, seen: Observation): Lesson {
  const again = seenAgain(lesson, seen);
  if (isHuman(lesson) || !isLapsed(lesson, seen.at)) return again;
  const renewals = lesson.renewals + 1;
  return { ...again, renewals, expires: constraintUntil(lesson.id, renewals, seen.at) };
}

function worked(memory: Memory, seen: Observation): Memory {
  const record = recordOf(memory, seen);
  const refuted = record.failing.filter(({ at }) => at <= seen.at);
  const isBanned = memory.lessons.some(
    (each) => each.rule.kind === 'avoid' && disproves(seen, each),
  );
  const isBack =
    isBanned || refuted.some((each) => each.isWitnessed && each.seenIn.runId !== seen.seenIn.runId);
  const known = withRecord(memory, {
    ...withGood(record, seen, isBanned),
    failing: record.failing.filter((each) => !refuted.includes(each)),
    comebacks: Math.min(record.comebacks + Number(isBack), mostComebacks),
  });
  const lifted = { ...known, lessons: known.lessons.filter((each) => !disproves(seen, each)) };
  const witnessed = { ...lifted, records: lifted.records.map((each) => witnessedBy(each, seen)) };
  const suspects = witnessed.records.filter(
    ({ account, failing }) => account === seen.account && failing.length > 0,
  );
  const judgedAll = suspects.reduce<Memory>(
    (before, each) => judged(before, each, seen.at),
    witnessed,
  );
  return practised(begun(bounded(judgedAll, seen), seen), seen);
}

/** What worked needs no warning and no ban, unless a person has said so. */
const disproves = (seen: Observation, lesson: Lesson): boolean =>
  !isHuman(lesson) &&
  isSameScope(lesson, seen) &&
  (lesson.rule.kind === 'avoid' || lesson.rule.kind === 'warn') &&
  lesson.rule.method === seen.method &&
  lesson.lastSeen <= seen.at;

/** Whether something of this account went well shortly before, so that a failure is no outage. */
const isThere = ({ records }: Memory, { account, at }: Observation): boolean =>
  records.some(
    (each) =>
      each.account === account && each.lastWorkedAt !== null && isNear(each.lastWorkedAt, at),
  );

/** Failures that this success puts into another light, and rest for those it did without. */
function witnessedBy(record: MethodRecord, seen: Observation): MethodRecord {
  if (record.account !== seen.account) return record;
  const now = settled(record, seen.at);
  const isScope = isSameScope(record, seen);
  if (isScope && record.method === seen.method) return now;
  const failing = record.failing.map((each) => {
    const isPaired = isScope && each.seenIn.runId === seen.seenIn.runId;
    return {
      ...each,
      isPaired: each.isPaired || isPaired,
      isWitnessed: each.isWitnessed || isPaired || isNear(seen.at, each.at),
    };
  });
  return { ...now, failing, rested: now.rested + (isScope ? seen.tasks : 0) };
}

/** Makes a constraint, or a warning, of what a method's failures have come to. */
function judged(memory: Memory, { capability, account, method }: MethodRecord, at: string): Memory {
  const record = recordOf(memory, { capability, account, method, at });
  const rule = { kind: 'avoid', method } as const;
  if (record.failing.length === 0 || find(memory.lessons, record, rule)) return memory;
  const isEnough = (failing: MethodRecord['failing']): boolean =>
    independent(failing).length >=
    (unhealable.includes(failing.at(-1)?.type ?? '') ? 1 : 2) + record.comebacks;
  const credible = record.failing.filter(({ isWitnessed }) => isWitnessed);
  const isChange = isProven(record) && isEnough(credible);
  const doubted = isChange || isStuck(memory, record) ? inDoubt(memory, record, at) : memory;
  const last = credible.at(-1);
  if (!last) return warned(doubted, record, at);
  if (!isEnough(credible)) return doubted;
  const lesson = taught(doubted, record, rule, {
    why: `${reasons[last.type] ?? 'The vendor refuses it'}; ${last.isPaired ? 'another method did the same work' : 'other work of this account went well'}`,
    from: credible,
    expires: constraintUntil(idOf(doubted.nextLesson), 0, at),
  });
  return withLesson({ ...doubted, nextLesson: doubted.nextLesson + 1 }, lesson);
}

/** Whether nothing has worked since this method began to fail in several runs. */
const isStuck = ({ records }: Memory, record: MethodRecord): boolean =>
  independent(record.failing).length > 1 &&
  !records.some(
    (each) =>
      isSameScope(each, record) && (each.lastWorkedAt ?? '') > (record.failing[0]?.at ?? ''),
  );

/** Where a vendor has changed, what was forbidden may work by now, and what was dear be cheap. */
const inDoubt = (memory: Memory, scope: MethodRecord, at: string): Memory => ({
  ...memory,
  lessons: memory.lessons.map((lesson) =>
    isSameScope(lesson, scope) &&
    lesson.rule.kind === 'avoid' &&
    !isHuman(lesson) &&
    (lesson.expires ?? '') > at
      ? { ...lesson, expires: at }
      : lesson,
  ),
  records: memory.records.map((each) => (isSameScope(each, scope) ? outdated(each) : each)),
});

/** Those that are not of the same bad moment as the one before. */
const independent = (failing: MethodRecord['failing']): MethodRecord['failing'] =>
  failing.filter(({ at }, index) => {
    const before = failing[index - 1];
    return !before || Math.abs(Date.parse(at) - Date.parse(before.at)) >= independentMs;
  });

/** Our own words for what vendors say: their text is evidence, never part of a lesson. */
const reasons: Readonly<Record<string, string>> = {
  Gone: 'The vendor took this way away',
  TooLarge: 'The vendor wants a smaller question',
  InvalidRequest: 'The vendor refuses what it asks',
  MalformedAnswer: 'The vendor answers in another shape',
};

/** A failure's name is one word; whatever else stands in its place is somebody's text. */
const nameOf = (type: string): string => (/^[A-Z][A-Za-z]{2,30}$/.test(type) ? type : 'Unnamed');

/** Failures that nobody can vouch for are told, and forbid nothing. */
function warned(memory: Memory, record: MethodRecord, at: string): Memory {
  const last = record.failing.at(-1);
  if (!last || record.failing.length < runsForWarning) return memory;
  const failure = nameOf(last.type);
  const rule = { kind: 'warn', method: record.method, failure } as const;
  const expires = later(at, warningMs);
  const standing = find(memory.lessons, record, rule);
  if (standing) return withLesson(memory, { ...standing, lastSeen: last.at, expires });
  const lesson = taught(memory, record, rule, {
    why: `It failed with ${failure} in ${record.failing.length} runs, while nothing else went well`,
    from: record.failing,
    expires,
  });
  return withLesson({ ...memory, nextLesson: memory.nextLesson + 1 }, lesson);
}

/** Numbers that the vendor did not take become a bound; one that it took again moves or lifts it. */
function bounded(memory: Memory, seen: Observation): Memory {
  return entriesByName(seen.tunables).reduce((before, [tunable, given]) => {
    if (isStartingPoint(tunable)) return before;
    const accepted = seen.accepted[tunable] ?? given;
    const standing = before.lessons.find(
      ({ rule, ...lesson }) =>
        isSameScope(lesson, seen) && rule.kind === 'bound' && rule.tunable === tunable,
    );
    if (accepted === given) {
      const isBeyond =
        standing?.rule.kind === 'bound' &&
        !isHuman(standing) &&
        (standing.rule.side === 'at-most'
          ? given > standing.rule.value
          : given < standing.rule.value);
      return isBeyond
        ? { ...before, lessons: before.lessons.filter((each) => each !== standing) }
        : before;
    }
    const side = accepted < given ? 'at-most' : 'at-least';
    const rule = { kind: 'bound', tunable, side, value: accepted } as const;
    if (standing && isHuman(standing)) return withLesson(before, seenAgain(standing, seen));
    if (standing) {
      const again = renewed(standing, seen);
      return withLesson(before, { ...again, rule });
    }
    const lesson = taught(before, seen, rule, {
      why: `The vendor did not take ${given}, and took ${accepted}`,
      from: [{ at: seen.at, seenIn: seen.seenIn }],
      expires: constraintUntil(idOf(before.nextLesson), 0, seen.at),
    });
    return withLesson({ ...before, nextLesson: before.nextLesson + 1 }, lesson);
  }, memory);
}

/** What a person said: it counts for more than evidence, and goes into memory as it is. */
function told(
  memory: Memory,
  act: HumanAct,
  at: string,
  past: (seq: number) => Memory | undefined,
): Memory {
  const change = (id: string, to: (lesson: Lesson) => Lesson): Memory => ({
    ...memory,
    lessons: memory.lessons.map((lesson) => (lesson.id === id ? to(lesson) : lesson)),
  });
  switch (act.kind) {
    case 'written': {
      const next = Math.max(memory.nextLesson, Number(act.lesson.id.slice(2)) + 1);
      return withLesson({ ...memory, nextLesson: next }, act.lesson);
    }
    case 'deleted': {
      const gone = memory.lessons.find(({ id }) => id === act.lesson);
      return {
        ...memory,
        lessons: memory.lessons.filter((lesson) => lesson !== gone),
        // or the same evidence would teach it again at once
        records: memory.records.map((record) =>
          gone && isSameScope(record, gone) ? { ...record, failing: [] } : record,
        ),
      };
    }
    case 'pinned':
      return change(act.lesson, (lesson) => ({ ...lesson, status: 'pinned', expires: null }));
    case 'unpinned':
      return change(act.lesson, (lesson) => ({
        ...lesson,
        status: 'active',
        expires: constraintUntil(lesson.id, lesson.renewals, at),
      }));
    case 'deprecated':
      return change(act.lesson, (lesson) => ({ ...lesson, status: 'deprecated', expires: null }));
    case 'rolled-back':
      return { ...(past(act.to) ?? memory), nextLesson: memory.nextLesson };
  }
}

/** Practices and warnings whose time is over are forgotten; constraints wait for their canary. */
const withoutOld = (lessons: readonly Lesson[], now: string): readonly Lesson[] =>
  lessons.filter(
    (lesson) =>
      !isLapsed(lesson, now) || lesson.rule.kind === 'avoid' || lesson.rule.kind === 'bound',
  );

import type { HumanAct, Lesson, MemoryEntry, Observation } from '../contracts/memory.ts';
import { byPlace, isHuman, isLapsed, isSameScope } from './lesson.ts';
import {
  constraintUntil,
  costOf,
  find,
  idOf,
  later,
  recordOf,
  seenAgain,
  taught,
  withLesson,
  withRecord,
  type Memory,
  type MethodRecord,
} from './memory.ts';

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;
/** Failures that no repeat heals: one is enough. */
const unhealable: readonly string[] = ['Gone', 'TooLarge'];
/** Runs closer together may have met the same bad moment. */
const independentMs = minute;
/** Something else that went well within this time shows that the vendor was there. */
const witnessMs = 10 * minute;
const runsForPractice = 3;
/** Cheaper by less than this is not worth a change. */
const worthwhile = 0.9;
const practiceMs = 28 * day;
const runsForWarning = 3;
const warningMs = 14 * day;
const weight = 0.2;
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
  return { ...next, seq: entry.seq, lessons: [...next.lessons].sort(byPlace).slice(-mostLessons) };
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
  const isAnother = !record.failing.some(({ seenIn }) => seenIn.runId === seen.seenIn.runId);
  const failing = {
    at: seen.at,
    type: failure.type,
    seenIn: seen.seenIn,
    isWitnessed: false,
    isPaired: false,
  };
  const after = withRecord(memory, {
    ...record,
    lastTriedAt: seen.at,
    successRate: failure.class === 'data' ? record.successRate : rated(record, seen, 0),
    failing: isMethods && isAnother ? [...record.failing, failing].slice(-3) : record.failing,
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
  const taskMs = seen.tookMs / seen.tasks;
  const isAnother = !record.workedIn.some(({ runId }) => runId === seen.seenIn.runId);
  const known = withRecord(memory, {
    ...record,
    failing: [],
    worked: record.worked + seen.tasks,
    workedRuns: record.workedRuns + Number(isAnother),
    workedIn: isAnother ? [...record.workedIn, seen.seenIn].slice(-3) : record.workedIn,
    lastWorkedAt: seen.at,
    lastTriedAt: seen.at,
    taskMs: record.taskMs === null ? taskMs : record.taskMs + (taskMs - record.taskMs) * weight,
    successRate: rated(record, seen, 1),
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
  return practised(bounded(judgedAll, seen), seen);
}

/** What worked needs no warning and no ban, unless a person has said so. */
const disproves = (seen: Observation, lesson: Lesson): boolean =>
  !isHuman(lesson) &&
  isSameScope(lesson, seen) &&
  lesson.rule.kind === 'avoid' &&
  lesson.rule.method === seen.method;

/** Failures of others that this success puts into another light. */
function witnessedBy(record: MethodRecord, seen: Observation): MethodRecord {
  const isItself = isSameScope(record, seen) && record.method === seen.method;
  if (isItself || record.account !== seen.account || record.failing.length === 0) return record;
  const failing = record.failing.map((each) => {
    const isPaired = isSameScope(record, seen) && each.seenIn.runId === seen.seenIn.runId;
    const isSoon = Math.abs(Date.parse(seen.at) - Date.parse(each.at)) <= witnessMs;
    return {
      ...each,
      isPaired: each.isPaired || isPaired,
      isWitnessed: each.isWitnessed || isPaired || isSoon,
    };
  });
  return { ...record, failing };
}

/** Makes a constraint, or a warning, of what a method's failures have come to. */
function judged(memory: Memory, { capability, account, method }: MethodRecord, at: string): Memory {
  const record = recordOf(memory, { capability, account, method, at });
  const credible = record.failing.filter(({ isWitnessed }) => isWitnessed);
  const last = credible.at(-1);
  const rule = { kind: 'avoid', method } as const;
  if (!last || find(memory.lessons, record, rule)) return warned(memory, record, at);
  const isEnough =
    unhealable.includes(last.type) || credible.some((each) => isApart(each.at, last.at));
  if (!isEnough) return memory;
  const lesson = taught(memory, record, rule, {
    why: `${reasons[last.type] ?? `It failed with ${last.type}`}; ${last.isPaired ? 'another method did the same work' : 'other work of this account went well'}`,
    from: credible,
    expires: constraintUntil(idOf(memory.nextLesson), 0, at),
  });
  return withLesson({ ...memory, nextLesson: memory.nextLesson + 1 }, lesson);
}

const isApart = (a: string, b: string): boolean =>
  Math.abs(Date.parse(a) - Date.parse(b)) >= independentMs;

/** Our own words for what vendors say: their text is evidence, never part of a lesson. */
const reasons: Readonly<Record<string, string>> = {
  Gone: 'The vendor took this way away',
  TooLarge: 'The vendor wants a smaller question',
  InvalidRequest: 'The vendor refuses what it asks',
  MalformedAnswer: 'The vendor answers in another shape',
};

/** Failures that nobody can vouch for are told, and forbid nothing. */
function warned(memory: Memory, record: MethodRecord, at: string): Memory {
  const last = record.failing.at(-1);
  if (!last || record.failing.length < runsForWarning) return memory;
  const rule = { kind: 'warn', method: record.method, failure: last.type } as const;
  if (find(memory.lessons, record, { kind: 'avoid', method: record.method })) return memory;
  const expires = later(at, warningMs);
  const standing = find(memory.lessons, record, rule);
  if (standing) return withLesson(memory, { ...standing, lastSeen: last.at, expires });
  const lesson = taught(memory, record, rule, {
    why: `It failed with ${last.type} in ${record.failing.length} runs, while nothing else went well`,
    from: record.failing,
    expires,
  });
  return withLesson({ ...memory, nextLesson: memory.nextLesson + 1 }, lesson);
}

/** Numbers that the vendor did not take become a bound; one that it took again moves or lifts it. */
function bounded(memory: Memory, seen: Observation): Memory {
  return Object.entries(seen.tunables).reduce((before, [tunable, given]) => {
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

/** A method that did the work where another could not, or does it for less, is tried first. */
function practised(memory: Memory, seen: Observation): Memory {
  const records = memory.records.filter((each) => isSameScope(each, seen));
  const here = recordOf(memory, seen);
  const standing = memory.lessons.find(
    (lesson) => isSameScope(lesson, seen) && lesson.rule.kind === 'prefer',
  );
  if (standing?.rule.kind === 'prefer' && standing.rule.method === seen.method) {
    const again = seenAgain(standing, seen);
    return withLesson(
      memory,
      isHuman(standing) ? again : { ...again, expires: later(seen.at, practiceMs) },
    );
  }
  if (standing && isHuman(standing)) return memory;
  const current =
    standing?.rule.kind === 'prefer'
      ? recordOf(memory, { ...seen, method: standing.rule.method })
      : undefined;
  const others = records.filter(({ method }) => method !== seen.method);
  const rescued = others.find(
    (each) =>
      find(memory.lessons, each, { kind: 'avoid', method: each.method }) &&
      each.failing.some(({ isPaired, seenIn }) => isPaired && seenIn.runId === seen.seenIn.runId),
  );
  const rivals = current
    ? [current]
    : others.filter(({ workedRuns }) => workedRuns >= runsForPractice);
  const isCheaper =
    here.workedRuns >= runsForPractice &&
    rivals.length > 0 &&
    rivals.every((rival) => costOf(here) < costOf(rival) * worthwhile);
  if (!isCheaper && !(rescued && !standing)) return memory;
  const lesson = taught(
    memory,
    seen,
    { kind: 'prefer', method: seen.method },
    {
      why: rescued
        ? `It did the work where ${rescued.method} could not`
        : `It does a task for ${Math.round((costOf(here) / Math.min(...rivals.map(costOf))) * 100)}% of what ${rivals.map(({ method }) => method).join(', ')} takes`,
      from: here.workedIn.map((seenIn) => ({ at: seen.at, seenIn })),
      expires: later(seen.at, practiceMs),
    },
  );
  return withLesson({ ...memory, nextLesson: memory.nextLesson + 1 }, lesson);
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

const rated = ({ successRate }: MethodRecord, { tasks }: Observation, to: 0 | 1): number =>
  to + (successRate - to) * (1 - weight) ** tasks;

/** Practices and warnings whose time is over are forgotten; constraints wait for their canary. */
const withoutOld = (lessons: readonly Lesson[], now: string): readonly Lesson[] =>
  lessons.filter(
    (lesson) =>
      !isLapsed(lesson, now) || lesson.rule.kind === 'avoid' || lesson.rule.kind === 'bound',
  );

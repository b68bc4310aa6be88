import type { Lesson, Observation, Rule } from '../contracts/memory.ts';
import { contradict, isHuman, isSameRule, isSameScope, type Scope } from './lesson.ts';
import { newRecord, type MethodRecord } from './record.ts';

/** What an agent knows: the fold of its memory log. */
export interface Memory {
  /** The last entry of the log that is in it. */
  readonly seq: number;
  readonly nextLesson: number;
  /** In the order of the file. */
  readonly lessons: readonly Lesson[];
  readonly records: readonly MethodRecord[];
}

/**
 * Grows whenever the same log would come to another memory: what older rules made of a log is
 * then made anew.
 */
export const rulesVersion = 2;

/** What an agent knows before it has seen anything. */
export const nothingKnown: Memory = { seq: 0, nextLesson: 1, lessons: [], records: [] };

const second = 1_000;
const day = 24 * 60 * 60 * second;
/** The first constraint of a method holds about this long, each renewal twice as long. */
const firstConstraintMs = day;
/** So that a way that a vendor opens again is found within a week or so. */
const longestConstraintMs = 7 * day;

interface Teaching {
  readonly why: string;
  readonly from: readonly { readonly at: string; readonly seenIn: Observation['seenIn'] }[];
  readonly expires: string;
}

/** A new lesson with the next free id, from what was seen in these runs. */
export function taught(
  memory: Memory,
  { capability, account }: Scope,
  rule: Rule,
  { why, from, expires }: Teaching,
): Lesson {
  const moments = from.map(({ at }) => at).sort();
  return {
    id: idOf(memory.nextLesson),
    capability,
    account,
    rule,
    why,
    runs: new Set(from.map(({ seenIn }) => seenIn.runId)).size,
    seenIn: from.map(({ seenIn }) => seenIn).slice(-3),
    helped: 0,
    harmed: 0,
    firstSeen: moments[0] ?? expires,
    lastSeen: moments.at(-1) ?? expires,
    expires,
    renewals: 0,
    status: 'active',
  };
}

/** The same lesson with one more sighting; a run counts once. */
export function seenAgain(lesson: Lesson, { at, seenIn }: Observation): Lesson {
  const isKnown = lesson.seenIn.some(({ runId }) => runId === seenIn.runId);
  return {
    ...lesson,
    runs: lesson.runs + Number(!isKnown),
    seenIn: isKnown ? lesson.seenIn : [...lesson.seenIn, seenIn].slice(-3),
    lastSeen: at > lesson.lastSeen ? at : lesson.lastSeen,
  };
}

/** In place of the one with its id; whatever it contradicts goes, unless a person said that. */
export function withLesson(memory: Memory, lesson: Lesson): Memory {
  const others = memory.lessons.filter(({ id }) => id !== lesson.id);
  const against = others.filter(
    (each) =>
      isSameScope(each, lesson) &&
      (contradict(each.rule, lesson.rule) || isSameRule(each.rule, lesson.rule)),
  );
  if (against.some(isHuman) && !isHuman(lesson)) return memory;
  return { ...memory, lessons: [...others.filter((each) => !against.includes(each)), lesson] };
}

/** With this record in place of the one of the same method. */
export function withRecord(memory: Memory, record: MethodRecord): Memory {
  const isIt = (each: MethodRecord): boolean =>
    isSameScope(each, record) && each.method === record.method;
  const at = memory.records.findIndex(isIt);
  return {
    ...memory,
    records: at < 0 ? [...memory.records, record] : memory.records.with(at, record),
  };
}

/** What is known of a method; nothing yet, if it was never seen. */
export const recordOf = (
  { records }: Memory,
  { capability, account, method, at }: Scope & { readonly method: string; readonly at: string },
): MethodRecord =>
  records.find((each) => isSameScope(each, { capability, account }) && each.method === method) ??
  newRecord({ capability, account }, method, at);

/** What memory says of one capability and account. */
export const lessonsOf = ({ lessons }: Memory, scope: Scope): readonly Lesson[] =>
  lessons.filter((lesson) => isSameScope(lesson, scope));

/** The lesson that says this of this capability and account. */
export const find = (lessons: readonly Lesson[], scope: Scope, rule: Rule): Lesson | undefined =>
  lessons.find((lesson) => isSameScope(lesson, scope) && isSameRule(lesson.rule, rule));

/** `L-0142` */
export const idOf = (number: number): string => `L-${String(number).padStart(4, '0')}`;

/** The moment so much later, in ISO. */
export const later = (at: string, ms: number): string =>
  new Date(Date.parse(at) + ms).toISOString();

/** Spread by up to a seventh either way, so that not all constraints lapse in one hour. */
export function constraintUntil(id: string, renewals: number, at: string): string {
  const spread = 6 / 7 + (2 / 7) * fractionOf(`${id} ${renewals}`);
  const holdsMs = Math.min(firstConstraintMs * 2 ** renewals, longestConstraintMs);
  return later(at, Math.round((holdsMs * spread) / second) * second);
}

/** A number from 0 to 1 made of a text, the same each time (FNV-1a). */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

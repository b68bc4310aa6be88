import type { Canary, Decision, Declared, Heeded, Lesson } from '../contracts/memory.ts';
import { isLapsed, isSameRule } from './lesson.ts';
import { isKnown, isProven, isRested, type MethodRecord } from './record.ts';

/** Effects of which one more try does no harm, so that memory may experiment with them. */
const harmless: readonly string[] = ['read', 'upsert'] satisfies Declared['effect'][];

/**
 * How a task works, decided before anything is scheduled: declared methods without the refused
 * ones, best practice first and what memory warns of last, tunables within what memory knows. The same facts give the same
 * decision.
 *
 * @param lessons those of this capability and account.
 * @param now ISO moment; a lapsed lesson still holds for everybody but the canary.
 * @param canary what this task may try for all others, if it was granted that.
 * @returns no method at all when everything is refused and the effect is one that nobody repeats
 * lightly, or a person has deprecated them all.
 */
export function decide(
  declared: Declared,
  lessons: readonly Lesson[],
  now: string,
  canary: Canary | null = null,
): Decision {
  const tried =
    canary?.kind === 'lesson' ? lessons.find(({ id }) => id === canary.lesson) : undefined;
  const standing = lessons.filter((lesson) => lesson !== tried);
  const refusals = standing.filter(
    (lesson) => lesson.rule.kind === 'avoid' && names(declared, lesson.rule.method),
  );
  const isRefused = (method: string): boolean =>
    refusals.some(({ rule }) => rule.kind === 'avoid' && rule.method === method);
  const allowed = declared.methods.map(({ id }) => id).filter((method) => !isRefused(method));
  const preferred = standing.find(
    (lesson) =>
      lesson.rule.kind === 'prefer' &&
      allowed.includes(lesson.rule.method) &&
      !isLapsed(lesson, now),
  );
  const first = [
    canary?.kind === 'method' && allowed.includes(canary.method) ? canary.method : [],
    // what lapsed may stand refused by another lesson as well
    tried?.rule.kind === 'avoid' && !isRefused(tried.rule.method) ? tried.rule.method : [],
    preferred?.rule.kind === 'prefer' ? preferred.rule.method : [],
  ].flat();
  const { tunables, moving } = tuned(declared, standing, now);
  const warnings = standing.filter(
    (lesson) =>
      lesson.rule.kind === 'warn' && allowed.includes(lesson.rule.method) && !isLapsed(lesson, now),
  );
  const isWarned = (method: string): boolean =>
    warnings.some(({ rule }) => rule.kind === 'warn' && rule.method === method);
  const unwarned = allowed.filter((method) => !isWarned(method));
  const methods = [...new Set([...first, ...unwarned, ...allowed])];
  const plain = [...new Set([...first, ...allowed])];
  const lastResort = methods.length > 0 ? undefined : leastBad(declared, refusals);
  const heeded = [
    ...refusals.filter((lesson) => lesson !== lastResort),
    ...(methods.every((method, place) => method === plain[place]) ? [] : warnings),
    ...(preferred && methods[0] !== declared.methods[0]?.id ? [preferred] : []),
    ...moving,
  ];
  return {
    methods: lastResort?.rule.kind === 'avoid' ? [lastResort.rule.method] : methods,
    tunables,
    heeded: heeded.map(asHeeded),
    canary,
    isLastResort: lastResort !== undefined,
  };
}

/**
 * What one task should try for all others, if it is granted that: the lesson that lapsed first, or
 * else, once the first choice is known, a method that nobody knows yet, where trying does no harm.
 *
 * @param records what is known of each method of this capability and account, by method.
 */
export function canaryWanted(
  declared: Declared,
  lessons: readonly Lesson[],
  records: Readonly<Record<string, MethodRecord>>,
  now: string,
): Canary | null {
  const [lapsed] = lessons
    .filter((lesson) => isForbidding(declared, lesson) && isLapsed(lesson, now))
    .sort((a, b) => ((a.expires ?? '') < (b.expires ?? '') ? -1 : 1));
  if (lapsed) return { kind: 'lesson', lesson: lapsed.id };
  if (!harmless.includes(declared.effect)) return null;
  const { methods, isLastResort } = decide(declared, lessons, now);
  if (isLastResort) return null;
  const [first, ...others] = methods.map((method) => ({ method, record: records[method] }));
  // as long as the first one has to prove itself, there is nothing to compare others with
  if (!first?.record || !isKnown(first.record)) return null;
  const unknown =
    others.find(({ record }) => !record || (!isProven(record) && !isSuspect(record))) ??
    others.find(({ record }) => record !== undefined && isRested(record));
  return unknown === undefined ? null : { kind: 'method', method: unknown.method };
}

const isSuspect = (record: MethodRecord): boolean => record.failing.length > 0 || isKnown(record);

const names = (declared: Declared, method: string): boolean =>
  declared.methods.some(({ id }) => id === method);

const isForbidding = (declared: Declared, { rule }: Lesson): boolean =>
  (rule.kind === 'avoid' && names(declared, rule.method)) ||
  (rule.kind === 'bound' && Object.hasOwn(declared.tunables, rule.tunable));

/** Of refused methods that no person has ruled out, the one that has failed least often of late. */
function leastBad(declared: Declared, refusals: readonly Lesson[]): Lesson | undefined {
  if (!harmless.includes(declared.effect)) return undefined;
  const deprecated = refusals.filter(({ status }) => status === 'deprecated');
  return refusals
    .filter(({ status }) => status === 'active')
    .filter(({ rule }) => !deprecated.some((each) => isSameRule(each.rule, rule)))
    .sort((a, b) => a.renewals - b.renewals || (a.lastSeen < b.lastSeen ? -1 : 1))[0];
}

/** Tunables at their defaults, moved by what memory knows, never beyond what is declared. */
function tuned(
  declared: Declared,
  lessons: readonly Lesson[],
  now: string,
): { readonly tunables: Decision['tunables']; readonly moving: readonly Lesson[] } {
  const moving: Lesson[] = [];
  const isStart = ({ rule }: Lesson): boolean => rule.kind === 'start';
  // where a number begins comes before how far it may go
  const inOrder = [...lessons.filter(isStart), ...lessons.filter((lesson) => !isStart(lesson))];
  const tunables = Object.fromEntries(
    Object.entries(declared.tunables).map(([name, tunable]) => {
      let value = tunable.default;
      for (const lesson of inOrder) {
        const wanted = valueBy(lesson, name, value, now);
        const moved = Math.min(Math.max(wanted, tunable.min), tunable.max);
        if (moved !== value) moving.push(lesson);
        value = moved;
      }
      return [name, value];
    }),
  );
  return { tunables, moving };
}

/** A number as one lesson would have it. */
function valueBy(lesson: Lesson, name: string, value: number, now: string): number {
  const { rule } = lesson;
  if (rule.kind === 'start' && rule.tunable === name && !isLapsed(lesson, now)) return rule.value;
  if (rule.kind !== 'bound' || rule.tunable !== name) return value;
  return rule.side === 'at-most' ? Math.min(value, rule.value) : Math.max(value, rule.value);
}

const asHeeded = ({ id, rule, why, status }: Lesson): Heeded => ({
  lesson: id,
  rule,
  why,
  status,
});

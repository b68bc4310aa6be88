import type { Lesson, Rule } from '../contracts/memory.ts';
import { counted } from './time-in-words.ts';

/** What a lesson speaks of: one capability under one account. */
export type Scope = Pick<Lesson, 'capability' | 'account'>;

/** Whether both speak of the same capability under the same account. */
export const isSameScope = (a: Scope, b: Scope): boolean =>
  a.capability === b.capability && a.account === b.account;

/** Whether a lesson's time is over, so that one task may try again what it forbids. */
export const isLapsed = ({ expires, status }: Lesson, now: string): boolean =>
  status === 'active' && expires !== null && expires <= now;

/** Whether a person has said it, so that evidence alone does not take it back. */
export const isHuman = ({ status }: Lesson): boolean => status !== 'active';

/** The rule in words: `avoid method bulk`, `chunkSize at most 50`. */
export function ruleInWords(rule: Rule): string {
  switch (rule.kind) {
    case 'avoid':
      return `avoid method ${rule.method}`;
    case 'prefer':
      return `prefer method ${rule.method}`;
    case 'bound':
      return `keep ${rule.tunable} ${rule.side === 'at-most' ? 'at most' : 'at least'} ${rule.value}`;
    case 'start':
      return `start ${rule.tunable} at ${rule.value}`;
    case 'warn':
      return `expect ${rule.failure} of method ${rule.method}`;
  }
}

/**
 * All of a lesson in two or three sentences: `Avoid method bulk of klap.export-short, account
 * default, until … and then let one task try. The vendor took this way away. …`
 */
export function lessonInSentences(lesson: Lesson, now: string): string {
  const { rule, capability, account, why, runs, helped, harmed } = lesson;
  const words = ruleInWords(rule);
  const seen = runs === 0 ? 'A person says so' : `${counted(runs, 'run')} showed it`;
  const since = `${counted(helped, 'task')} that obeyed it went well, ${harmed.toLocaleString('en-US')} did not`;
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)} of ${capability}, account ${account}, ${untilWhen(lesson, now)}. ${why}. ${seen}; ${since}.`;
}

function untilWhen(lesson: Lesson, now: string): string {
  if (lesson.status === 'deprecated') return 'for good: a person has deprecated it';
  if (lesson.status === 'pinned') return 'until a person unpins it';
  if (lesson.expires === null) return 'until it is disproved';
  const isTriedAgain = lesson.rule.kind === 'avoid' || lesson.rule.kind === 'bound';
  const then = isTriedAgain ? 'one task may try again' : 'it is forgotten';
  return isLapsed(lesson, now)
    ? `which has lapsed: ${then}`
    : `until ${lesson.expires.slice(0, 16).replace('T', ' ')} UTC, when ${then}`;
}

/** Whether two rules say the same of the same thing; their values may differ. */
export function isSameRule(a: Rule, b: Rule): boolean {
  if (a.kind === 'bound') return b.kind === 'bound' && a.tunable === b.tunable && a.side === b.side;
  if (a.kind === 'start') return b.kind === 'start' && a.tunable === b.tunable;
  if (b.kind === 'bound' || b.kind === 'start') return false;
  if (a.kind !== b.kind || a.method !== b.method) return false;
  return a.kind !== 'warn' || (b.kind === 'warn' && a.failure === b.failure);
}

/** Whether no run could obey both: one of the two has to go. */
export function contradict(a: Rule, b: Rule): boolean {
  if (a.kind === 'prefer' && b.kind === 'prefer') return a.method !== b.method;
  if (a.kind === 'avoid' && b.kind === 'prefer') return a.method === b.method;
  if (a.kind === 'prefer' && b.kind === 'avoid') return a.method === b.method;
  if (a.kind !== 'bound' || b.kind !== 'bound' || a.tunable !== b.tunable) return false;
  if (a.side === b.side) return false;
  const [most, least] = a.side === 'at-most' ? [a, b] : [b, a];
  return least.value > most.value;
}

/** The stable order of a memory file: by capability, account, and then as they were learnt. */
export const byPlace = (a: Lesson, b: Lesson): number =>
  compare(a.capability, b.capability) ||
  compare(a.account, b.account) ||
  Number(a.id.slice(2)) - Number(b.id.slice(2));

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

import type { Heeded } from '../contracts/memory.ts';
import type { Choice } from './method.ts';
import { ruleInWords } from './lesson.ts';

/** What a person says about a refused task, as it came: anybody may send an Update. */
export interface SaidMethod {
  readonly action?: unknown;
  readonly method?: unknown;
  readonly by?: unknown;
  readonly reason?: unknown;
}

interface Refused {
  readonly choice: Choice;
  readonly memo: { readonly capability: string };
}

const longestName = 120;
const longestReason = 500;

/** What a person is asked about a task all of whose methods memory refuses, and by which lessons. */
export function refusalOf({ choice, memo }: Refused): {
  readonly question: string;
  readonly lessons: string;
} {
  const lessons = (choice.heeded ?? []).map(lessonInWords).join('; ');
  return {
    lessons,
    question: `Try a method of ${memo.capability} once anyway, or leave it out? ${lessons}`,
  };
}

/** `L-0012 avoid method bulk: The vendor took this way away` */
export const lessonInWords = ({ lesson, rule, why }: Heeded): string =>
  `${lesson} ${ruleInWords(rule)}: ${why}`;

/**
 * Why a person's word cannot be taken, as a sentence; `undefined` when it can.
 *
 * @param refused the task, while it waits for a word.
 */
export function objectionToMethod(
  { action, method, by, reason }: SaidMethod,
  refused: Refused | undefined,
): string | undefined {
  if (typeof by !== 'string' || by === '' || by.length > longestName) {
    return `by: expected who says so, at most ${longestName} characters`;
  }
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > longestReason) {
    return `reason: expected why, at most ${longestReason} characters`;
  }
  if (action !== 'try' && action !== 'leave-out') return 'action: expected try or leave-out';
  if (!refused) return 'It does not wait for a word about its methods.';
  const known = methodsRefused(refused.choice);
  if (action === 'leave-out' || known.some((each) => each === method)) return undefined;
  return known.length === 0
    ? 'method: people have deprecated every method; it can only be left out'
    : `method: expected one of ${known.join(', ')}`;
}

/** A method that a person has deprecated never runs again. */
const methodsRefused = ({ heeded = [] }: Choice): readonly string[] =>
  heeded.flatMap(({ rule, status }) =>
    rule.kind === 'avoid' && status !== 'deprecated' ? [rule.method] : [],
  );

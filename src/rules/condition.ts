import type { Condition } from '../contracts/pipeline.ts';
import { isSame, valueAt } from './pointer.ts';

/**
 * Whether a condition holds. A value that is not there equals nothing, is neither greater nor less
 * than anything, and differs from everything.
 */
export function holds(condition: Condition, document: unknown): boolean {
  const { ref, not, all, any, exists, greaterThan, lessThan } = condition;
  if (not !== undefined) return !holds(not, document);
  if (all !== undefined) return all.every((each) => holds(each, document));
  if (any !== undefined) return any.some((each) => holds(each, document));
  const value = ref === undefined ? undefined : valueAt(document, ref);
  if (exists !== undefined) return (value !== undefined) === exists;
  if (greaterThan !== undefined) return isOrdered(greaterThan, value);
  if (lessThan !== undefined) return isOrdered(value, lessThan);
  if ('notEquals' in condition) return !isSame(value, condition.notEquals);
  return isSame(value, condition.equals);
}

const isOrdered = (less: unknown, more: unknown): boolean =>
  (typeof less === 'number' && typeof more === 'number' && less < more) ||
  (typeof less === 'string' && typeof more === 'string' && less < more);

/** The values a condition looks at. */
export const refsOf = ({ ref, not, all = [], any = [] }: Condition): readonly string[] => [
  ...(ref === undefined ? [] : [ref]),
  ...[...(not ? [not] : []), ...all, ...any].flatMap(refsOf),
];

/** A condition as people read it: `/steps/pull/output/sent is greater than 0`. */
export function wordsOf(condition: Condition): string {
  const { ref = '', not, all, any, exists, greaterThan, lessThan } = condition;
  if (not !== undefined) return `not (${wordsOf(not)})`;
  if (all !== undefined) return all.map(wordsOf).join(' and ');
  if (any !== undefined) return `(${any.map(wordsOf).join(' or ')})`;
  if (exists !== undefined) return `${ref} is ${exists ? 'there' : 'not there'}`;
  if (greaterThan !== undefined) return `${ref} is greater than ${greaterThan}`;
  if (lessThan !== undefined) return `${ref} is less than ${lessThan}`;
  if ('notEquals' in condition) return `${ref} is not ${JSON.stringify(condition.notEquals)}`;
  return `${ref} is ${JSON.stringify(condition.equals)}`;
}

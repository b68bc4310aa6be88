import type { Decision } from '../contracts/memory.ts';
import { errorClassOf } from './classify.ts';

/** How a run does its work; what runs from before there was memory decided is only the first two. */
export type Choice = Pick<Decision, 'methods' | 'tunables'> & Partial<Decision>;

/** One way a task is tried. */
export interface MethodTry {
  readonly method: string;
  readonly tunables: Readonly<Record<string, number>>;
  /** Ids of the lessons that chose the method or its numbers. */
  readonly obeyed: readonly string[];
  readonly isCanary: boolean;
}

/**
 * The ways a task is tried, in their order. A canary is one try ahead of all others: what follows
 * it is what memory allows everybody.
 *
 * @param fallback the choice without the canary, where there is one.
 */
export function triesOf(choice: Choice, fallback: Choice = choice): readonly MethodTry[] {
  const isCanary = choice.canary !== undefined && choice.canary !== null;
  const allowed = (isCanary ? fallback : choice).methods.map((method) =>
    tryOf(isCanary ? fallback : choice, method, false),
  );
  const [first] = isCanary ? choice.methods : [];
  if (first === undefined) return allowed;
  const canary = tryOf(choice, first, true);
  return [canary, ...allowed.filter((each) => !isSameTry(each, canary))];
}

const tryOf = (
  { tunables, heeded = [] }: Choice,
  method: string,
  isCanary: boolean,
): MethodTry => ({
  method,
  tunables,
  obeyed: heeded
    .filter(({ rule }) => rule.kind !== 'prefer' || rule.method === method)
    .map(({ lesson }) => lesson),
  isCanary,
});

const isSameTry = (a: MethodTry, b: MethodTry): boolean =>
  a.method === b.method &&
  Object.entries(a.tunables).every(([name, value]) => b.tunables[name] === value);

/** Only what a vendor no longer accepts is worth another method; waiting or a person heals the rest. */
export const isWorthAnotherMethod = (failureType: string | undefined): boolean =>
  errorClassOf(failureType) === 'contract';

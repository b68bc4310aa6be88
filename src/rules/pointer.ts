/** References of pipelines: JSON pointers (RFC 6901) into parameters, earlier outputs and the item. */

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The parts of a pointer: `/a~1b/0` → `a/b`, `0` (RFC 6901, section 4). */
export const partsOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** One part of a pointer, written so that it stays one. */
export const asPart = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** The value a pointer leads to; `undefined` where there is none. */
export function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of partsOf(pointer)) {
    if (Array.isArray(value)) {
      const elements: readonly unknown[] = value;
      value = /^(0|[1-9]\d*)$/.test(part) ? elements[Number(part)] : undefined;
    } else if (isObject(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

/** A reference inside an input, and where it stands there. */
export interface FoundRef {
  readonly pointer: string;
  /** JSON pointer into the value that was searched; empty when that is the reference itself. */
  readonly at: string;
}

/** Whether an object asks for a value that is known later. */
export const isRef = (value: unknown): value is { readonly $ref: string } =>
  isObject(value) && typeof value.$ref === 'string' && Object.keys(value).length === 1;

/** All references inside a value. */
export function refsIn(value: unknown, at = ''): readonly FoundRef[] {
  if (isRef(value)) return [{ pointer: value.$ref, at }];
  if (Array.isArray(value)) return value.flatMap((each, index) => refsIn(each, `${at}/${index}`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => refsIn(each, `${at}/${asPart(key)}`));
}

/** A copy with references replaced by the values they lead to. */
interface Resolved {
  readonly value: unknown;
  /** Pointers that lead nowhere; their references are left as they are. */
  readonly missing: readonly string[];
}

/** Puts values in the place of references; strings stay strings, whatever they look like. */
export function resolve(value: unknown, document: unknown): Resolved {
  const missing: string[] = [];
  const walk = (each: unknown): unknown => {
    if (isRef(each)) {
      const found = valueAt(document, each.$ref);
      if (found === undefined) missing.push(each.$ref);
      return found === undefined ? each : found;
    }
    if (Array.isArray(each)) return each.map(walk);
    if (!isObject(each)) return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, walk(inner)]));
  };
  return { value: walk(value), missing };
}

/** Whether two JSON values are the same; the order of keys does not count. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((each, index) => isSame(each, b[index]))
    );
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  );
}

/** The largest string or, if there is none, the largest value of a JSON value, and where it stands. */
export function largestIn(value: unknown, at = ''): { readonly at: string; readonly size: number } {
  const inner = Array.isArray(value)
    ? value.map((each, index) => largestIn(each, `${at}/${index}`))
    : isObject(value)
      ? Object.entries(value).map(([key, each]) => largestIn(each, `${at}/${asPart(key)}`))
      : [];
  const size = inner.length > 0 ? 0 : sizeOf(value);
  return inner.reduce((most, each) => (each.size > most.size ? each : most), { at, size });
}

/** Length of a value as JSON, in characters. */
export const sizeOf = (value: unknown): number =>
  value === undefined ? 0 : JSON.stringify(value).length;

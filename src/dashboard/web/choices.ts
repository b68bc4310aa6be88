/** What a person has chosen for this browser, besides the theme, which the library keeps. */
import { useSyncExternalStore } from 'react';

/** What can be chosen; the first is meant while nobody has. */
const options = {
  density: ['normal', 'dense'],
  keys: ['on', 'off'],
  clock: ['utc', 'local'],
} as const;
type Options = typeof options;
type Name = keyof Options;
type Value<N extends Name> = Options[N][number];

const keyOf = (name: Name): string => `agentic-${name}`;
const listeners = new Set<() => void>();

/** What is chosen now. */
export function choice<N extends Name>(name: N): Value<N> {
  const kept = read(keyOf(name));
  const values: readonly Value<N>[] = options[name];
  return values.find((value) => value === kept) ?? options[name][0];
}

/** What is chosen, and the way to choose something else. */
export function useChoice<N extends Name>(name: N): readonly [Value<N>, (value: Value<N>) => void] {
  const value = useSyncExternalStore(subscribe, () => choice(name));
  return [value, (chosen) => choose(name, chosen)];
}

function choose<N extends Name>(name: N, value: Value<N>): void {
  try {
    localStorage.setItem(keyOf(name), value);
  } catch {
    return; // a browser that keeps nothing
  }
  markDensity();
  listeners.forEach((listen) => listen());
}

/** How high a row of one line is, where that has to be known before it is drawn. */
export const rowHeightNow = (): number => (choice('density') === 'dense' ? 32 : 36);

/** Tells the styles how close rows stand. */
export function markDensity(): void {
  document.documentElement.dataset.density = choice('density');
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** How often the vendors took something in that is meant to happen once. */
export interface TakenIn {
  /** Counts a write that a vendor has done, or would have had the thing not been there. */
  readonly note: Note;
  /** All that was ever taken in: `instantly/tour/lead/<campaign>/<email>`, and how many times. */
  list(): Readonly<Record<string, number>>;
}

/** Counts one write, by the names of what it is about. */
export type Note = (...names: readonly string[]) => void;

/** Counts by key, exactly and for as long as the stand-ins run, whatever became of the answers. */
export function createTakenIn(): TakenIn {
  const times = new Map<string, number>();
  return {
    note(...names) {
      const key = names.join('/');
      times.set(key, (times.get(key) ?? 0) + 1);
    },
    list: () => Object.fromEntries(times),
  };
}

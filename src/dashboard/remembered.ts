/** An answer that is kept for a while. */
export interface Remembered<T> {
  read(): Promise<T>;
  /** The next one to ask gets a new answer. */
  forget(): void;
}

/** What is asked again and again takes at most so large a share of the time. */
const mostShare = 0.2;
/** Who asks after this asks anew, whatever became of the one before. */
const longestReadMs = 10_000;

/**
 * One answer for all who ask within `freshMs`, or longer where it takes long to find; a failure
 * isn't kept.
 */
export function remembered<T>(freshMs: number, read: () => Promise<T>): Remembered<T> {
  let kept: { readonly value: Promise<T>; until: number } | undefined;
  return {
    read() {
      if (kept && Date.now() < kept.until) return kept.value;
      const began = Date.now();
      const value = read();
      const entry = { value, until: began + longestReadMs };
      kept = entry;
      value.then(
        () => {
          const tookMs = Date.now() - began;
          entry.until = Math.max(began + freshMs, Date.now() + tookMs * (1 / mostShare - 1));
        },
        () => {
          if (kept === entry) kept = undefined;
        },
      );
      return value;
    },
    forget() {
      kept = undefined;
    },
  };
}

/** An answer that is kept for a while. */
export interface Remembered<T> {
  read(): Promise<T>;
  /** The next one to ask gets a new answer. */
  forget(): void;
}

/** One answer for all who ask within `freshMs`; a failure isn't kept. */
export function remembered<T>(freshMs: number, read: () => Promise<T>): Remembered<T> {
  let kept: { readonly value: Promise<T>; readonly at: number } | undefined;
  return {
    read() {
      if (kept && Date.now() - kept.at < freshMs) return kept.value;
      const value = read();
      kept = { value, at: Date.now() };
      value.catch(() => (kept = undefined));
      return value;
    },
    forget() {
      kept = undefined;
    },
  };
}

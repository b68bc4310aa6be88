/** So many calls in any window of so many milliseconds. */
interface Window {
  readonly most: number;
  readonly ms: number;
}

/** Counts calls in sliding windows. A refused call does not count. */
export class RateLimit {
  readonly #windows: readonly (Window & { times: number[] })[];

  constructor(...windows: readonly Window[]) {
    this.#windows = windows.map((window) => ({ ...window, times: [] }));
  }

  /** Whether one more call may pass now; counts it if so. */
  admit(): boolean {
    const now = performance.now();
    for (const window of this.#windows) {
      let expired = 0;
      while ((window.times[expired] ?? Infinity) <= now - window.ms) expired += 1;
      if (expired > 0) window.times.splice(0, expired);
    }
    if (this.#windows.some(({ times, most }) => times.length >= most)) return false;
    for (const { times } of this.#windows) times.push(now);
    return true;
  }
}

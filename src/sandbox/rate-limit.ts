/** Counts calls in the last second and minute. A refused call does not count. */
export class RateLimit {
  readonly #windows: readonly { readonly most: number; readonly ms: number; times: number[] }[];

  constructor({ perSecond, perMinute }: { perSecond: number; perMinute: number }) {
    this.#windows = [
      { most: perSecond, ms: 1_000, times: [] },
      { most: perMinute, ms: 60_000, times: [] },
    ];
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

import { Piscina } from 'piscina';

/** A pool of threads for work that keeps a processor busy, so that heartbeats and calls go on beside it. */
export interface Threads {
  /**
   * Runs the default export of a module in a thread.
   *
   * @param file URL of the module; input and result must be plain data.
   * @throws what the module throws, and the signal's reason when it is aborted: the thread then ends.
   */
  run<T>(file: URL, input: unknown, stopped: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

/** @param size threads at once: `MAX_THREADS`. They start with the first work, and end when idle. */
export function createThreads(size: number): Threads {
  const pool = new Piscina({ minThreads: 0, maxThreads: size, idleTimeout: 10_000 });
  return {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-return -- the pool knows no types
    run: async (file, input, signal) => pool.run(input, { filename: file.href, signal }),
    close: async () => pool.destroy(),
  };
}

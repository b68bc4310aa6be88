import { handedBack } from '../activities/leaving.ts';

/** How a process is told to stop. */
export interface Stop {
  /** Aborted, with {@link handedBack}, when it was told for the first time. */
  readonly leaving: AbortSignal;
  /** Fulfilled when it was told again. */
  readonly again: Promise<unknown>;
  /** From now on a word to stop is for the one who reads `leaving`; before, it ends the process at once. */
  readonly serving: () => void;
}

/** Signals that follow each other faster come from one key press, passed on by a terminal and by a parent. */
const oneWordMs = 1_000;

/** Takes SIGTERM and SIGINT, and the loss of the process that started this one, for a word to stop. */
export function listenForStop(): Stop {
  const leaving = new AbortController();
  const again = Promise.withResolvers<undefined>();
  let isServing = false;
  let saidAt = 0;
  const hear = (): void => {
    if (!isServing) {
      console.error('Told to stop before it was ready: nothing had begun');
      process.exit(0);
    }
    if (!leaving.signal.aborted) {
      saidAt = performance.now();
      leaving.abort(handedBack());
    } else if (performance.now() - saidAt > oneWordMs) {
      again.resolve(undefined);
    }
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, hear);
  process.once('disconnect', hear);
  return {
    leaving: leaving.signal,
    again: again.promise,
    serving() {
      isServing = true;
    },
  };
}

import type { Task, Totals } from './contender.ts';

/** Counts tasks as they are carried out, for workers whose product tells nobody when a batch of jobs is done. */
export interface Counter {
  readonly add: (task: Task) => void;
  /** Starts at nothing and resolves once that many tasks were counted. */
  until(tasks: number): Promise<Totals>;
}

/** A counter for one run at a time. */
export function createCounter(): Counter {
  let totals = { results: 0, indexSum: 0 };
  let wanted = Number.POSITIVE_INFINITY;
  let reached: (totals: Totals) => void = () => undefined;
  return {
    add({ index }) {
      totals.results += 1;
      totals.indexSum += index;
      if (totals.results >= wanted) reached(totals);
    },
    until(tasks) {
      totals = { results: 0, indexSum: 0 };
      wanted = tasks;
      return new Promise((resolve) => {
        reached = resolve;
      });
    },
  };
}

import { setTimeout as delay } from 'node:timers/promises';

/** A way to carry out many small tasks that the bench can time. */
export interface Contender {
  readonly name: string;
  /** One sentence: what survives a `kill -9` and a power cut, configured as it is here. */
  readonly durability: string;
  /** What was set and is worth knowing, for the record. */
  readonly settings: Record<string, unknown>;
  /** Brings up servers and workers. Not timed. */
  start(): Promise<void>;
  /**
   * Carries out tasks of the same length, from the submit call until every result is known.
   *
   * @throws when a result is missing or wrong.
   */
  run(tasks: number, taskMs: number): Promise<{ readonly seconds: number }>;
  /** Takes down what `start` brought up, its data included. */
  stop(): Promise<void>;
}

/** How many tasks may be under way at once, for every contender the same. */
export const inFlightLimit = 500;

/** One task, as it is stored by whoever carries it out. */
export interface Task {
  readonly index: number;
  readonly ms: number;
}

/** The result of one task, stored where the product stores results. */
export interface TaskResult {
  readonly index: number;
  readonly text: string;
}

/** What is known of all results together. */
export interface Totals {
  readonly results: number;
  readonly indexSum: number;
}

/** Does one task: waits as long as it says, without using the processor, and answers. */
export async function doTask({ index, ms }: Task): Promise<TaskResult> {
  if (ms > 0) await delay(ms);
  return { index, text: `done ${index}` };
}

/** All tasks of a run. */
export function tasksOf(tasks: number, ms: number): readonly Task[] {
  return Array.from({ length: tasks }, (_, index) => ({ index, ms }));
}

/** Adds results up, so that they need not travel to be checked. */
export function totalsOf(results: readonly TaskResult[]): Totals {
  return {
    results: results.length,
    indexSum: results.reduce((sum, { index }) => sum + index, 0),
  };
}

/** Times a run and checks what it says of its results. */
export async function timed(tasks: number, run: () => Promise<Totals>) {
  const startedAt = performance.now();
  const { results, indexSum } = await run();
  const seconds = (performance.now() - startedAt) / 1000;
  const expectedSum = (tasks * (tasks - 1)) / 2;
  if (results !== tasks || indexSum !== expectedSum) {
    throw new Error(
      `Expected ${tasks} results whose indexes add up to ${expectedSum}, ` +
        `got ${results} that add up to ${indexSum}`,
    );
  }
  return { seconds };
}

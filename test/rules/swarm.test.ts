import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  brokenLast,
  cutSquad,
  earlierGrainBounds,
  endOf,
  grainOf,
  isPlainlyBroken,
  lanesOf,
  newTaskMs,
  openSquads,
  squadsFor,
  tasksIn,
  type TaskRange,
} from '../../src/rules/swarm.ts';

const range = (agent: string, from: number, to: number): TaskRange => ({ agent, from, to });
const Ranges = fc
  .array(
    fc.record({
      agent: fc.constantFrom('a', 'b', 'c'),
      from: fc.nat(1_000_000),
      tasks: fc.integer({ min: 1, max: 1_000_000 }),
    }),
    { maxLength: 8 },
  )
  .map((all) => all.map(({ agent, from, tasks }) => range(agent, from, from + tasks)));

describe('squads', () => {
  test('as a dry run counts them have every task once, too', () => {
    const Few = Ranges.map((all) =>
      all.map((each) => ({ ...each, to: each.from + ((each.to - each.from) % 20_000) + 1 })),
    );
    fc.assert(
      fc.property(Few, fc.integer({ min: 1, max: 40 }), (ranges, workers) => {
        const squads = squadsFor(ranges, workers);
        expect(squads.reduce((sum, each) => sum + tasksIn(each.ranges), 0)).toBe(tasksIn(ranges));
      }),
    );
    expect(squadsFor([range('a', 0, 3)], 1)).toHaveLength(1);
    expect(squadsFor([range('a', 0, 20_000)], 1)).toHaveLength(4);
  });

  test('take every task exactly once, none more than 5,000, whatever is in line', () => {
    fc.assert(
      fc.property(Ranges, fc.integer({ min: 1, max: 40 }), (ranges, workers) => {
        let left: readonly TaskRange[] = ranges;
        let taken = 0;
        for (let cuts = 0; ; cuts += 1) {
          const cut = cutSquad(left, [], workers);
          if (!cut) break;
          const size = tasksIn(cut.squad.ranges);
          expect(cut.squad.ranges.every(({ agent }) => agent === cut.squad.agent)).toBe(true);
          expect(size).toBeGreaterThan(0);
          expect(size).toBeLessThanOrEqual(5_000);
          expect(tasksIn(cut.left) + size).toBe(tasksIn(left));
          taken += size;
          left = cut.left;
          if (cuts > 100) break; // a million tasks are cut the same way all along
        }
        expect(taken + tasksIn(left)).toBe(tasksIn(ranges));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test('are one for a thousand tasks of one worker, and two hundred for a million', () => {
    const first = (tasks: number, workers: number) =>
      cutSquad([range('a', 0, tasks)], [], workers)?.squad.ranges;
    expect(first(1_000, 1)).toEqual([range('a', 0, 1_000)]);
    expect(first(10_000, 1)).toEqual([range('a', 0, 5_000)]);
    expect(first(1_000_000, 3)).toEqual([range('a', 0, 5_000)]);
  });

  test('spread over workers as soon as there are several', () => {
    expect(openSquads(3)).toBe(6);
    expect(cutSquad([range('a', 0, 600)], [], 3)?.squad.ranges).toEqual([range('a', 0, 100)]);
  });

  test('gather tasks that are tried again, one by one, into one squad', () => {
    const ranges = [range('a', 3, 4), range('b', 0, 9), range('a', 7, 8)];
    expect(cutSquad(ranges, ['b'], 1)).toEqual({
      squad: { agent: 'a', ranges: [range('a', 3, 4), range('a', 7, 8)] },
      left: [range('b', 0, 9)],
    });
  });

  test('come from the agent that has the fewest at work', () => {
    const ranges = [range('a', 0, 9_000), range('b', 0, 10)];
    expect(cutSquad(ranges, ['a'], 1)?.squad.agent).toBe('b');
  });
});

describe('the grain', () => {
  test('never takes more than there is, nor more in flight than the window', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.option(fc.double({ min: 0, max: 100_000, noNaN: true }), { nil: undefined }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 0, max: 100 }),
        (window, taskMs, left, started) => {
          const lanes = lanesOf(window, taskMs);
          const grain = grainOf(lanes, taskMs, left, started);
          expect(grain).toBeGreaterThanOrEqual(1);
          expect(grain).toBeLessThanOrEqual(left);
          expect(lanes.lanes).toBeLessThanOrEqual(Math.min(window, 50));
          expect(lanes.lanes * (lanes.concurrency - 1)).toBeLessThan(window);
        },
      ),
      { seed: 7 },
    );
  });

  const { lanes } = lanesOf(100, 20);
  /** What the lanes of a squad take at first. */
  const firstOf = (tasks: number, taskMs: number): number[] => {
    const grains: number[] = [];
    for (let left = tasks; left > 0 && grains.length < lanes; left -= grains.at(-1) ?? 0) {
      grains.push(grainOf(lanesOf(100, taskMs), taskMs, left, grains.length));
    }
    return grains;
  };

  test('is one task of a second or more, and hundreds of quick ones', () => {
    expect(grainOf(lanesOf(50, 2_000), 2_000, 5_000, 0)).toBe(1);
    expect(grainOf(lanesOf(100, 0.05), 0.05, 5_000, 0)).toBe(1_250);
    expect(grainOf(lanesOf(100, 200), 200, 5_000, 0)).toBe(125);
    expect(grainOf(lanesOf(100, undefined), undefined, 5_000, 0)).toBe(1_250);
    expect(grainOf(lanesOf(100, undefined), undefined, 10, 0)).toBe(10);
  });

  test('all of a swarm on one worker goes to one activity while its tasks are quick', () => {
    const lanes = (taskMs: number | undefined, isAlone: boolean) =>
      lanesOf(100, taskMs, isAlone).lanes;
    expect([undefined, 0.1, 19].map((ms) => lanes(ms, true))).toEqual([1, 1, 1]);
    expect([20, 200, 2_000].map((ms) => lanes(ms, true))).toEqual([4, 4, 10]);
    expect([undefined, 0.1, 200].map((ms) => lanes(ms, false))).toEqual([4, 4, 4]);
  });

  test('shares a squad evenly at first, as far as that is worth activities', () => {
    expect(firstOf(5_000, 0.05)).toEqual([1_250, 1_250, 1_250, 1_250]);
    expect(firstOf(400, 20)).toEqual([100, 100, 100, 100]);
    expect(firstOf(40, 0.05)).toEqual([40]);
  });

  test('leaves work for the other lanes near the end, unless it is not worth an activity', () => {
    expect(grainOf(lanesOf(100, 20), 20, 400, lanes)).toBe(100);
    expect(grainOf(lanesOf(100, 0.05), 0.05, 40, lanes)).toBe(40);
  });

  test('is whole waves, so that no lane works while the others of its activity have ended', () => {
    expect(grainOf(lanesOf(100, 200), 200, 300, lanes)).toBe(75);
    expect(grainOf(lanesOf(100, 200), 200, 301, lanes)).toBe(100);
    expect(grainOf(lanesOf(100, 200), 200, 7, lanes)).toBe(7);
  });

  test('stays what it was for squads that began with other bounds', () => {
    const [first, second] = earlierGrainBounds;
    expect(grainOf(lanesOf(100, 0.05), 0.05, 5_000, 0, first)).toBe(500);
    expect(grainOf(lanesOf(100, 200), 200, 5_000, 0, first)).toBe(75);
    expect(grainOf(lanesOf(100, 20), 20, 301, 0, first)).toBe(76);
    expect(grainOf(lanesOf(100, undefined), undefined, 301, 0, first)).toBe(25);
    expect(grainOf(lanesOf(100, 0.05), 0.05, 5_000, 0, second)).toBe(1_250);
    expect(grainOf(lanesOf(100, undefined), undefined, 5_000, 0, second)).toBe(25);
  });

  test('follows what tasks take, later ones more than earlier ones', () => {
    expect(newTaskMs(undefined, { tasks: 10, taskMs: 200 })).toBe(20);
    expect(newTaskMs(20, { tasks: 10, taskMs: 400 })).toBe(30);
    expect(newTaskMs(20, { tasks: 0, taskMs: 0 })).toBe(20);
  });
});

describe('the breaker', () => {
  test('trips at once for what the vendor took away, and at five in a row for the rest', () => {
    expect(isPlainlyBroken({ failure: 'Gone', count: 1 })).toBe(true);
    expect(isPlainlyBroken({ failure: 'TooLarge', count: 4 })).toBe(false);
    expect(isPlainlyBroken({ failure: 'TooLarge', count: 5 })).toBe(true);
  });

  test('puts a broken method last, and keeps it for want of another', () => {
    expect(brokenLast(['a', 'b', 'c'], (way) => way === 'a')).toEqual(['b', 'c', 'a']);
    expect(brokenLast(['a'], (way) => way === 'a')).toEqual(['a']);
  });
});

test('a swarm is failed above its threshold, not exactly on it', () => {
  expect(endOf({ total: 10, completed: 10 }, 0)).toBe('completed');
  expect(endOf({ total: 10, completed: 9 }, 0.1)).toBe('completed-with-failures');
  expect(endOf({ total: 10, completed: 8 }, 0.1)).toBe('failed');
});

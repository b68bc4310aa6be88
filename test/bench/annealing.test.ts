import { expect, test } from '@jest/globals';
import { measure } from '../../bench/annealing/bench.ts';
import { estimate, ratio } from '../../bench/annealing/statistics.ts';

test('in a few simulated worlds memory meets every target that thirty are checked by', () => {
  const { checks } = measure({ seed: 1, say: () => undefined }, 6);
  expect(checks.filter(({ pass }) => !pass)).toEqual([]);
  expect(checks.length).toBeGreaterThan(10);
});

test('an interval is as wide as Student’s t makes it', () => {
  const { mean, margin } = estimate([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(mean).toBe(5.5);
  expect(margin).toBeCloseTo(2.166, 2);
  expect(ratio([2, 4, 6], [1, 2, 3])).toEqual({ mean: 2, margin: 0 });
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { flowKeyOf, guessMs, nextShare } from '../../src/rules/flow.ts';

test('trouble shrinks the share quickly, good answers give it back slowly, between a tenth and all', () => {
  expect(nextShare(1, 'failed')).toBe(0.7);
  expect(nextShare(0.5, 'answered')).toBeCloseTo(0.52);
  expect(nextShare(0.1, 'failed')).toBe(0.1);
  expect(nextShare(1, 'answered')).toBe(1);
  fc.assert(
    fc.property(fc.array(fc.constantFrom('answered', 'failed')), (ends) => {
      const share = ends.reduce((before, end) => nextShare(before, end), 1);
      expect(share).toBeGreaterThanOrEqual(0.1);
      expect(share).toBeLessThanOrEqual(1);
    }),
  );
});

test('from the floor, 45 good answers bring the full rate back', () => {
  const ends = Array.from({ length: 45 }, () => 'answered' as const);
  expect(ends.reduce((share, end) => nextShare(share, end), 0.1)).toBeCloseTo(1);
});

test('a guess starts at a second, doubles, and ends at a minute', () => {
  expect([0, 1, 2, 3, 5, 6, 7, 1_000].map(guessMs)).toEqual([
    1_000, 2_000, 4_000, 8_000, 32_000, 60_000, 60_000, 60_000,
  ]);
});

test('a flow key names vendor and login', () => {
  expect(flowKeyOf('instantly', 'tour')).toBe('instantly:tour');
});

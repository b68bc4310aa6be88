import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  dueMs,
  flowKeyOf,
  guessMs,
  nextShare,
  partyOf,
  shareStep,
  takeTurns,
} from '../../src/rules/flow.ts';

const failed = shareStep(['failed']);
const answered = shareStep(['answered']);

test('trouble shrinks the share quickly, good answers give it back slowly, between a tenth and all', () => {
  expect(nextShare(1, failed)).toBe(0.7);
  expect(nextShare(0.5, answered)).toBeCloseTo(0.52);
  expect(nextShare(0.1, failed)).toBe(0.1);
  expect(nextShare(1, answered)).toBe(1);
  fc.assert(
    fc.property(fc.array(fc.array(fc.constantFrom('answered', 'failed'))), (told) => {
      const share = told.reduce((before, ends) => nextShare(before, shareStep(ends)), 1);
      expect(share).toBeGreaterThanOrEqual(0.1);
      expect(share).toBeLessThanOrEqual(1);
    }),
  );
});

test('told together, any number of failures counts once, and answers beside them not at all', () => {
  expect(shareStep(['answered', 'failed', 'failed', 'answered'])).toEqual(failed);
  expect(nextShare(0.5, shareStep(['answered', 'answered', 'answered']))).toBeCloseTo(0.56);
  expect(nextShare(0.5, shareStep([]))).toBe(0.5);
});

test('from the floor, 45 good answers bring the full rate back', () => {
  const ends = Array.from({ length: 45 }, () => 'answered' as const);
  expect(ends.reduce((share) => nextShare(share, answered), 0.1)).toBeCloseTo(1);
  expect(nextShare(0.1, shareStep(ends))).toBeCloseTo(1);
});

test('slots are due by the stricter lane, and none before the first', () => {
  const lanes = [
    { fromMs: -20, everyMs: 10 },
    { fromMs: -200, everyMs: 50 },
  ];
  const due = Array.from({ length: 8 }, (_, index) => dueMs({ firstMs: 5, lanes }, index));
  expect(due).toEqual([5, 5, 5, 10, 20, 50, 100, 150]);
});

test('slots of several parties alternate until each has its own', () => {
  expect(takeTurns([1, 3, 0, 2])).toEqual([0, 1, 3, 1, 3, 1]);
  expect(takeTurns([])).toEqual([]);
});

test('all squads of a swarm are one party, and a run alone is one', () => {
  expect(partyOf('leads.enrich/acme/2026-01-05:squad/7')).toBe('leads.enrich/acme/2026-01-05');
  expect(partyOf('instantly.daily-analytics/a/2026-01-05')).toBe(
    'instantly.daily-analytics/a/2026-01-05',
  );
});

test('a guess starts at a second, doubles, and ends at a minute', () => {
  expect([0, 1, 2, 3, 5, 6, 7, 1_000].map(guessMs)).toEqual([
    1_000, 2_000, 4_000, 8_000, 32_000, 60_000, 60_000, 60_000,
  ]);
});

test('a flow key names vendor and login', () => {
  expect(flowKeyOf('instantly', 'tour')).toBe('instantly:tour');
});

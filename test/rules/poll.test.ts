import { expect, test } from '@jest/globals';
import { askAgainInMs, rightPollSeconds } from '../../src/rules/poll.ts';

test.each([
  [0, 1_000],
  [3_000, 3_000],
  [30_000, 30_000],
  [600_000, 30_000],
])('a job that has taken %d ms is asked for again after %d ms', (elapsedMs, waitMs) => {
  expect(askAgainInMs(elapsedMs, 30)).toBe(waitMs);
});

test.each([
  [20, undefined],
  [60, 6],
  [150, 30],
  [600, 30],
  [3_600, 360],
])('after a job of %d s with an interval of 30 s, the right one is %p', (took, right) => {
  expect(rightPollSeconds(took, 30)).toBe(right);
});

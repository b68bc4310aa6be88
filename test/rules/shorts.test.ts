import { expect, test } from '@jest/globals';
import type { ClipState } from '../../src/contracts/shorts.ts';
import {
  byScore,
  meaningOf,
  scoresOf,
  shortsStateOf,
  summaryOf,
  videoAddress,
} from '../../src/rules/shorts.ts';

test('scores come from 0 to 100, whichever scale a folder uses', () => {
  expect(scoresOf([0.85, 1, 0, null])).toEqual([85, 100, 0, null]);
  expect(scoresOf([85, 1, 0.5, null])).toEqual([85, 1, 0.5, null]);
  expect(scoresOf([120, -3])).toEqual([100, 0]);
  expect(scoresOf([])).toEqual([]);
});

test('the best clip comes first, those without a score last and in their order', () => {
  const clip = (position: number, score: number | null) => ({ position, score });
  const sorted = byScore([clip(1, null), clip(2, 40), clip(3, null), clip(4, 90), clip(5, 40)]);
  expect(sorted.map(({ position }) => position)).toEqual([4, 2, 5, 1, 3]);
});

test.each([
  ['https://youtu.be/dQw4w9WgXcQ?si=a', 'https://www.youtube.com/watch?v=dQw4w9WgXcQ'],
  ['https://m.youtube.com/watch?t=5&v=dQw4w9WgXcQ', 'https://www.youtube.com/watch?v=dQw4w9WgXcQ'],
  ['https://youtube.com/shorts/dQw4w9WgXcQ', 'https://www.youtube.com/watch?v=dQw4w9WgXcQ'],
  ['https://www.youtube.com/@somebody', 'https://www.youtube.com/@somebody'],
  ['https://notyoutube.com/watch?v=dQw4w9WgXcQ', 'https://notyoutube.com/watch?v=dQw4w9WgXcQ'],
  ['https://A.example/v.mp4?utm_source=x&sig=1#t=3', 'https://a.example/v.mp4?sig=1'],
])('%s is %s', (given, address) => {
  expect(videoAddress(given)).toBe(address);
});

test('both vocabularies are understood, and a new word counts as work', () => {
  expect(['ready', 'success', 'complete', 'completed'].map(meaningOf)).toEqual(
    Array.from({ length: 4 }, () => 'done'),
  );
  expect(['error', 'failed'].map(meaningOf)).toEqual(['failed', 'failed']);
  expect(['processing', 'pending', 'rendering'].map(meaningOf)).toEqual(
    Array.from({ length: 3 }, () => 'working'),
  );
});

const none = { generated: 0, exporting: 0, exported: 0, downloaded: 0, failed: 0, unknown: 0 };
const counts = (some: Partial<Record<ClipState, number>>) => ({ ...none, ...some });

test.each([
  [{ downloaded: 2, failed: 1 }, 'partial'],
  [{ downloaded: 2, unknown: 1 }, 'partial'],
  [{ downloaded: 1, generated: 4 }, 'downloaded'],
  [{ failed: 1, generated: 4 }, 'failed'],
  [{ unknown: 1 }, 'unknown'],
  [{ downloaded: 3, exported: 1, failed: 1 }, 'exporting'],
  [{ generated: 3 }, 'generated'],
  [{}, 'generated'],
] as const)('a video whose clips are %j is %s', (some, state) => {
  expect(shortsStateOf('generated', counts(some))).toBe(state);
  expect(shortsStateOf('processing', counts(some))).toBe('processing');
});

test('what came of a video is a sentence whose numbers add up', () => {
  const said = (some: Partial<Record<ClipState, number>>, total: number) =>
    summaryOf({ name: 'A', state: 'partial', why: null, clips: { ...counts(some), total } });
  expect(said({ downloaded: 3, failed: 1, unknown: 1 }, 5)).toBe(
    '“A” has 5 shorts: 3 downloaded, 1 failed, 1 with an unknown outcome.',
  );
  expect(said({ downloaded: 1 }, 1)).toBe('“A” has 1 short: 1 downloaded.');
  const empty = { ...none, total: 0 };
  expect(summaryOf({ name: 'A', state: 'failed', why: 'No sound', clips: empty })).toBe(
    '“A” has no shorts: No sound',
  );
});

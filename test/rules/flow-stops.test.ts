import { expect, test } from '@jest/globals';
import { stopsOf } from '../../src/rules/flow-stops.ts';

type Happened = Parameters<typeof stopsOf>[0][number];
const at = (minute: number): string => `2026-01-05T14:${String(minute).padStart(2, '0')}:00.000Z`;
const happened = (kind: Happened['kind'], minute: number, until?: number): Happened => ({
  ...{ kind, at: at(minute), until: until === undefined ? null : at(until) },
  ...{ by: 'vendor', why: `at ${minute}` },
});
const spans = (...events: readonly Happened[]) =>
  stopsOf(events).map(({ kind, from, to }) => [kind, from.slice(14, 16), to?.slice(14, 16) ?? '']);

test('closings that touch are one, and the later word about the end counts', () => {
  expect(
    spans(happened('closed', 1, 9), happened('closed', 2, 4), happened('closed', 6, 8)),
  ).toEqual([
    ['closed', '01', '04'],
    ['closed', '06', '08'],
  ]);
});

test('opening early ends a closing, not one that was over', () => {
  expect(spans(happened('closed', 1, 9), happened('opened', 5))).toEqual([['closed', '01', '05']]);
  expect(spans(happened('closed', 1, 3), happened('opened', 5))).toEqual([['closed', '01', '03']]);
});

test('a pause lasts until it is resumed, whatever closes meanwhile', () => {
  expect(spans(happened('paused', 1), happened('closed', 2, 3), happened('limits', 4))).toEqual([
    ['paused', '01', ''],
    ['closed', '02', '03'],
  ]);
  expect(spans(happened('resumed', 0), happened('paused', 1), happened('resumed', 7))).toEqual([
    ['paused', '01', '07'],
  ]);
});

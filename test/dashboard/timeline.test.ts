import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  moved,
  timelineScale,
  zoomed,
  type Span,
} from '../../src/dashboard/web/pages/run/timeline-scale.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 4, 1, 12);
const whole: Span = { from: noon, to: noon + 60 * minute };
/** Work at both ends, and nothing for 50 minutes between. */
const busy = [
  { from: noon, to: noon + 5 * minute },
  { from: noon + 55 * minute, to: noon + 60 * minute },
];

describe('the whole run', () => {
  test('lies between the edges, and ticks are round moments', () => {
    const scale = timelineScale(whole, busy, false);
    expect([
      scale.place(whole.from),
      scale.place(noon + 30 * minute),
      scale.place(whole.to),
    ]).toEqual([0, 50, 100]);
    expect(scale.ticks.map(({ label }) => label)).toContain('12:30');
    expect(scale.seams).toEqual([]);
  });

  test('is folded where nothing works: a seam says what it hides, and work has the room', () => {
    const scale = timelineScale(whole, busy, true);
    expect(scale.seams).toHaveLength(1);
    expect(scale.seams[0]?.hiddenMs).toBe(50 * minute);
    expect(scale.seams[0]?.width).toBeCloseTo(3.5);
    expect(scale.place(noon + 5 * minute)).toBeCloseTo(48.25);
    expect(scale.place(whole.to)).toBeCloseTo(100);
  });
});

test('what lies under the pointer stays there, and all beyond is left and right of the lane', () => {
  const scale = timelineScale(whole, busy, false);
  const seen = zoomed(scale, 4, 25);
  const near = timelineScale(whole, busy, false, seen);
  expect(near.momentAt(25)).toBeCloseTo(scale.momentAt(25), 0);
  expect(near.place(whole.from)).toBeCloseTo(-75);
  expect(near.place(whole.to)).toBeCloseTo(325);
  expect(near.ticks.every(({ at }) => at >= 0 && at <= 100)).toBe(true);
  expect(near.ticks.length).toBeGreaterThan(1);
});

test('it moves no further than there is anything, and keeps what it shows as long', () => {
  const near = timelineScale(whole, busy, false, { from: noon, to: noon + 10 * minute });
  expect(moved(near, -50)).toEqual({ from: noon, to: noon + 10 * minute });
  expect(moved(near, 100)).toEqual({ from: noon + 10 * minute, to: noon + 20 * minute });
  const last = moved(near, 100_000);
  expect(last.to).toBeCloseTo(whole.to, 0);
  expect(last.to - last.from).toBeCloseTo(10 * minute, 0);
});

test('as far out as the whole run is the whole run, and as far in as 20 ms is near enough', () => {
  const scale = timelineScale(whole, busy, false);
  expect(zoomed(scale, 0.5, 50)).toBeUndefined();
  for (let spanMs = 1_001; spanMs < 4_000; spanMs += 1) {
    const odd = { from: noon + spanMs / 7, to: noon + spanMs };
    const inside = zoomed(timelineScale(odd, [odd], false), 1.5, 50);
    expect(zoomed(timelineScale(odd, [odd], false, inside), 1 / 1.5, 50)).toBeUndefined();
  }
  const short = { from: noon, to: noon + 21 };
  const near = timelineScale(whole, busy, false, short);
  const nearest = zoomed(near, 2, 50) ?? whole;
  expect(nearest.to - nearest.from).toBeCloseTo(21, 3);
});

test('moments keep their order and come back from their place, folded, zoomed and moved or not', () => {
  const spans = fc
    .tuple(fc.integer({ min: 0, max: 3_000_000 }), fc.integer({ min: 1, max: 600_000 }))
    .map(([from, length]) => ({ from: noon + from, to: noon + from + length }));
  fc.assert(
    fc.property(
      fc.array(spans, { maxLength: 12 }),
      fc.boolean(),
      fc.double({ min: 1, max: 50, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double({ min: -300, max: 300, noNaN: true }),
      (work, isFolded, factor, around, by) => {
        const first = timelineScale(whole, work, isFolded);
        const near = timelineScale(whole, work, isFolded, zoomed(first, factor, around));
        const scale = timelineScale(whole, work, isFolded, moved(near, by));
        const moments = [0, 7, 20, 33, 48, 60].map((each) => noon + each * minute);
        const places = moments.map((each) => scale.place(each));
        expect([...places].sort((a, b) => a - b)).toEqual(places);
        for (const [index, each] of moments.entries()) {
          expect(Math.abs(scale.momentAt(places[index] ?? 0) - each)).toBeLessThan(5);
        }
      },
    ),
  );
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SwarmTiles, TaskState } from '../../src/contracts/swarm.ts';
import {
  cellCount,
  cellsOf,
  changedCells,
  countIn,
  merged,
  nextFailure,
  orderOf,
  tasksOf,
  tileParts,
  worstIn,
} from '../../src/dashboard/web/pages/swarm/grid-cells.ts';
import {
  boxAt,
  levelOf,
  levelsFor,
  placeAfter,
  placeAt,
  shapeOf,
} from '../../src/dashboard/web/pages/swarm/grid-layout.ts';
import { readPasted } from '../../src/dashboard/web/pages/swarm/pasted.ts';

const bytes: Readonly<Record<TaskState, number>> = {
  open: 0,
  completed: 1,
  failed: 2,
  retrying: 3,
};
const tilesOf = (states: readonly TaskState[], from = 0): SwarmTiles => ({
  from,
  to: from + states.length,
  size: Math.max(1, states.length),
  completed: [],
  failed: [],
  retrying: [],
  states: Buffer.from(states.map((state) => bytes[state])).toString('base64'),
});
const some = fc.array(fc.constantFrom<TaskState>('open', 'completed', 'failed', 'retrying'), {
  minLength: 1,
  maxLength: 300,
});
const levels = fc.constantFrom('tasks' as const, 'tiles' as const, 'density' as const);

describe('The grid of a swarm', () => {
  test.each([
    [1, 'list'],
    [60, 'list'],
    [61, 'tasks'],
    [20_000, 'tasks'],
    [20_001, 'tiles'],
    [500_000, 'tiles'],
    [500_001, 'density'],
    [1_000_000, 'density'],
  ])('draws %i tasks as %s', (total, level) => {
    expect(levelOf(total)).toBe(level);
    expect(levelsFor(total)).toContain(level);
  });

  test('shows density only on a phone, but few tasks as words', () => {
    expect(levelOf(61, true)).toBe('density');
    expect(levelOf(60, true)).toBe('list');
  });

  test('keeps the sizes of cells: 16 to 8 px for hundreds, 6 to 4 px for thousands', () => {
    const widths = (count: number) => shapeOf('tasks', count, 1_100).cellWidth;
    expect([61, 2_000, 2_001, 20_000].map(widths)).toEqual([16, 13, 6, 4]);
    expect(shapeOf('tasks', 2_000, 320, true).cellWidth).toBe(8);
  });

  test('never is wider than its room, and finds each cell where it is drawn', () => {
    fc.assert(
      fc.property(
        levels,
        fc.integer({ min: 61, max: 20_000 }),
        fc.integer({ min: 320, max: 1_700 }),
        fc.nat(),
        (level, count, width, seed) => {
          const shape = shapeOf(level, count, width);
          expect(shape.width).toBeLessThanOrEqual(width);
          expect(shape.columns * shape.rows).toBeGreaterThanOrEqual(count);
          const place = seed % count;
          const { x, y } = boxAt(shape, place);
          expect(placeAt(shape, x, y)).toBe(place);
          expect(placeAt(shape, x + shape.cellWidth - 1, y + shape.cellHeight - 1)).toBe(place);
        },
      ),
    );
  });

  test('has no cell beside the last one, nor left of the first', () => {
    const shape = shapeOf('tasks', 61, 400);
    expect(placeAt(shape, shape.left - 1, 0)).toBeUndefined();
    const last = boxAt(shape, 60);
    expect(placeAt(shape, last.x + 40, last.y)).toBeUndefined();
  });

  test('moves by arrows and stays inside', () => {
    const shape = shapeOf('tasks', 100, 400);
    expect(placeAfter(shape, 0, 'ArrowRight')).toBe(1);
    expect(placeAfter(shape, 0, 'ArrowLeft')).toBe(0);
    expect(placeAfter(shape, 0, 'ArrowDown')).toBe(shape.columns);
    expect(placeAfter(shape, 99, 'ArrowDown')).toBe(99);
    expect(placeAfter(shape, 5, 'End')).toBe(99);
    expect(placeAfter(shape, 5, 'x')).toBeUndefined();
  });
});

describe('The cells of the grid', () => {
  test('lose no task when they are merged, and the worst state wins', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 50 }), (states, by) => {
        const cells = merged(cellsOf(tilesOf(states)), by);
        for (const state of ['open', 'completed', 'failed', 'retrying'] as const) {
          const counted = Array.from({ length: cellCount(cells) }, (_, cell) =>
            countIn(cells, cell, state),
          ).reduce((sum, each) => sum + each, 0);
          expect(counted).toBe(states.filter((each) => each === state).length);
        }
        const { from, to } = tasksOf(cells, 0);
        const first = states.slice(from, to);
        const worst = (['failed', 'retrying', 'open'] as const).find((each) =>
          first.includes(each),
        );
        expect(worstIn(cells, 0)).toBe(worst ?? 'completed');
      }),
    );
  });

  test('count what is in no list of the server as open, in a short last tile too', () => {
    const cells = cellsOf({
      from: 0,
      to: 25,
      size: 10,
      completed: [10, 4, 2],
      failed: [0, 1, 0],
      retrying: [0, 0, 1],
      states: null,
    });
    expect([0, 1, 2].map((cell) => countIn(cells, cell, 'open'))).toEqual([0, 5, 2]);
    expect(tasksOf(cells, 2)).toEqual({ from: 20, to: 25 });
  });

  test('keep the indices of a part', () => {
    expect(tasksOf(cellsOf(tilesOf(['open', 'failed'], 500)), 1)).toEqual({ from: 501, to: 502 });
  });

  test('are painted again only where they differ, and all when the grid grew', () => {
    const before = cellsOf(tilesOf(['open', 'open', 'failed']));
    const after = cellsOf(tilesOf(['open', 'completed', 'failed']));
    expect(changedCells(before, after)).toEqual([1]);
    expect(changedCells(after, after)).toEqual([]);
    expect(changedCells(before, cellsOf(tilesOf(['open', 'open', 'failed', 'open'])))).toEqual([
      0, 1, 2, 3,
    ]);
  });

  test('stand by index, or problems first on demand', () => {
    const cells = cellsOf(tilesOf(['completed', 'retrying', 'open', 'failed', 'failed']));
    expect([...orderOf(cells, false)]).toEqual([0, 1, 2, 3, 4]);
    expect([...orderOf(cells, true)]).toEqual([3, 4, 1, 0, 2]);
  });

  test('lead from failure to failure, round the end', () => {
    const cells = cellsOf(tilesOf(['failed', 'completed', 'failed', 'open']));
    const order = orderOf(cells, false);
    expect(nextFailure(cells, order, 0)).toBe(2);
    expect(nextFailure(cells, order, 2)).toBe(0);
    const calm = cellsOf(tilesOf(['open', 'completed']));
    expect(nextFailure(calm, orderOf(calm, false), 0)).toBeUndefined();
  });

  test('show one failure in a thousand as 3 px, never more than the tile', () => {
    const cells = cellsOf({
      from: 0,
      to: 1_000,
      size: 1_000,
      completed: [999],
      failed: [1],
      retrying: [0],
      states: null,
    });
    expect(tileParts(cells, 0, 50)).toEqual([
      { state: 'failed', from: 0, to: 3 },
      { state: 'completed', from: 3, to: 50 },
    ]);
    fc.assert(
      fc.property(some, fc.integer({ min: 4, max: 60 }), (states, height) => {
        let last = 0;
        for (const part of tileParts(merged(cellsOf(tilesOf(states)), states.length), 0, height)) {
          expect(part.from).toBeGreaterThanOrEqual(last - 1e-9);
          expect(part.to).toBeLessThanOrEqual(height + 1e-9);
          last = part.to;
        }
      }),
    );
  });
});

describe('Pasted tasks', () => {
  test('are inputs of a capability, or whole tasks; empty lines do not count', () => {
    expect(readPasted('{"ms":1}\n\n{"ms":2}\n', 'practice.wait').tasks).toEqual([
      { capability: 'practice.wait', input: { ms: 1 } },
      { capability: 'practice.wait', input: { ms: 2 } },
    ]);
    const whole = { capability: 'practice.wait', input: {} };
    expect(readPasted(JSON.stringify(whole))).toEqual({ tasks: [whole], problem: undefined });
  });

  test('name the first line that is wrong', () => {
    expect(readPasted('{}\n[1]', 'practice.wait').problem).toBe('Line 2 is not a JSON object');
    expect(readPasted('\n{"ms": 1', 'practice.wait').problem).toBe('Line 2 is not a JSON object');
    expect(readPasted('{"input":{}}').problem).toBe('Line 1 names no capability');
  });
});

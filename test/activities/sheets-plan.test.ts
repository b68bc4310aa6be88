import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnName } from '../../src/activities/sheets/a1.ts';
import { inPieces, planFor, type Block, type Grid } from '../../src/activities/sheets/plan.ts';
import type { Cell, Row } from '../../src/contracts/sheets-fields.ts';

/** The grid as Google would have it once the blocks are written. */
function written(grid: Grid, blocks: readonly Block[]): Cell[][] {
  const cells: Cell[][] = grid.map((row) => [...row]);
  for (const { row, column, values } of blocks) {
    values.forEach((line, down) =>
      line.forEach((value, right) => {
        if (value === null) return;
        while (cells.length <= row + down) cells.push([]);
        const at = cells[row + down] ?? [];
        while (at.length <= column + right) at.push('');
        at[column + right] = value;
      }),
    );
  }
  return cells;
}

const byEmail = (columns: readonly string[]) => ({ key: ['Email'], columns, keepsRows: false });
function upsert(grid: Grid, rows: readonly Row[], terms = byEmail(titlesOf(rows))) {
  const plan = planFor(grid, terms);
  const blocks = [...plan.header(), ...plan.place(rows)];
  return { plan, blocks, grid: written(grid, blocks) };
}
const titlesOf = (rows: readonly Row[]) => [...new Set(rows.flatMap((row) => Object.keys(row)))];

test('an empty tab gets a header and its rows as one block each', () => {
  const { blocks, plan } = upsert([], [{ Email: 'a', City: 'B' }, { Email: 'b' }]);
  expect(blocks).toEqual([
    { row: 0, column: 0, values: [['Email', 'City']] },
    { row: 1, column: 0, values: [['a', 'B']] },
    { row: 2, column: 0, values: [['b']] },
  ]);
  expect(plan.counts).toEqual({ rows: 2, added: 2, changed: 0, unchanged: 0 });
});

test('only cells that differ are written; people’s columns, and cells left out, stay', () => {
  const grid = [
    ['Notes', 'Email', 'City', 'Phone'],
    ['mine', 'a', 'Bonn', '030'],
    ['mine too', 'b', 'Köln', ''],
  ];
  const { blocks, plan } = upsert(grid, [
    { Email: 'b', Phone: '0221', City: 'Köln' },
    { Email: 'a', City: 'Bonn', Phone: null },
  ]);
  expect(blocks).toEqual([{ row: 2, column: 3, values: [['0221']] }]);
  expect(plan.counts).toEqual({ rows: 2, added: 0, changed: 1, unchanged: 1 });
});

test('cells between two changes are left as they are', () => {
  const grid = [
    ['Email', 'A', 'Notes', 'B'],
    ['a', '1', 'mine', '2'],
  ];
  const { blocks } = upsert(grid, [{ Email: 'a', A: 'x', B: 'y' }]);
  expect(blocks).toEqual([{ row: 1, column: 1, values: [['x', null, 'y']] }]);
});

test('new columns stand right of everything, also of cells without a title', () => {
  const { grid } = upsert([['Email'], ['a', 'loose']], [{ Email: 'a', New: 1 }]);
  expect(grid).toEqual([
    ['Email', '', 'New'],
    ['a', 'loose', 1],
  ]);
});

test('new rows stand below everything, also below rows without a key', () => {
  const { grid } = upsert([['Email', 'Sum'], ['a'], [], ['', 'total']], [{ Email: 'b' }]);
  expect(grid.at(-1)).toEqual(['b']);
  expect(grid).toHaveLength(5);
});

test('the first of two rows with one key is taken, and both are named', () => {
  const { plan, blocks } = upsert(
    [
      ['Email', 'X'],
      ['a', 1],
      ['a', 2],
    ],
    [{ Email: 'a', X: 3 }],
  );
  expect(plan.doubledKeys).toEqual(['a']);
  expect(blocks).toEqual([{ row: 1, column: 1, values: [[3]] }]);
});

test('the last of two rows given with one key wins', () => {
  const { grid, plan } = upsert(
    [],
    [
      { Email: 'a', X: 1 },
      { Email: ' a', X: 2 },
    ],
  );
  expect(grid).toEqual([
    ['Email', 'X'],
    [' a', 2],
  ]);
  expect(plan.counts).toMatchObject({ rows: 1, added: 1 });
});

test('appending leaves rows that are there as they are; without a key the whole row counts', () => {
  const grid = [
    ['Email', 'X'],
    ['a', 1],
  ];
  const terms = { key: [], columns: ['Email', 'X'], keepsRows: true };
  const { blocks, plan } = upsert(
    grid,
    [
      { Email: 'a', X: 1 },
      { Email: 'a', X: 2 },
    ],
    terms,
  );
  expect(blocks).toEqual([{ row: 2, column: 0, values: [['a', 2]] }]);
  expect(plan.counts).toMatchObject({ added: 1, unchanged: 1 });
  const keyed = { ...terms, key: ['Email'] };
  expect(upsert(grid, [{ Email: 'a', X: 9 }], keyed).blocks).toEqual([]);
});

test('rows that were not placed are told with their places', () => {
  const { plan } = upsert([['Email'], ['a'], ['b'], ['']], [{ Email: 'b' }]);
  expect(plan.left()).toEqual([{ key: 'a', row: 1 }]);
});

const cell = fc.oneof(fc.constantFrom('', '0', 'x'), fc.integer({ min: 0, max: 3 }), fc.boolean());
const anyRow = fc.record(
  { Email: fc.constantFrom('a', 'b', 'c', 'd'), X: cell, Y: cell },
  { requiredKeys: ['Email'] },
);
const title = fc.constantFrom('Email', 'X', 'Notes', '');
const anyGrid = fc.array(fc.array(fc.oneof(cell, title), { maxLength: 4 }), { maxLength: 5 });

test('whatever stands there: a repeat changes nothing, and every row given stands there as given', () => {
  fc.assert(
    fc.property(anyGrid, fc.array(anyRow, { minLength: 1, maxLength: 6 }), (start, rows) => {
      const { grid } = upsert(start, rows);
      const again = upsert(grid, rows);
      expect(again.blocks).toEqual([]);
      expect(again.plan.counts).toMatchObject({ added: 0, changed: 0 });
      const header = (grid[0] ?? []).map((text) => String(text).trim());
      for (const row of new Map(rows.map((each) => [each.Email, each])).values()) {
        const stands = grid.find(
          (cells, n) => n > 0 && String(cells[header.indexOf('Email')] ?? '').trim() === row.Email,
        );
        for (const [name, value] of Object.entries(row)) {
          expect(String(stands?.[header.indexOf(name)] ?? '')).toBe(String(value));
        }
      }
    }),
  );
});

test('whatever stands there: cells of other columns never change', () => {
  fc.assert(
    fc.property(anyGrid, fc.array(anyRow, { minLength: 1 }), (start, rows) => {
      const { grid } = upsert(start, rows);
      const header = (start[0] ?? []).map((text) => String(text).trim());
      start.forEach((cells, at) =>
        cells.forEach((value, column) => {
          const name = header[column] ?? '';
          const isOurs = ['Email', 'X', 'Y'].includes(name) && header.indexOf(name) === column;
          if (!isOurs) expect(grid[at]?.[column]).toBe(value);
        }),
      );
    }),
  );
});

test('pieces hold no more than they may, in order, and a row is never cut', () => {
  const values = Array.from({ length: 10 }, (_, n) => [`row ${n}`, 'x'.repeat(90)]);
  const pieces = inPieces([{ row: 5, column: 0, values }], 350);
  expect(pieces.map((piece) => piece.map(({ row, values: { length } }) => [row, length]))).toEqual([
    [[5, 3]],
    [[8, 3]],
    [[11, 3]],
    [[14, 1]],
  ]);
  expect(inPieces([{ row: 0, column: 0, values: [['x'.repeat(900)]] }], 10)).toHaveLength(1);
  expect(inPieces([], 10)).toEqual([]);
});

test('columns are named as sheets name them', () => {
  expect([0, 25, 26, 51, 52, 701, 702].map(columnName)).toEqual([
    'A',
    'Z',
    'AA',
    'AZ',
    'BA',
    'ZZ',
    'AAA',
  ]);
});

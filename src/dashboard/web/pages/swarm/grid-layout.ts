/**
 * Where the cells of a swarm's grid are. Pure sums without a screen, so that tests can do them:
 * a place on the grid belongs to an index for as long as the swarm lives.
 */

/** States of a task from calm to worst; the worst one wins in a shared cell. */
export const taskStates = ['completed', 'open', 'retrying', 'failed'] as const;

/** How a swarm of some size is drawn. */
export type GridLevel = 'list' | 'tasks' | 'tiles' | 'density';

/** The most tasks for which each way of drawing is fit. */
const mostListed = 60;
const mostCells = 20_000;
const mostInTiles = 500_000;

/** The finest fit way to draw so many tasks; narrow screens show density only. */
export function levelOf(total: number, isNarrow = false): GridLevel {
  if (total <= mostListed) return 'list';
  if (isNarrow) return 'density';
  if (total <= mostCells) return 'tasks';
  return total <= mostInTiles ? 'tiles' : 'density';
}

/** The levels a person may choose from for so many tasks, finest first. */
export function levelsFor(total: number): readonly GridLevel[] {
  if (total <= mostListed) return ['list'];
  return total <= mostCells ? ['tasks', 'tiles', 'density'] : ['tiles', 'density'];
}

/** Cells in rows, all of one size; pixels. */
export interface GridShape {
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly gap: number;
  /** Room for the numbers of the rows. */
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

interface SizeRange {
  readonly largest: number;
  readonly smallest: number;
  readonly gap: number;
  /** Height of a cell for each pixel of its width. */
  readonly tall: number;
}

const cellSizes = (count: number): SizeRange =>
  count <= 2_000
    ? { largest: 16, smallest: 8, gap: 2, tall: 1 }
    : { largest: 6, smallest: 4, gap: 1, tall: 1 };
const tileSizes: SizeRange = { largest: 33, smallest: 8, gap: 3, tall: 1.5 };
const densitySizes: SizeRange = { largest: 26, smallest: 8, gap: 2, tall: 1 };

/** The grid's room for row numbers. */
const gutter = 52;
const fitHeight = 460;

/**
 * The largest cells that fit, down to the smallest there are; then the grid grows downwards.
 *
 * @param count cells, not tasks.
 * @param width of the room there is, row numbers included.
 */
export function shapeOf(
  level: Exclude<GridLevel, 'list'>,
  count: number,
  width: number,
  isNarrow = false,
): GridShape {
  const range = level === 'tasks' ? cellSizes(count) : level === 'tiles' ? tileSizes : densitySizes;
  const left = isNarrow ? 0 : gutter;
  for (let size = range.largest; ; size -= 1) {
    const shape = shapeWith(size, range, count, Math.max(width, left + 80), left);
    if (shape.height <= fitHeight || size <= range.smallest) return shape;
  }
}

function shapeWith(
  size: number,
  { gap, tall }: SizeRange,
  count: number,
  width: number,
  left: number,
): GridShape {
  const fit = Math.max(1, Math.floor((width - left + gap) / (size + gap)));
  // whole fives make the numbers of rows readable
  const columns = fit > 10 ? fit - (fit % 5) : fit;
  const rows = Math.max(1, Math.ceil(count / columns));
  const cellHeight = Math.round(size * tall);
  return {
    count,
    columns,
    rows,
    cellWidth: size,
    cellHeight,
    gap,
    left,
    width: left + columns * (size + gap) - gap,
    height: rows * (cellHeight + gap) - gap,
  };
}

/** A cell's rectangle. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the cell at a place is; places count from 0, row by row. */
export const boxAt = (shape: GridShape, place: number): Box => ({
  x: shape.left + (place % shape.columns) * (shape.cellWidth + shape.gap),
  y: Math.floor(place / shape.columns) * (shape.cellHeight + shape.gap),
  width: shape.cellWidth,
  height: shape.cellHeight,
});

/** The place under a point; the gap after a cell belongs to it. */
export function placeAt(shape: GridShape, x: number, y: number): number | undefined {
  const column = Math.floor((x - shape.left) / (shape.cellWidth + shape.gap));
  const row = Math.floor(y / (shape.cellHeight + shape.gap));
  if (column < 0 || column >= shape.columns || row < 0) return undefined;
  const place = row * shape.columns + column;
  return place < shape.count ? place : undefined;
}

/** Where a key leads from a place; the same place at the edge, nothing for other keys. */
export function placeAfter(shape: GridShape, place: number, key: string): number | undefined {
  const step = (by: number) => {
    const next = place + by;
    return next >= 0 && next < shape.count ? next : place;
  };
  switch (key) {
    case 'ArrowLeft':
      return step(-1);
    case 'ArrowRight':
      return step(1);
    case 'ArrowUp':
      return step(-shape.columns);
    case 'ArrowDown':
      return step(shape.columns);
    case 'Home':
      return 0;
    case 'End':
      return shape.count - 1;
    default:
      return undefined;
  }
}

/** The rows that carry a number: about one every 28 pixels. */
export function numberedRows(shape: GridShape): readonly number[] {
  if (shape.left === 0) return [];
  const every = Math.max(1, Math.ceil(28 / (shape.cellHeight + shape.gap)));
  return Array.from({ length: Math.ceil(shape.rows / every) }, (_, index) => index * every);
}

/**
 * What stands in the cells of a swarm's grid: one task each, or a share of many. Plain arrays of
 * numbers, because a million tasks are looked at twice a second.
 */
import type { SwarmTiles, TaskState } from '../../../../contracts/swarm.ts';
import { taskStates } from './grid-layout.ts';

const states = taskStates.length;

/**
 * Cells of equal shares of a swarm. `counts` holds for each cell how many of its tasks are in each
 * state, in the order of `taskStates`.
 */
export interface GridCells {
  /** Index of the first task. */
  readonly first: number;
  /** How many tasks there are from there on. */
  readonly total: number;
  /** Tasks of one cell; the last may have fewer. */
  readonly size: number;
  readonly counts: Uint32Array;
}

/** How many cells there are. */
export const cellCount = (cells: GridCells): number => cells.counts.length / states;

/** How many tasks of a cell are in a state. */
export const countIn = (cells: GridCells, cell: number, state: TaskState): number =>
  cells.counts[cell * states + taskStates.indexOf(state)] ?? 0;

/** The tasks of a cell: the first, and the one after the last. */
export function tasksOf(
  cells: GridCells,
  cell: number,
): { readonly from: number; readonly to: number } {
  const from = cells.first + cell * cells.size;
  return { from, to: Math.min(cells.first + cells.total, from + cells.size) };
}

/** The worst state in a cell: what its mark shows. */
export function worstIn(cells: GridCells, cell: number): TaskState {
  for (let state = states - 1; state > 0; state -= 1) {
    if ((cells.counts[cell * states + state] ?? 0) > 0) return taskStates[state] ?? 'open';
  }
  return 'completed';
}

/** The states of tasks in the order of the bytes they travel as. */
const byteStates = ['open', 'completed', 'failed', 'retrying'] as const;

/** Cells as the server counts them: one task each while there are bytes for it, else its tiles. */
export function cellsOf(tiles: SwarmTiles): GridCells {
  const total = tiles.to - tiles.from;
  if (tiles.states !== null) {
    const bytes = Uint8Array.from(atob(tiles.states), (letter) => letter.charCodeAt(0));
    const counts = new Uint32Array(total * states);
    bytes.forEach((byte, index) => {
      counts[index * states + taskStates.indexOf(byteStates[byte] ?? 'open')] = 1;
    });
    return { first: tiles.from, total, size: 1, counts };
  }
  const counts = new Uint32Array(tiles.completed.length * states);
  tiles.completed.forEach((completed, tile) => {
    const failed = tiles.failed[tile] ?? 0;
    const retrying = tiles.retrying[tile] ?? 0;
    const tasks = Math.min(total - tile * tiles.size, tiles.size);
    const open = Math.max(0, tasks - completed - failed - retrying);
    counts.set([completed, open, retrying, failed], tile * states);
  });
  return { first: tiles.from, total, size: tiles.size, counts };
}

/** The same tasks in fewer, larger cells; `by` cells become one. */
export function merged(cells: GridCells, by: number): GridCells {
  if (by <= 1) return cells;
  const counts = new Uint32Array(Math.ceil(cellCount(cells) / by) * states);
  for (let cell = 0; cell < cellCount(cells); cell += 1) {
    const into = Math.floor(cell / by) * states;
    for (let state = 0; state < states; state += 1) {
      counts[into + state] =
        (counts[into + state] ?? 0) + (cells.counts[cell * states + state] ?? 0);
    }
  }
  return { ...cells, size: cells.size * by, counts };
}

/** The cells that look different now; all of them when there are more or fewer than before. */
export function changedCells(before: GridCells | undefined, now: GridCells): readonly number[] {
  const isSameGrid =
    before?.size === now.size &&
    before.counts.length === now.counts.length &&
    before.first === now.first &&
    before.total === now.total;
  const changed: number[] = [];
  for (let cell = 0; cell < cellCount(now); cell += 1) {
    if (!isSameGrid || !isAlike(before.counts, now.counts, cell)) changed.push(cell);
  }
  return changed;
}

function isAlike(before: Uint32Array, now: Uint32Array, cell: number): boolean {
  for (let state = cell * states; state < (cell + 1) * states; state += 1) {
    if (before[state] !== now[state]) return false;
  }
  return true;
}

/** Which cell stands at each place: by index, or those in trouble first. */
export function orderOf(cells: GridCells, isProblemsFirst: boolean): Uint32Array {
  const order = Uint32Array.from({ length: cellCount(cells) }, (_, cell) => cell);
  if (!isProblemsFirst) return order;
  const failed = taskStates.length - 1;
  const rank = (cell: number): number => {
    const worst = taskStates.indexOf(worstIn(cells, cell));
    // what is merely not done yet is no problem and keeps its place
    return worst < taskStates.indexOf('retrying') ? 0 : worst;
  };
  const ranks = order.map(rank);
  const failures = (cell: number): number => cells.counts[cell * states + failed] ?? 0;
  return order.sort(
    (a, b) => (ranks[b] ?? 0) - (ranks[a] ?? 0) || failures(b) - failures(a) || a - b,
  );
}

/** The next place after `place`, round the end, whose cell holds a failed task. */
export function nextFailure(
  cells: GridCells,
  order: Uint32Array,
  place: number,
): number | undefined {
  for (let step = 1; step <= order.length; step += 1) {
    const next = (place + step) % order.length;
    if (countIn(cells, order[next] ?? 0, 'failed') > 0) return next;
  }
  return undefined;
}

/** One coloured part of a tile: pixels from its top. */
export interface TilePart {
  readonly state: TaskState;
  readonly from: number;
  readonly to: number;
}

const thinnest = 3;

/**
 * A tile from below: completed; on top, never thinner than 3 px: failed, retrying. What is left in
 * between is open.
 */
export function tileParts(cells: GridCells, cell: number, height: number): readonly TilePart[] {
  const { from, to } = tasksOf(cells, cell);
  const share = (state: TaskState) =>
    (countIn(cells, cell, state) / Math.max(1, to - from)) * height;
  const marked = (state: TaskState) =>
    countIn(cells, cell, state) === 0 ? 0 : Math.max(thinnest, share(state));
  const failed = Math.min(height, marked('failed'));
  const retrying = Math.min(height - failed, marked('retrying'));
  const top = failed + retrying;
  const bottom = height - Math.min(height - top, share('completed'));
  const parts: readonly TilePart[] = [
    { state: 'failed', from: 0, to: failed },
    { state: 'retrying', from: failed, to: top },
    { state: 'completed', from: bottom, to: height },
  ];
  return parts.filter((part) => part.to > part.from);
}

import type { Cell, Row } from '../../contracts/sheets-fields.ts';

/** What stands in a tab; the first row holds the titles of the columns. */
export type Grid = readonly (readonly Cell[])[];

/** Values of neighbouring rows that are to stand from one cell on; null leaves a cell as it is. */
export interface Block {
  /** Counted from 0, as the column. */
  readonly row: number;
  readonly column: number;
  readonly values: (readonly Cell[])[];
}

/** Which rows are the same row, and what becomes of those that are there. */
export interface PlanTerms {
  /** Columns that tell rows apart; none means the whole row. */
  readonly key: readonly string[];
  /** Every column that is to be there, in the order for those that are added. */
  readonly columns: readonly string[];
  /** Leave a row that is there as it is. */
  readonly keepsRows: boolean;
}

/** How many rows became what. */
interface Counts {
  rows: number;
  added: number;
  changed: number;
  unchanged: number;
}

/** Works out which cells of a tab have to change, and nothing else: the same rows again need none. */
export interface Plan {
  /** Titles it adds at the right. */
  readonly newColumns: readonly string[];
  /** Keys that stand in more than one row, of which the first is taken. */
  readonly doubledKeys: readonly string[];
  readonly counts: Readonly<Counts>;
  /** The titles that are to be written first; empty when all are there. */
  header(): readonly Block[];
  /**
   * Finds the place of each row, below the last one for those that are new, and counts them. Later
   * rows of the same key win.
   */
  place(rows: readonly Row[]): readonly Block[];
  /** Keys and places of the rows that stand in the tab and were not among those placed so far. */
  left(): readonly { readonly key: string; readonly row: number }[];
  /** Empties the cells of its columns in a row of the tab, and leaves all others. */
  empty(row: number): readonly Block[];
}

const between = '\u001f';
const textOf = (cell: Cell | undefined): string => String(cell ?? '').trim();
const isSame = (a: Cell | undefined, b: Cell): boolean => String(a ?? '') === String(b ?? '');

/** @param grid as it was read; other work must not change the tab until the plan is carried out. */
export function planFor(grid: Grid, { key, columns, keepsRows }: PlanTerms): Plan {
  const header = (grid[0] ?? []).map(textOf);
  const newColumns = [...new Set(columns)].filter((title) => !header.includes(title));
  // Whatever stands at the right belongs to somebody, also without a title.
  const width = grid.reduce((most, row) => Math.max(most, row.length), 0);
  const places = new Map(newColumns.map((title, index) => [title, width + index]));
  header.forEach((title, index) => {
    if (title !== '' && !places.has(title)) places.set(title, index);
  });
  const keys = key.length > 0 ? key : [...new Set(columns)];
  const keyOfCells = (cells: readonly Cell[]): string =>
    keys.map((title) => textOf(cells[places.get(title) ?? -1])).join(between);
  const keyOfRow = (row: Row): string => keys.map((title) => textOf(row[title])).join(between);
  const isBlank = (text: string): boolean => text.replaceAll(between, '') === '';

  const found = new Map<string, number>();
  const doubled = new Set<string>();
  grid.forEach((cells, index) => {
    const name = keyOfCells(cells);
    if (index === 0 || isBlank(name)) return;
    if (found.has(name)) doubled.add(name);
    else found.set(name, index);
  });

  const counts: Counts = { rows: 0, added: 0, changed: 0, unchanged: 0 };
  const placed = new Set<string>();
  let next = Math.max(1, grid.length);

  /** The cells of a row that differ from what stands there, as one block from the first to the last. */
  function blockOf(at: number, row: Row): Block | undefined {
    const cells = Object.entries(row).flatMap(([title, value]) => {
      const column = places.get(title);
      const isLeft = column === undefined || value === null;
      return isLeft || isSame(grid[at]?.[column], value) ? [] : [{ column, value }];
    });
    if (cells.length === 0) return undefined;
    const from = Math.min(...cells.map(({ column }) => column));
    const values: Cell[] = Array.from(
      { length: Math.max(...cells.map(({ column }) => column)) - from + 1 },
      () => null,
    );
    for (const { column, value } of cells) values[column - from] = value;
    return { row: at, column: from, values: [values] };
  }

  return {
    newColumns,
    doubledKeys: [...doubled].map(readable),
    counts,
    header: () => (newColumns.length > 0 ? [{ row: 0, column: width, values: [newColumns] }] : []),
    place(rows) {
      const distinct = new Map(rows.map((row) => [keyOfRow(row), row]));
      const blocks: Block[] = [];
      for (const [name, row] of distinct) {
        const at = found.get(name);
        const isKept = at !== undefined && keepsRows;
        const block = isKept ? undefined : blockOf(at ?? next, row);
        counts.rows += placed.has(name) ? 0 : 1;
        placed.add(name);
        if (at === undefined) {
          found.set(name, next);
          next += 1;
          counts.added += 1;
        } else if (block) counts.changed += 1;
        else counts.unchanged += 1;
        if (block) blocks.push(block);
      }
      return joined(blocks);
    },
    left: () =>
      [...found].flatMap(([name, row]) => (placed.has(name) ? [] : [{ key: readable(name), row }])),
    empty(row) {
      const block = blockOf(row, Object.fromEntries(columns.map((title) => [title, ''])));
      return block ? [block] : [];
    },
  };
}

const readable = (name: string): string => name.replaceAll(between, ' · ');

/** Neighbouring rows of the same columns as one block. */
function joined(blocks: readonly Block[]): readonly Block[] {
  const all: Block[] = [];
  for (const block of blocks.toSorted((a, b) => a.row - b.row)) {
    const last = all.at(-1);
    const follows =
      last !== undefined &&
      last.row + last.values.length === block.row &&
      last.column === block.column &&
      last.values[0]?.length === block.values[0]?.length;
    if (follows) last.values.push(...block.values);
    else all.push({ ...block, values: [...block.values] });
  }
  return all;
}

/**
 * Cuts blocks into pieces of at most so many bytes as JSON, in their order; a row is never cut.
 *
 * @param mostBytes of the values; a single row may be longer.
 */
export function inPieces(
  blocks: readonly Block[],
  mostBytes: number,
): readonly (readonly Block[])[] {
  const pieces: Block[][] = [];
  let piece: Block[] = [];
  let bytes = 0;
  for (const { row, column, values } of blocks) {
    let open: Block | undefined;
    for (const [index, cells] of values.entries()) {
      const size = Buffer.byteLength(JSON.stringify(cells));
      if (bytes > 0 && bytes + size > mostBytes) {
        pieces.push(piece);
        [piece, bytes, open] = [[], 0, undefined];
      }
      if (!open) {
        open = { row: row + index, column, values: [] };
        piece.push(open);
      }
      open.values.push(cells);
      bytes += size;
    }
  }
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}

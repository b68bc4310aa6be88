import { z } from 'zod';
import { nameOf, type Area } from './a1.ts';
import { Refusal } from './refusal.ts';

/** What a cell holds; a formula is kept as it was typed, and never worked out. */
type Cell = string | number | boolean | { readonly formula: string };

/** How values are to be shown. */
export const RenderOption = z.enum(['FORMATTED_VALUE', 'UNFORMATTED_VALUE', 'FORMULA']);
type RenderOption = z.infer<typeof RenderOption>;
/** Whether text is kept as it is, or read as if somebody had typed it. */
export const InputOption = z.enum(['RAW', 'USER_ENTERED']);
type InputOption = z.infer<typeof InputOption>;

const longestText = 50_000;

/** What was written where. */
interface Written {
  readonly range: string;
  readonly rows: number;
  readonly columns: number;
  readonly cells: number;
}

/** One tab: its size, and what stands in it. */
export class Tab {
  readonly sheetId: number;
  title: string;
  rowCount: number;
  columnCount: number;
  readonly #rows: (Cell | undefined)[][] = [];

  constructor(sheetId: number, title: string, rowCount = 1_000, columnCount = 26) {
    this.sheetId = sheetId;
    this.title = title;
    this.rowCount = rowCount;
    this.columnCount = columnCount;
  }

  /** The rectangle within the grid. @throws {Refusal} 400 when it begins beyond the grid. */
  within(area: Area): { readonly [K in keyof Area]: number } {
    const { fromRow, fromColumn, toRow = this.rowCount - 1, toColumn } = area;
    const lastColumn = Math.min(toColumn ?? this.columnCount - 1, this.columnCount - 1);
    const lastRow = Math.min(toRow, this.rowCount - 1);
    if (fromRow > lastRow || fromColumn > lastColumn) throw this.#beyond(fromRow, fromColumn);
    return { fromRow, fromColumn, toRow: lastRow, toColumn: lastColumn };
  }

  /** The values of a rectangle, without the empty rows and cells at its ends. */
  read(area: Area, render: RenderOption): unknown[][] {
    const { fromRow, fromColumn, toRow, toColumn } = this.within(area);
    const rows = this.#rows
      .slice(fromRow, toRow + 1)
      .map((row) => withoutEnd(Array.from(row).slice(fromColumn, toColumn + 1)));
    return withoutEnd(rows.map((row) => (row.length > 0 ? row : undefined))).map((row) =>
      (row ?? []).map((cell) => rendered(cell, render)),
    );
  }

  /**
   * Writes values into a rectangle, from its first cell on. Null leaves a cell as it is, an empty text
   * clears it.
   *
   * @throws {Refusal} 400 for values outside of the rectangle or the grid, and nothing is written.
   */
  write(area: Area, values: unknown, input: InputOption): Written {
    const { rows, last, width } = this.check(area, values);
    const { fromRow, fromColumn } = area;
    let cells = 0;
    rows.forEach((row, down) =>
      row.forEach((value, right) => {
        if (value === null) return;
        cells += 1;
        this.#set(fromRow + down, fromColumn + right, taken(value, input));
      }),
    );
    const toRow = Math.max(last.row, fromRow);
    const toColumn = Math.max(last.column, fromColumn);
    const range = nameOf(this.title, { fromRow, fromColumn, toRow, toColumn });
    return { range, rows: rows.length, columns: width, cells };
  }

  /** Whether such a write would be taken. @throws {Refusal} 400 as {@link write} does. */
  check(area: Area, values: unknown) {
    const rows = cellsOf(values);
    const { fromRow, fromColumn } = area;
    const width = Math.max(0, ...rows.map((row) => row.length));
    const isSingle = area.toRow === fromRow && area.toColumn === fromColumn;
    const last = { row: fromRow + rows.length - 1, column: fromColumn + width - 1 };
    if (last.row >= this.rowCount || last.column >= this.columnCount) {
      throw this.#beyond(Math.max(last.row, fromRow), Math.max(last.column, fromColumn));
    }
    if (!isSingle) this.#checkInside(area, last);
    return { rows, last, width };
  }

  /** Writes rows below the table that touches the rectangle, and makes the grid larger for them. */
  append(
    area: Area,
    values: unknown,
    input: InputOption,
    option: 'INSERT_ROWS' | 'OVERWRITE',
  ): { readonly tableRange: string | undefined; readonly written: Written } {
    const rows = cellsOf(values);
    const table = this.#tableAt(area);
    const fromRow = table ? table.toRow + 1 : area.fromRow;
    const fromColumn = table?.fromColumn ?? area.fromColumn;
    const width = Math.max(0, ...rows.map((row) => row.length));
    if (option === 'INSERT_ROWS' && fromRow < this.#rows.length) {
      const blanks = rows.map((): (Cell | undefined)[] => []);
      this.#rows.splice(fromRow, 0, ...blanks);
      this.rowCount += rows.length;
    }
    this.rowCount = Math.max(this.rowCount, fromRow + rows.length);
    this.columnCount = Math.max(this.columnCount, fromColumn + width);
    const written = this.write(
      { fromRow, fromColumn, toRow: undefined, toColumn: undefined },
      values,
      input,
    );
    return { tableRange: table && nameOf(this.title, table), written };
  }

  /** Empties a rectangle. @returns it, as the grid bounds it. */
  clear(area: Area): string {
    const inside = this.within(area);
    for (let row = inside.fromRow; row <= Math.min(inside.toRow, this.#rows.length - 1); row += 1) {
      for (let column = inside.fromColumn; column <= inside.toColumn; column += 1) {
        this.#set(row, column, undefined);
      }
    }
    return nameOf(this.title, inside);
  }

  /** Takes rows away; those below move up. */
  deleteRows(from: number, to: number): void {
    if (from < 0 || to > this.rowCount || from >= to) {
      throw new Refusal(400, 'Invalid requests[0].deleteDimension: No grid with these rows.');
    }
    if (to - from >= this.rowCount) {
      throw new Refusal(400, "You can't delete all the rows on the sheet.");
    }
    this.#rows.splice(from, to - from);
    this.rowCount -= to - from;
  }

  #set(row: number, column: number, value: Cell | undefined): void {
    while (this.#rows.length <= row) this.#rows.push([]);
    const cells = this.#rows[row];
    if (cells) cells[column] = value;
  }

  #hasValue(row: number, column: number): boolean {
    return this.#rows[row]?.[column] !== undefined;
  }

  /** The block of cells around the first value of a rectangle; grows while anything touches it. */
  #tableAt(area: Area): { readonly [K in keyof Area]: number } | undefined {
    const inside = this.within(area);
    let fromColumn = inside.fromColumn;
    let toColumn = Math.min(inside.toColumn, Math.max(0, ...this.#rows.map((row) => row.length)));
    const isRowUsed = (row: number): boolean =>
      row >= 0 &&
      Array.from({ length: toColumn - fromColumn + 1 }, (_, n) => fromColumn + n).some((column) =>
        this.#hasValue(row, column),
      );
    let row = inside.fromRow;
    while (row <= Math.min(inside.toRow, this.#rows.length) && !isRowUsed(row)) row += 1;
    if (!isRowUsed(row)) return undefined;
    let fromRow = row;
    let toRow = row;
    while (isRowUsed(toRow + 1)) toRow += 1;
    while (isRowUsed(fromRow - 1)) fromRow -= 1;
    const isColumnUsed = (column: number): boolean =>
      column >= 0 &&
      this.#rows.slice(fromRow, toRow + 1).some((cells) => cells[column] !== undefined);
    while (fromColumn < toColumn && !isColumnUsed(fromColumn)) fromColumn += 1;
    while (isColumnUsed(fromColumn - 1)) fromColumn -= 1;
    while (toColumn > fromColumn && !isColumnUsed(toColumn)) toColumn -= 1;
    while (isColumnUsed(toColumn + 1)) toColumn += 1;
    return { fromRow, fromColumn, toRow, toColumn };
  }

  #checkInside(area: Area, last: { readonly row: number; readonly column: number }): void {
    const { toRow = Infinity, toColumn = Infinity } = area;
    if (last.row <= toRow && last.column <= toColumn) return;
    const range = nameOf(this.title, this.within(area));
    const tried =
      last.row > toRow
        ? `row [${toRow + 2}]`
        : `column [${nameOf('', { ...this.within(area), fromColumn: toColumn + 1 }).replace(/.*!([A-Z]+).*/, '$1')}]`;
    throw new Refusal(
      400,
      `Requested writing within range [${range}], but tried writing to ${tried}`,
    );
  }

  #beyond(row: number, column: number): Refusal {
    const at = nameOf(this.title, {
      fromRow: row,
      fromColumn: column,
      toRow: row,
      toColumn: column,
    });
    return new Refusal(
      400,
      `Range (${at}) exceeds grid limits. Max rows: ${this.rowCount}, max columns: ${this.columnCount}`,
    );
  }
}

const Values = z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])));

/** @throws {Refusal} 400 for what no cell can hold. */
function cellsOf(values: unknown): z.infer<typeof Values> {
  const parsed = Values.safeParse(values ?? []);
  if (!parsed.success) {
    const [row, column] = parsed.error.issues[0]?.path ?? [];
    throw new Refusal(
      400,
      `Invalid values[${String(row ?? 0)}][${String(column ?? 0)}]: expected a text, a number, true, false or null`,
    );
  }
  if (parsed.data.some((row) => row.some((value) => String(value).length > longestText))) {
    throw new Refusal(
      400,
      `Your input contains more than the maximum of ${longestText} characters in a single cell.`,
    );
  }
  return parsed.data;
}

function taken(value: string | number | boolean, input: InputOption): Cell | undefined {
  if (value === '') return undefined;
  if (input === 'RAW' || typeof value !== 'string') return value;
  if (/^[=+\-@]/.test(value) && Number.isNaN(Number(value))) return { formula: value };
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  if (value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value);
  return value.replace(/^'/, '');
}

function rendered(cell: Cell | undefined, render: RenderOption): unknown {
  if (cell === undefined) return '';
  if (typeof cell === 'object') return render === 'FORMULA' ? cell.formula : '#ERROR!';
  if (render !== 'FORMATTED_VALUE') return cell;
  return typeof cell === 'boolean' ? String(cell).toUpperCase() : String(cell);
}

function withoutEnd<T>(list: readonly (T | undefined)[]): (T | undefined)[] {
  return list.slice(0, list.findLastIndex((each) => each !== undefined) + 1);
}

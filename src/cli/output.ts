import { styleText } from 'node:util';
import Table from 'cli-table3';

/** A reader that leaves early (`| head`) is no error: the rest has nobody to go to. */
export function survivePipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}

/** All that was written has left the process. */
export const flushed = (): Promise<unknown> =>
  Promise.all(
    [process.stdout, process.stderr].map(
      (stream) => new Promise<void>((done) => stream.write('', () => done())),
    ),
  );

/** Writes the result: what a pipe carries on. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Writes a result for programs, the only thing on stdout then. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** Tells people what happens, past the result. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Emphasis where the terminal shows it; `NO_COLOR` and pipes get plain text. */
export const strong = (text: string): string => styleText('bold', text, { stream: process.stdout });

/** What stands behind the main thing: reasons, ids, times. */
export const faint = (text: string): string => styleText('dim', text, { stream: process.stdout });

type Cell = string | number | null | undefined;

const plain = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

/** Rows in columns, numbers to the right. Without a head it lists names and values. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const width = Math.max(head.length, ...rows.map((row) => row.length), 0);
  const isNumeric = (column: number): boolean =>
    rows.length > 0 && head.length > 0 && rows.every((row) => typeof row[column] === 'number');
  const grid = new Table({
    chars: plain,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: Array.from({ length: width }, (_, at) => (isNumeric(at) ? 'right' : 'left')),
    ...(head.length > 0 ? { head: head.map(strong) } : {}),
  });
  grid.push(...rows.map((row) => row.map(text)));
  return grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function text(cell: Cell): string {
  if (cell === null || cell === undefined) return '–';
  return typeof cell === 'number' ? number(cell) : cell;
}

/** 12,345.6789 */
export const number = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: 4 });

/** A moment as people read it, in UTC: `2026-01-05 02:00:00`. */
export const moment = (at: string | Date): string =>
  new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** Any result, whatever its shape: its fields, then each of its lists and objects. */
export function describeResult(result: unknown): string {
  if (isListOfObjects(result)) {
    const heads = [...new Set(result.flatMap((each) => Object.keys(each)))];
    const rows = result.map((each) => heads.map((head) => cellOf(each[head])));
    return table(heads.map(wordsOf), rows);
  }
  if (!isObject(result)) return String(cellOf(result) ?? '–');
  const fields = Object.entries(result);
  const nested = fields.filter(([, value]) => isObject(value) || isListOfObjects(value));
  const scalars = fields.filter((field) => !nested.includes(field));
  const rows = scalars.map(([name, value]) => [wordsOf(name), cellOf(value)]);
  return [
    ...(rows.length > 0 ? [table([], rows)] : []),
    ...nested.map(([name, value]) => `${strong(wordsOf(name))}\n${describeResult(value)}`),
  ].join('\n\n');
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isListOfObjects = (value: unknown): value is readonly Record<string, unknown>[] =>
  Array.isArray(value) && value.length > 0 && value.every(isObject);

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ');
  return JSON.stringify(value);
}

/** `maxBounceRate` and `open_count` as words. */
const wordsOf = (name: string): string =>
  name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();

import { expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XlsxStreamWriter } from 'hucre/xlsx';
import type { FileRow } from '../../src/platform/csv-rows.ts';
import { xlsxRows } from '../../src/platform/xlsx-rows.ts';
import { writeBigWorkbook } from '../support/big-workbook.ts';
import { readInSmallHeap } from '../support/small-heap.ts';
import { scratchFolder } from '../support/scratch.ts';

const folder = scratchFolder();
const rowsIn = async (path: string): Promise<readonly FileRow[]> => {
  const rows: FileRow[] = [];
  for await (const row of xlsxRows('book.xlsx', path)) rows.push(row);
  return rows;
};

test('reads what people see in cells, and where rows are', async () => {
  const writer = new XlsxStreamWriter({ name: 'A' });
  writer.addRow(['Email', 'Rating', 'Since', 'Ok', 'A & B <c>']);
  writer.addRow([]);
  writer.addRow(['ä@b.test', 4.5, new Date('2026-01-05T12:00:00Z'), true, ' x ']);
  const path = join(folder, 'cells.xlsx');
  writeFileSync(path, await writer.finish());
  expect(await rowsIn(path)).toEqual([
    { line: 1, cells: ['Email', 'Rating', 'Since', 'Ok', 'A & B <c>'] },
    { line: 3, cells: ['ä@b.test', '4.5', '2026-01-05T12:00:00.000Z', 'true', ' x '] },
  ]);
});

test('texts of a table that stands behind its sheet reach their cells', async () => {
  const path = join(folder, 'behind.xlsx');
  const cells = (row: number) => [`a${row}`, row % 2 === 0 ? '' : 'x_x000D_y &amp; &#228;'];
  writeBigWorkbook(path, 3, cells);
  expect((await rowsIn(path)).map((row) => row.cells)).toEqual([
    ['a0', ''],
    ['a1', 'x\ry & ä'],
    ['a2', ''],
  ]);
});

test('a workbook whose texts are larger than the heap is read all the same', async () => {
  const path = join(folder, 'big.xlsx');
  const rows = 20_000;
  const long = 'x'.repeat(1_200);
  writeBigWorkbook(path, rows, (row) => [1, 2, 3, 4].map((each) => `${each}-${row}-${long}`));
  const seen = await readInSmallHeap(path);
  expect(seen.rows).toBe(rows);
  expect(seen.letters).toBeGreaterThan(96 * 1_048_576 * 0.9);
}, 120_000);

test.each([
  ['no packed file', Buffer.from('Email,Name\n'), /it is no packed file/],
  ['half of one', Buffer.from('PK\x05\x06'), /it is no packed file/],
  ['nothing', Buffer.from(''), /it is no packed file/],
  [
    'a packed file of other things',
    Buffer.from('504b0506000000000000000000000000000000000000', 'hex'),
    /it has no list of sheets/,
  ],
])('%s is told as such', async (_, bytes, why) => {
  const path = join(folder, 'broken.xlsx');
  writeFileSync(path, bytes);
  await expect(rowsIn(path)).rejects.toThrow(why);
  await expect(rowsIn(path)).rejects.toThrow('book.xlsx: is not a workbook that can be read');
});

test('a workbook that breaks off is told, and not taken for a shorter one', async () => {
  const path = join(folder, 'whole.xlsx');
  const writer = new XlsxStreamWriter({ name: 'A' });
  for (let row = 0; row < 2_000; row += 1) writer.addRow([`a${row * 7_919}@b.test`, `City ${row}`]);
  const bytes = Buffer.from(await writer.finish());
  const sheet = bytes.indexOf('xl/worksheets/sheet1.xml');
  bytes.fill(0x55, sheet + 600, sheet + 1_600);
  writeFileSync(path, bytes);
  await expect(rowsIn(path)).rejects.toThrow('is not a workbook that can be read');
});

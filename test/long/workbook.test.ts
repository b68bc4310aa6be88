import { expect, test } from '@jest/globals';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { writeBigWorkbook } from '../support/big-workbook.ts';
import { scratchFolder } from '../support/scratch.ts';
import { readInSmallHeap } from '../support/small-heap.ts';

test('a workbook of a million rows and nine million texts of their own is read in 300 MB', async () => {
  const path = join(scratchFolder(), 'million.xlsx');
  const rows = 1_000_000;
  writeBigWorkbook(path, rows, (row) =>
    Array.from({ length: 9 }, (_, column) => `${column} of ${row}, ${(row * 7_919) % 1_000_003}`),
  );
  const seen = await readInSmallHeap(path);
  console.log(
    `${Math.round(statSync(path).size / 1_048_576)} MB packed, ${Math.round(seen.rssMb)} MB of memory`,
  );
  expect(seen.rows).toBe(rows);
  expect(seen.rssMb).toBeLessThan(300);
}, 1_800_000);

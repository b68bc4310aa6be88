/** Process: reads a workbook with whatever heap it is given, and tells what it saw. */
import { xlsxRows } from '../../src/platform/xlsx-rows.ts';

let rows = 0;
let letters = 0;
for await (const { cells } of xlsxRows('big.xlsx', process.argv[2] ?? '')) {
  rows += 1;
  letters += cells.join('').length;
}
const rssMb = process.resourceUsage().maxRSS / 1_024;
console.log(JSON.stringify({ rows, letters, rssMb }));

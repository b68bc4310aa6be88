import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import { harmless } from './csv-cells.ts';
import type { FileRow } from './csv-rows.ts';
import type { Database } from './database.ts';
import { badLinesOf, type BadLine } from './import-leads.ts';
import { marksOfRejects } from './lead-columns.ts';
import { leadRowsOf } from './lead-files.ts';
import { writeWhole } from './write-whole.ts';

/** An import that is over, and where its file still is. */
interface Imported {
  readonly run: string;
  readonly file: string;
  readonly path: string;
}

const rowsAtOnce = 500;

/**
 * Writes all lines that made no lead as CSV: the line, the reason, and the row as it stands in the
 * file, so that it may be mended and imported again. Both are read side by side as streams.
 *
 * @returns how many lines those are.
 */
export async function writeRejects(
  database: Database,
  { run, file, path }: Imported,
  output: string,
): Promise<number> {
  let count = 0;
  async function* texts(): AsyncGenerator<string> {
    let some: string[][] = [];
    for await (const cells of rejected(
      leadRowsOf(basename(path), path),
      badLinesOf(database, run, file),
    )) {
      some.push(cells.map(harmless));
      count += 1;
      if (some.length < rowsAtOnce) continue;
      yield stringify(some);
      some = [];
    }
    if (some.length > 0) yield stringify(some);
  }
  await writeWhole(Readable.from(texts()), output);
  return count - 1; // the header is none of them
}

/** The header, then the rows at the bad lines, both in the order of lines. */
async function* rejected(
  rows: AsyncIterable<FileRow>,
  bad: AsyncGenerator<BadLine, undefined>,
): AsyncGenerator<readonly string[]> {
  let isHeader = true;
  let next = (await bad.next()).value;
  for await (const { line, cells } of rows) {
    if (isHeader) yield [...marksOfRejects, ...cells];
    isHeader = false;
    if (next === undefined) return;
    if (line !== next.line) continue;
    yield [String(line), next.why, ...cells];
    next = (await bad.next()).value;
  }
}

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import { streamXlsxRows } from 'hucre/xlsx';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import { csvRows, type FileRow } from './csv-rows.ts';
import type { Database } from './database.ts';
import { foundOf, headerOf, type LeadHeader } from './lead-columns.ts';
import { peeked } from './task-lines.ts';

/** A file whose rows are in the database, for whoever imports it. */
export interface LoadedFile {
  /** A hash of what is in it. */
  readonly id: string;
  readonly name: string;
  /** Rows below the header. */
  readonly lines: number;
}

/** A workbook is read with its table of strings in memory, which a packed file may blow up. */
const mostXlsxBytes = 100 * 1_048_576;
const rowsAtOnce = 500;

/**
 * Brings the rows of a CSV or XLSX file to the database, as a stream: memory does not grow with the
 * file, but for the texts of a workbook that uses each of them once. A file that is there already is
 * not loaded again, and one that breaks off leaves nothing that anybody would import.
 *
 * @throws {BadRequest} for a file that can't be read, or has no column that tells leads apart.
 */
export async function loadLeadFile({ sql }: Database, path: string): Promise<LoadedFile> {
  const name = basename(path);
  const id = await hashOf(path);
  const [there] = await sql<LoadedFile[]>`
    select id, name, lines from lead_files where id = ${id}`;
  if (there) return { ...there, name };
  const upload = randomUUID();
  let lines = 0;
  /** Rows as CSV, many at a time. */
  async function* texts(): AsyncGenerator<string> {
    let header: LeadHeader | undefined;
    let rows: (string | number | null)[][] = [];
    for await (const { line, cells } of rowsOf(name, path)) {
      if (!header) {
        header = headerOf(`${name}, line ${line}`, cells);
        continue;
      }
      const read = foundOf(header, cells);
      rows.push([
        upload,
        line,
        'found' in read ? JSON.stringify(read.found).replaceAll(String.raw`\u0000`, '') : null,
        'why' in read ? read.why : null,
      ]);
      lines += 1;
      if (rows.length < rowsAtOnce) continue;
      yield stringify(rows);
      rows = [];
    }
    if (rows.length > 0) yield stringify(rows);
    if (!header) throw wrong(`${name} is empty: expected a header, and a row for each lead`);
  }
  const into = await sql
    .unsafe('copy lead_file_rows (upload, line, found, why) from stdin with (format csv)')
    .writable();
  await pipeline(texts, into);
  const added = await sql`
    insert into lead_files (id, name, upload, lines) values (${id}, ${name}, ${upload}, ${lines})
    on conflict (id) do nothing`;
  if (added.count === 0) await sql`delete from lead_file_rows where upload = ${upload}`; // another one was faster
  return { id, name, lines };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BadRequest(FailureType.InvalidInput, `${path} can't be read: ${why}`);
  }
  return hash.digest('hex');
}

/** The rows of a file, its header first; the name tells its format. */
async function* rowsOf(name: string, path: string): AsyncGenerator<FileRow> {
  if (/\.xlsx$/i.test(name)) {
    yield* xlsxRows(name, path);
    return;
  }
  if (!/\.(csv|tsv|txt)$/i.test(name)) {
    throw wrong(`${name}: expected a file that ends in .csv or .xlsx`);
  }
  const { head, all } = await peeked(createReadStream(path));
  yield* csvRows(name, all, delimiterOf(head));
}

/** What stands most often in the first line. */
function delimiterOf(head: string): string {
  const [line = ''] = head.split(/[\r\n]/);
  const counts = [',', ';', '\t'].map((each) => ({ each, count: line.split(each).length }));
  return counts.toSorted((a, b) => b.count - a.count)[0]?.each ?? ',';
}

async function* xlsxRows(name: string, path: string): AsyncGenerator<FileRow> {
  const { size } = await stat(path);
  if (size > mostXlsxBytes) {
    const mb = Math.round(size / 1_048_576);
    throw wrong(
      `${name}: has ${mb} MB, expected at most 100; save it as CSV, which may have any size`,
    );
  }
  const bytes = Readable.toWeb(createReadStream(path));
  try {
    for await (const { index, values } of streamXlsxRows(bytes)) {
      const cells = values.map((value) =>
        value instanceof Date ? value.toISOString() : String(value ?? ''),
      );
      if (cells.some((cell) => cell.trim() !== '')) yield { line: index + 1, cells };
    }
  } catch (error) {
    if (error instanceof BadRequest) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw wrong(`${name}: is not a workbook that can be read: ${why}`);
  }
}

const wrong = (message: string): BadRequest => new BadRequest(FailureType.InvalidInput, message);

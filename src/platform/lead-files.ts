import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import { copyIn } from './copy-in.ts';
import { csvRows, type FileRow } from './csv-rows.ts';
import type { Database } from './database.ts';
import { foundOf, headerOf, type LeadHeader } from './lead-columns.ts';
import { peeked } from './task-lines.ts';
import { xlsxRows } from './xlsx-rows.ts';

/** A file whose rows are in the database, for whoever imports it. */
export interface LoadedFile {
  /** A hash of what is in it. */
  readonly id: string;
  readonly name: string;
  /** Rows below the header. */
  readonly lines: number;
}

const rowsAtOnce = 500;

/**
 * Brings the rows of a CSV or XLSX file to the database, as a stream: memory does not grow with the
 * file. A file that is there already is
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
    for await (const { line, cells } of leadRowsOf(name, path)) {
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
  await copyIn(
    { sql },
    'copy lead_file_rows (upload, line, found, why) from stdin with (format csv)',
    texts,
    () => lines,
    sql`select count(*)::int as count from lead_file_rows where upload = ${upload}`,
  );
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

/**
 * The rows of a file as they come, its header first; its name tells its format.
 *
 * @throws {BadRequest} for a file that can't be read.
 */
export async function* leadRowsOf(name: string, path: string): AsyncGenerator<FileRow> {
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

const wrong = (message: string): BadRequest => new BadRequest(FailureType.InvalidInput, message);

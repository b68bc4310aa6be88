import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import { inLines, mostLineBytes, tooLong, type Bytes } from './task-lines.ts';

/** A row of a table in a file. */
export interface FileRow {
  /** Where it begins in the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads the rows of a CSV file as they come and holds one of them at a time, the header included.
 *
 * @throws {BadRequest} naming file and line of what can't be read.
 */
export async function* csvRows(
  name: string,
  bytes: Bytes,
  delimiter = ',',
): AsyncGenerator<FileRow> {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: mostLineBytes,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const source = Readable.from(asBytes(name, bytes), { objectMode: false });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const raw of parser) {
      const { record, info } = Parsed.parse(raw);
      const breaks = record.join('').split('\n').length - 1;
      yield { line: info.lines - breaks, cells: record };
    }
  } catch (error) {
    throw error instanceof CsvError ? brokenCsv(name, error) : error;
  } finally {
    source.destroy();
  }
}

/** The same bytes, once their lines are known to be text. */
async function* asBytes(name: string, bytes: Bytes): AsyncGenerator<Buffer> {
  for await (const { content } of inLines(name, bytes)) yield content;
}

const Parsed = z.object({
  record: z.array(z.string()),
  info: z.object({ lines: z.int() }),
});

const csvProblems: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened here or before and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a quote is closed in the middle of a cell; two quotes stand for one',
  INVALID_OPENING_QUOTE: 'a quote in the middle of a cell; put the whole cell in quotes',
};

function brokenCsv(name: string, error: CsvError): BadRequest {
  const line = `${name}, line ${'lines' in error ? String(error.lines) : '?'}`;
  if (error.code === 'CSV_MAX_RECORD_SIZE') return tooLong(line);
  const message = `${line}: ${csvProblems[error.code] ?? error.message}`;
  return new BadRequest(FailureType.InvalidInput, message);
}

import { z } from 'zod';
import { FoundLead, type LeadSource } from '../contracts/leads.ts';
import { ImportOutput } from '../contracts/leads-work.ts';
import type { Database } from './database.ts';
import { saveChunk, sifted, type Sifted } from './save-leads.ts';
import { createSuppressions } from './suppressions.ts';

/** One import: a run that takes a loaded file into a list. */
interface Import {
  readonly run: string;
  readonly account: string;
  readonly list: string;
  readonly file: string;
}

const chunkLines = 1_000;
const mostBadLines = 20;

const Counts = ImportOutput.pick({ created: true, changed: true, unchanged: true, bad: true });
const StoredRow = z.object({
  line: z.int(),
  found: FoundLead.nullable(),
  why: z.string().nullable(),
});
/** A line that made no lead, and why. */
export type BadLine = ImportOutput['badLines'][number];

/** Lines of a file, clean, with those that make no lead. */
interface Chunk extends Sifted {
  /** The last line before them. */
  readonly behind: number;
  readonly last: number;
  readonly bad: readonly BadLine[];
}

/**
 * Takes a file into a list, a chunk a transaction, which also says how far it is: another try of
 * the same run goes on behind the last chunk and counts each line once. While the database stores
 * one chunk the next one is read and cleaned.
 *
 * @returns undefined when no such file is loaded.
 */
export async function importLeadFile(
  database: Database,
  work: Import,
): Promise<ImportOutput | undefined> {
  const { sql } = database;
  const suppressions = createSuppressions(database);
  const [file] = await sql<{ name: string; upload: string; lines: number }[]>`
    select name, upload, lines from lead_files where id = ${work.file}`;
  if (!file) return undefined;
  const { run, account, list } = work;
  const source: LeadSource = {
    kind: 'import',
    ref: `${file.name}#${work.file.slice(0, 12)}`,
    isStandIn: false,
  };
  const ours = sql`run = ${run} and account = ${account} and list = ${list} and file = ${work.file}`;

  async function chunkBehind(behind: number): Promise<Chunk | undefined> {
    const rows = await sql`
      select line, found, why from lead_file_rows
      where upload = ${file?.upload ?? ''} and line > ${behind} order by line limit ${chunkLines}`;
    const read = rows.map((row) => StoredRow.parse(row));
    const last = read.at(-1)?.line;
    if (last === undefined) return undefined;
    const readable = read.flatMap(({ line, found }) => (found ? [{ line, found }] : []));
    const sieve = await sifted(
      suppressions,
      readable.map(({ found }) => found),
    );
    const bad = [
      ...read.flatMap(({ line, why }) => (why === null ? [] : [{ line, why }])),
      ...sieve.leftOut.map(({ at, why }) => ({ line: readable[at]?.line ?? 0, why })),
    ];
    return { ...sieve, behind, last, bad };
  }

  const store = ({ candidates, behind, last, bad }: Chunk): Promise<void> =>
    sql.begin(async (tx) => {
      const saved = await saveChunk(tx, account, list, candidates, source);
      const moved = await tx`
        update lead_imports set line = ${last}, bad = bad + ${bad.length},
          created = created + ${saved.created}, changed = changed + ${saved.changed},
          unchanged = unchanged + ${saved.unchanged}, at = now()
        where ${ours} and line = ${behind}`;
      // a try that was taken for dead may still be at it: what it stored is not counted twice
      if (moved.count === 0) throw new Error('Another try of this import has stored these lines');
      await tx`
        insert into lead_import_lines (run, account, list, file, line, why)
        select ${run}, ${account}, ${list}, ${work.file}, line, why
        from jsonb_to_recordset(${JSON.stringify(bad)}::text::jsonb) as b(line int, why text)`;
    });

  await sql`
    insert into lead_imports (run, account, list, file)
    values (${run}, ${account}, ${list}, ${work.file}) on conflict do nothing`;
  const [begun] = await sql<{ line: number }[]>`select line from lead_imports where ${ours}`;
  let next = chunkBehind(begun?.line ?? 0);
  for (let chunk = await next; chunk; chunk = await next) {
    next = chunkBehind(chunk.last);
    next.catch(() => undefined); // it is heard when its turn comes
    await store(chunk);
  }
  const [counts] =
    await sql`select created, changed, unchanged, bad from lead_imports where ${ours}`;
  const badLines = await sql<BadLine[]>`
    select line, why from lead_import_lines where ${ours} order by line limit ${mostBadLines}`;
  const { name, lines } = file;
  return { list, name, lines, ...Counts.parse(counts), badLines: [...badLines] };
}

/** All lines of a file that made no lead in a run, in their order; memory does not grow with them. */
export async function* badLinesOf(
  { sql }: Database,
  run: string,
  file: string,
): AsyncGenerator<BadLine, undefined> {
  const lines = sql<BadLine[]>`
    select line, why from lead_import_lines where run = ${run} and file = ${file} order by line`;
  for await (const some of lines.cursor(chunkLines)) yield* some;
}

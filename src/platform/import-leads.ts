import { z } from 'zod';
import { FoundLead, type LeadSource } from '../contracts/leads.ts';
import { ImportOutput } from '../contracts/leads-work.ts';
import type { Database } from './database.ts';
import { saveChunk, sifted } from './save-leads.ts';
import { createSuppressions } from './suppressions.ts';

/** One import: a run that takes a loaded file into a list. */
interface Import {
  readonly run: string;
  readonly account: string;
  readonly list: string;
  readonly file: string;
}

const chunk = 1_000;
const mostBadLines = 20;

const Progress = ImportOutput.omit({ list: true, name: true, lines: true }).extend({
  line: z.int(),
});
const StoredRow = z.object({
  line: z.int(),
  found: FoundLead.nullable(),
  why: z.string().nullable(),
});

/**
 * Takes a file into a list, a chunk a transaction, which also says how far it is: another try of
 * the same run goes on behind the last chunk and counts each line once.
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
  await sql`
    insert into lead_imports (run, account, list, file)
    values (${run}, ${account}, ${list}, ${work.file}) on conflict do nothing`;
  const ours = sql`run = ${run} and account = ${account} and list = ${list} and file = ${work.file}`;
  for (;;) {
    const progress = Progress.parse(
      (
        await sql`
          select line, created, changed, unchanged, bad, bad_lines as "badLines"
          from lead_imports where ${ours}`
      )[0],
    );
    const rows = (
      await sql`
        select line, found, why from lead_file_rows
        where upload = ${file.upload} and line > ${progress.line} order by line limit ${chunk}`
    ).map((row) => StoredRow.parse(row));
    const last = rows.at(-1);
    if (!last) {
      const { line: _, ...counts } = progress;
      return { list, name: file.name, lines: file.lines, ...counts };
    }
    const readable = rows.flatMap(({ line, found }) => (found ? [{ line, found }] : []));
    const { candidates, leftOut } = await sifted(
      suppressions,
      readable.map(({ found }) => found),
    );
    const bad = [
      ...rows.flatMap(({ line, why }) => (why === null ? [] : [{ line, why }])),
      ...leftOut.map(({ at, why }) => ({ line: readable[at]?.line ?? 0, why })),
    ].toSorted((a, b) => a.line - b.line);
    const badLines = [...progress.badLines, ...bad].slice(0, mostBadLines);
    await sql.begin(async (tx) => {
      const saved = await saveChunk(tx, account, list, candidates, source);
      const moved = await tx`
        update lead_imports set line = ${last.line}, bad = bad + ${bad.length},
          bad_lines = ${JSON.stringify(badLines)}::text::jsonb, created = created + ${saved.created},
          changed = changed + ${saved.changed}, unchanged = unchanged + ${saved.unchanged}, at = now()
        where ${ours} and line = ${progress.line}`;
      // a try that was taken for dead may still be at it: what it stored is not counted twice
      if (moved.count === 0) throw new Error('Another try of this import has stored these lines');
    });
  }
}

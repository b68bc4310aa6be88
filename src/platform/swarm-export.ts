import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { SwarmTaskRow } from '../contracts/swarm.ts';

const columns = [
  'index',
  'capability',
  'account',
  'input',
  'state',
  'method',
  'failure',
  'message',
  'result',
  'took',
] as const;

/**
 * Tasks and how they went as text: a line of JSON each, or rows under a header with JSON in the
 * cells of input and result. `took` is in milliseconds. Read as fast as it is taken.
 */
export function exportSwarm(
  pages: AsyncIterable<readonly SwarmTaskRow[]>,
  format: 'jsonl' | 'csv',
): Readable {
  if (format === 'jsonl') return Readable.from(linesOf(pages));
  const table = stringify({ header: true, columns: [...columns], cast: { string: harmless } });
  // what goes wrong with a page reaches the reader of the table
  return pipeline(Readable.from(cellsOf(pages)), table, () => undefined);
}

/** Columns of one task, in their order. */
const exported = ({ index, capability, account, input, state, ...row }: SwarmTaskRow) => ({
  ...{ index, capability, account, input, state },
  ...{ method: row.method, failure: row.failure, message: row.message, result: row.result },
  took: row.tookMs,
});

async function* linesOf(pages: AsyncIterable<readonly SwarmTaskRow[]>): AsyncGenerator<string> {
  for await (const page of pages) {
    yield page.map((row) => `${JSON.stringify(exported(row))}\n`).join('');
  }
}

async function* cellsOf(pages: AsyncIterable<readonly SwarmTaskRow[]>) {
  for await (const page of pages) {
    for (const row of page) {
      const { input, result, ...cells } = exported(row);
      const text = result === null ? '' : JSON.stringify(result);
      yield { ...cells, input: JSON.stringify(input), result: text };
    }
  }
}

/** A cell that a spreadsheet would take for a formula is marked as text. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

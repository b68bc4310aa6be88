import { pipeline } from 'node:stream/promises';
import type { PendingQuery, Row } from 'postgres';
import type { Database } from './database.ts';

/**
 * Streams CSV into a table by one COPY, so that all rows arrive or none.
 *
 * @param counted asks, as `count`, how many of these rows there are; `sent` says how many there should be.
 * @throws when there are others. A swarm once had a list of 60 tasks and no rows, because the stream ended
 *   well although the server had refused its COPY (`postgres-js.ts` has why, and mends it).
 */
export async function copyIn(
  { sql }: Pick<Database, 'sql'>,
  statement: string,
  lines: () => AsyncIterable<string>,
  sent: () => number,
  counted: PendingQuery<Row[]>,
): Promise<void> {
  await pipeline(lines, await sql.unsafe(statement).writable());
  const [row] = await counted;
  if (row?.count === sent()) return;
  throw new Error(`The database has ${row?.count ?? 0} of ${sent()} rows that were copied into it`);
}

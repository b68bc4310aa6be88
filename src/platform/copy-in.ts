import { pipeline } from 'node:stream/promises';
import type { PendingQuery, Row } from 'postgres';
import type { Database } from './database.ts';

/**
 * Streams CSV into a table by one COPY, so that all rows arrive or none.
 *
 * @param counted asks, as `count`, how many of these rows there are; `sent` says how many there should be.
 * @throws when there are others: a stream of postgres.js 3.4.9 was seen to end well although the server had
 *   refused its COPY (`unexpected message type 0x50 during COPY`: another question on the same connection).
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

import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Database } from './database.ts';
import { inputFields, typedCell } from './task-cells.ts';
import type { PlacedTask } from './checked-tasks.ts';

const statementTakesMs = 300_000;
const rowsAtOnce = 500;

/**
 * Reads tasks from the rows of a query, each of them an input; columns `capability` and `account`
 * say those. The query can change nothing, and may take five minutes.
 *
 * @throws {BadRequest} with the database's own words for a query that it refuses.
 */
export async function* queryTasks(
  { sql }: Pick<Database, 'sql'>,
  query: string,
  { capability, account }: { readonly capability?: string; readonly account?: string },
): AsyncGenerator<PlacedTask> {
  const connection = await sql.reserve();
  let number = 0;
  try {
    await connection`begin read only`;
    await connection.unsafe(`set local statement_timeout = ${statementTakesMs}`);
    const rows = connection.unsafe<Record<string, unknown>[]>(query, [], { prepare: true });
    for await (const page of rows.cursor(rowsAtOnce)) {
      for (const row of page) {
        number += 1;
        const { capability: own, account: login, ...cells } = row;
        const named = own ?? capability;
        const fields = (typeof named === 'string' ? inputFields(named) : undefined) ?? {};
        const input = Object.entries(cells).flatMap(([name, value]) =>
          value === null ? [] : [[name, valueOf(value, fields[name])] as const],
        );
        yield {
          at: `the query, row ${number}`,
          task: { capability: named, account: login ?? account, input: asRecord(input) },
        };
      }
    }
  } catch (error) {
    const isRefusal =
      error instanceof Error && error.name === 'PostgresError' && 'severity' in error;
    if (!isRefusal) throw error;
    throw new BadRequest(FailureType.InvalidInput, `--query: ${error.message}`);
  } finally {
    await connection`rollback`.catch(() => undefined);
    connection.release();
  }
}

const asRecord = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(entries);

/** Times and days as ISO text; numbers too big for a number come as text and are read by the schema. */
function valueOf(value: unknown, field: Parameters<typeof typedCell>[0]): unknown {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' && field?.type !== 'array' ? typedCell(field, value) : value;
}

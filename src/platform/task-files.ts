import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import { csvRows } from './csv-rows.ts';
import { inputFields, typedCell, type InputFields } from './task-cells.ts';
import { inLines, peeked, type Bytes } from './task-lines.ts';
import type { PlacedTask } from './checked-tasks.ts';

/** How tasks stand in a text: one JSON object a line, or rows under a header. */
export type TaskFormat = 'jsonl' | 'csv';

/** What a text of tasks does not say itself. */
export interface TaskText {
  /** What people call it: `leads.csv`. Errors begin with it. */
  readonly name: string;
  /** Known by the name, or by the first character, when left out. */
  readonly format?: TaskFormat | undefined;
  /** The capability of all tasks: each line or row is then an input. */
  readonly capability?: string | undefined;
  /** The account of all tasks that name none. */
  readonly account?: string | undefined;
}

/**
 * Reads tasks from a text as it comes, so that memory does not grow with it.
 *
 * @throws {BadRequest} naming file and line for what can't be read. Values are judged later, by
 * whoever takes the tasks; they name the place too.
 */
export async function* readTasks(text: TaskText, bytes: Bytes): AsyncGenerator<PlacedTask> {
  const { first, all } = await peeked(bytes);
  const format = text.format ?? formatOf(text.name) ?? (/^[{[]/.test(first) ? 'jsonl' : 'csv');
  yield* format === 'csv' ? readCsv(text, all) : readJsonLines(text, all);
}

/** The format that the name of a file tells. */
export function formatOf(name: string): TaskFormat | undefined {
  if (/\.csv$/i.test(name)) return 'csv';
  return /\.(jsonl|ndjson)$/i.test(name) ? 'jsonl' : undefined;
}

async function* readJsonLines(text: TaskText, bytes: Bytes): AsyncGenerator<PlacedTask> {
  const { name, capability, account } = text;
  for await (const { number, content } of inLines(name, bytes)) {
    const json = content.toString('utf8').trim(); // takes a mark of the byte order with it
    if (json === '') continue;
    const at = `${name}, line ${number}`;
    const line = objectIn(at, json);
    yield {
      at,
      task:
        capability === undefined
          ? { ...line, account: line.account ?? account }
          : { capability, account, input: line },
    };
  }
}

function objectIn(at: string, json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw wrong(`${at}: is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const isList = json.startsWith('[');
  throw wrong(
    `${at}: expected one object a line${isList ? ', not a list (jq -c ".[]" makes lines of it)' : ''}`,
  );
}

async function* readCsv(text: TaskText, bytes: Bytes): AsyncGenerator<PlacedTask> {
  const { name, capability, account } = text;
  let header: Header | undefined;
  for await (const { line, cells } of csvRows(name, bytes)) {
    const at = `${name}, line ${line}`;
    if (header) {
      const row = rowOf(at, header, cells, capability);
      yield { at, task: { ...row, account: row.account ?? account } };
    } else header = headerOf(at, cells, capability);
  }
  if (!header) throw wrong(`${name} is empty: expected a header, and a row for each task`);
}

interface Header {
  readonly columns: readonly string[];
  /** Fields of the capability of all rows; undefined where each row names its own. */
  readonly fields: InputFields | undefined;
}

function headerOf(at: string, record: readonly string[], capability: string | undefined): Header {
  const columns = record.map((column) => column.trim());
  const twice = columns.find((column, place) => columns.indexOf(column) !== place);
  if (twice !== undefined) throw wrong(`${at}: the column “${twice}” stands there twice`);
  if (columns.includes('')) throw wrong(`${at}: a column has no name`);
  if (columns.includes('capability')) return { columns, fields: undefined };
  if (columns.length === 1 && columns[0]?.includes(';') === true) {
    throw wrong(`${at}: expected commas between the columns, not semicolons`);
  }
  if (capability === undefined) {
    throw wrong(`${at}: expected a column “capability”, or one capability for all rows`);
  }
  const fields = inputFields(capability);
  const unknown = columns.find(
    (column) => fields && column !== 'account' && !Object.hasOwn(fields, column),
  );
  if (unknown === undefined) return { columns, fields };
  const known = Object.keys(fields ?? {}).join(', ');
  throw wrong(`${at}: the column “${unknown}” is no field of ${capability}; there are: ${known}`);
}

/** A row as a task. Cells take the type that the capability's schema gives them; empty ones are left out. */
function rowOf(
  at: string,
  { columns, fields }: Header,
  record: readonly string[],
  forAll: string | undefined,
) {
  if (record.length !== columns.length) {
    throw wrong(`${at}: has ${record.length} cells, expected ${columns.length} as in the header`);
  }
  const cells = columns
    .map((column, place) => [column, record[place] ?? ''] as const)
    .filter(([, cell]) => cell !== '');
  const { account, ...rest } = Object.fromEntries(cells);
  const { capability = forAll, ...input } = columns.includes('capability')
    ? rest
    : { ...rest, capability: forAll };
  const known = fields ?? inputFields(capability ?? '') ?? {};
  const typed = Object.entries<string | undefined>(input).map(
    ([field, cell]) => [field, typedCell(known[field], cell ?? '')] as const,
  );
  const values: Record<string, unknown> = Object.fromEntries(typed);
  return { capability, account, input: values };
}

const wrong = (message: string): BadRequest => new BadRequest(FailureType.InvalidInput, message);

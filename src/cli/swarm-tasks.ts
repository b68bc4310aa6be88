import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { SwarmTasks } from '../platform/start-swarm.ts';
import { ExitCode, Stop } from './exit.ts';
import type { Session } from './session.ts';

/** Where a command's tasks are: a file, stdin (`-`) or a query. */
export interface TaskPlace {
  readonly file?: string | undefined;
  readonly query?: string | undefined;
  readonly capability?: string | undefined;
  readonly account?: string | undefined;
}

/** Help for the places tasks come from. */
export const fileHelp = 'tasks: .jsonl with one a line, or .csv with a header; - for stdin';

/** What people call the tasks of a place. */
export const nameOf = ({ file, query }: TaskPlace): string =>
  query !== undefined ? 'Rows of a query' : file === '-' || !file ? 'stdin' : basename(file);

/** @throws {Stop} when no place is named, or two, or the file can't be read. */
export async function tasksFrom(session: Session, place: TaskPlace): Promise<SwarmTasks> {
  const { queryTasks } = await import('../platform/task-query.ts');
  const { formatOf, readTasks } = await import('../platform/task-files.ts');
  const { file, query, capability, account } = place;
  if ((file === undefined) === (query === undefined)) {
    throw new Stop(ExitCode.wrongInput, 'Expected either <file> (- for stdin) or --query.');
  }
  const shared = { ...(capability ? { capability } : {}), ...(account ? { account } : {}) };
  const origin = nameOf(place);
  if (query !== undefined) {
    return { kind: 'stream', origin, tasks: queryTasks(session.database, query, shared) };
  }
  const text = { name: origin, format: formatOf(file ?? ''), ...shared };
  const bytes = file === '-' ? process.stdin : await opened(file ?? '');
  return { kind: 'stream', origin, tasks: readTasks(text, bytes) };
}

async function opened(file: string): Promise<NodeJS.ReadableStream & AsyncIterable<Buffer>> {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), file); // npm runs scripts in the checkout
  try {
    const handle = await open(path);
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new Error('it is a folder');
    return handle.createReadStream();
  } catch {
    throw new Stop(ExitCode.wrongInput, `<file>: ${path} can't be read`);
  }
}

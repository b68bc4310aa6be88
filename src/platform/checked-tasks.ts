import { createHash, type Hash } from 'node:crypto';
import { BadRequest, checkSwarmTask, type TaskCounts } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import { mostInputBytes, type SwarmTask } from '../contracts/swarm.ts';

/** A task as it was read, and where it stands: `leads.csv, line 3`. */
export interface PlacedTask {
  readonly at: string;
  readonly task: unknown;
}

/** A list that is short enough to travel in a request. */
export interface ShortList {
  /** The same for the same tasks in the same order, as a loaded list has it. */
  readonly digest: string;
  readonly agents: readonly string[];
  /** Tasks of each capability. */
  readonly counts: TaskCounts;
  /** With defaults filled in. */
  readonly tasks: SwarmTask[];
}

/** Checks a short list as a long one is checked. @throws {BadRequest} for the first wrong task. */
export function shortList(placed: readonly PlacedTask[]): ShortList {
  const hash = createHash('sha256');
  const checked = placed.map(({ at, task }) => checkedAt(at, task));
  checked.forEach((task) => addTo(hash, task));
  return {
    digest: digestOf(hash),
    agents: [...new Set(checked.map(({ agent }) => agent))],
    counts: Object.fromEntries(
      [...Map.groupBy(checked, ({ capability }) => capability)].map(([id, tasks]) => [
        id,
        tasks.length,
      ]),
    ),
    tasks: checked.map(({ capability, account, input }) => ({ capability, account, input })),
  };
}

/** The first half of a hash of tasks, as ids have it. */
export const digestOf = (hash: Hash): string => hash.digest('hex').slice(0, 12);

/** Adds a task to the hash of its list. */
export function addTo(
  hash: Hash,
  { capability, account, text }: ReturnType<typeof checkedAt>,
): void {
  hash.update(`${capability} ${account} ${text}\n`);
}

/** The task as the table keeps it. @throws {BadRequest} naming the place and each wrong field. */
export function checkedAt(at: string, raw: unknown) {
  try {
    const { request, agent, input } = checkSwarmTask(raw);
    const text = JSON.stringify(input);
    const bytes = Buffer.byteLength(text);
    if (bytes > mostInputBytes) {
      throw new BadRequest(
        FailureType.InvalidInput,
        `input: is ${(bytes / 1_048_576).toFixed(1)} MiB, expected at most ${mostInputBytes / 1024} KiB; keep big things in a file or a table and name them`,
      );
    }
    if (text.includes('\\u0000')) {
      throw new BadRequest(FailureType.InvalidInput, 'input: has a NUL character in it');
    }
    return {
      capability: request.capability,
      account: request.account,
      agent: agent.id,
      input,
      text,
    };
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    const fields = error.fields.map(({ path, message }) => ({ path: `/${at}${path}`, message }));
    throw new BadRequest(error.failure, `${at}: ${error.message}`, fields);
  }
}

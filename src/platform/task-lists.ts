import { createHash, randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import { BadRequest, checkTask } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import { mostInputBytes, type FailureFilter } from '../contracts/swarm.ts';
import type { Database } from './database.ts';

/** A task as it was read, and where it stands: `leads.csv, line 3`. */
export interface PlacedTask {
  readonly at: string;
  readonly task: unknown;
}

/** Tasks of one agent that stand in line one after the other; `to` is not among them. */
export interface AgentRange {
  readonly agent: string;
  readonly from: number;
  readonly to: number;
}

/** What a list holds. */
export interface TaskList {
  readonly id: string;
  readonly total: number;
  readonly ranges: readonly AgentRange[];
}

/** A list that was loaded now, with the first half of a hash of all its tasks. */
export interface LoadedList extends TaskList {
  readonly digest: string;
}

/** Lists of tasks that are too long to travel in a request. */
export interface TaskLists {
  /**
   * Checks each task against its capability and stores all of them, or none.
   *
   * @param origin what people call it: the name of the file.
   * @throws {BadRequest} for the first task that is wrong, and for a list without tasks.
   */
  load(
    tasks: AsyncIterable<PlacedTask> | Iterable<PlacedTask>,
    origin: string,
  ): Promise<LoadedList>;
  /** @throws {BadRequest} when there is no such list. */
  read(id: string): Promise<TaskList>;
  /** Stores further tasks at the end of a list. @returns the list with only the new ranges. */
  append(id: string, tasks: Iterable<PlacedTask>): Promise<TaskList>;
  /**
   * Puts the failed tasks of a swarm in line again, in the same list, and forgets how they went.
   *
   * @returns the list with only the new ranges; none when nothing failed in this way.
   */
  requeueFailed(swarm: string, of: FailureFilter): Promise<TaskList>;
  /** Copies the failed tasks of an earlier swarm into a list of its own. @throws {BadRequest} */
  copyFailed(workflowId: string, of: FailureFilter): Promise<TaskList>;
}

const columns = 'list, agent, seq, index, capability, account, input';
const rowsAtOnce = 200;

/** @param database where the tables `task_lists` and `swarm_tasks` are. */
export function createTaskLists({ sql }: Pick<Database, 'sql'>): TaskLists {
  /** Numbers the tasks and streams them into the table; one statement, so that all arrive or none. */
  async function copy(
    list: string,
    tasks: AsyncIterable<PlacedTask> | Iterable<PlacedTask>,
    before: Readonly<Record<string, number>>,
    firstIndex: number,
  ): Promise<{ agents: Record<string, number>; total: number; digest: string }> {
    const agents: Record<string, number> = { ...before };
    const hash = createHash('sha256');
    let index = firstIndex;

    /** Rows as CSV, many at a time. */
    async function* lines(): AsyncGenerator<string> {
      let rows: (string | number)[][] = [];
      for await (const { at, task } of tasks) {
        const { capability, account, agent, text } = checkedAt(at, task);
        const seq = agents[agent] ?? 0;
        agents[agent] = seq + 1;
        hash.update(`${capability} ${account} ${text}\n`);
        rows.push([list, agent, seq, index, capability, account, text]);
        index += 1;
        if (rows.length < rowsAtOnce) continue;
        yield stringify(rows);
        rows = [];
      }
      if (rows.length > 0) yield stringify(rows);
    }
    const into = await sql
      .unsafe(`copy swarm_tasks (${columns}) from stdin with (format csv)`)
      .writable();
    await pipeline(lines, into);
    if (index === firstIndex) throw new BadRequest(FailureType.InvalidInput, 'There are no tasks');
    return { agents, total: index, digest: hash.digest('hex').slice(0, 12) };
  }

  async function known(id: string): Promise<{ total: number; agents: Record<string, number> }> {
    const [row] = await sql<{ total: number; agents: Record<string, number> }[]>`
      select total, agents from task_lists where id = ${id}`;
    if (row) return row;
    throw new BadRequest(
      FailureType.InvalidInput,
      `There is no task list ${id}: load one with “agentic swarm run <file>”`,
      [{ path: '/source/list', message: 'unknown task list' }],
    );
  }

  async function write(id: string, total: number, agents: Record<string, number>, origin: string) {
    await sql`
      insert into task_lists (id, total, agents, origin)
      values (${id}, ${total}, ${sql.json(agents)}, ${origin})
      on conflict (id) do update set total = excluded.total, agents = excluded.agents`;
  }

  return {
    async load(tasks, origin) {
      const id = randomUUID();
      const { agents, total, digest } = await copy(id, tasks, {}, 0);
      await write(id, total, agents, origin);
      return { id, total, digest, ranges: rangesOf({}, agents) };
    },

    async read(id) {
      const { total, agents } = await known(id);
      return { id, total, ranges: rangesOf({}, agents) };
    },

    async append(id, tasks) {
      const before = await known(id);
      const { agents, total } = await copy(id, tasks, before.agents, before.total);
      await write(id, total, agents, '');
      return { id, total, ranges: rangesOf(before.agents, agents) };
    },

    async requeueFailed(swarm, of) {
      const [row] = await sql<{ list: string }[]>`select list from swarms where id = ${swarm}`;
      if (!row) throw new Error(`There is no swarm ${swarm}`);
      const before = await known(row.list);
      const added = await sql<{ agent: string; count: number }[]>`
        with again as (
          delete from swarm_outcomes where swarm = ${swarm} and ${failedOf(of)} returning index
        ), tasks as (
          select distinct on (t.index) t.* from swarm_tasks t join again using (index)
          where t.list = ${row.list} order by t.index
        ), added as (
          insert into swarm_tasks (${sql.unsafe(columns)})
          select list, agent, coalesce((${sql.json(before.agents)}::jsonb ->> agent)::int, 0)
            + row_number() over (partition by agent order by index) - 1,
            index, capability, account, input
          from tasks returning agent
        )
        select agent, count(*)::int from added group by agent`;
      const agents = { ...before.agents };
      for (const { agent, count } of added) agents[agent] = (agents[agent] ?? 0) + count;
      await write(row.list, before.total, agents, '');
      return { id: row.list, total: before.total, ranges: rangesOf(before.agents, agents) };
    },

    async copyFailed(workflowId, of) {
      const [swarm] = await sql<{ id: string; list: string; origin: string }[]>`
        select s.id, s.list, l.origin from swarms s join task_lists l on l.id = s.list
        where workflow_id = ${workflowId} order by s.created_at desc limit 1`;
      if (!swarm) {
        throw new BadRequest(FailureType.InvalidInput, `There is no swarm “${workflowId}”`, [
          { path: '/source/swarm', message: 'unknown swarm' },
        ]);
      }
      const id = randomUUID();
      const rows = await sql<{ agent: string; count: number }[]>`
        with tasks as (
          select distinct on (t.index) t.* from swarm_outcomes o join swarm_tasks t using (index)
          where o.swarm = ${swarm.id} and t.list = ${swarm.list} and ${failedOf(of)}
          order by t.index
        ), added as (
          insert into swarm_tasks (${sql.unsafe(columns)})
          select ${id}, agent, row_number() over (partition by agent order by index) - 1,
            row_number() over (order by index) - 1, capability, account, input
          from tasks returning agent
        )
        select agent, count(*)::int from added group by agent`;
      if (rows.length === 0) {
        throw new BadRequest(FailureType.InvalidInput, `“${workflowId}” has no such failed tasks`);
      }
      const agents = Object.fromEntries(rows.map(({ agent, count }) => [agent, count]));
      const total = rows.reduce((sum, { count }) => sum + count, 0);
      await write(id, total, agents, `failed tasks of ${workflowId}`);
      return { id, total, ranges: rangesOf({}, agents) };
    },
  };

  function failedOf({ class: errorClass, failure }: FailureFilter) {
    return sql`state = 'failed'
      and (${errorClass ?? null}::text is null or error_class = ${errorClass ?? null})
      and (${failure ?? null}::text is null or failure = ${failure ?? null})`;
  }
}

const rangesOf = (
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): readonly AgentRange[] =>
  Object.entries(after)
    .map(([agent, to]) => ({ agent, from: before[agent] ?? 0, to }))
    .filter(({ from, to }) => from < to);

/** The task as the table keeps it. @throws {BadRequest} naming the place and each wrong field. */
function checkedAt(at: string, raw: unknown) {
  try {
    const { request, agent, input } = checkTask(raw);
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
    return { capability: request.capability, account: request.account, agent: agent.id, text };
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    const fields = error.fields.map(({ path, message }) => ({ path: `/${at}${path}`, message }));
    throw new BadRequest(error.failure, `${at}: ${error.message}`, fields);
  }
}

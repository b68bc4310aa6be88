import { createHash, randomBytes } from 'node:crypto';
import { stringify } from 'csv-stringify/sync';
import { agents as declared } from '../contracts/agents.ts';
import { BadRequest, type TaskCounts } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { FailureFilter, SwarmTask, TaskSource } from '../contracts/swarm.ts';
import { addTo, checkedAt, digestOf, type PlacedTask } from './checked-tasks.ts';
import { copyIn } from './copy-in.ts';
import type { Database } from './database.ts';

/** Tasks of one agent that stand in line one after the other; `to` is not among them. */
interface AgentRange {
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
interface LoadedList extends TaskList {
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
  /** The same under an id of the caller's; a list that was loaded under it before stays as it is. */
  loadOnce(id: string, tasks: Iterable<PlacedTask>, origin: string): Promise<TaskList>;
  /** The agents of a list; none when there is no such list. */
  agentsOf(id: string): Promise<readonly string[]>;
  /** How many tasks a list has of each capability that a person has to confirm. */
  toConfirm(id: string): Promise<TaskCounts>;
  /** @throws {BadRequest} when there is no such list. */
  read(id: string): Promise<TaskList>;
  /**
   * Puts the tasks of another list at the end of a list; that one is used up. A repeat changes
   * nothing.
   *
   * @returns the list with only the new ranges.
   * @throws {BadRequest} when there is no such other list, or it went to another one.
   */
  append(id: string, other: string): Promise<TaskList>;
  /** The tasks of a list, or the failed ones of a swarm, read and left as they are. @throws {BadRequest} */
  tasksOf(source: Exclude<TaskSource, { kind: 'inline' }>): AsyncIterable<PlacedTask>;
  /** Removes a list that nobody uses. */
  drop(id: string): Promise<void>;
  /**
   * Puts the failed tasks of a swarm in line again, in the same list, and forgets how they went.
   * A repeat under the same id changes nothing, and has the same answer.
   *
   * @param id of the caller's, for this one request.
   * @returns the list with only the new ranges; none when nothing failed in this way.
   */
  requeueFailed(id: string, swarm: string, of: FailureFilter): Promise<TaskList>;
  /**
   * Copies the failed tasks of an earlier swarm into a list of its own.
   *
   * @param id of the caller's; a list that was made under it before stays as it is.
   * @throws {BadRequest}
   */
  copyFailed(workflowId: string, of: FailureFilter, id?: string): Promise<TaskList>;
}

/** Capabilities that a person has to confirm. */
const asked = declared.flatMap(({ id: agent, capabilities }) =>
  capabilities.flatMap((each) => (each.confirmation ? [{ agent, id: each.id }] : [])),
);
const columns = 'list, agent, seq, index, capability, account, input';
const rowsAtOnce = 200;

/** @param database where the tables `task_lists` and `swarm_tasks` are. */
export function createTaskLists({ sql }: Pick<Database, 'sql'>): TaskLists {
  /**
   * Numbers the tasks and streams them into the table; one statement, so that all arrive or none. The row
   * that makes the list count is written last.
   */
  async function copy(
    list: string,
    tasks: AsyncIterable<PlacedTask> | Iterable<PlacedTask>,
    origin: string,
  ): Promise<{ readonly list: TaskList; readonly digest: string }> {
    const agents: Record<string, number> = {};
    const hash = createHash('sha256');
    let index = 0;

    /** Rows as CSV, many at a time. */
    async function* lines(): AsyncGenerator<string> {
      let rows: (string | number)[][] = [];
      for await (const { at, task } of tasks) {
        const checked = checkedAt(at, task);
        const { capability, account, agent, text } = checked;
        addTo(hash, checked);
        const seq = agents[agent] ?? 0;
        agents[agent] = seq + 1;
        rows.push([list, agent, seq, index, capability, account, text]);
        index += 1;
        if (rows.length < rowsAtOnce) continue;
        yield stringify(rows);
        rows = [];
      }
      if (rows.length > 0) yield stringify(rows);
    }
    await copyIn(
      { sql },
      `copy swarm_tasks (${columns}) from stdin with (format csv)`,
      lines,
      () => index,
      sql`select count(*)::int as count from swarm_tasks where list = ${list}`,
    );
    if (index === 0) throw new BadRequest(FailureType.InvalidInput, 'There are no tasks');
    return { list: await write(list, agents, origin), digest: digestOf(hash) };
  }

  async function known(id: string): Promise<{ total: number; agents: Record<string, number> }> {
    const [row] = await sql<{ total: number; agents: Record<string, number> }[]>`
      select total, agents from task_lists where id = ${id} and added is null`;
    if (row) return row;
    throw new BadRequest(
      FailureType.InvalidInput,
      `There is no task list ${id}: load one with “agentic swarm run <file>”`,
      [{ path: '/source/list', message: 'unknown task list' }],
    );
  }

  /** The latest swarm of an id. @throws {BadRequest} */
  async function swarmOf(workflowId: string): Promise<{ id: string; list: string }> {
    const [swarm] = await sql<{ id: string; list: string }[]>`
      select id, list from swarms where workflow_id = ${workflowId}
      order by created_at desc limit 1`;
    if (swarm) return swarm;
    throw new BadRequest(FailureType.InvalidInput, `There is no swarm “${workflowId}”`, [
      { path: '/source/swarm', message: 'unknown swarm' },
    ]);
  }

  /** @returns the list that counts from now on. */
  async function write(
    id: string,
    agents: Readonly<Record<string, number>>,
    origin: string,
  ): Promise<TaskList> {
    const total = Object.values(agents).reduce((sum, count) => sum + count, 0);
    await sql`
      insert into task_lists (id, total, agents, origin)
      values (${id}, ${total}, ${sql.json(agents)}, ${origin})
      on conflict (id) do update set total = excluded.total, agents = excluded.agents`;
    return { id, total, ranges: rangesOf({}, agents) };
  }

  /** The list of this id, made now unless it is there; what a maker left half done goes away before. */
  async function once(id: string, make: () => Promise<TaskList>): Promise<TaskList> {
    const [there] = await sql<{ total: number; agents: Record<string, number> }[]>`
      select total, agents from task_lists where id = ${id}`;
    if (there) return { id, total: there.total, ranges: rangesOf({}, there.agents) };
    await sql`delete from swarm_tasks where list = ${id}`;
    return make();
  }

  /** What went to the end of another list under this id; the same however often it is asked. */
  async function addedBy(id: string): Promise<TaskList | undefined> {
    const [row] = await sql<Used[]>`
      select total, agents, added from task_lists where id = ${id}`;
    if (!row?.added) return undefined;
    const { list, agents, total } = row.added;
    const after = Object.entries(row.agents).map(
      ([agent, count]) => [agent, count + (agents[agent] ?? 0)] as const,
    );
    const ranges = rangesOf(agents, Object.fromEntries(after));
    return { id: list, total: total + row.total, ranges };
  }

  return {
    async load(tasks, origin) {
      const { list, digest } = await copy(newListId(), tasks, origin);
      return { ...list, digest };
    },

    loadOnce: (id, tasks, origin) => once(id, async () => (await copy(id, tasks, origin)).list),

    async agentsOf(id) {
      const rows = await sql<{ agent: string }[]>`
        select jsonb_object_keys(agents) as agent from task_lists where id = ${id}`;
      return rows.map(({ agent }) => agent);
    },

    async toConfirm(id) {
      const rows = await sql<{ capability: string; count: number }[]>`
        select capability, count(distinct index)::int as count from swarm_tasks
        where list = ${id} and agent = any(${asked.map(({ agent }) => agent)})
          and capability = any(${asked.map((each) => each.id)})
        group by capability`;
      return Object.fromEntries(rows.map(({ capability, count }) => [capability, count]));
    },

    async read(id) {
      const { total, agents } = await known(id);
      return { id, total, ranges: rangesOf({}, agents) };
    },

    async append(id, other) {
      await sql`
        with target as (
          select id, total, agents from task_lists where id = ${id} for update
        ), used as (
          update task_lists l set added = json_build_object('list', t.id, 'agents', t.agents,
            'total', t.total)
          from target t where l.id = ${other} and l.id <> t.id and l.added is null
          returning l.total, l.agents
        ), moved as (
          update swarm_tasks s set list = t.id, index = s.index + t.total,
            seq = s.seq + coalesce((t.agents ->> s.agent)::int, 0)
          from target t where s.list = ${other} and exists (select from used)
        )
        update task_lists l set total = l.total + used.total, agents = l.agents || (
          select jsonb_object_agg(key, value::int + coalesce((l.agents ->> key)::int, 0))
          from jsonb_each_text(used.agents))
        from used where l.id = ${id}`;
      const added = await addedBy(other);
      if (added?.id === id) return added;
      throw new BadRequest(
        FailureType.InvalidInput,
        `source.list: there is no task list ${other} that could be added`,
      );
    },

    async *tasksOf(source) {
      if (source.kind === 'list') await known(source.list);
      const swarm = source.kind === 'failed' ? await swarmOf(source.swarm) : undefined;
      const list = source.kind === 'list' ? source.list : (swarm?.list ?? '');
      const failed =
        source.kind === 'failed' && swarm
          ? sql`and exists (select from swarm_outcomes o where o.swarm = ${swarm.id}
              and o.index = t.index and ${failedOf(source.of)})`
          : sql``;
      const rows = sql<(SwarmTask & { index: number })[]>`
        select distinct on (t.index) t.index, capability, account, input from swarm_tasks t
        where t.list = ${list} ${failed} order by t.index`.cursor(rowsAtOnce);
      for await (const page of rows) {
        for (const { index, ...task } of page) yield { at: `task ${index}`, task };
      }
    },

    async drop(id) {
      await sql`delete from task_lists where id = ${id}`;
      await sql`delete from swarm_tasks where list = ${id}`;
    },

    async requeueFailed(id, swarm, of) {
      await sql`
        with target as (
          select l.id, l.total, l.agents from task_lists l join swarms s on s.list = l.id
          where s.id = ${swarm} and not exists (select from task_lists where id = ${id})
          for update of l
        ), again as (
          delete from swarm_outcomes where swarm = ${swarm} and ${failedOf(of)}
            and exists (select from target) returning index
        ), tasks as (
          select distinct on (s.index) s.*, t.agents from target t
          join swarm_tasks s on s.list = t.id join again using (index) order by s.index
        ), added as (
          insert into swarm_tasks (${sql.unsafe(columns)})
          select list, agent, coalesce((agents ->> agent)::int, 0)
            + row_number() over (partition by agent order by index) - 1,
            index, capability, account, input
          from tasks returning agent
        ), counted as (
          select coalesce(jsonb_object_agg(agent, count), '{}') as agents from (
            select agent, count(*)::int from added group by agent) each
        ), noted as (
          insert into task_lists (id, total, agents, origin, added)
          select ${id}, 0, c.agents, 'failed tasks', json_build_object('list', t.id,
            'agents', t.agents, 'total', t.total)
          from target t, counted c
        )
        update task_lists l set agents = l.agents || (
          select coalesce(jsonb_object_agg(key, value::int + coalesce((l.agents ->> key)::int, 0)),
            '{}') from jsonb_each_text(counted.agents))
        from target, counted where l.id = target.id`;
      const added = await addedBy(id);
      if (!added) throw new Error(`There is no swarm ${swarm}`);
      return added;
    },

    copyFailed: (workflowId, of, id = newListId()) =>
      once(id, async () => {
        const swarm = await swarmOf(workflowId);
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
          throw new BadRequest(
            FailureType.InvalidInput,
            `“${workflowId}” has no such failed tasks`,
          );
        }
        const agents = Object.fromEntries(rows.map(({ agent, count }) => [agent, count]));
        return write(id, agents, `failed tasks of ${workflowId}`);
      }),
  };

  function failedOf({ class: errorClass, failure }: FailureFilter) {
    return sql`state = 'failed'
      and (${errorClass ?? null}::text is null or error_class = ${errorClass ?? null})
      and (${failure ?? null}::text is null or failure = ${failure ?? null})`;
  }
}

/** A list that was added to another one: what that one had before. */
interface Used {
  readonly total: number;
  readonly agents: Record<string, number>;
  readonly added: {
    readonly list: string;
    readonly total: number;
    readonly agents: Record<string, number>;
  } | null;
}

const newListId = (): string => listIdOf(Date.now(), randomBytes(10));

/**
 * An id that tells when it was made (UUID version 7): that is how old leftovers are known.
 *
 * @param at milliseconds since 1970.
 * @param rest ten bytes or more that no other list has.
 */
export function listIdOf(at: number, rest: Buffer): string {
  const time = at.toString(16).padStart(12, '0');
  const hex = rest.toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-8${hex.slice(4, 7)}-${hex.slice(7, 19)}`;
}

const rangesOf = (
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): readonly AgentRange[] =>
  Object.entries(after)
    .map(([agent, to]) => ({ agent, from: before[agent] ?? 0, to }))
    .filter(({ from, to }) => from < to);

import type {
  SwarmTaskDetail,
  SwarmTaskRow,
  SwarmTasks,
  SwarmTiles,
  TasksQuery,
  TaskState,
  TilesQuery,
} from '../contracts/swarm.ts';
import { mostTaskBytes } from '../contracts/swarm.ts';
import type { Database } from './database.ts';
import { paced } from './paced.ts';
import { cut } from './run-events.ts';

/** A swarm among its rows. */
export interface SwarmRef {
  /** First run id of its root. */
  readonly id: string;
  readonly list: string;
  readonly total: number;
}

/** The tasks of swarms and how they went, read from the tables alone. */
export interface SwarmRows {
  /**
   * @param run any run id of the swarm; the newest swarm of the workflow id when left out.
   * @returns `undefined` when there is none, or its tasks are not loaded.
   */
  find(workflowId: string, run?: string): Promise<Found | undefined>;
  tiles(swarm: Found, query: Omit<TilesQuery, 'run'>): Promise<SwarmTiles>;
  /** One page by index. */
  page(swarm: SwarmRef, query: Omit<TasksQuery, 'run'>): Promise<SwarmTasks>;
  task(swarm: SwarmRef, index: number): Promise<SwarmTaskDetail | undefined>;
  /** All tasks by index, whole, a few at a time: as many as memory may hold whatever their size. */
  all(swarm: SwarmRef, state?: TaskState): AsyncGenerator<readonly SwarmTaskRow[]>;
}

/** A swarm that was looked for. */
interface Found extends SwarmRef {
  /** It is over, and its totals stay. */
  readonly isCounted: boolean;
}

interface Row extends Omit<SwarmTaskRow, 'at'> {
  readonly at: Date | null;
  readonly vendorAnswer: SwarmTaskDetail['vendorAnswer'];
}

/** Tasks of a swarm in so many tiles. */
interface Tiled {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly tiles: number;
}

const longestInList = 2_000;
const longestAlone = 65_536;
const exportPage = { bytes: 2_000_000, fewest: 10, most: 1_000 };
const stateBytes = { open: 0, completed: 1, failed: 2, retrying: 3 } as const satisfies Record<
  TaskState,
  number
>;

/** @param database where the tables of swarms are. */
export function createSwarmRows({ sql }: Pick<Database, 'sql'>): SwarmRows {
  /** A task that was tried again stands in line twice under its index, with the same input. */
  const rowsOf = (
    { id, list, total }: SwarmRef,
    from: number,
    limit: number,
    { state, failure }: { state?: TaskState | undefined; failure?: string | undefined } = {},
  ) => sql<Row[]>`
    select distinct on (t.index) t.index, t.capability, t.account, t.input,
      coalesce(o.state, 'open') as state, o.method, o.failure, o.error_class as class, o.message,
      o.vendor_answer as "vendorAnswer", o.result, o.took_ms as "tookMs", o.at,
      o.workflow_id as squad
    ${
      state === 'failed' || state === 'retrying' || failure !== undefined
        ? sql`from swarm_outcomes o join swarm_tasks t on t.list = ${list} and t.index = o.index
            where o.swarm = ${id} and o.state <> 'completed' and o.index >= ${from}
              and (${state ?? null}::text is null or o.state = ${state ?? null})
              and (${failure ?? null}::text is null or o.failure = ${failure ?? null})`
        : sql`from ${tasksIn(state, { id, list, total }, from, limit)} t
            left join swarm_outcomes o on o.swarm = ${id} and o.index = t.index
              and o.index >= ${from} and o.index < ${total}
            where t.list = ${list} and t.index >= ${from} and t.index < ${total}`
    }
    order by t.index limit ${limit}`;

  /** Tasks of a state are found by indexes, in order; only these few are then read whole. */
  const tasksIn = (
    state: 'open' | 'completed' | undefined,
    { id, list, total }: SwarmRef,
    from: number,
    limit: number,
  ) =>
    state === undefined
      ? sql`swarm_tasks`
      : sql`(
          select whole.* from (${
            state === 'open'
              ? sql`select distinct t.index from swarm_tasks t
                  where t.list = ${list} and t.index >= ${from} and t.index < ${total}
                    and not exists (select from swarm_outcomes o where o.swarm = ${id}
                      and o.index = t.index and o.index >= ${from})
                  order by t.index limit ${limit}`
              : sql`select o.index from swarm_outcomes o
                  where o.swarm = ${id} and o.state = 'completed'
                    and o.index >= ${from} and o.index < ${total}
                  order by o.index limit ${limit}`
          }) found
          join swarm_tasks whole on whole.list = ${list} and whole.index = found.index)`;

  /** Counting a million tasks takes a quarter of a second. */
  const tilesOf = paced(async (_place: string, range: Tiled, _isCounted: boolean) => {
    const { id, from, to, tiles } = range;
    const size = Math.max(1, Math.ceil((to - from) / tiles));
    const count = Math.ceil((to - from) / size);
    const zeros = (): number[] => new Array<number>(count).fill(0);
    const [completed, failed, retrying] = [zeros(), zeros(), zeros()];
    const [written, problems] = await Promise.all([
      sql<{ tile: number; count: number }[]>`
        select (index - ${from}) / ${size} as tile, count(*)::int from swarm_outcomes
        where swarm = ${id} and index >= ${from} and index < ${to} group by 1`,
      sql<{ index: number; state: string }[]>`
        select index, state from swarm_outcomes
        where swarm = ${id} and index >= ${from} and index < ${to} and state <> 'completed'`,
    ]);
    for (const { tile, count: all } of written) completed[tile] = all;
    for (const { index, state } of problems) {
      const tile = Math.floor((index - from) / size);
      const sort = state === 'failed' ? failed : retrying;
      sort[tile] = (sort[tile] ?? 0) + 1;
      completed[tile] = Math.max(0, (completed[tile] ?? 0) - 1);
    }
    const states = to - from > mostTaskBytes ? null : await bytesOf(id, from, to, problems);
    return { from, to, size, completed, failed, retrying, states };
  });

  return {
    async find(workflowId, run) {
      const [row] = await sql<Found[]>`
        select id, list, total, totals is not null as "isCounted"
        from swarms s where workflow_id = ${workflowId}
          ${
            run === undefined
              ? sql``
              : sql`and (id::text = ${run} or created_at < (select started_at from runs r
                  where r.workflow_id = s.workflow_id and r.run_id = ${run}))`
          }
        order by ${run === undefined ? sql`` : sql`id::text = ${run} desc,`} created_at desc limit 1`;
      return row;
    },

    tiles: ({ id, total, isCounted }, { tiles, from: first, to: last }) => {
      const from = Math.min(first, total);
      const to = Math.min(last ?? total, total);
      return tilesOf(`${id} ${from} ${to} ${tiles}`, { id, from, to, tiles }, isCounted);
    },

    async page(swarm, { from, limit, state, failure }) {
      const rows = await rowsOf(swarm, from, limit + 1, { state, failure });
      const next = rows.length > limit ? (rows[limit]?.index ?? null) : null;
      return { tasks: rows.slice(0, limit).map((row) => shown(row, longestInList)), next };
    },

    async task(swarm, index) {
      const [row] = await rowsOf(swarm, index, 1);
      if (row?.index !== index) return undefined;
      return { ...shown(row, longestAlone), vendorAnswer: row.vendorAnswer };
    },

    async *all(swarm, state) {
      let from = 0;
      let limit = exportPage.fewest;
      for (;;) {
        const rows = await rowsOf(swarm, from, limit, { state });
        if (rows.length > 0) yield rows.map((row) => shown(row));
        if (rows.length < limit) return;
        from = (rows.at(-1)?.index ?? 0) + 1;
        const bytes = JSON.stringify(rows).length / rows.length;
        limit = Math.round(exportPage.bytes / bytes);
        limit = Math.min(Math.max(limit, exportPage.fewest), exportPage.most);
      }
    },
  };

  async function bytesOf(
    id: string,
    from: number,
    to: number,
    problems: readonly { readonly index: number; readonly state: string }[],
  ): Promise<string> {
    const bytes = Buffer.alloc(to - from, stateBytes.open);
    const rows = await sql<{ index: number }[]>`
      select index from swarm_outcomes
      where swarm = ${id} and index >= ${from} and index < ${to}`;
    for (const { index } of rows) bytes[index - from] = stateBytes.completed;
    for (const { index, state } of problems) {
      bytes[index - from] = state === 'failed' ? stateBytes.failed : stateBytes.retrying;
    }
    return bytes.toString('base64');
  }
}

function shown({ vendorAnswer: _, at, ...row }: Row, longest?: number): SwarmTaskRow {
  const short = (value: unknown) => (longest === undefined ? value : cut(value, longest));
  return {
    ...row,
    at: at?.toISOString() ?? null,
    input: short(row.input),
    result: short(row.result ?? null),
  };
}

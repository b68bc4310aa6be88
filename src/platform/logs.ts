import {
  LogLevel,
  type LogEntry,
  type LogFilter,
  type LogHistogram,
  type LogPage,
  type LogQuery,
} from '../contracts/logs.ts';
import type { Database } from './database.ts';

/** The log of all processes, as it is searched. */
export interface LogReader {
  /** One page: newest first, or oldest first of those that came after one. */
  page(query: LogQuery): Promise<LogPage>;
  /**
   * How many match, in slices of time from the first of them, or `from`, to the last, or `to`.
   * Counts the newest 100,000.
   */
  histogram(filter: LogFilter): Promise<LogHistogram>;
}

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly level: string;
  readonly message: string;
  readonly agent: string | null;
  readonly workflowId: string | null;
  readonly runId: string | null;
  readonly fields: unknown;
}

const executionId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
/** How long slices of time may be, in seconds: numbers that clocks know. */
const sliceSeconds = [
  ...[1, 2, 5, 10, 30, minute, 2 * minute, 5 * minute, 10 * minute, 30 * minute],
  ...[hour, 2 * hour, 6 * hour, 12 * hour, day, 7 * day, 30 * day, 365 * day],
] as const;
const mostSlices = 80;
/** Counting more would take too long; whoever wants older ones narrows the time. */
const mostCounted = 100_000;

/** @param database where the table `log_lines` is. */
export function createLogReader({ sql }: Pick<Database, 'sql'>): LogReader {
  /** All words of a text by their beginnings; what has no letter and no digit matches everything. */
  const hasWords = (text: string) => {
    const words = sql`trim(regexp_replace(${text}::text, '[^[:alnum:]]+', ' ', 'g'))`;
    return sql`(${words} = '' or words @@ to_tsquery('simple',
      nullif(replace(${words}, ' ', ':* & '), '') || ':*'))`;
  };

  const matching = ({ q, level, agent, run, field, from, to }: LogFilter) => {
    const [, name = '', value = ''] = /^([^:]+):(.*)$/s.exec(field ?? '') ?? [];
    return sql`true
      ${q === undefined ? sql`` : sql`and ${hasWords(q)}`}
      ${
        // the words lead to few lines by the index, of which the field then has to be right
        field === undefined
          ? sql``
          : sql`and ${hasWords(`${name} ${value}`)} and fields ->> ${name} = ${value}`
      }
      ${level === undefined ? sql`` : atLeast[level](sql)}
      ${agent === undefined ? sql`` : sql`and agent = ${agent}`}
      ${
        run === undefined
          ? sql``
          : executionId.test(run)
            ? sql`and run_id = ${run}`
            : sql`and workflow_id = ${run}`
      }
      ${from === undefined ? sql`` : sql`and at >= ${from}`}
      ${to === undefined ? sql`` : sql`and at < ${to}`}`;
  };

  const columns = sql`id, at, level, message, agent, workflow_id as "workflowId",
    run_id as "runId", fields`;

  return {
    async page({ before, after, limit, ...filter }) {
      const which = matching(filter);
      const page =
        after === undefined
          ? sql`select ${columns} from log_lines where ${which}
              ${
                before === undefined
                  ? sql``
                  : sql`and (at, id) < (select at, id from log_lines where id = ${before})`
              }
              order by at desc, id desc limit ${limit}`
          : sql`select ${columns} from log_lines where id > ${after} and ${which}
              order by id limit ${limit}`;
      // in one statement, so that no line comes between the page and the end of the log
      const rows = await sql<(Partial<Row> & { readonly end: string })[]>`
        select e.end, l.* from (select coalesce(max(id), 0) as end from log_lines) e
        left join (${page}) l on true
        order by ${after === undefined ? sql`l.at desc, l.id desc` : sql`l.id`}`;
      const lines = rows.flatMap(({ end: _, id, ...row }) => (id ? [entryOf({ id, ...row })] : []));
      const lastOfMore = lines.length === limit ? (lines.at(-1)?.id ?? null) : null;
      const end = Number(rows[0]?.end ?? 0);
      return after === undefined
        ? { lines, next: lastOfMore, last: end }
        : { lines, next: null, last: lastOfMore ?? end };
    },

    async histogram(filter) {
      const { from = null, to = null } = filter;
      const rows = await sql<SliceRow[]>`
        with lines as materialized (
          select at, level from log_lines where ${matching(filter)}
          order by at desc, id desc limit ${mostCounted + 1}),
        ends as materialized (
          select count(*) <= ${mostCounted} as "isWhole",
            coalesce(${to}::timestamptz, max(at)) as last,
            case when count(*) <= ${mostCounted} then coalesce(${from}::timestamptz, min(at))
              else min(at) end as first
          from lines),
        scale as materialized (
          select *, (select min(seconds) from unnest(${[...sliceSeconds]}::int[]) as seconds
            where extract(epoch from last - first) / seconds <= ${mostSlices}) as seconds
          from ends),
        counts as (
          select date_bin((select make_interval(secs => seconds) from scale), at, 'epoch') as slice,
            level, count(*)::int as lines
          from lines group by 1, 2)
        select * from counts, scale`;
      return histogramOf(rows);
    },
  };
}

interface SliceRow {
  readonly slice: Date;
  readonly level: string;
  readonly lines: number;
  readonly seconds: number;
  readonly first: Date;
  readonly last: Date;
  readonly isWhole: boolean;
}

/** Written out, so that the index of warnings and errors is seen to fit. */
const atLeast: Readonly<Record<LogLevel, (sql: Database['sql']) => ReturnType<Database['sql']>>> = {
  debug: (sql) => sql``,
  info: (sql) => sql`and level <> 'debug'`,
  warn: (sql) => sql`and level in ('warn', 'error')`,
  error: (sql) => sql`and level = 'error'`,
};

function histogramOf(rows: readonly SliceRow[]): LogHistogram {
  const [scale] = rows;
  if (!scale) return { sliceMs: 60_000, slices: [], total: 0, isWhole: true };
  const sliceMs = scale.seconds * 1_000;
  const first = Math.floor(scale.first.getTime() / sliceMs);
  const length = Math.floor(scale.last.getTime() / sliceMs) - first + 1;
  const slices = Array.from({ length }, (_, index) => ({
    at: new Date((first + index) * sliceMs).toISOString(),
    ...{ debug: 0, info: 0, warn: 0, error: 0 },
  }));
  for (const { slice, level, lines } of rows) {
    const bar = slices[slice.getTime() / sliceMs - first];
    if (bar) bar[levelOf(level)] += lines;
  }
  const total = rows.reduce((sum, { lines }) => sum + lines, 0);
  return { sliceMs, slices, total, isWhole: scale.isWhole };
}

const levelOf = (text: string): LogLevel => LogLevel.catch('info').parse(text);

const entryOf = ({ id, at, level, message, agent, ...row }: Partial<Row>): LogEntry => ({
  id: Number(id),
  at: at?.toISOString() ?? '',
  level: levelOf(level ?? ''),
  message: message ?? '',
  agent: agent ?? null,
  workflowId: row.workflowId ?? null,
  runId: row.runId ?? null,
  fields: typeof row.fields === 'object' ? { ...row.fields } : {},
});

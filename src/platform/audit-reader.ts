import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type {
  AuditChoices,
  AuditFilter,
  AuditPage,
  AuditQuery,
  AuditRow,
} from '../contracts/audit.ts';
import { harmless } from './csv-cells.ts';
import type { Database } from './database.ts';

/** The audit as people read it; nobody changes it. */
export interface AuditReader {
  /** One page, newest first. */
  page(query: AuditQuery): Promise<AuditPage>;
  /** By whom and with what actions rows are there. */
  choices(): Promise<AuditChoices>;
  /** All that match, newest first, read as fast as they are taken. */
  export(filter: AuditFilter, format: 'csv' | 'jsonl'): Readable;
}

const mostCounted = 10_000;
const exportedAtOnce = 1_000;
const columns = ['id', 'at', 'by', 'from', 'action', 'target', 'reason', 'detail'] as const;

interface Row extends Omit<AuditRow, 'id' | 'at'> {
  readonly id: string;
  readonly at: Date;
}

/** @param database where the table `audit` is. */
export function createAuditReader({ sql }: Pick<Database, 'sql'>): AuditReader {
  const matching = ({ by, action, target, from, to }: AuditFilter) => sql`true
    ${by === undefined ? sql`` : sql`and by = ${by}`}
    ${
      action === undefined
        ? sql``
        : sql`and (action = ${action} or starts_with(action, ${`${action}.`}))`
    }
    ${target === undefined ? sql`` : sql`and strpos(lower(target), ${target.toLowerCase()}) > 0`}
    ${from === undefined ? sql`` : sql`and at >= ${from}`}
    ${to === undefined ? sql`` : sql`and at < ${to}`}`;

  const rowsOf = async (
    filter: AuditFilter,
    cursor: number | undefined,
    limit: number,
  ): Promise<AuditRow[]> => {
    const rows = await sql<Row[]>`
      select ${sql(columns)} from audit where ${matching(filter)}
        ${cursor === undefined ? sql`` : sql`and id < ${cursor}`}
      order by id desc limit ${limit}`;
    return rows.map(({ id, at, ...row }) => ({ ...row, id: Number(id), at: at.toISOString() }));
  };

  /** Each value once, by hopping from one to the next through its index. */
  const valuesOf = async (column: 'by' | 'action'): Promise<string[]> => {
    const name = sql(column);
    const found = await sql<{ value: string }[]>`
      with recursive hops (value) as (
        (select ${name} from audit order by ${name} limit 1)
        union all
        select (select ${name} from audit where ${name} > hops.value order by ${name} limit 1)
        from hops where hops.value is not null)
      select value from hops where value is not null`;
    return found.map(({ value }) => value);
  };

  async function* pagesOf(filter: AuditFilter): AsyncGenerator<readonly AuditRow[]> {
    for (let cursor: number | undefined; ;) {
      const rows = await rowsOf(filter, cursor, exportedAtOnce);
      if (rows.length > 0) yield rows;
      if (rows.length < exportedAtOnce) return;
      cursor = rows.at(-1)?.id;
    }
  }

  return {
    async page({ cursor, limit, ...filter }) {
      const [rows, [counted]] = await Promise.all([
        rowsOf(filter, cursor, limit),
        sql<{ total: number }[]>`select count(*)::int as total from
          (select from audit where ${matching(filter)} limit ${mostCounted + 1}) matching`,
      ]);
      const total = counted?.total ?? 0;
      return {
        rows,
        next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null,
        total: Math.min(total, mostCounted),
        isTotalExact: total <= mostCounted,
      };
    },

    async choices() {
      const [by, actions] = await Promise.all([valuesOf('by'), valuesOf('action')]);
      return { by, actions };
    },

    export(filter, format) {
      const pages = pagesOf(filter);
      if (format === 'jsonl') return Readable.from(linesOf(pages));
      const table = stringify({ header: true, columns: [...columns], cast: { string: harmless } });
      // what goes wrong with a page reaches the reader of the table
      return pipeline(Readable.from(cellsOf(pages)), table, () => undefined);
    },
  };
}

async function* linesOf(pages: AsyncIterable<readonly AuditRow[]>): AsyncGenerator<string> {
  for await (const rows of pages) yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

async function* cellsOf(pages: AsyncIterable<readonly AuditRow[]>) {
  for await (const rows of pages) {
    for (const row of rows) yield { ...row, detail: JSON.stringify(row.detail) };
  }
}

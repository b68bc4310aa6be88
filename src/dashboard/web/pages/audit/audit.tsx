import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AuditRow } from '../../../../contracts/audit.ts';
import { auditFile, readAudit } from '../../api-records.ts';
import { useNow } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Copy } from '../../parts/copy.tsx';
import { GonePanel } from '../../parts/gone-panel.tsx';
import { Icon } from '../../parts/icon.tsx';
import { NoMatch } from '../../parts/no-match.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { SpaceRow } from '../../parts/space-row.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, Skeleton, Trouble } from '../../parts/view.tsx';
import { useVirtualRows } from '../../parts/virtual-rows.ts';
import type { AuditSearch } from '../../search.ts';
import { clockZone, exact, when } from '../../time.ts';
import { activeFilters, AuditFilterBar, filterOf } from './audit-filter.tsx';
import { AuditPanel } from './audit-panel.tsx';
import { nameOf, Way } from './audit-words.tsx';

const route = getRouteApi('/audit');
const command = 'npm run -s agentic -- audit';
const lookEveryMs = 10_000;

/** Who did what, to what, why and from where. Nothing here can be changed. */
export const AuditPage = (): ReactNode => {
  useTitle('Audit');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = filterOf(search);
  const list = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      readAudit({ ...filter, cursor: pageParam || undefined }, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? lookEveryMs : false),
  });
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const first = list.data?.pages[0];
  const wanted = search.selected === undefined ? undefined : Number(search.selected);
  const listed = rows.find(({ id }) => id === wanted);
  const elsewhere = useAuditRow(listed || list.data === undefined ? undefined : wanted);
  const selected = listed ?? elsewhere.row;
  const select = (id: number | undefined) =>
    void navigate({
      search: { ...search, selected: id === undefined ? undefined : String(id) },
      replace: search.selected !== undefined,
      resetScroll: false,
    });
  return (
    <>
      <div className="head">
        <h1>Audit</h1>
        {first && (
          <span className="t3 s12">
            {first.isTotalExact ? '' : 'more than '}
            {counted(first.total, 'entry', 'entries')}
          </span>
        )}
        <span className="grow" />
        {(['csv', 'jsonl'] as const).map((format) => (
          <a key={format} className="btn" href={auditFile(format, filter)} download>
            <Icon name="download" size="m" />
            Export {format.toUpperCase()}
          </a>
        ))}
      </div>
      <AuditFilterBar search={search} />
      <div className={selected || elsewhere.isGone ? 'cols aside' : 'cols'}>
        <section className="card" aria-label="Entries, newest first">
          {list.error && (
            <Trouble
              what="The audit"
              error={list.error}
              at={list.errorUpdatedAt}
              shownAt={list.data ? list.dataUpdatedAt : 0}
              retry={() => void list.refetch()}
            />
          )}
          {list.data === undefined ? (
            !list.error && <Skeleton rows={10} />
          ) : rows.length === 0 ? (
            <NoRows search={search} />
          ) : (
            <AuditTable
              rows={rows}
              selected={selected?.id}
              open={select}
              isMore={list.hasNextPage}
              more={() => {
                if (!list.isFetchingNextPage) void list.fetchNextPage();
              }}
            />
          )}
        </section>
        {selected && <AuditPanel row={selected} search={search} close={() => select(undefined)} />}
        {elsewhere.isGone && (
          <GonePanel label="Selected entry" close={() => select(undefined)}>
            No entry has this number. It may be older than RUN_RETENTION_DAYS keeps.
          </GonePanel>
        )}
      </div>
    </>
  );
};

/** An entry that a link names and the list does not have. @param wanted left out: none is. */
function useAuditRow(wanted: number | undefined) {
  const { data } = useQuery({
    queryKey: ['audit-row', wanted],
    queryFn: ({ signal }) => readAudit({ cursor: (wanted ?? 0) + 1, limit: 1 }, signal),
    enabled: wanted !== undefined,
  });
  const row = wanted === undefined ? undefined : data?.rows.find(({ id }) => id === wanted);
  return { row, isGone: wanted !== undefined && data !== undefined && !row };
}

const AuditTable = ({
  rows,
  selected,
  open,
  isMore,
  more,
}: {
  rows: readonly AuditRow[];
  selected: number | undefined;
  open: (id: number) => void;
  isMore: boolean;
  more: () => void;
}) => {
  const now = useNow();
  const current = useRowKeys(rows.length, (index) => {
    const row = rows[index];
    if (row) open(row.id);
  });
  const { body, items, measure, before, after } = useVirtualRows({
    count: rows.length,
    rowHeight: 48,
    keyOf: (index) => rows[index]?.id ?? index,
    current,
    isMore,
    more,
  });
  return (
    <table className="cards" aria-rowcount={isMore ? -1 : rows.length}>
      <thead>
        <tr>
          <th scope="col" style={{ width: 112 }}>
            Time, {clockZone()}
          </th>
          <th scope="col" style={{ width: '26%' }}>
            By
          </th>
          <th scope="col">What</th>
          <th scope="col" style={{ width: '34%' }}>
            Why
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        <SpaceRow height={before} columns={4} />
        {items.map((item) => {
          const row = rows[item.index];
          return row ? (
            <tr
              key={item.key}
              ref={measure}
              data-index={item.index}
              aria-rowindex={item.index + 1}
              aria-current={row.id === selected ? 'true' : undefined}
              className={`two-lines opens ${item.index === current ? 'cur' : ''} ${row.id === selected ? 'sel' : ''}`}
              onClick={(event) => {
                if (event.target instanceof Element && event.target.closest('button')) return;
                open(row.id);
              }}
            >
              <td className="t3 s12 num nowrap aside-m">
                <time dateTime={row.at} title={exact(row.at)}>
                  {when(row.at, now)}
                </time>
              </td>
              <td>
                <span className="cut block" title={row.by}>
                  {nameOf(row.by)}
                </span>
                <Way from={row.from} />
              </td>
              <th scope="row" className="full" style={{ fontWeight: 400 }}>
                <button
                  type="button"
                  className="strong cut block quiet-link"
                  onClick={() => open(row.id)}
                >
                  {row.action}
                </button>
                <span className="s12 t3 cut block mono" title={row.target}>
                  {row.target}
                </span>
              </th>
              <td className="t2 s12 cut full" title={row.reason}>
                {row.reason || '–'}
              </td>
            </tr>
          ) : null;
        })}
        <SpaceRow height={after} columns={4} />
      </tbody>
    </table>
  );
};

const NoRows = ({ search }: { search: AuditSearch }) => {
  const navigate = route.useNavigate();
  const filters = activeFilters(search);
  if (filters.length === 0) {
    return (
      <Empty>
        <p>
          Nobody has done anything yet. Each start, stop, decision and change will be one line here,
          with who and why.
        </p>
        <p className="row w hint">
          On the command line: <code>{command}</code>
          <Copy text={command} name="Copy command" isIcon className="btn q xs" />
        </p>
      </Empty>
    );
  }
  return (
    <NoMatch
      what="No entries match"
      filters={filters.map(({ words, without }) => ({
        words,
        remove: () => void navigate({ search: without }),
      }))}
      clear={() => void navigate({ search: {} })}
    />
  );
};

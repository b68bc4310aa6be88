import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import type { RunQuery, RunSummary } from '../../../contracts/api.ts';
import { newestRunsResource, readRuns } from '../api.ts';
import { useResource } from '../live.ts';
import { count, counted } from '../numbers.ts';
import { Ago } from '../parts/ago.tsx';
import { Copy } from '../parts/copy.tsx';
import { Icon } from '../parts/icon.tsx';
import { useRowKeys } from '../parts/row-keys.ts';
import { NameCell, NoteCell, requesterWords, StateCell, TimeCells } from '../parts/run-table.tsx';
import { Tick, useSelection } from '../parts/selection.tsx';
import { SpaceRow } from '../parts/space-row.tsx';
import { useTitle } from '../parts/title.ts';
import { Empty, Skeleton, Trouble } from '../parts/view.tsx';
import { useVirtualRows } from '../parts/virtual-rows.ts';
import type { RunsSearch } from '../search.ts';
import { RunsBulk } from './runs-bulk.tsx';
import { activeFilters, RunsFilter, spanWords } from './runs-filter.tsx';
import { clockZone } from '../time.ts';

const route = getRouteApi('/runs');
const spanMs = { '24h': 86_400_000, '7d': 7 * 86_400_000, '30d': 30 * 86_400_000 } as const;

/** The query the server understands; spans count back from the moment of asking. */
function queryOf({ last = '24h', ...search }: RunsSearch): Partial<RunQuery> {
  const hasRange = search.from !== undefined || search.to !== undefined;
  return hasRange || last === 'all'
    ? search
    : { ...search, from: new Date(Date.now() - spanMs[last]).toISOString() };
}

/** The same for acts on all that match. */
const filterNow = (search: RunsSearch): Omit<RunQuery, 'limit' | 'cursor'> => {
  const { q, state, agent, capability, account, by, from, to } = queryOf(search);
  return { q, state, agent, capability, account, by, from, to };
};

/** Every run: find the one that is meant, or those that failed alike. */
export const RunsPage = (): ReactNode => {
  useTitle('Runs');
  const search = route.useSearch();
  const list = useInfiniteQuery({
    queryKey: ['runs', search],
    queryFn: ({ pageParam, signal }) =>
      readRuns(
        { ...queryOf(search), cursor: pageParam === '' ? undefined : pageParam, limit: 50 },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const rows = list.data?.pages.flatMap((page) => page.runs) ?? [];
  const { current, fresh } = useFreshRuns(search, rows, list.data !== undefined);
  const first = list.data?.pages[0];

  return (
    <>
      <div className="head">
        <h1>Runs</h1>
        {first && (
          <span className="t3 s12">
            {first.isTotalExact ? '' : 'about '}
            {counted(first.total, 'run')} {spanWords(search)} · compared with Temporal{' '}
            <Ago at={first.asOf} />
          </span>
        )}
        <span className="grow" />
      </div>
      <RunsFilter search={search} />
      <section className="card" aria-label="List of runs">
        {list.error && (
          <Trouble
            what="The list of runs"
            error={list.error}
            at={list.errorUpdatedAt}
            shownAt={list.data ? list.dataUpdatedAt : 0}
            retry={() => void list.refetch()}
          />
        )}
        {fresh > 0 && (
          <button type="button" className="bulk-new" onClick={() => void list.refetch()}>
            {counted(fresh, 'new run', 'new runs')}, show
          </button>
        )}
        {list.data === undefined ? (
          !list.error && <Skeleton rows={10} />
        ) : rows.length === 0 ? (
          <NoRuns search={search} />
        ) : (
          <RunTable
            runs={rows.map((run) => current.get(run.runId) ?? run)}
            search={search}
            total={first?.total ?? 0}
            isMore={list.hasNextPage}
            more={() => {
              if (!list.isFetchingNextPage) void list.fetchNextPage();
            }}
          />
        )}
      </section>
    </>
  );
};

/**
 * Follows what changed since the list was read, without moving a row: the rows shown as they are
 * now, and how many new ones wait.
 */
function useFreshRuns(
  search: RunsSearch,
  rows: readonly RunSummary[],
  isListed: boolean,
): { readonly current: ReadonlyMap<string, RunSummary>; readonly fresh: number } {
  const newest = useResource(newestRunsResource);
  const peek = useQuery({
    queryKey: ['runs-peek', search],
    queryFn: ({ signal }) => readRuns({ ...queryOf(search), limit: 50 }, signal),
    enabled: isListed,
    staleTime: Infinity,
  });
  const changedAt = newest.dataUpdatedAt;
  const { refetch } = peek;
  useEffect(() => {
    if (isListed && changedAt > 0) void refetch();
  }, [changedAt, isListed, refetch]);

  const seen = [...(peek.data?.runs ?? []), ...(newest.data?.runs ?? [])];
  const shown = new Set(rows.map((run) => run.runId));
  return {
    current: new Map(seen.map((run) => [run.runId, run])),
    fresh: (peek.data?.runs ?? []).filter((run) => !shown.has(run.runId)).length,
  };
}

const RunTable = ({
  runs,
  search,
  total,
  isMore,
  more,
}: {
  runs: readonly RunSummary[];
  search: RunsSearch;
  /** All that match. */
  total: number;
  isMore: boolean;
  more: () => void;
}) => {
  const navigate = route.useNavigate();
  const open = (run: RunSummary | undefined) => {
    if (!run) return;
    void navigate({
      to: run.type === 'swarm' ? '/swarms/$workflowId' : '/runs/$workflowId',
      params: { workflowId: run.workflowId },
      search: { run: run.runId },
    });
  };
  const current = useRowKeys(runs.length, (index) => open(runs[index]));
  const selection = useSelection(
    runs.map(({ runId }) => runId),
    current,
  );
  const { body, items, measure, before, after } = useVirtualRows({
    count: runs.length,
    rowHeight: 48,
    keyOf: (index) => runs[index]?.runId ?? index,
    current,
    isMore,
    more,
  });
  return (
    <>
      <table className="cards" aria-rowcount={isMore ? -1 : runs.length}>
        <thead>
          <tr>
            <th scope="col" style={{ width: 156 }}>
              State
            </th>
            <th scope="col" style={{ width: '32%' }}>
              Run
            </th>
            <th scope="col">What</th>
            <th scope="col" style={{ width: 150 }}>
              Started by
            </th>
            <th scope="col" className="r" style={{ width: 104 }}>
              Started, {clockZone()}
            </th>
            <th scope="col" className="r" style={{ width: 110 }}>
              Took
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          <SpaceRow height={before} columns={6} />
          {items.map((item) => {
            const run = runs[item.index];
            return run ? (
              <tr
                key={item.key}
                ref={measure}
                data-index={item.index}
                aria-rowindex={item.index + 1}
                className={`two-lines opens ${selection.ids.has(run.runId) ? 'sel' : ''} ${item.index === current ? 'cur' : ''}`}
                onClick={(event) => {
                  const { target } = event;
                  if (target instanceof Element && target.closest('a, button, label')) return;
                  open(run);
                }}
              >
                <StateCell
                  run={run}
                  tick={
                    <Tick
                      label={`Select ${run.title}`}
                      isOn={selection.ids.has(run.runId)}
                      onChange={() => selection.toggle(run.runId)}
                    />
                  }
                />
                <NameCell run={run} />
                <NoteCell run={run} />
                <td className="t2 s12 cut hide-m">{requesterWords(run)}</td>
                <TimeCells run={run} />
              </tr>
            ) : null;
          })}
          <SpaceRow height={after} columns={6} />
        </tbody>
      </table>
      {isMore && (
        <button type="button" className="bulk-new" onClick={more}>
          Show more than {count(runs.length)}
        </button>
      )}
      <RunsBulk
        picked={runs.filter(({ runId }) => selection.ids.has(runId))}
        filter={filterNow(search)}
        total={total}
        clear={() => selection.set([])}
      />
    </>
  );
};

const command = 'npm run -s agentic -- instantly daily';

const NoRuns = ({ search }: { search: RunsSearch }) => {
  const filters = activeFilters(search);
  const isWhole = filters.length === 0 && search.last === 'all';
  if (isWhole) {
    return (
      <Empty>
        <p>No run yet. Each start, by a person or a schedule, is one line here.</p>
        <Link to="/new" className="btn p">
          Start the first run
        </Link>
        <p className="row w hint">
          On the command line: <code>{command}</code>
          <Copy text={command} name="Copy command" isIcon className="btn q xs" />
        </p>
      </Empty>
    );
  }
  return (
    <Empty>
      <p>
        <b>No runs match</b> {spanWords(search)}
      </p>
      <div className="row w">
        {filters.map((filter) => (
          <Link
            key={filter.key}
            to="/runs"
            search={filter.without}
            className="chip on"
            aria-label={`Remove the filter ${filter.words}`}
          >
            {filter.words}
            <Icon name="close" size="s" />
          </Link>
        ))}
        <Link to="/runs" search={{ last: 'all' }} className="btn xs">
          Clear filters
        </Link>
      </div>
    </Empty>
  );
};

import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import type { RunSummary } from '../../../../contracts/api.ts';
import { newestRunsResource } from '../../api.ts';
import { readSwarms } from '../../api-swarms.ts';
import { useResource } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Copy } from '../../parts/copy.tsx';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { Icon } from '../../parts/icon.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import {
  NameCell,
  requesterWords,
  StateCell,
  SwarmProgress,
  TimeCells,
} from '../../parts/run-table.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, Skeleton, Trouble } from '../../parts/view.tsx';
import type { SwarmsSearch } from '../../search.ts';
import { StartDialog } from './start-dialog.tsx';
import { clockZone } from '../../time.ts';
import { ActButton } from '../../parts/act-button.tsx';

const route = getRouteApi('/swarms');
const states = [
  { value: 'open', label: 'Open' },
  { value: 'completed', label: 'Completed' },
  { value: 'failed', label: 'Failed' },
  { value: 'cancelled', label: 'Cancelled' },
] as const;

/** Every swarm, newest first. */
export const SwarmsPage = (): ReactNode => {
  useTitle('Swarms');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { state } = search;
  const list = useInfiniteQuery({
    queryKey: ['swarms', state],
    queryFn: ({ pageParam, signal }) =>
      readSwarms({ state, cursor: pageParam === '' ? undefined : pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const rows = list.data?.pages.flatMap((page) => page.swarms) ?? [];
  const { current, fresh } = useFresh(state, rows, list.data !== undefined);
  const set = (next: SwarmsSearch) =>
    void navigate({ search: { ...search, ...next }, replace: true });
  const total = list.data?.pages[0]?.total;
  return (
    <>
      <div className="head">
        <h1>Swarms</h1>
        {total !== undefined && <span className="t3 s12">{counted(total, 'swarm')}</span>}
        <span className="grow" />
        <FilterChip
          name="State"
          any="Any state"
          value={state}
          options={states}
          onChange={(value) => set({ state: states.find((each) => each.value === value)?.value })}
        />
        <ActButton className="btn p" onClick={() => set({ start: 'yes' })}>
          <Icon name="plus" size="m" />
          Start a swarm…
        </ActButton>
      </div>
      <section className="card" aria-label="List of swarms">
        {list.error && (
          <Trouble
            what="The list of swarms"
            error={list.error}
            at={list.errorUpdatedAt}
            shownAt={list.data ? list.dataUpdatedAt : 0}
            retry={() => void list.refetch()}
          />
        )}
        {fresh > 0 && (
          <button type="button" className="bulk-new" onClick={() => void list.refetch()}>
            {counted(fresh, 'new swarm')}, show
          </button>
        )}
        {list.data === undefined ? (
          !list.error && <Skeleton rows={8} />
        ) : rows.length === 0 ? (
          <NoSwarms search={search} />
        ) : (
          <Table rows={rows.map((run) => current.get(run.runId) ?? run)} />
        )}
        {list.hasNextPage && (
          <button type="button" className="show-all" onClick={() => void list.fetchNextPage()}>
            Show older swarms
          </button>
        )}
      </section>
      <StartDialog
        isOpen={search.start === 'yes'}
        capability={search.capability}
        onClose={() => set({ start: undefined, capability: undefined })}
      />
    </>
  );
};

/** The rows as they are now, without moving one, and how many new ones wait. */
function useFresh(
  state: SwarmsSearch['state'],
  rows: readonly RunSummary[],
  isListed: boolean,
): { readonly current: ReadonlyMap<string, RunSummary>; readonly fresh: number } {
  const changedAt = useResource(newestRunsResource).dataUpdatedAt;
  const peek = useQuery({
    queryKey: ['swarms-peek', state],
    queryFn: ({ signal }) => readSwarms({ state, cursor: undefined }, signal),
    enabled: isListed,
    staleTime: Infinity,
    refetchInterval: rows.some((run) => run.closedAt === null) ? 3_000 : false,
  });
  const { refetch } = peek;
  useEffect(() => {
    if (isListed && changedAt > 0) void refetch();
  }, [changedAt, isListed, refetch]);
  const seen = peek.data?.swarms ?? [];
  const shown = new Set(rows.map((run) => run.runId));
  return {
    current: new Map(seen.map((run) => [run.runId, run])),
    fresh: seen.filter((run) => !shown.has(run.runId)).length,
  };
}

const Table = ({ rows }: { rows: readonly RunSummary[] }) => {
  const navigate = route.useNavigate();
  const open = (run: RunSummary | undefined) => {
    if (!run) return;
    void navigate({
      to: '/swarms/$workflowId',
      params: { workflowId: run.workflowId },
      search: { run: run.runId },
    });
  };
  const current = useRowKeys(rows.length, (index) => open(rows[index]));
  return (
    <table className="cards">
      <thead>
        <tr>
          <th scope="col" style={{ width: 192 }}>
            State
          </th>
          <th scope="col" style={{ width: '30%' }}>
            Swarm
          </th>
          <th scope="col">Tasks</th>
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
      <tbody>
        {rows.map((run, index) => (
          <tr
            key={run.runId}
            className={`two-lines opens ${index === current ? 'cur' : ''}`}
            onClick={(event) => {
              if (event.target instanceof Element && event.target.closest('a, button')) return;
              open(run);
            }}
          >
            <StateCell run={run} />
            <NameCell run={run} />
            <td className="full t2 s12">
              <SwarmProgress run={run} />
            </td>
            <td className="t2 s12 cut hide-m">{requesterWords(run)}</td>
            <TimeCells run={run} />
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const command = 'npm run -s agentic -- swarm run leads.jsonl';

const NoSwarms = ({ search }: { search: SwarmsSearch }) =>
  search.state === undefined ? (
    <Empty>
      <p>
        <b>No swarm has run yet.</b> A swarm does one task for each line of a list, from one to a
        million, counts them exactly, and can be paused, slowed and repaired on the way.
      </p>
      <Link to="/swarms" search={{ start: 'yes' }} className="btn p">
        Start the first swarm
      </Link>
      <p className="row w hint">
        On the command line: <code>{command}</code>
        <Copy text={command} name="Copy command" isIcon className="btn q xs" />
      </p>
    </Empty>
  ) : (
    <Empty>
      <p>
        <b>No swarms match</b>
      </p>
      <Link to="/swarms" className="chip on" aria-label={`Remove the filter ${search.state}`}>
        {search.state}
        <Icon name="close" size="s" />
      </Link>
    </Empty>
  );

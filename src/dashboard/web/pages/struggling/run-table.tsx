import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type {
  Struggling,
  StrugglingCause,
  StrugglingQuery,
  StrugglingRun,
} from '../../../../contracts/struggling.ts';
import { readStruggling } from '../../api-struggling.ts';
import { useLiveState } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { RunLink } from '../../parts/run-link.tsx';
import { Tick, useSelection } from '../../parts/selection.tsx';
import { Skeleton, Trouble } from '../../parts/view.tsx';
import type { StrugglingSearch } from '../../search.ts';
import { BulkActs } from './bulk-acts.tsx';
import { StrugglingCells, StrugglingHead } from './cells.tsx';
import { filterOf } from './filter.ts';

const everyMs = 3_000;

/** Pages of runs that struggle, in a fixed order, kept fresh while the screen is live. */
function useStrugglingRuns(filter: StrugglingQuery & { readonly cause?: string }) {
  const { mode } = useLiveState();
  return useInfiniteQuery({
    queryKey: ['struggling-runs', filter],
    queryFn: ({ pageParam, signal }) =>
      readStruggling({ ...filter, cursor: pageParam === '' ? undefined : pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: mode === 'live' ? everyMs : false,
  });
}

/** A run that struggles for two causes is there twice. */
const keyOf = ({ runId, cause }: StrugglingRun): string => `${runId} ${cause}`;

/** What struggles, one row a run and cause. */
export const RunTable = ({
  struggling: { tasks },
  search,
}: {
  struggling: Struggling;
  search: StrugglingSearch;
}) => {
  const navigate = useNavigate();
  const list = useStrugglingRuns(filterOf(search));
  const rows = list.data?.pages.flatMap(({ runs }) => runs) ?? [];
  const current = useRowKeys(rows.length, (index) => {
    const run = rows[index];
    if (!run) return;
    void navigate({
      to: run.type === 'swarm' ? '/swarms/$workflowId' : '/runs/$workflowId',
      params: { workflowId: run.workflowId },
      search: {},
    });
  });
  const selection = useSelection(rows.map(keyOf), current);
  const picked = rows.filter((row) => selection.ids.has(keyOf(row)));
  const runs = new Map(
    picked.map(({ workflowId, runId }) => [runId, { workflowId, runId }] as const),
  );
  return (
    <Card title="Runs that retry or wait" tag={counted(tasks, 'task')} line>
      {list.error && (
        <Trouble
          what="The list of runs"
          error={list.error}
          at={list.errorUpdatedAt}
          shownAt={list.data ? list.dataUpdatedAt : 0}
          retry={() => void list.refetch()}
        />
      )}
      {list.data === undefined ? (
        !list.error && <Skeleton />
      ) : (
        <table className="cards">
          <StrugglingHead what="Run" />
          <tbody>
            {rows.map((row, index) => (
              <tr
                key={keyOf(row)}
                className={`two-lines ${selection.ids.has(keyOf(row)) ? 'sel' : ''} ${index === current ? 'cur' : ''}`}
              >
                <StrugglingCells
                  row={row}
                  tick={
                    <Tick
                      label={`Select ${row.run}, ${row.failure}`}
                      isOn={selection.ids.has(keyOf(row))}
                      onChange={() => selection.toggle(keyOf(row))}
                    />
                  }
                >
                  <RunName row={row} />
                </StrugglingCells>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <More list={list} />
      <BulkActs
        picked={picked}
        noun="run"
        selection={{ kind: 'runs', runs: [...runs.values()] }}
        clear={() => selection.set([])}
      />
    </Card>
  );
};

/** The runs of an open cause, as rows under it. */
export const RunsBelow = ({
  cause,
  filter,
}: {
  cause: StrugglingCause;
  filter: StrugglingQuery;
}) => {
  const list = useStrugglingRuns({ ...filter, cause: cause.id });
  const rows = list.data?.pages.flatMap(({ runs }) => runs) ?? [];
  return (
    <>
      {rows.map((row) => (
        <tr key={keyOf(row)} className="two-lines below">
          <StrugglingCells row={row} tick={<span className="tick" />}>
            <RunName row={row} />
          </StrugglingCells>
        </tr>
      ))}
      {list.hasNextPage && (
        <tr className="below">
          <td colSpan={6} className="full">
            <More list={list} />
          </td>
        </tr>
      )}
    </>
  );
};

const More = ({
  list,
}: {
  list: { readonly hasNextPage: boolean; fetchNextPage(): Promise<unknown> };
}) =>
  list.hasNextPage && (
    <button type="button" className="show-all" onClick={() => void list.fetchNextPage()}>
      Show more runs
    </button>
  );

const RunName = ({ row }: { row: StrugglingRun }) => (
  <th scope="row" className="full">
    <RunLink
      workflowId={row.workflowId}
      runId={row.runId}
      type={row.type}
      className="cut strong quiet-link block"
    >
      {row.run}
    </RunLink>
    <span className="mono t3 cut block s11" title={row.workflowId}>
      {row.workflowId}
    </span>
  </th>
);

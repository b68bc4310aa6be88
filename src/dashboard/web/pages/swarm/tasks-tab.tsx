import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { SwarmDetail, SwarmTaskRow } from '../../../../contracts/swarm.ts';
import { readTasks, type SwarmRef } from '../../api-swarms.ts';
import { rowHeightNow } from '../../choices.ts';
import { count, counted } from '../../numbers.ts';
import { FilterChip } from '../../parts/filter-chip.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { SpaceRow } from '../../parts/space-row.tsx';
import { Empty, Skeleton, Trouble } from '../../parts/view.tsx';
import { useVirtualRows } from '../../parts/virtual-rows.ts';
import type { SwarmSearch } from '../../search.ts';
import { duration } from '../../time.ts';
import { inputWords, noteOf } from './task-lines.tsx';
import { TaskPanel } from './task-panel.tsx';
import { shownStates, TaskBadge, taskWord } from './task-state.tsx';

const pageSize = 100;
/** So many pages are read again as they change; who has read further reads undisturbed. */
const mostLivePages = 3;

/** The same tasks as the grid shows, as a table. */
export const TasksTab = ({
  detail,
  swarm,
  search,
  change,
}: {
  detail: SwarmDetail;
  swarm: SwarmRef;
  search: SwarmSearch;
  change: (next: Partial<SwarmSearch>) => void;
}) => {
  const { state, failure } = search;
  const from = Number(search.from ?? 0);
  const isRunning = detail.run.closedAt === null;
  const list = useInfiniteQuery({
    queryKey: ['swarm-tasks', swarm, state, failure, from],
    queryFn: ({ pageParam, signal }) =>
      readTasks(swarm, { from: pageParam, state, failure, limit: pageSize }, signal),
    initialPageParam: from,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      isRunning && (query.state.data?.pages.length ?? 0) <= mostLivePages ? 2_000 : false,
  });
  const rows = list.data?.pages.flatMap((page) => page.tasks) ?? [];
  const task = search.task === undefined ? undefined : Number(search.task);
  return (
    <div className={task === undefined ? 'cols' : 'cols aside'}>
      <section className="card" aria-label="Tasks">
        <Filter detail={detail} search={search} change={change} />
        {list.error && (
          <Trouble
            what="The list of tasks"
            error={list.error}
            at={list.errorUpdatedAt}
            shownAt={list.data ? list.dataUpdatedAt : 0}
            retry={() => void list.refetch()}
          />
        )}
        {list.data === undefined ? (
          !list.error && <Skeleton rows={8} />
        ) : rows.length === 0 ? (
          <Empty>
            <p>
              <b>No tasks match</b> {state && taskWord(state).toLowerCase()} {failure}
              {from > 0 && ` from task ${count(from)} on`}
            </p>
            <button
              type="button"
              className="btn xs"
              onClick={() => change({ state: undefined, failure: undefined, from: undefined })}
            >
              Clear filters
            </button>
          </Empty>
        ) : (
          <Table
            rows={rows}
            hasEnded={!isRunning}
            selected={task}
            open={(index) => change({ task: String(index) })}
            isMore={list.hasNextPage}
            more={() => {
              if (!list.isFetchingNextPage) void list.fetchNextPage();
            }}
          />
        )}
      </section>
      {task !== undefined && (
        <aside className="card tile-panel" aria-label="Selected task">
          <TaskPanel
            key={task}
            detail={detail}
            swarm={swarm}
            index={task}
            isRunning={isRunning}
            alike={(each) => change({ state: 'failed', failure: each, from: undefined })}
            close={() => change({ task: undefined })}
          />
        </aside>
      )}
    </div>
  );
};

const Filter = ({
  detail,
  search,
  change,
}: {
  detail: SwarmDetail;
  search: SwarmSearch;
  change: (next: Partial<SwarmSearch>) => void;
}) => {
  const [wanted, setWanted] = useState('');
  const failures = [...new Set(detail.failures.map((group) => group.failure))];
  const set = (next: Partial<SwarmSearch>) => change({ ...next, from: undefined, task: undefined });
  return (
    <header className="b grid-head">
      <FilterChip
        name="State"
        any="Any state"
        value={search.state}
        options={shownStates.map((value) => ({
          value,
          label: `${taskWord(value)} · ${count(detail.counts[value])}`,
        }))}
        onChange={(value) =>
          set({ state: shownStates.find((each) => each === value), failure: undefined })
        }
      />
      {failures.length > 0 && (
        <FilterChip
          name="Failure"
          any="Any failure"
          value={search.failure}
          options={failures.map((value) => ({ value, label: value }))}
          onChange={(value) =>
            set({ failure: value, state: value === undefined ? search.state : 'failed' })
          }
        />
      )}
      <span className="grow" />
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          change({ from: /^\d{1,9}$/.test(wanted) && wanted !== '0' ? wanted : undefined });
        }}
      >
        <label className="find field short">
          <span className="hidden">From task</span>
          <input
            inputMode="numeric"
            placeholder="From task"
            data-page-filter
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
        </label>
        <button type="submit" className="btn xs">
          Go
        </button>
      </form>
    </header>
  );
};

const Table = ({
  rows,
  hasEnded,
  selected,
  open,
  isMore,
  more,
}: {
  rows: readonly SwarmTaskRow[];
  hasEnded: boolean;
  selected: number | undefined;
  open: (index: number) => void;
  isMore: boolean;
  more: () => void;
}) => {
  const openAt = (place: number) => {
    const row = rows[place];
    if (row) open(row.index);
  };
  const current = useRowKeys(rows.length, openAt);
  const { body, items, measure, before, after } = useVirtualRows({
    count: rows.length,
    rowHeight: rowHeightNow(),
    keyOf: (index) => rows[index]?.index ?? index,
    current,
    isMore,
    more,
  });
  return (
    <>
      <table className="cards" aria-rowcount={isMore ? -1 : rows.length}>
        <thead>
          <tr>
            <th scope="col" style={{ width: 118 }}>
              State
            </th>
            <th scope="col" style={{ width: 96 }}>
              Task
            </th>
            <th scope="col">Input</th>
            <th scope="col">What became of it</th>
            <th scope="col" className="r" style={{ width: 80 }}>
              Took
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          <SpaceRow height={before} columns={5} />
          {items.map((item) => {
            const task = rows[item.index];
            if (!task) return null;
            return (
              <tr
                key={item.key}
                ref={measure}
                data-index={item.index}
                aria-rowindex={item.index + 1}
                className={`opens ${item.index === current ? 'cur' : ''} ${task.index === selected ? 'sel' : ''}`}
                onClick={() => open(task.index)}
              >
                <td>
                  <TaskBadge state={task.state} />
                </td>
                <th scope="row" style={{ fontWeight: 400 }}>
                  <button
                    type="button"
                    className="strong num quiet-link"
                    aria-label={`Open task ${count(task.index)}`}
                    onClick={() => open(task.index)}
                  >
                    {count(task.index)}
                  </button>
                </th>
                <td className="mono t3 cut full">{inputWords(task.input)}</td>
                <td className="t2 s12 cut full" title={task.message ?? undefined}>
                  {noteOf(task, hasEnded)}
                </td>
                <td className="r t2 s12 num hide-m">
                  {task.tookMs === null ? '–' : duration(task.tookMs)}
                </td>
              </tr>
            );
          })}
          <SpaceRow height={after} columns={5} />
        </tbody>
      </table>
      {isMore && (
        <button type="button" className="bulk-new" onClick={more}>
          Show more than {counted(rows.length, 'task')}
        </button>
      )}
    </>
  );
};

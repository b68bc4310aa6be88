import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { count, counted } from '../../numbers.ts';
import { Copy } from '../../parts/copy.tsx';
import { GonePanel } from '../../parts/gone-panel.tsx';
import { NoMatch } from '../../parts/no-match.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, Skeleton, Trouble } from '../../parts/view.tsx';
import type { LogsSearch } from '../../search.ts';
import { LogBars, useLogHistogram } from './log-bars.tsx';
import { LogFilterBar } from './log-filter.tsx';
import { mostLines, useLogLine, useLogLines } from './log-lines.ts';
import { LogPanel } from './log-panel.tsx';
import { activeFilters, spanWords } from './log-search.ts';
import { LogTable } from './log-table.tsx';

const route = getRouteApi('/logs');
const command = 'npm run -s agentic -- logs --follow';
/** Who has scrolled further than this reads, and does not follow any more. */
const readsBelowPx = 60;

/** What all processes said around a time. */
export const LogsPage = (): ReactNode => {
  useTitle('Logs');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [wantsToFollow, setFollowing] = useFollowing();
  const isFollowing = wantsToFollow && search.to === undefined;
  const { list, lines, waiting, show, isMore, more } = useLogLines(search, isFollowing);
  const histogram = useLogHistogram(search);
  const { data: counts } = histogram;
  const wanted = search.selected === undefined ? undefined : Number(search.selected);
  const listed = lines.find(({ id }) => id === wanted);
  const elsewhere = useLogLine(listed || list.data === undefined ? undefined : wanted);
  const selected = listed ?? elsewhere.line;

  const narrow = (change: LogsSearch) =>
    void navigate({ search: { ...search, selected: undefined, ...change } });
  const select = (id: number | undefined) =>
    void navigate({
      search: { ...search, selected: id === undefined ? undefined : String(id) },
      replace: search.selected !== undefined,
      resetScroll: false,
    });
  return (
    <>
      <div className="head">
        <h1>Logs</h1>
        {counts && (
          <span className="t3 s12">
            {counts.isWhole ? '' : 'more than '}
            {counted(counts.total, 'line')}
            {spanWords(search)}
          </span>
        )}
        <span className="grow" />
        {search.to === undefined && (
          <button
            type="button"
            className="chip"
            aria-pressed={isFollowing}
            onClick={() => setFollowing(!isFollowing)}
          >
            Follow
          </button>
        )}
      </div>
      <LogFilterBar search={search} />
      <LogBars search={search} query={histogram} />
      <div className={selected || elsewhere.isGone ? 'cols aside' : 'cols'}>
        <section className="card" aria-label="Lines, newest first">
          {list.error && (
            <Trouble
              what="The log"
              error={list.error}
              at={list.errorUpdatedAt}
              shownAt={list.data ? list.dataUpdatedAt : 0}
              retry={() => void list.refetch()}
            />
          )}
          {waiting > 0 && (
            <button type="button" className="bulk-new" onClick={show}>
              {counted(waiting, 'new line')}, show
            </button>
          )}
          {list.data === undefined ? (
            !list.error && <Skeleton rows={12} />
          ) : lines.length === 0 ? (
            <NoLines search={search} />
          ) : (
            <LogTable
              lines={lines}
              selected={selected?.id}
              open={select}
              narrow={narrow}
              isMore={isMore}
              more={more}
            />
          )}
          {lines.length === mostLines && list.hasNextPage && (
            <button
              type="button"
              className="bulk-new"
              onClick={() => narrow({ to: justAfter(lines.at(-1)?.at ?? '') })}
            >
              {count(mostLines)} lines are shown. Go on with older ones
            </button>
          )}
        </section>
        {selected && <LogPanel line={selected} narrow={narrow} close={() => select(undefined)} />}
        {elsewhere.isGone && (
          <GonePanel label="Selected line" close={() => select(undefined)}>
            No line has this number. It may be older than LOG_RETENTION_DAYS keeps.
          </GonePanel>
        )}
      </div>
    </>
  );
};

/** The end of a time that a moment is still in. */
const justAfter = (at: string): string => new Date(Date.parse(at) + 1).toISOString();

/** Whether new lines come by themselves: ends as soon as somebody scrolls down to read. */
function useFollowing(): readonly [boolean, (follow: boolean) => void] {
  const [isFollowing, setFollowing] = useState(false);
  useEffect(() => {
    const page = document.getElementById('page');
    if (!isFollowing || !page) return undefined;
    page.scrollTo({ top: 0 });
    const onScroll = () => {
      if (page.scrollTop > readsBelowPx) setFollowing(false);
    };
    page.addEventListener('scroll', onScroll);
    return () => page.removeEventListener('scroll', onScroll);
  }, [isFollowing]);
  return [isFollowing, setFollowing];
}

const NoLines = ({ search }: { search: LogsSearch }) => {
  const navigate = route.useNavigate();
  const filters = activeFilters(search);
  if (filters.length === 0 && search.last === 'all') {
    return (
      <Empty>
        <p>
          No line yet. What the processes say is kept here as long as the setting LOG_RETENTION_DAYS
          says.
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
      what={`No lines match${spanWords(search)}`}
      filters={filters.map(({ words, without }) => ({
        words,
        remove: () => void navigate({ search: without }),
      }))}
      clear={() => void navigate({ search: { last: 'all' } })}
    />
  );
};

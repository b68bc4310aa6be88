import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RunDetail } from '../../../../contracts/api.ts';
import { readEvents } from '../../api.ts';
import { count } from '../../numbers.ts';
import { Copy } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Empty, Skeleton, Trouble } from '../../parts/view.tsx';
import { clock, exact } from '../../time.ts';
import { RecordList } from './record-list.tsx';

/** The raw history as Temporal keeps it, newest first, 200 a page. */
export const Events = ({ detail }: { detail: RunDetail }) => {
  const { workflowId, runId } = detail.run;
  const [selected, setSelected] = useState<number>();
  const query = useInfiniteQuery({
    // The length is part of the key: a longer history is another answer.
    queryKey: ['events', workflowId, runId, detail.historyLength],
    queryFn: ({ pageParam, signal }) =>
      readEvents(workflowId, runId, pageParam === 0 ? undefined : pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
    enabled: detail.isInTemporal,
  });
  if (!detail.isInTemporal) {
    return (
      <div className="card">
        <Empty>
          Temporal no longer has this run’s history. The other tabs show what our own tables keep.
        </Empty>
      </div>
    );
  }
  const events = query.data?.pages.flatMap((page) => page.events) ?? [];
  const event = events.find((each) => each.id === selected) ?? events[0];
  return (
    <div className="cols aside">
      <section className="card" aria-label="Events">
        <header className="b">
          <h2>Events</h2>
          <span className="tag">{count(detail.historyLength)}</span>
          {detail.temporalUrl !== null && (
            <a className="more" href={detail.temporalUrl} target="_blank" rel="noreferrer">
              Open in Temporal
            </a>
          )}
        </header>
        {query.error && (
          <Trouble
            what="The history"
            error={query.error}
            at={query.errorUpdatedAt}
            shownAt={query.data ? query.dataUpdatedAt : 0}
            retry={() => void query.refetch()}
          />
        )}
        {query.data === undefined ? (
          !query.error && <Skeleton />
        ) : events.length === 0 ? (
          <Empty>The history is empty.</Empty>
        ) : (
          <RecordList
            label="History events"
            records={events}
            keyOf={(each) => each.id}
            selected={event?.id}
            select={setSelected}
            onReachEnd={() => {
              if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
            }}
            line={(each) => (
              <>
                <span className="mono t3 event-id">{each.id}</span>
                <time className="mono t3">{clock(each.at)}</time>
                <span className="cut grow">{each.type}</span>
              </>
            )}
          />
        )}
      </section>
      {event && (
        <aside className="card" aria-label="Selected event">
          <header className="b">
            <h2 className="cut">
              {event.id} · {event.type}
            </h2>
          </header>
          <div className="pad stackv">
            <p className="s12 t3 num">{exact(event.at)}</p>
            <pre className="wrap" tabIndex={0} aria-label="Event as JSON">
              {JSON.stringify(event.detail, null, 2)}
            </pre>
            <div className="row">
              <Copy text={JSON.stringify(event, null, 2)} name="Copy as JSON" />
              {detail.temporalUrl !== null && (
                <a className="btn xs" href={detail.temporalUrl} target="_blank" rel="noreferrer">
                  <Icon name="open" size="m" />
                  Temporal
                </a>
              )}
            </div>
          </div>
        </aside>
      )}
    </div>
  );
};

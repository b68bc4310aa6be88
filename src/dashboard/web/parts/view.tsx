import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiFailure } from '../api.ts';
import { clock, clockZone } from '../time.ts';
import { Icon } from './icon.tsx';

/** Grey bars in the shape of rows; they appear after 150 ms, so that a quick answer never flickers. */
export const Skeleton = ({ rows = 6 }: { rows?: number }) => (
  <div className="skeleton" role="status" aria-label="Loading">
    {Array.from({ length: rows }, (_, index) => (
      <i key={index} style={{ width: `${92 - ((index * 37) % 48)}%` }} />
    ))}
  </div>
);

/** What failed, since when, what is still shown, and the way to try again. */
export const Trouble = ({
  what,
  error,
  at,
  shownAt,
  retry,
}: {
  what: string;
  error: Error;
  /** When it failed; milliseconds. */
  at: number;
  /** When the data still on screen came; 0 when there is none. */
  shownAt: number;
  retry: () => void;
}) => {
  const requestId = error instanceof ApiFailure ? error.requestId : undefined;
  return (
    <div className={`trouble ${shownAt > 0 ? 'strip' : ''}`} role="alert">
      <Icon name="warning" />
      <p>
        <b>{what} could not be loaded</b> ({clock(at)} {clockZone()}): {error.message}.
        {shownAt > 0 && ` This is the state of ${clock(shownAt)}.`}
        {requestId && (
          <>
            {' '}
            Request <code>{requestId}</code>
          </>
        )}
      </p>
      <button type="button" className="btn xs" onClick={retry}>
        Try again
      </button>
    </div>
  );
};

/** A view over one query: bars while it loads, the reason when it fails, else the data. */
export function View<T>({
  query,
  what,
  rows,
  children,
}: {
  query: UseQueryResult<T>;
  /** The thing in words, at the start of a sentence: `The list of runs`. */
  what: string;
  rows?: number;
  children: (data: T) => ReactNode;
}) {
  const { data, error } = query;
  const trouble = error && (
    <Trouble
      what={what}
      error={error}
      at={query.errorUpdatedAt}
      shownAt={data === undefined ? 0 : query.dataUpdatedAt}
      retry={() => void query.refetch()}
    />
  );
  if (data !== undefined) {
    return (
      <>
        {trouble && <div className="card">{trouble}</div>}
        {children(data)}
      </>
    );
  }
  return <div className="card">{trouble ?? <Skeleton {...(rows ? { rows } : {})} />}</div>;
}

/** Nothing here yet: one sentence, and the way to fill it. */
export const Empty = ({ children }: { children: ReactNode }) => (
  <div className="empty">{children}</div>
);

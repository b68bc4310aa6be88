import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { LogEntry } from '../../../../contracts/logs.ts';
import { readLog } from '../../api-records.ts';
import { useLiveState } from '../../live.ts';
import type { LogsSearch } from '../../search.ts';
import { filterOf } from './log-search.ts';

/** More are not kept: the oldest go first. */
export const mostLines = 10_000;
const pageSize = 200;
const mostAtOnce = 500;
const lookEveryMs = 2_000;

const none: readonly never[] = [];

/** What came since the list was read. */
interface Fresh {
  /** Newest first. */
  readonly lines: readonly LogEntry[];
  readonly last: number;
}

/**
 * The lines that match, newest first. New ones wait until they are wanted, or come at once while
 * somebody follows.
 */
export function useLogLines(search: LogsSearch, isFollowing: boolean) {
  const client = useQueryClient();
  const { mode } = useLiveState();
  const { selected: _, ...wanted } = search;
  const list = useInfiniteQuery({
    queryKey: ['log', wanted],
    queryFn: ({ pageParam, signal }) =>
      readLog({ ...filterOf(wanted), before: pageParam || undefined, limit: pageSize }, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  const end = list.isPlaceholderData ? undefined : list.data?.pages[0]?.last;
  const freshKey = ['log-fresh', wanted, end];
  const fresh = useQuery({
    queryKey: freshKey,
    queryFn: async ({ signal }): Promise<Fresh> => {
      let known: Fresh = client.getQueryData<Fresh>(freshKey) ?? { lines: [], last: end ?? 0 };
      for (;;) {
        const query = { ...filterOf(wanted), after: known.last, limit: mostAtOnce };
        const { lines, last } = await readLog(query, signal);
        known = { lines: [...lines.toReversed(), ...known.lines].slice(0, mostLines), last };
        if (lines.length < mostAtOnce) return known;
      }
    },
    enabled: end !== undefined && search.to === undefined,
    refetchInterval: mode === 'paused' ? false : lookEveryMs,
  });

  const [shownTo, setShownTo] = useState(0);
  const latest = fresh.data?.last;
  useEffect(() => {
    if (isFollowing && latest !== undefined) setShownTo(latest); // they stay when it ends
  }, [isFollowing, latest]);
  const arrived = fresh.data?.lines ?? none;
  const pages = list.data?.pages ?? none;
  const upTo = isFollowing ? Infinity : shownTo;
  const lines = useMemo(
    () =>
      [...arrived.filter(({ id }) => id <= upTo), ...pages.flatMap((page) => page.lines)]
        .sort((a, b) => b.at.localeCompare(a.at) || b.id - a.id)
        .slice(0, mostLines),
    [arrived, pages, upTo],
  );
  return {
    list,
    lines,
    /** New lines that are not shown yet. */
    waiting: isFollowing ? 0 : arrived.filter(({ id }) => id > shownTo).length,
    /** Shows those that came so far. */
    show: () => setShownTo(latest ?? 0),
    isMore: list.hasNextPage && lines.length < mostLines,
    more: () => {
      if (!list.isFetchingNextPage) void list.fetchNextPage();
    },
  };
}

/** A line that a link names and the list does not have. @param wanted left out: none is. */
export function useLogLine(wanted: number | undefined) {
  const { data } = useQuery({
    queryKey: ['log-line', wanted],
    queryFn: ({ signal }) => readLog({ after: (wanted ?? 1) - 1, limit: 1 }, signal),
    enabled: wanted !== undefined,
  });
  const line = wanted === undefined ? undefined : data?.lines.find(({ id }) => id === wanted);
  return { line, isGone: wanted !== undefined && data !== undefined && !line };
}

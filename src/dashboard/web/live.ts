/**
 * One stream of changes for the whole tab. Views ask for topics; what arrives is written into the
 * query cache, where the views read it.
 */
import {
  keepPreviousData,
  useQuery,
  type QueryClient,
  type UseQueryResult,
} from '@tanstack/react-query';
import { createContext, useContext, useEffect, useSyncExternalStore } from 'react';
import { openLive, type Resource } from './api.ts';

/** How often the screen changes: at once, every 10 s, or not at all while someone reads. */
export type LiveMode = 'live' | 'every-10s' | 'paused';

/** What the frame shows of the stream. */
export interface LiveState {
  readonly mode: LiveMode;
  /** When the last beat came, by this machine's clock. */
  readonly beatAt: number;
  readonly hasBeaten: boolean;
  /** What to add to this machine's clock to get the server's. */
  readonly skewMs: number;
}

/** The door to the stream. */
export interface Live {
  readonly read: () => LiveState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Keeps a resource fresh until the answer is called. */
  follow(resource: Resource<unknown>): () => void;
  setMode(mode: LiveMode): void;
}

const retryMs = 3_000;
const slowMs = 10_000;
const gatherMs = 30;

/** Opens streams as topics come and go; hidden tabs listen to nothing. */
export function createLive(client: QueryClient): Live {
  const listeners = new Set<() => void>();
  const followed = new Map<string, { resource: Resource<unknown>; count: number }>();
  let state: LiveState = { mode: 'live', beatAt: Date.now(), hasBeaten: false, skewMs: 0 };
  let opened = '';
  let close: () => void = () => undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const set = (change: Partial<LiveState>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };

  const write = (topic: string, data: unknown) => {
    const entry = followed.get(topic);
    if (!entry) return;
    try {
      client.setQueryData([entry.resource.path], entry.resource.parse(data));
    } catch {
      void client.invalidateQueries({ queryKey: [entry.resource.path] });
    }
  };

  /** Asks once more for what failed, so that its page says why, or comes back. */
  const askAgain = (topic: string) => {
    const path = followed.get(topic)?.resource.path;
    if (path && client.getQueryState([path])?.status !== 'error') {
      void client.invalidateQueries({ queryKey: [path] });
    }
  };

  const beat = (at: string) => {
    const now = Date.now();
    const wasLost = state.hasBeaten && now - state.beatAt > 6_000;
    set({ beatAt: now, hasBeaten: true, skewMs: Date.parse(at) - now });
    if (wasLost) void client.refetchQueries({ type: 'active', predicate: hasFailed });
  };

  const reopen = () => {
    const isListening = state.mode === 'live' && document.visibilityState === 'visible';
    const topics = isListening ? [...followed.keys()].sort() : [];
    const wanted = topics.join('\n');
    if (wanted === opened) return;
    close();
    opened = wanted;
    close = () => undefined;
    if (topics.length === 0) return;
    close = openLive(topics, {
      message: (message) =>
        message.error === undefined ? write(message.topic, message.data) : askAgain(message.topic),
      beat,
      closed: () => {
        opened = '';
        reopenIn(retryMs);
      },
    });
  };

  const reopenIn = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(reopen, ms);
  };

  document.addEventListener('visibilitychange', () => reopenIn(gatherMs));
  setInterval(() => {
    if (state.mode === 'every-10s' && document.visibilityState === 'visible') {
      void client.refetchQueries({ type: 'active' });
    }
  }, slowMs);

  return {
    read: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    follow: (resource) => {
      const { topic } = resource;
      if (topic === undefined) return () => undefined;
      followed.set(topic, { resource, count: (followed.get(topic)?.count ?? 0) + 1 });
      reopenIn(gatherMs);
      return () => {
        const entry = followed.get(topic);
        if (!entry) return;
        if (entry.count > 1) followed.set(topic, { resource, count: entry.count - 1 });
        else followed.delete(topic);
        reopenIn(gatherMs);
      };
    },
    setMode: (mode) => {
      set({ mode, beatAt: Date.now(), hasBeaten: false });
      if (mode !== 'paused') void client.refetchQueries({ type: 'active' });
      reopenIn(0);
    },
  };
}

const hasFailed = (query: { state: { status: string } }): boolean => query.state.status === 'error';

const LiveContext = createContext<Live | undefined>(undefined);
/** Gives the stream to the views below. */
export const LiveProvider = LiveContext.Provider;

/** The tab's stream. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('useLive belongs below LiveProvider');
  return live;
}

/** Mode, last beat and the server's clock, as they change. */
export function useLiveState(): LiveState {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, live.read);
}

/**
 * Reads a resource and keeps it fresh while the view is there. With `keepsOld` the last answer of
 * another address stays on screen while a new one is on its way, for filters.
 */
export function useResource<T>(resource: Resource<T>, keepsOld = false): UseQueryResult<T> {
  const live = useLive();
  const { topic } = resource;
  useEffect(() => live.follow(resource), [live, topic]);
  return useQuery({
    queryKey: [resource.path],
    queryFn: ({ signal }) => resource.read(signal),
    ...(keepsOld ? { placeholderData: keepPreviousData } : {}),
    ...(resource.everyMs === undefined ? {} : { refetchInterval: resource.everyMs }),
  });
}

let tick = Date.now();
const waiting = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;
function subscribeToTicks(listener: () => void): () => void {
  waiting.add(listener);
  ticking ??= setInterval(() => {
    tick = Date.now();
    for (const each of waiting) each();
  }, 1_000);
  return () => {
    waiting.delete(listener);
    if (waiting.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** The server's clock in milliseconds, once a second. */
export function useNow(): number {
  const { skewMs } = useLiveState();
  return useSyncExternalStore(subscribeToTicks, () => tick) + skewMs;
}

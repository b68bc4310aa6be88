import { createSession, type Session } from 'better-sse';
import type { Request, Response } from 'express';
import type { LiveMessage } from '../contracts/api.ts';
import { HttpError } from './http-error.ts';

/** Something pages can follow: how it is read, and how often while somebody looks. */
export interface Topic {
  readonly everyMs: number;
  read(): Promise<unknown>;
}

/** The stream of changes: one poller for all pages. */
export interface Live {
  /** Opens a page's stream, for as long as its reader may read. @throws {HttpError} for unknown topics, or when too many are open. */
  open(request: Request, response: Response, isStill: () => Promise<boolean>): Promise<void>;
  /** Reads every topic now, because something has just been changed. */
  nudge(): void;
  /** True while a page is connected. */
  isWatched(): boolean;
  close(): void;
}

interface LiveOptions {
  /** The topic of this name; `undefined` when there is none. */
  readonly topicOf: (name: string) => Topic | undefined;
  /** What pages are told when a topic can't be read. */
  readonly wordsFor: (error: unknown) => string;
}

interface Subscriber {
  readonly session: Session;
  readonly response: Response;
  /** Whether its reader may still read. */
  readonly isStill: () => Promise<boolean>;
}

const beatEveryMs = 2_000;
/** A reader who has signed out, or whose role has changed, is let go after this. */
const stillEveryMs = 5_000;
const mostPages = 200;
const mostTopics = 20;
/** A page that takes nothing for so long is let go; it comes back by itself when it can. */
const mostWaitingBytes = 4_000_000;

/** @param options where topics come from. */
export function createLive({ topicOf, wordsFor }: LiveOptions): Live {
  const pages = new Set<Subscriber>();
  const followed = new Map<string, Followed>();

  const beat = setInterval(() => {
    for (const page of pages) push(page, 'beat', { at: new Date().toISOString() });
  }, beatEveryMs);
  beat.unref();

  // all in the same moment, so that they are looked up together
  const watch = setInterval(() => {
    for (const { response, isStill } of pages) {
      // while it can't be told, nothing is read either
      isStill().then(
        (still) => still || response.end(),
        () => undefined,
      );
    }
  }, stillEveryMs);
  watch.unref();

  function follow(name: string, topic: Topic, page: Subscriber): void {
    const known = followed.get(name);
    const entry = known ?? createFollowed(name, topic, wordsFor, () => followed.delete(name));
    followed.set(name, entry);
    entry.add(page);
  }

  return {
    async open(request, response, isStill) {
      const names = topicsIn(request.originalUrl);
      const topics = names.map((name) => ({ name, topic: topicOf(name) }));
      const unknown = topics.find((each) => each.topic === undefined);
      if (names.length === 0 || names.length > mostTopics || unknown) {
        const what = unknown
          ? `There is no topic “${unknown.name}”`
          : `Name 1 to ${mostTopics} topics`;
        throw new HttpError(400, 'invalid-topics', what);
      }
      if (pages.size >= mostPages) {
        throw new HttpError(503, 'too-many-pages', `${mostPages} pages are open: close some`);
      }
      const session = await createSession(request, response, { keepAlive: null, retry: 2_000 });
      const page = { session, response, isStill };
      pages.add(page);
      session.once('disconnected', () => {
        pages.delete(page);
        for (const name of names) followed.get(name)?.remove(page);
      });
      push(page, 'beat', { at: new Date().toISOString() });
      for (const { name, topic } of topics) if (topic) follow(name, topic, page);
    },

    nudge: () => followed.forEach((entry) => entry.nudge()),

    isWatched: () => pages.size > 0,

    close() {
      clearInterval(beat);
      clearInterval(watch);
      followed.forEach((entry) => entry.stop());
      for (const { response } of pages) response.end();
      pages.clear();
    },
  };
}

interface Followed {
  add(page: Subscriber): void;
  remove(page: Subscriber): void;
  nudge(): void;
  stop(): void;
}

/** Reads a topic as long as it has subscribers, and tells them what changed. */
function createFollowed(
  name: string,
  topic: Topic,
  wordsFor: LiveOptions['wordsFor'],
  abandoned: () => void,
): Followed {
  const subscribers = new Set<Subscriber>();
  let last: { readonly message: LiveMessage; readonly content: string } | undefined;
  let isStopped = false;
  let wake: () => void = () => undefined;
  let isNudged = false;

  const stop = () => {
    isStopped = true;
    wake();
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, isNudged ? 0 : topic.everyMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const readOnce = async (): Promise<Pick<LiveMessage, 'data' | 'error'>> => {
    try {
      return { data: await topic.read() };
    } catch (error) {
      return { error: wordsFor(error) };
    }
  };
  const run = async () => {
    while (!isStopped) {
      isNudged = false;
      const found = await readOnce();
      const content = contentOf(found);
      if (content !== last?.content) {
        const message = { topic: name, seq: (last?.message.seq ?? 0) + 1, ...found };
        last = { message, content };
        for (const page of subscribers) push(page, 'topic', message);
      }
      await pause();
    }
  };
  void run();

  return {
    add(page) {
      subscribers.add(page);
      if (last) push(page, 'topic', last.message);
    },
    remove(page) {
      subscribers.delete(page);
      if (subscribers.size > 0) return;
      stop();
      abandoned();
    },
    nudge() {
      isNudged = true;
      wake();
    },
    stop,
  };
}

function push({ session, response }: Subscriber, event: string, data: unknown): void {
  if (response.writableLength > mostWaitingBytes) response.destroy();
  else if (session.isConnected) session.push(data, event);
}

/** What counts as a change: everything but the clock. */
const contentOf = (value: unknown): string =>
  JSON.stringify(value, (key, each: unknown) => (key === 'now' ? undefined : each));

/** Names are encoded one by one, because ids may hold commas. */
function topicsIn(url: string): readonly string[] {
  const [, list = ''] = /[?&]topics=([^&]*)/.exec(url) ?? [];
  try {
    return [...new Set(list.split(',').filter(Boolean).map(decodeURIComponent))];
  } catch {
    throw new HttpError(400, 'invalid-topics', 'The topics are not encoded as addresses are');
  }
}

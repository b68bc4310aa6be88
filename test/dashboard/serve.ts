import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Express } from 'express';
import { LiveMessage } from '../../src/contracts/api.ts';
import type { SignInSettings } from '../../src/platform/sign-in-settings.ts';
import { createDashboard } from '../../src/dashboard/app.ts';
import type { Route } from '../../src/dashboard/routes.ts';
import { eventually } from '../support/scratch.ts';
import type { World } from '../support/world.ts';

/** A dashboard that listens, and calls to it. */
export interface Served {
  readonly url: string;
  readonly routes: readonly Route[];
  readonly app: Express;
  /** What the server logged as its own faults, and answers unlike what is declared; tests expect none. */
  readonly faults: readonly unknown[];
  get(
    path: string,
    init?: RequestInit,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Opens a stream. */
  follow(...topics: readonly string[]): Promise<Stream>;
  close(): Promise<void>;
}

/** What a stream has sent so far. */
interface Stream {
  readonly status: number;
  readonly messages: readonly LiveMessage[];
  /** Waits for a message of which this holds; only those after the first `from` count. */
  until(
    what: string,
    holds: (message: LiveMessage) => boolean,
    from?: number,
  ): Promise<LiveMessage>;
  beats(): number;
  close(): void;
}

/** Serves a dashboard over the servers of a world, on a port of its own. */
export async function serve(
  world: Pick<World, 'config' | 'client' | 'database'>,
  webDir?: string,
  signInAt?: (origin: string) => SignInSettings,
): Promise<Served> {
  const faults: unknown[] = [];
  const note = (...what: readonly unknown[]) => void faults.push(what);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  const dashboard = createDashboard({
    ...world,
    user: 'mara',
    // people who are refused are no fault
    logger: { error: note, warn: signInAt ? () => undefined : note },
    ...(signInAt ? { signIn: signInAt(url) } : {}),
    ...(webDir === undefined ? {} : { webDir }),
  });
  server.on('request', dashboard.app);

  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    const body: unknown = isJson ? JSON.parse(text) : text;
    if (response.ok && path.startsWith('/api/')) {
      const { pathname } = new URL(path, url);
      const route = routeOf(dashboard.routes, init.method ?? 'GET', pathname);
      const fits = route?.answer?.safeParse(body) ?? { success: true };
      if (!fits.success) faults.push({ path, differs: fits.error });
    }
    return { status: response.status, body };
  };
  return {
    url,
    routes: dashboard.routes,
    app: dashboard.app,
    faults,
    get: call,
    post: (path, body) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    follow: (...topics) => openStream(url, topics),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await Promise.all([closed, dashboard.close()]);
    },
  };
}

/** The route that serves an address. */
const routeOf = (routes: readonly Route[], method: string, pathname: string): Route | undefined =>
  routes.find(
    (route) =>
      route.method === method.toLowerCase() &&
      new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`).test(
        pathname,
      ),
  );

async function openStream(url: string, topics: readonly string[]): Promise<Stream> {
  const ended = new AbortController();
  const list = topics.map(encodeURIComponent).join(',');
  const response = await fetch(`${url}/api/live?topics=${list}`, { signal: ended.signal });
  const messages: LiveMessage[] = [];
  let beats = 0;
  const take = (event: string) => {
    const data = /^data:(.*)$/m.exec(event)?.[1];
    if (data === undefined) return;
    if (/^event:\s*beat$/m.test(event)) beats += 1;
    if (/^event:\s*topic$/m.test(event)) messages.push(LiveMessage.parse(JSON.parse(data)));
  };
  const read = async () => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      events.forEach(take);
    }
  };
  const reading = response.ok ? read().catch(() => undefined) : response.body?.cancel();
  return {
    status: response.status,
    messages,
    until: (what, holds, from = 0) => eventually(what, () => messages.slice(from).find(holds)),
    beats: () => beats,
    close() {
      ended.abort();
      void reading;
    },
  };
}

import express, { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { z } from 'zod';
import type { ApifyOptions } from './apify/runs.ts';
import { createApify } from './apify/vendor.ts';
import { FaultPlan, FaultRule } from './faults.ts';
import { createGemini, type GeminiOptions } from './gemini/vendor.ts';
import { createGoogle, type GoogleOptions } from './google/vendor.ts';
import { createInstantly } from './instantly/vendor.ts';
import type { WorkspaceOptions } from './instantly/workspace.ts';
import type { KlapOptions } from './klap/studio.ts';
import { createKlap } from './klap/vendor.ts';
import { misbehave } from './misbehave.ts';
import { createDiscord } from './notices/discord.ts';
import { Inbox } from './notices/inbox.ts';
import { createSlack } from './notices/slack.ts';
import { createWebhook } from './notices/webhook.ts';
import { RequestLog } from './requests.ts';
import { createTakenIn, type TakenIn } from './taken.ts';
import type { Vendor } from './vendor.ts';

/** What one workspace holds at each vendor, and how it behaves there. */
interface StandInWorkspace extends WorkspaceOptions {
  readonly apify?: ApifyOptions;
  readonly klap?: KlapOptions;
  readonly gemini?: GeminiOptions;
}

interface StandInOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** What single workspaces hold and how they behave. */
  readonly workspaces?: Readonly<Record<string, StandInWorkspace>>;
  /** The same for all other workspaces, and for what a workspace leaves open. */
  readonly defaults?: StandInWorkspace;
  /** How Google behaves, towards everybody. */
  readonly google?: GoogleOptions;
  /** `YYYY-MM-DD`, the day with figures that are still growing; default the real UTC day. */
  readonly today?: string;
  /** Calls the log remembers; counts do not depend on it. Default 5000. */
  readonly keepRequests?: number;
}

/** Running stand-ins. */
export interface StandIns {
  /** `http://127.0.0.1:8090`; a vendor's base URL is this plus `/` and its id; Google's is this. */
  readonly url: string;
  readonly faults: FaultPlan;
  readonly requests: RequestLog;
  /** What channels received. */
  readonly notices: Inbox;
  /** What vendors took in that is meant to happen once. */
  readonly taken: TakenIn;
  /** Stops at once: calls in flight are cut. */
  close(): Promise<void>;
}

/**
 * Starts the stand-in vendors on real HTTP. What they answer follows from the names of the
 * workspaces, the options and the day alone.
 *
 * @throws the system's error when the port is in use (`EADDRINUSE`).
 */
export async function startStandIns(options: StandInOptions = {}): Promise<StandIns> {
  const { port = 0, host = '127.0.0.1', workspaces = {}, defaults = {} } = options;
  const faults = new FaultPlan();
  const requests = new RequestLog(options.keepRequests);
  const notices = new Inbox();
  const taken = createTakenIn();
  const vendors = [
    createInstantly({
      optionsOf: (workspace) => ({ ...defaults, ...workspaces[workspace] }),
      take: taken.note,
      today: () => options.today ?? new Date().toISOString().slice(0, 10),
    }),
    createApify(
      (workspace) => ({ ...defaults.apify, ...workspaces[workspace]?.apify }),
      taken.note,
    ),
    createGoogle(options.google ?? {}),
    createKlap((workspace) => ({ ...defaults.klap, ...workspaces[workspace]?.klap }), taken.note),
    createGemini((workspace) => ({ ...defaults.gemini, ...workspaces[workspace]?.gemini })),
    createSlack(notices),
    createDiscord(notices),
    createWebhook(notices),
  ];

  const app = express().disable('x-powered-by').disable('etag');
  app.get('/healthz', (_request, response) => {
    response.json({ vendors: vendors.map(({ id }) => id) });
  });
  app.use('/sandbox', controls({ faults, requests, notices, taken }));
  for (const vendor of vendors) {
    const watched = watch(vendor, faults, requests);
    if (vendor.ownPaths) app.all(vendor.ownPaths, watched, vendor.router);
    else app.use(`/${vendor.id}`, watched, vendor.router);
  }
  app.use((request, response) => {
    response.status(404).json({ message: `Nothing stands at ${request.path}` });
  });
  app.use(answerError);

  // Connections stay open longer than any test idles: a call never meets one that is being closed.
  const server = createServer({ keepAliveTimeout: 60_000 }, app);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const boundPort = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host}:${boundPort}`,
    faults,
    requests,
    notices,
    taken,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Logs each call to a vendor, and lets the fault plan have its way with it. */
function watch(vendor: Vendor, faults: FaultPlan, requests: RequestLog): RequestHandler {
  return (request, response, next) => {
    const workspace = vendor.workspaceOf(request);
    const addresses = vendor.addressesIn(request);
    const { path, method, originalUrl } = request;
    const fault = faults.strike({ vendor: vendor.id, path, workspace, addresses });
    const end = requests.open({
      vendor: vendor.id,
      workspace: workspace ?? null,
      method,
      path,
      query: originalUrl.split('?').slice(1).join('?'),
      fault: fault?.kind ?? null,
    });
    response.on('close', () => end(null)); // the client gave up
    misbehave({
      fault,
      response,
      next,
      onAnswer: end,
      errorBody: (status) => vendor.errorBody(request, status),
    });
  };
}

const LastOf = z.object({
  last: z.coerce.number().int().positive().max(5_000).default(100),
  workspace: z.string().optional(),
});

type Seen = Pick<StandIns, 'faults' | 'requests' | 'notices' | 'taken'>;

/** Switching faults on and reading the log, for people and for other processes. */
function controls({ faults, requests, notices, taken }: Seen): Router {
  const router = Router();

  router.get('/faults', (_request, response) => {
    response.json(faults.list());
  });
  router.put('/faults', express.json({ type: () => true }), (request, response) => {
    faults.set(z.array(FaultRule).parse(request.body));
    response.json(faults.list());
  });
  router.delete('/faults', (_request, response) => {
    faults.clear();
    response.status(204).end();
  });

  router.get('/requests', (request, response) => {
    const { last, workspace } = LastOf.parse(request.query);
    response.json({
      total: requests.total,
      workspaces: requests.traffic(),
      requests: requests.list(workspace).slice(-last),
    });
  });
  router.get('/taken', (_request, response) => {
    response.json({ taken: taken.list() });
  });
  router.get('/notices', (request, response) => {
    const { last, workspace } = LastOf.parse(request.query);
    response.json({ notices: notices.list(workspace).slice(-last) });
  });
  router.delete('/requests', (_request, response) => {
    requests.reset();
    response.status(204).end();
  });
  return router;
}

const Unreadable = z.object({ type: z.literal('entity.parse.failed'), message: z.string() });

const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const unreadable = Unreadable.safeParse(error);
  if (error instanceof z.ZodError) {
    response.status(400).json({
      message: 'This is not what was expected here',
      issues: error.issues.map(({ path, message }) => `${z.core.toDotPath(path)}: ${message}`),
    });
  } else if (unreadable.success) {
    response.status(400).json({ message: `expected JSON: ${unreadable.data.message}` });
  } else {
    next(error);
  }
};

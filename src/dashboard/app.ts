import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { LiveQuery, type ApiError } from '../contracts/api.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import type { SignInSettings } from '../platform/sign-in-settings.ts';
import { createRunStore } from '../platform/runs.ts';
import { createSchedules } from '../platform/schedules.ts';
import { headersFor, identify, onlyOwnHosts, onlyOwnPages } from './guard.ts';
import { createHealth } from './health.ts';
import { HttpError, refusalOf } from './http-error.ts';
import { createLive } from './live.ts';
import { createModels } from './models.ts';
import { mutationRoutes } from './mutations.ts';
import { openApi } from './openapi.ts';
import { createPages } from './pages.ts';
import { createLiveTopics } from './live-topics.ts';
import { readRoutes } from './reads.ts';
import { auditRoutes, logRoutes } from './records.ts';
import { createRoutes, type Route } from './routes.ts';
import { serveRoutes } from './serve-routes.ts';
import { callbackPath } from './sign-in/google.ts';
import { settingsRoutes } from './settings.ts';
import { addSignIn } from './sign-in/sign-in.ts';

interface DashboardDeps {
  readonly config: Config;
  /** Its identity is who acts, as Temporal and the audit name them: `dashboard:mara@host`. */
  readonly client: Client;
  readonly database: Database;
  readonly logger: Pick<Logger, 'error' | 'warn'>;
  /** Who sits before the pages where nobody has to sign in. */
  readonly user: string;
  /** How people sign in; where it is left out, everybody who reaches the dashboard is an admin. */
  readonly signIn?: SignInSettings | undefined;
  /** The built browser app; the checkout's own when left out. */
  readonly webDir?: string;
}

/** A dashboard without its socket. */
export interface Dashboard {
  readonly app: Express;
  /** Everything the HTTP API has. */
  readonly routes: readonly Route[];
  /** Ends streams and pollers, and waits for what they ask; the servers it was given stay open. */
  close(): Promise<void>;
}

const ownPages = fileURLToPath(new URL('../../dist/web', import.meta.url));
/** What is not a file of the browser app. */
const own = ['/api', '/sign-in/google', callbackPath];
const reconcileEveryMs = { busy: 5_000, idle: 30_000, afterChange: 1_000 };
const reconcileWithinMs = 60_000;

/**
 * Puts routes, live topics and pages together. Starts although the servers behind it are away:
 * the pages say so, and come back by themselves.
 */
export function createDashboard(deps: DashboardDeps): Dashboard {
  const { config, client, database, logger, signIn, webDir = ownPages } = deps;
  const health = createHealth(deps);
  const schedules = createSchedules(client, config);
  const models = createModels({ client, database, config, schedules, health });

  const refusal = (error: unknown): HttpError | undefined =>
    refusalOf(error) ?? health.outageOf(error);
  const live = createLive({
    topicOf: createLiveTopics(models, health),
    wordsFor(error) {
      const refused = refusal(error);
      if (!refused) logger.error({ err: error }, 'A live topic could not be read');
      return refused?.message ?? internal.message;
    },
  });
  const reconciler = keepReconciled(deps, {
    isWatched: () => live.isWatched(),
    isPossible: async () => Object.values(await health.read()).every((server) => server.isUp),
  });
  const changed = () => {
    models.forget();
    reconciler.soon();
    live.nudge();
  };

  const routes = createRoutes();
  readRoutes(routes, models, health);
  settingsRoutes(routes, { client, database, config, health });
  logRoutes(routes, { database, health });
  auditRoutes(routes, { database, health });
  mutationRoutes(routes, { client, database, config, health, models, agents: models.agents });
  routes.get(
    '/api/live',
    { does: 'Follow topics as a stream of events', query: LiveQuery, file: 'text/event-stream' },
    ({ request, response, who }) => live.open(request, response, () => who.isStill()),
  );
  routes.get('/api/openapi.json', { does: 'This document', answer: z.looseObject({}) }, () =>
    openApi(routes.all),
  );
  const { access, cookies } = addSignIn(routes, { ...deps, health });

  const onError: ErrorRequestHandler = (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const requestId = String(response.locals.requestId);
    const refused = refusal(error);
    if (!refused) logger.error({ err: error, requestId, path: request.path }, 'A request failed');
    const { status, code, message, fields } = refused ?? internal;
    const body: ApiError = { code, message, requestId, ...(fields ? { fields } : {}) };
    response.status(status).json(body);
  };

  const app = express();
  app.disable('x-powered-by');
  app.use(identify, headersFor(signIn?.origin));
  app.get('/livez', (_request, response) => void response.json({ ok: true }));
  app.get('/readyz', async (_request, response) => {
    const { temporal, database: tables } = await health.read();
    response.status(temporal.isUp && tables.isUp ? 200 : 503).json({ temporal, database: tables });
  });
  app.set('trust proxy', config.DASHBOARD_PROXIES);
  app.use(onlyOwnHosts(signIn?.origin));
  app.use('/api', onlyOwnPages(signIn?.origin));
  app.use(own, (_request, response, next) => {
    response.setHeader('cache-control', 'no-store');
    next();
  });
  if (cookies) app.use(own, cookies);
  app.use(
    serveRoutes(routes.all, { client, database, health, logger, changed, whoMay: access.whoMay }),
  );
  app.use('/api', () => {
    throw new HttpError(404, 'unknown-route', 'There is nothing at this address');
  });
  app.use(createPages(webDir));
  app.use(onError);

  return {
    app,
    routes: routes.all,
    async close() {
      live.close();
      await Promise.all([reconciler.close(), health.close()]);
    },
  };
}

const internal = new HttpError(
  500,
  'internal',
  'The dashboard made a mistake. Its log says more under the id of this request',
);

/** Compares the table of runs with the server, more often while somebody looks or has changed something. */
function keepReconciled(
  { client, database, logger }: DashboardDeps,
  when: { readonly isWatched: () => boolean; readonly isPossible: () => Promise<boolean> },
) {
  const runs = createRunStore(database);
  let nextAt = 0;
  let busyUntil = 0;
  let isRunning = false;
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    if (isRunning || Date.now() < nextAt) return;
    isRunning = true;
    const isBusy = when.isWatched() || Date.now() < busyUntil;
    nextAt = Date.now() + (isBusy ? reconcileEveryMs.busy : reconcileEveryMs.idle);
    running = reconcile()
      .catch((error: unknown) => logger.warn({ err: error }, 'Runs could not be compared'))
      .finally(() => (isRunning = false));
  }, 1_000);
  timer.unref();

  async function reconcile(): Promise<void> {
    if (!(await when.isPossible())) return;
    await client.withDeadline(Date.now() + reconcileWithinMs, () => runs.reconcile(client));
  }
  return {
    soon() {
      busyUntil = Date.now() + reconcileEveryMs.idle;
      nextAt = Date.now() + reconcileEveryMs.afterChange;
    },
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}

import type { Client } from '@temporalio/client';
import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { createAuditLog } from '../platform/audit.ts';
import type { Database } from '../platform/database.ts';
import { actingAs } from '../platform/temporal.ts';
import type { Health } from './health.ts';
import { parsed } from './http-error.ts';
import type { Route } from './routes.ts';
import type { Who } from './who.ts';

interface ServeDeps {
  readonly client: Client;
  readonly database: Database;
  readonly health: Health;
  readonly logger: Pick<Logger, 'error'>;
  /** Who asks. @throws {HttpError} when they may not do this. */
  readonly whoMay: (route: Route, request: Request) => Promise<Who>;
  /** Called after each change, so that pages show it at once. */
  readonly changed: () => void;
}

/** Serves the routes of a table: who may, then what came, then what they do, then the answer. */
export function serveRoutes(routes: readonly Route[], deps: ServeDeps): Router {
  const router = Router();
  for (const route of routes) router[route.method](route.path, handlerOf(route, deps));
  return router;
}

function handlerOf(route: Route, { client, whoMay, ...deps }: ServeDeps): RequestHandler {
  const { health, logger } = deps;
  const audit = createAuditLog(deps.database);
  return async (request, response) => {
    const who = await whoMay(route, request);
    await readBody(request, response);
    const noted: string[] = [];
    const answer = await route.handle({
      params: request.params,
      query: route.query && parsed(route.query, request.query),
      body: route.body && parsed(route.body, request.body),
      who,
      client: actingAs(client, who.identity),
      async note(entry) {
        noted.push(entry.action);
        await health.during(audit.note({ ...entry, by: who.identity, from: who.from }));
        deps.changed();
      },
      request,
      response,
    });
    if (route.isChange && noted.length === 0) {
      logger.error({ path: route.path }, 'A change left no row in the audit log');
    }
    if (response.headersSent) return;
    if (route.answer) response.json(answer);
    else response.status(204).end();
  };
}

const json: RequestHandler = express.json({ limit: '1mb' });

/** Takes in a body of JSON; any other stays for the handler. */
const readBody = (request: Request, response: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    json(request, response, (error?: Error | string) => {
      if (error instanceof Error) reject(error);
      else resolve();
    });
  });

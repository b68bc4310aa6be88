import express, { Router, type ErrorRequestHandler, type Request, type Response } from 'express';
import { z } from 'zod';
import { RateLimit } from '../rate-limit.ts';
import { seedOf } from '../seed.ts';
import type { Note } from '../taken.ts';
import type { Vendor } from '../vendor.ts';
import { accessOf, requireAccess, type Access } from './access.ts';
import { actorOf, type Actor } from './actors.ts';
import { notFound, Refusal } from './refusal.ts';
import { Runs, type ApifyOptions, type Run } from './runs.ts';

interface Account {
  readonly runs: Runs;
  /** By thing that is asked about: the vendor counts the calls of each. */
  readonly limits: Map<string, RateLimit>;
}

interface Asked {
  readonly access: Access;
  readonly runs: Runs;
  readonly query: URLSearchParams;
  readonly id: string;
}

const defaultPerSecond = 60;
const mostRunsListed = 1_000;

/**
 * Apify, API v2: two actors, one that finds places on Google Maps and one that finds contacts on
 * websites; their runs, data sets and stored inputs.
 *
 * @param optionsOf the options of an account, which exists as soon as somebody asks for it.
 * @param take is told of each run that is started.
 */
export function createApify(optionsOf: (workspace: string) => ApifyOptions, take: Note): Vendor {
  const accounts = new Map<string, Account>();
  const enter = (workspace: string): Account => {
    const known = accounts.get(workspace);
    if (known) return known;
    const fresh = { runs: new Runs(workspace, optionsOf(workspace)), limits: new Map() };
    accounts.set(workspace, fresh);
    return fresh;
  };

  const admit = (request: Request<{ id?: string }>, response: Response): Asked => {
    const access = requireAccess(request);
    const { runs, limits } = enter(access.workspace);
    const thing = request.path.split('/').slice(0, 4).join('/');
    const perSecond = optionsOf(access.workspace).perSecond ?? defaultPerSecond;
    const limit = limits.get(thing) ?? new RateLimit({ most: perSecond, ms: 1_000 });
    limits.set(thing, limit);
    response.set('X-RateLimit-Limit', String(perSecond));
    if (!limit.admit()) {
      throw new Refusal(429, 'rate-limit-exceeded', 'You have exceeded the rate limit');
    }
    const { searchParams: query } = new URL(request.originalUrl, 'http://stand-in');
    return { access, runs, query, id: request.params.id ?? '' };
  };

  const router = Router();
  const get = (path: string | string[], answer: (asked: Asked) => unknown) =>
    router.get(path, (request: Request<{ id?: string }>, response: Response) => {
      response.json({ data: answer(admit(request, response)) });
    });

  addRuns(router, admit, take);
  addStorage(router, admit);
  get('/v2/users/me', ({ access: { workspace } }) => ({
    id: `user-${workspace}`,
    username: workspace,
    email: `${workspace}@stand-in.example`,
    plan: { id: 'FREE' },
  }));
  get(['/v2/acts/:id', '/v2/actors/:id'], ({ id }) => {
    const { id: actId, name, username, title } = actorOf(id);
    return { id: actId, name, username, title, isPublic: true };
  });
  get(['/v2/acts/:id/runs', '/v2/actors/:id/runs'], ({ runs, query, id }) =>
    runList(runs, runs.list(actorOf(id)), query),
  );
  get('/v2/actor-runs', ({ runs, query }) => runList(runs, runs.list(), query));

  router.use((request, response) => {
    admit(request, response);
    throw new Refusal(404, 'page-not-found', 'We have bad news: there is no API endpoint here');
  });
  router.use(answerRefusal);

  return {
    id: 'apify',
    router,
    workspaceOf: (request) => accessOf(request)?.workspace,
    addressesIn: () => undefined,
    errorBody: (_, status) => errorBody(typeOf[status] ?? 'fault', 'The fault plan says so'),
  };
}

type Admit = (request: Request<{ id?: string }>, response: Response) => Asked;

/** Starting runs, looking at them, and ending them. */
function addRuns(router: Router, admit: Admit, take: Note): void {
  const json = express.json({ type: () => true, limit: '9mb' });
  const runIn = ({ runs, id }: Asked): Run => runs.find('id', id) ?? notFound('Actor run');
  const waited = async ({ runs, query }: Asked, run: Run, response: Response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    await runs.ended(run, 1_000 * (numberIn(query, 'waitForFinish') ?? 0), gone.signal);
    return { data: runForm(runs, run) };
  };

  router.post(
    ['/v2/acts/:id/runs', '/v2/actors/:id/runs'],
    json,
    async (request: Request<{ id: string }>, response) => {
      const asked = admit(request, response);
      const actor = actorOf(asked.id);
      const { hasCredit, mayStart } = asked.access;
      if (!mayStart) {
        throw new Refusal(403, 'insufficient-permissions', 'The token may not run Actors');
      }
      if (!hasCredit) {
        const words = 'By launching this job you will exceed your remaining usage';
        throw new Refusal(402, 'not-enough-usage-to-run-paid-actor', words);
      }
      const input = z.record(z.string(), z.unknown()).safeParse(request.body ?? {});
      if (!input.success) throw new Refusal(400, 'invalid-input', 'Input must be a JSON object');
      const run = asked.runs.start(actor, input.data, {
        maxItems: numberIn(asked.query, 'maxItems'),
        maxTotalChargeUsd: numberIn(asked.query, 'maxTotalChargeUsd'),
        timeoutSecs: numberIn(asked.query, 'timeout'),
        memoryMbytes: numberIn(asked.query, 'memory'),
      });
      take(
        'apify',
        asked.runs.workspace,
        'run',
        actor.id,
        seedOf(JSON.stringify(input.data)).toString(36),
      );
      response.status(201).json(await waited(asked, run, response));
    },
  );
  router.get('/v2/actor-runs/:id', async (request, response) => {
    const asked = admit(request, response);
    response.json(await waited(asked, runIn(asked), response));
  });
  router.post('/v2/actor-runs/:id/abort', (request, response) => {
    const asked = admit(request, response);
    const run = runIn(asked);
    asked.runs.abort(run);
    response.json({ data: runForm(asked.runs, run) });
  });
  router.get('/v2/actor-runs/:id/log', (request, response) => {
    const asked = admit(request, response);
    const run = runIn(asked);
    const { items, message } = asked.runs.stateOf(run);
    const at = new Date(run.createdAt).toISOString();
    const lines = [`${at} ACTOR: Creating container.`, `${at} INFO ${items.length} items.`];
    response.type('text').send([...lines, `${at} ACTOR: ${message}`, ''].join('\n'));
  });
}

/** What runs leave behind. */
function addStorage(router: Router, admit: Admit): void {
  const runIn = ({ runs, id }: Asked): Run => runs.find('datasetId', id) ?? notFound('Dataset');

  router.get('/v2/datasets/:id', (request, response) => {
    const asked = admit(request, response);
    const run = runIn(asked);
    const { length: itemCount } = asked.runs.stateOf(run).items;
    response.json({
      data: { id: run.datasetId, name: null, actId: run.actor.id, actRunId: run.id, itemCount },
    });
  });
  router.get('/v2/datasets/:id/items', (request, response) => {
    const asked = admit(request, response);
    const { query } = asked;
    const isDescending = isOn(query, 'desc');
    const all = asked.runs.stateOf(runIn(asked)).items;
    const sorted = isDescending ? all.toReversed() : all;
    const offset = numberIn(query, 'offset') ?? 0;
    const limit = numberIn(query, 'limit');
    const page = sorted.slice(offset, offset + (limit ?? Infinity));
    response.set({
      'X-Apify-Pagination-Total': String(all.length),
      'X-Apify-Pagination-Offset': String(offset),
      'X-Apify-Pagination-Limit': String(limit ?? 999_999_999_999),
      'X-Apify-Pagination-Count': String(page.length),
      'X-Apify-Pagination-Desc': String(isDescending),
    });
    response.json(page.map((item) => withFields(item, query)));
  });
  router.get('/v2/key-value-stores/:id/records/INPUT', (request, response) => {
    const { runs, id } = admit(request, response);
    response.json((runs.find('storeId', id) ?? notFound('Record')).input);
  });
}

function withFields(item: Readonly<Record<string, unknown>>, query: URLSearchParams) {
  const names = (name: string) => query.get(name)?.split(',').filter(Boolean);
  const fields = names('fields');
  const omitted = names('omit') ?? [];
  return Object.fromEntries(
    Object.entries(item).filter(
      ([name]) => (fields?.includes(name) ?? true) && !omitted.includes(name),
    ),
  );
}

/** A list of runs, the oldest first unless asked otherwise, without what only one run shows. */
function runList(runs: Runs, found: readonly Run[], query: URLSearchParams) {
  const status = query.get('status');
  const all = found.filter((run) => status === null || runs.stateOf(run).status === status);
  const desc = isOn(query, 'desc');
  const offset = numberIn(query, 'offset') ?? 0;
  const limit = Math.min(numberIn(query, 'limit') ?? mostRunsListed, mostRunsListed);
  const items = (desc ? all.toReversed() : all)
    .slice(offset, offset + limit)
    .map((run) => runForm(runs, run))
    .map(({ stats, options, ...short }) => short);
  return { total: all.length, offset, limit, desc, count: items.length, items };
}

/** A run as the vendor shows it. */
function runForm(runs: Runs, run: Run) {
  const { status, startedAt, finishedAt, items, message, exitCode } = runs.stateOf(run);
  const actor: Actor = run.actor;
  return {
    id: run.id,
    actId: actor.id,
    userId: `user-${runs.workspace}`,
    status,
    statusMessage: message,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: finishedAt === undefined ? null : new Date(finishedAt).toISOString(),
    exitCode: exitCode ?? null,
    defaultDatasetId: run.datasetId,
    defaultKeyValueStoreId: run.storeId,
    defaultRequestQueueId: `queue-${run.id}`,
    buildId: 'build-1',
    buildNumber: '0.1.1',
    stats: { restartCount: 0, runTimeSecs: ((finishedAt ?? Date.now()) - startedAt) / 1_000 },
    options: { build: 'latest', ...run.limits },
    usageTotalUsd: Math.round(items.length * actor.usdPerItem * 10_000) / 10_000,
  };
}

function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (text !== '' && value >= 0) return value;
  throw new Refusal(400, 'invalid-value', `${name} must be a number that is not negative`);
}

const isOn = (query: URLSearchParams, name: string): boolean =>
  ['1', 'true'].includes(query.get(name) ?? '');

/** The vendor's names for faults, by status. */
const typeOf: Readonly<Record<number, string>> = {
  400: 'invalid-input',
  401: 'user-or-token-not-found',
  402: 'not-enough-usage-to-run-paid-actor',
  403: 'insufficient-permissions',
  404: 'record-not-found',
  429: 'rate-limit-exceeded',
  500: 'internal-server-error',
};

const errorBody = (type: string, message: string) => ({ error: { type, message } });

const answerRefusal: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!(error instanceof Refusal)) {
    next(error);
    return;
  }
  response.status(error.status).json(errorBody(error.type, error.message));
};

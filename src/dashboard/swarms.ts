import { pipeline } from 'node:stream/promises';
import type { Client } from '@temporalio/client';
import { Router, type Request } from 'express';
import { z } from 'zod';
import {
  ExportQuery,
  StartSwarm,
  SwarmChange,
  SwarmChanged,
  TasksQuery,
  TilesQuery,
  UploadSwarm,
} from '../contracts/swarm.ts';
import { RunQuery } from '../contracts/api.ts';
import type { AuditEntry } from '../platform/audit.ts';
import type { AgentReader } from '../platform/agents.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { dryRunSwarm } from '../platform/dry-swarm.ts';
import { createRunStore } from '../platform/runs.ts';
import {
  startSwarm,
  type StartedSwarm,
  type StartSwarmDeps,
  type SwarmTasks,
} from '../platform/start-swarm.ts';
import { steerSwarm, type SwarmOrder } from '../platform/steer-swarm.ts';
import { exportSwarm } from '../platform/swarm-export.ts';
import { readTasks, type TaskText } from '../platform/task-files.ts';
import type { Health } from './health.ts';
import { HttpError, parsed } from './http-error.ts';
import type { Models } from './models.ts';

interface SwarmRoutesDeps {
  readonly client: Client;
  readonly database: Database;
  readonly config: Config;
  readonly agents: AgentReader;
  readonly models: Pick<Models, 'runs' | 'swarms' | 'swarmRows'>;
  readonly health: Health;
  /** Who sits before the pages. */
  readonly user: string;
  /** Notes a change in the audit log, and lets pages show it. */
  readonly changed: (entry: Omit<AuditEntry, 'by' | 'from'>) => Promise<void>;
}

const RunRef = z.object({ run: z.string().max(80).optional() });
const Index = z.coerce.number().int().min(0);
const mostUploadBytes = 50 * 1_048_576;
const uploads = ['application/x-ndjson', 'text/csv'];

/** Swarms: shown as numbers, tiles, tasks and exports; started, and steered with a reason. */
export function createSwarmRoutes(deps: SwarmRoutesDeps): Router {
  const { client, database, agents, health, user, changed } = deps;
  const { runs, swarms, swarmRows } = deps.models;
  const requestedBy = { kind: 'person', name: user } as const;
  const router = Router();

  const starting: StartSwarmDeps = {
    client,
    database,
    async checkServed(ids) {
      for (const id of ids) {
        if (await health.during(agents.isServed(id))) continue;
        throw new HttpError(
          409,
          'no-worker',
          `No worker serves ${id}. Start one with “npm run -s agentic -- worker”. Your swarm was not started`,
        );
      }
    },
  };
  const swarmOf = async (workflowId: string, run: string | undefined) => {
    const swarm = await health.during(swarmRows.find(workflowId, run));
    if (!swarm) throw unknownSwarm();
    return swarm;
  };

  /** Puts a new swarm among the runs at once, so that its page is there when somebody goes to it. */
  const noted = async (swarm: StartedSwarm, settings: Readonly<Record<string, unknown>>) => {
    const { started, memo, total } = swarm;
    if (!started) return;
    const store = createRunStore(database);
    await health.during(store.noteStart('swarm', swarm, memo, { ...settings, total }));
  };

  router.get('/api/swarms', async ({ query }, response) => {
    const { runs: rows, ...page } = await health.during(
      runs.search({ ...parsed(RunQuery, query), type: 'swarm' }),
    );
    response.json({ swarms: rows, next: page.next, total: page.total });
  });

  router.get('/api/swarms/:workflowId', async ({ params, query }, response) => {
    const { run } = parsed(RunRef, query);
    const detail = await health.during(swarms.read(params.workflowId, run));
    if (!detail) throw unknownSwarm();
    response.json(detail);
  });

  router.get('/api/swarms/:workflowId/tiles', async ({ params, query }, response) => {
    const { run, ...part } = parsed(TilesQuery, query);
    const swarm = await swarmOf(params.workflowId, run);
    response.json(await health.during(swarmRows.tiles(swarm, part)));
  });

  router.get('/api/swarms/:workflowId/tasks', async ({ params, query }, response) => {
    const { run, ...page } = parsed(TasksQuery, query);
    const swarm = await swarmOf(params.workflowId, run);
    response.json(await health.during(swarmRows.page(swarm, page)));
  });

  router.get('/api/swarms/:workflowId/tasks/:index', async ({ params, query }, response) => {
    const { run } = parsed(RunRef, query);
    const swarm = await swarmOf(params.workflowId, run);
    const index = Index.safeParse(params.index);
    const task = index.success && (await health.during(swarmRows.task(swarm, index.data)));
    if (!task) throw new HttpError(404, 'unknown-task', 'The swarm has no task of this index');
    response.json(task);
  });

  for (const [format, type] of [
    ['jsonl', 'application/x-ndjson'],
    ['csv', 'text/csv; charset=utf-8'],
  ] as const) {
    router.get(`/api/swarms/:workflowId/export.${format}`, async ({ params, query }, response) => {
      const { run, state } = parsed(ExportQuery, query);
      const swarm = await swarmOf(params.workflowId, run);
      response.attachment(`${params.workflowId.replaceAll('/', '-')}.${format}`).type(type);
      const text = exportSwarm(swarmRows.all(swarm, state), format);
      await pipeline(text, response).catch((error: unknown) => {
        if (!response.destroyed) throw error; // a reader that left needs no answer
      });
    });
  }

  router.post('/api/swarms/dry-run', async (request, response) => {
    const isUpload = request.is(uploads) !== false;
    const { tasks, settings } = isUpload ? uploaded(request) : given(request.body);
    const dry = await health
      .during(dryRunSwarm(deps, tasks, { ...settings, requestedBy }))
      .finally(() => request.resume());
    response.json(dry);
  });

  router.post('/api/swarms', async (request, response) => {
    const isUpload = request.is(uploads) !== false;
    const { tasks, settings } = isUpload ? uploaded(request) : given(request.body);
    const swarm = await health
      .during(startSwarm(starting, tasks, { ...settings, requestedBy }))
      .finally(() => request.resume());
    const { workflowId, runId, started, total } = swarm;
    await noted(swarm, settings);
    await changed({
      action: started ? 'swarm.start' : 'swarm.join',
      target: workflowId,
      reason: settings.reason ?? '',
      detail: {
        ...{ runId, total },
        ...(settings.confirm === undefined ? {} : { confirm: settings.confirm }),
      },
    });
    response.status(started ? 201 : 200).json({ workflowId, runId, started });
  });

  router.post('/api/swarms/:workflowId/:how', async (request, response) => {
    const { workflowId } = request.params;
    const { order, reason } = orderIn(request);
    const word = { by: client.options.identity, reason };
    const isServed = (queue: string) => health.during(agents.isServed(queue));
    const steered = await health.during(
      steerSwarm({ ...starting, requestedBy, isServed }, workflowId, order, word),
    );
    const started = steered.kind === 'started' ? steered.run : null;
    if (started) await noted(started, {});
    await changed({
      action: `swarm.${order.kind}`,
      target: workflowId,
      reason,
      detail: {
        ...(order.kind === 'window' ? { window: order.window } : {}),
        ...(order.kind === 'retry-failed' ? { of: order.of } : {}),
        ...('confirm' in order && order.confirm !== undefined ? { confirm: order.confirm } : {}),
        ...(started ? { started: started.workflowId } : {}),
      },
    });
    const progress = steered.kind === 'told' ? steered.progress : null;
    const body = SwarmChanged.parse({ progress, started });
    response.status(started?.started === true ? 201 : 200).json(body);
  });
  return router;
}

/** Nobody knows this swarm. */
export const unknownSwarm = (): HttpError =>
  new HttpError(
    404,
    'unknown-swarm',
    'No swarm has this id, or its tasks are not loaded yet. It may be older than is kept',
  );

function given(body: unknown): { tasks: SwarmTasks; settings: Settings } {
  const { tasks, source, ...settings } = parsed(StartSwarm, body);
  if (source) return { tasks: { kind: 'source', source }, settings };
  return { tasks: { kind: 'tasks', tasks: tasks ?? [] }, settings };
}

type Settings = Omit<z.output<typeof UploadSwarm>, 'capability' | 'account' | 'file'>;

function uploaded(request: Request) {
  const { capability, account, file, ...settings } = parsed(UploadSwarm, request.query);
  const format = request.is('text/csv') === false ? 'jsonl' : 'csv';
  const text: TaskText = { name: file, format, capability, account };
  const tasks = readTasks(text, limited(request));
  return { tasks: { kind: 'stream', origin: file, tasks } as const, settings };
}

/** The body as it comes; leaving it early must not end the connection, which carries the answer. */
async function* limited(request: Request): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    const buffer = Buffer.from(piece);
    bytes += buffer.length;
    if (bytes > mostUploadBytes) {
      throw new HttpError(
        413,
        'too-large',
        'The body is larger than 50 MB: use “agentic swarm run”',
      );
    }
    yield buffer;
  }
}

function orderIn({ params, body }: Request): { order: SwarmOrder; reason: string } {
  const how = parsed(z.enum(Hows), params.how);
  switch (how) {
    case 'window': {
      const { reason, window } = parsed(SwarmChange.window, body);
      return { order: { kind: how, window }, reason };
    }
    case 'add': {
      const { reason, confirm, tasks } = parsed(SwarmChange.add, body);
      return { order: { kind: how, tasks: { kind: 'tasks', tasks }, confirm }, reason };
    }
    case 'retry-failed': {
      const { reason, of, confirm } = parsed(SwarmChange['retry-failed'], body);
      return { order: { kind: how, of, confirm }, reason };
    }
    case 'pause':
    case 'resume':
    case 'cancel':
      return { order: { kind: how }, reason: parsed(SwarmChange[how], body).reason };
  }
}

const Hows = ['pause', 'resume', 'cancel', 'window', 'add', 'retry-failed'] as const;

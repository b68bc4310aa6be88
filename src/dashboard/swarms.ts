import { pipeline } from 'node:stream/promises';
import type { Client } from '@temporalio/client';
import type { Request } from 'express';
import { z } from 'zod';
import { RunQuery, StartedRun } from '../contracts/api.ts';
import { SwarmDryRun } from '../contracts/swarm-dry-run.ts';
import {
  ExportQuery,
  StartSwarm,
  SwarmChange,
  SwarmChanged,
  SwarmDetail,
  SwarmList,
  SwarmTaskDetail,
  SwarmTasks as SwarmTaskList,
  SwarmTiles,
  TasksQuery,
  TilesQuery,
  UploadSwarm,
} from '../contracts/swarm.ts';
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
import { detailOf, steerSwarm, type SwarmOrder } from '../platform/steer-swarm.ts';
import { exportSwarm } from '../platform/swarm-export.ts';
import { readTasks, type TaskText } from '../platform/task-files.ts';
import type { Health } from './health.ts';
import { HttpError, parsed } from './http-error.ts';
import type { Models } from './models.ts';
import type { Call, Routes } from './routes.ts';

interface SwarmRouteDeps {
  readonly database: Database;
  readonly config: Config;
  readonly agents: AgentReader;
  readonly models: Pick<Models, 'runs' | 'swarms' | 'swarmRows'>;
  readonly health: Health;
}

const RunRef = z.object({ run: z.string().max(80).optional() });
const Index = z.coerce.number().int().min(0);
const mostUploadBytes = 50 * 1_048_576;
const uploads = ['application/x-ndjson', 'text/csv'];
const upload = { types: uploads, query: UploadSwarm, body: StartSwarm };

/** Swarms: shown as numbers, tiles, tasks and exports; started, and steered with a reason. */
export function swarmRoutes(routes: Routes, deps: SwarmRouteDeps): void {
  const { database, config, agents, health } = deps;
  const { runs, swarms, swarmRows } = deps.models;

  const startingIn = (client: Client): StartSwarmDeps => ({
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
  });
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

  routes.get(
    '/api/swarms',
    { does: 'List swarms, newest first', query: RunQuery, answer: SwarmList },
    async ({ query }) => {
      const { runs: rows, ...page } = await health.during(runs.search({ ...query, type: 'swarm' }));
      return { swarms: rows, next: page.next, total: page.total };
    },
  );

  routes.get(
    '/api/swarms/:workflowId',
    { does: 'Show a swarm', query: RunRef, answer: SwarmDetail },
    async ({ params, query: { run } }) => {
      const detail = await health.during(swarms.read(params.workflowId, run));
      if (!detail) throw unknownSwarm();
      return detail;
    },
  );

  routes.get(
    '/api/swarms/:workflowId/tiles',
    { does: 'Show a swarm’s tasks as tiles', query: TilesQuery, answer: SwarmTiles },
    async ({ params, query: { run, ...part } }) => {
      const swarm = await swarmOf(params.workflowId, run);
      return health.during(swarmRows.tiles(swarm, part));
    },
  );

  routes.get(
    '/api/swarms/:workflowId/tasks',
    { does: 'List a swarm’s tasks', query: TasksQuery, answer: SwarmTaskList },
    async ({ params, query: { run, ...page } }) => {
      const swarm = await swarmOf(params.workflowId, run);
      return health.during(swarmRows.page(swarm, page));
    },
  );

  routes.get(
    '/api/swarms/:workflowId/tasks/:index',
    { does: 'Show one task of a swarm', query: RunRef, answer: SwarmTaskDetail },
    async ({ params, query: { run } }) => {
      const swarm = await swarmOf(params.workflowId, run);
      const index = Index.safeParse(params.index);
      const task = index.success && (await health.during(swarmRows.task(swarm, index.data)));
      if (!task) throw new HttpError(404, 'unknown-task', 'The swarm has no task of this index');
      return task;
    },
  );

  for (const [format, type] of [
    ['jsonl', 'application/x-ndjson'],
    ['csv', 'text/csv; charset=utf-8'],
  ] as const) {
    routes.get(
      `/api/swarms/:workflowId/export.${format}`,
      { does: 'Export a swarm’s tasks', query: ExportQuery, file: type },
      async ({ params, query: { run, state }, response }) => {
        const swarm = await swarmOf(params.workflowId, run);
        response.attachment(`${params.workflowId.replaceAll('/', '-')}.${format}`).type(type);
        const text = exportSwarm(swarmRows.all(swarm, state), format);
        await pipeline(text, response).catch((error: unknown) => {
          if (!response.destroyed) throw error; // a reader that left needs no answer
        });
      },
    );
  }

  const given = (request: Request) =>
    request.is(uploads) === false ? tasksIn(request.body) : uploaded(request);

  routes.post(
    '/api/swarms/dry-run',
    {
      does: 'Say what a swarm would do',
      role: 'operator',
      isChange: false,
      upload,
      answer: SwarmDryRun,
    },
    async ({ request, client, who }) => {
      const { tasks, settings } = given(request);
      const requestedBy = { kind: 'person', name: who.name } as const;
      return health
        .during(
          dryRunSwarm({ client, database, config, agents }, tasks, { ...settings, requestedBy }),
        )
        .finally(() => request.resume());
    },
  );

  routes.post(
    '/api/swarms',
    { does: 'Start a swarm, or join its run', role: 'operator', upload, answer: StartedRun },
    async ({ request, response, client, who, note }) => {
      const { tasks, settings } = given(request);
      const requestedBy = { kind: 'person', name: who.name } as const;
      const swarm = await health
        .during(startSwarm(startingIn(client), tasks, { ...settings, requestedBy }))
        .finally(() => request.resume());
      const { workflowId, runId, started, total } = swarm;
      await noted(swarm, settings);
      await note({
        action: started ? 'swarm.start' : 'swarm.join',
        target: workflowId,
        reason: settings.reason ?? '',
        detail: {
          ...{ runId, total },
          ...(settings.confirm === undefined ? {} : { confirm: settings.confirm }),
        },
      });
      response.status(started ? 201 : 200);
      return { workflowId, runId, started };
    },
  );

  async function steer(call: Call, workflowId: string, order: SwarmOrder, reason: string) {
    const { client, who, note, response } = call;
    const isServed = (queue: string) => health.during(agents.isServed(queue));
    const requestedBy = { kind: 'person', name: who.name } as const;
    const steered = await health.during(
      steerSwarm({ ...startingIn(client), requestedBy, isServed }, workflowId, order, {
        by: who.identity,
        reason,
      }),
    );
    const started = steered.kind === 'started' ? steered.run : null;
    if (started) await noted(started, {});
    await note({
      action: `swarm.${order.kind}`,
      target: workflowId,
      reason,
      detail: detailOf(order, steered),
    });
    response.status(started?.started === true ? 201 : 200);
    const progress = steered.kind === 'told' ? steered.progress : null;
    return SwarmChanged.parse({ progress, started });
  }
  const word = { role: 'operator', answer: SwarmChanged } as const;

  for (const [kind, does] of [
    ['pause', 'Begin no more tasks'],
    ['resume', 'Begin tasks again'],
    ['cancel', 'End a swarm; what is done stays done'],
  ] as const) {
    routes.post(
      `/api/swarms/:workflowId/${kind}`,
      { does, ...word, body: SwarmChange[kind] },
      (call) => steer(call, call.params.workflowId, { kind }, call.body.reason),
    );
  }
  routes.post(
    '/api/swarms/:workflowId/window',
    { does: 'Change how many squads work at once', ...word, body: SwarmChange.window },
    (call) => {
      const { reason, window } = call.body;
      return steer(call, call.params.workflowId, { kind: 'window', window }, reason);
    },
  );
  routes.post(
    '/api/swarms/:workflowId/add',
    { does: 'Add tasks to a swarm', ...word, body: SwarmChange.add },
    (call) => {
      const { reason, confirm, tasks } = call.body;
      const order = { kind: 'add', tasks: { kind: 'tasks', tasks }, confirm } as const;
      return steer(call, call.params.workflowId, order, reason);
    },
  );
  routes.post(
    '/api/swarms/:workflowId/retry-failed',
    { does: 'Do failed tasks again', ...word, body: SwarmChange['retry-failed'] },
    (call) => {
      const { reason, of, confirm } = call.body;
      return steer(call, call.params.workflowId, { kind: 'retry-failed', of, confirm }, reason);
    },
  );
}

/** Nobody knows this swarm. */
export const unknownSwarm = (): HttpError =>
  new HttpError(
    404,
    'unknown-swarm',
    'No swarm has this id, or its tasks are not loaded yet. It may be older than is kept',
  );

function tasksIn(body: unknown): { tasks: SwarmTasks; settings: Settings } {
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

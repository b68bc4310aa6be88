import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { StartedRun, StartRun, WithReason } from '../contracts/api.ts';
import { checkTask } from '../contracts/check.ts';
import { MethodWord } from '../contracts/memory.ts';
import { Backfill, BackfillStarted } from '../contracts/schedules.ts';
import { accountsOf } from '../platform/accounts.ts';
import type { AgentReader } from '../platform/agents.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { endRun } from '../platform/end-run.ts';
import { createRunStore } from '../platform/runs.ts';
import { createSchedules } from '../platform/schedules.ts';
import { memoOf, startTask } from '../platform/start-run.ts';
import { answerTask } from '../platform/tell-run.ts';
import { bulkRoutes } from './bulk.ts';
import { coordinationRoutes } from './coordination.ts';
import { flowKeyRoutes } from './flow-keys.ts';
import type { Health } from './health.ts';
import { HttpError } from './http-error.ts';
import { leadRoutes } from './leads.ts';
import { ledgerRoutes } from './ledger.ts';
import { memoryRoutes } from './memory.ts';
import type { Models } from './models.ts';
import { pipelineRoutes } from './pipelines.ts';
import { postRoutes } from './posts.ts';
import type { Call, Routes } from './routes.ts';
import { shortRoutes } from './shorts.ts';
import { suppressionRoutes } from './suppressions.ts';
import { swarmRoutes } from './swarms.ts';

interface MutationDeps {
  readonly client: Client;
  readonly database: Database;
  readonly config: Config;
  readonly agents: AgentReader;
  readonly models: Models;
  readonly health: Health;
}

const RunRef = z.object({ run: z.string().max(80).optional() });

/** What pages change. Each change goes to Temporal under the person's name and leaves an audit row. */
export function mutationRoutes(routes: Routes, deps: MutationDeps): void {
  const { database, config, agents, health } = deps;
  const store = createRunStore(database);

  async function start(
    { client, who }: Call,
    { reason: _, ...body }: z.output<typeof StartRun>,
  ): Promise<StartedRun> {
    const task = checkTask({ ...body, requestedBy: { kind: 'person', name: who.name } });
    const { agent, request } = task;
    const known = accountsOf(config, agent.vendor).map((account) => account.name);
    if (!known.includes(request.account)) {
      const message = `expected an account that settings name: ${known.join(', ')}`;
      throw new HttpError(400, 'unknown-account', `account: ${message}`, [
        { path: '/account', message },
      ]);
    }
    if (!(await health.ask(() => agents.isServed(agent.id)))) {
      throw new HttpError(
        409,
        'no-worker',
        `No worker serves ${agent.id}. Start one with “npm run -s agentic -- worker”. Your run was not started`,
      );
    }
    const run = await health.ask(() => startTask(client, request));
    if (run.started) await health.during(store.noteStart('task', run, memoOf(task), task.input));
    return run;
  }

  routes.post(
    '/api/runs',
    {
      does: 'Start a capability, or join its run',
      role: 'operator',
      body: StartRun,
      answer: StartedRun,
    },
    async (call) => {
      const { body, note, response } = call;
      const run = await start(call, body);
      await note({
        action: run.started ? 'run.start' : 'run.join',
        target: run.workflowId,
        reason: body.reason,
        detail: {
          runId: run.runId,
          capability: body.capability,
          account: body.account,
          ...(body.dryRun ? { dryRun: true } : {}),
          ...(body.confirm === undefined ? {} : { confirm: body.confirm }),
        },
      });
      response.status(run.started ? 201 : 200);
      return run;
    },
  );

  routes.post(
    '/api/runs/:workflowId/answer',
    { does: 'Answer a run that memory refuses', role: 'operator', body: MethodWord },
    async ({ params: { workflowId }, body: word, client, who, note }) => {
      const runId = await health.ask(() => answerTask(client, workflowId, word, who.name));
      const { reason, ...detail } = word;
      await note({
        action: 'run.answer',
        target: workflowId,
        reason,
        detail: { ...detail, runId },
      });
    },
  );

  for (const [how, does] of [
    ['cancel', 'Ask a run to stop and tidy up'],
    ['terminate', 'End a run at once'],
  ] as const) {
    routes.post(
      `/api/runs/:workflowId/${how}`,
      { does, role: 'operator', query: RunRef, body: WithReason },
      async ({ params: { workflowId }, query: { run }, body: { reason }, client, note }) => {
        const request = { workflowId, runId: run, how, reason };
        const runId = await health.ask(() => endRun({ client, database }, request));
        await note({ action: `run.${how}`, target: workflowId, reason, detail: { runId } });
      },
    );
  }

  routes.post(
    '/api/schedules/:id/backfill',
    {
      does: 'Fire once for each of some days',
      role: 'operator',
      body: Backfill,
      answer: BackfillStarted,
    },
    async ({ params: { id }, body: days, client, note }) => {
      const started = await health.during(createSchedules(client, config).backfill(id, days));
      await note({ action: 'schedule.backfill', target: id, reason: '', detail: days });
      return started;
    },
  );

  for (const [how, does] of [
    ['pause', 'Stop firing; work under way goes on'],
    ['resume', 'Fire again'],
    ['trigger', 'Fire once now'],
  ] as const) {
    routes.post(
      `/api/schedules/:id/${how}`,
      { does, role: 'operator', body: WithReason },
      async ({ params: { id }, body: { reason }, client, note }) => {
        await health.during(createSchedules(client, config)[how](id, reason));
        await note({ action: `schedule.${how}`, target: id, reason });
      },
    );
  }

  bulkRoutes(routes, deps);
  flowKeyRoutes(routes, deps);
  ledgerRoutes(routes, deps);
  leadRoutes(routes, deps);
  postRoutes(routes, deps);
  shortRoutes(routes, deps);
  suppressionRoutes(routes, deps);
  pipelineRoutes(routes, deps);
  swarmRoutes(routes, deps);
  coordinationRoutes(routes, deps);
  memoryRoutes(routes, deps);
}

import type { Client } from '@temporalio/client';
import { Router } from 'express';
import { z } from 'zod';
import { StartRun, WithReason, type StartedRun } from '../contracts/api.ts';
import { Backfill } from '../contracts/schedules.ts';
import { checkTask } from '../contracts/check.ts';
import { MethodWord } from '../contracts/memory.ts';
import { accountsOf } from '../platform/accounts.ts';
import type { AgentReader } from '../platform/agents.ts';
import { createAuditLog, type AuditEntry } from '../platform/audit.ts';
import type { Config } from '../platform/config.ts';
import type { Database } from '../platform/database.ts';
import { endRun } from '../platform/end-run.ts';
import { createRunStore } from '../platform/runs.ts';
import type { Schedules } from '../platform/schedules.ts';
import { memoOf, startTask } from '../platform/start-run.ts';
import { answerTask } from '../platform/tell-run.ts';
import { createCoordinationRoutes } from './coordination.ts';
import { createFlowKeyRoutes } from './flow-keys.ts';
import { createLeadRoutes } from './leads.ts';
import { createLedgerRoutes } from './ledger.ts';
import { createMemoryRoutes } from './memory.ts';
import { createSuppressionRoutes } from './suppressions.ts';
import type { Health } from './health.ts';
import { HttpError, parsed } from './http-error.ts';
import { createPipelineRoutes } from './pipelines.ts';
import type { Models } from './models.ts';
import { createSwarmRoutes } from './swarms.ts';

interface MutationDeps {
  readonly client: Client;
  readonly database: Database;
  readonly config: Config;
  readonly schedules: Schedules;
  readonly agents: AgentReader;
  readonly models: Models;
  readonly health: Health;
  /** Who sits before the pages. */
  readonly user: string;
  /** Called after each change, so that pages show it at once. */
  readonly changed: () => void;
}

const answersWithinMs = 5_000;
const RunRef = z.object({ run: z.string().max(80).optional() });

/** What pages change. Each change goes to Temporal under the person's name and leaves an audit row. */
export function createMutations(deps: MutationDeps): Router {
  const { client, database, config, schedules, agents, health, user } = deps;
  const audit = createAuditLog(database);
  const store = createRunStore(database);
  const router = Router();

  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    health.during(client.withDeadline(Date.now() + answersWithinMs, question));

  async function changed(entry: Omit<AuditEntry, 'by' | 'from'>): Promise<void> {
    const by = client.options.identity;
    await health.during(audit.note({ ...entry, by, from: 'dashboard' }));
    deps.changed();
  }

  async function start({ reason: _, ...body }: z.output<typeof StartRun>): Promise<StartedRun> {
    const task = checkTask({ ...body, requestedBy: { kind: 'person', name: user } });
    const { agent, request } = task;
    const known = accountsOf(config, agent.vendor).map((account) => account.name);
    if (!known.includes(request.account)) {
      const message = `expected an account that settings name: ${known.join(', ')}`;
      throw new HttpError(400, 'unknown-account', `account: ${message}`, [
        { path: '/account', message },
      ]);
    }
    if (!(await ask(() => agents.isServed(agent.id)))) {
      throw new HttpError(
        409,
        'no-worker',
        `No worker serves ${agent.id}. Start one with “npm run -s agentic -- worker”. Your run was not started`,
      );
    }
    const run = await ask(() => startTask(client, request));
    if (run.started) await health.during(store.noteStart('task', run, memoOf(task), task.input));
    return run;
  }

  router.post('/api/runs', async (request, response) => {
    const body = parsed(StartRun, request.body);
    const run = await start(body);
    await changed({
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
    response.status(run.started ? 201 : 200).json(run);
  });

  router.post('/api/runs/:workflowId/answer', async (request, response) => {
    const { workflowId } = request.params;
    const word = parsed(MethodWord, request.body);
    const runId = await ask(() => answerTask(client, workflowId, word, user));
    const { reason, ...detail } = word;
    await changed({
      action: 'run.answer',
      target: workflowId,
      reason,
      detail: { ...detail, runId },
    });
    response.status(204).end();
  });

  router.post('/api/runs/:workflowId/:how', async (request, response) => {
    const { workflowId } = request.params;
    const how = parsed(z.enum(['cancel', 'terminate']), request.params.how);
    const { reason } = parsed(WithReason, request.body);
    const { run } = parsed(RunRef, request.query);
    const runId = await ask(() => endRun(deps, { workflowId, runId: run, how, reason }));
    await changed({ action: `run.${how}`, target: workflowId, reason, detail: { runId } });
    response.status(204).end();
  });

  router.post('/api/schedules/:id/backfill', async (request, response) => {
    const { id } = request.params;
    const days = parsed(Backfill, request.body);
    const started = await health.during(schedules.backfill(id, days));
    await changed({ action: 'schedule.backfill', target: id, reason: '', detail: days });
    response.json(started);
  });

  router.post('/api/schedules/:id/:how', async (request, response) => {
    const { id } = request.params;
    const how = parsed(z.enum(['pause', 'resume', 'trigger']), request.params.how);
    const { reason } = parsed(WithReason, request.body);
    await health.during(schedules[how](id, reason));
    await changed({ action: `schedule.${how}`, target: id, reason });
    response.status(204).end();
  });

  const by = client.options.identity;
  const shared = { database, health, changed };
  return router.use(
    createFlowKeyRoutes({ ...shared, by }),
    createLedgerRoutes({ ...shared, user }),
    createLeadRoutes({ ...shared, config, user }),
    createSuppressionRoutes({ ...shared, user }),
    createPipelineRoutes({ ...deps, ask, changed }),
    createSwarmRoutes({ ...deps, changed }),
    createCoordinationRoutes({ client, ...shared, by }),
    createMemoryRoutes({ client, ...shared, user }),
  );
}

import type { Client } from '@temporalio/client';
import { Router, type Request } from 'express';
import { z } from 'zod';
import {
  ApprovalWord,
  PipelineCall,
  RepairWord,
  type PipelineCheck,
} from '../contracts/pipeline.ts';
import { accountsOf } from '../platform/accounts.ts';
import type { AgentReader } from '../platform/agents.ts';
import type { AuditEntry } from '../platform/audit.ts';
import { checkPipeline, type CheckOptions } from '../platform/check-pipeline.ts';
import type { Config } from '../platform/config.ts';
import { queuesOf, tellPipeline, type PipelineWord } from '../platform/pipeline-run.ts';
import { BadPipeline, calledSource } from '../platform/pipeline-source.ts';
import { readyPipelines } from '../platform/ready-pipelines.ts';
import { keyOf, pipelineIdOf, startPipeline } from '../platform/start-pipeline.ts';
import { systemQueue } from '../rules/names.ts';
import type { Health } from './health.ts';
import { HttpError, parsed, unknownRun } from './http-error.ts';
import type { Models } from './models.ts';

interface PipelineRouteDeps {
  readonly client: Client;
  readonly config: Config;
  readonly agents: AgentReader;
  readonly models: Pick<Models, 'pipelines'>;
  readonly health: Health;
  /** Who sits before the pages. */
  readonly user: string;
  /** Calls Temporal, with a deadline. */
  readonly ask: <T>(question: () => Promise<T>) => Promise<T>;
  /** Notes a change in the audit log, and lets pages show it. */
  readonly changed: (entry: Omit<AuditEntry, 'by' | 'from'>) => Promise<void>;
}

const RunRef = z.object({ run: z.string().max(80).optional() });

/** Pipelines: the ready ones, checked and started, shown, answered and repaired. */
export function createPipelineRoutes(deps: PipelineRouteDeps): Router {
  const { client, config, agents, models, health, user, ask, changed } = deps;
  const router = Router();
  const logins: CheckOptions['accountsOf'] = (agent) =>
    accountsOf(config, agent.vendor).map((account) => account.name);
  const check = ({ pipeline, params }: PipelineCall) =>
    checkPipeline(calledSource(pipeline), { params, accountsOf: logins });

  async function refuseUnserved(queues: readonly string[]): Promise<void> {
    for (const queue of queues) {
      if (await ask(() => agents.isServed(queue))) continue;
      const message = `No worker serves ${queue}. Start one with “npm run -s agentic -- worker”`;
      throw new HttpError(409, 'no-worker', message);
    }
  }

  router.get('/api/pipelines', (_request, response) => {
    response.json(readyPipelines({ accountsOf: logins }));
  });

  router.post('/api/pipelines/check', (request, response) => {
    const call = parsed(PipelineCall, request.body);
    let answer: PipelineCheck;
    try {
      const checked = check(call);
      const { params, definition } = checked;
      const workflowId = pipelineIdOf(definition.name, call.key ?? keyOf(checked));
      answer = { isValid: true, problems: [], params, workflowId };
    } catch (error) {
      if (!(error instanceof BadPipeline)) throw error;
      const problems = [...error.problems];
      answer = { isValid: false, problems, params: null, workflowId: null };
    }
    response.json(answer);
  });

  router.post('/api/pipelines', async (request, response) => {
    const call = parsed(PipelineCall, request.body);
    const checked = check(call);
    await refuseUnserved(queuesOf(checked));
    const requestedBy = { kind: 'person', name: user } as const;
    const run = await ask(() => startPipeline(client, checked, { key: call.key, requestedBy }));
    await changed({
      action: run.started ? 'run.start' : 'run.join',
      target: run.workflowId,
      reason: '',
      detail: { runId: run.runId, pipeline: checked.definition.name },
    });
    response.status(run.started ? 201 : 200).json(run);
  });

  router.get('/api/pipelines/:workflowId', async ({ params, query }, response) => {
    const { run } = parsed(RunRef, query);
    const detail = await health.during(models.pipelines.read(params.workflowId, run));
    if (!detail) throw unknownRun();
    response.json(detail);
  });

  router.post('/api/pipelines/:workflowId/:how', async (request, response) => {
    const { workflowId } = request.params;
    const said = saidIn(request);
    await refuseUnserved([systemQueue]);
    const runId = await ask(() => tellPipeline(client, workflowId, said, user));
    const { reason, ...detail } = said.word;
    await changed({
      action: `pipeline.${said.update}`,
      target: workflowId,
      reason,
      detail: { ...detail, runId },
    });
    response.status(204).end();
  });
  return router;
}

function saidIn({ params, body }: Request): PipelineWord {
  const update = parsed(z.enum(['approve', 'reject', 'repair']), params.how);
  return update === 'repair'
    ? { update, word: parsed(RepairWord, body) }
    : { update, word: parsed(ApprovalWord, body) };
}

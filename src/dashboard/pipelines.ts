import { z } from 'zod';
import { StartedRun } from '../contracts/api.ts';
import {
  ApprovalWord,
  PipelineCall,
  PipelineCheck,
  PipelineDetail,
  PipelineList,
  RepairWord,
} from '../contracts/pipeline.ts';
import { accountsOf } from '../platform/accounts.ts';
import type { AgentReader } from '../platform/agents.ts';
import { checkPipeline, type CheckOptions } from '../platform/check-pipeline.ts';
import type { Config } from '../platform/config.ts';
import { queuesOf, tellPipeline, type PipelineWord } from '../platform/pipeline-run.ts';
import { BadPipeline, calledSource } from '../platform/pipeline-source.ts';
import { readyPipelines } from '../platform/ready-pipelines.ts';
import { keyOf, pipelineIdOf, startPipeline } from '../platform/start-pipeline.ts';
import { systemQueue } from '../rules/names.ts';
import type { Health } from './health.ts';
import { HttpError, unknownRun } from './http-error.ts';
import type { Models } from './models.ts';
import type { Call, Routes } from './routes.ts';

interface PipelineRouteDeps {
  readonly config: Config;
  readonly agents: AgentReader;
  readonly models: Pick<Models, 'pipelines'>;
  readonly health: Health;
}

const RunRef = z.object({ run: z.string().max(80).optional() });

/** Pipelines: the ready ones, checked and started, shown, answered and repaired. */
export function pipelineRoutes(routes: Routes, deps: PipelineRouteDeps): void {
  const { config, agents, models, health } = deps;
  const logins: CheckOptions['accountsOf'] = (agent) =>
    accountsOf(config, agent.vendor).map((account) => account.name);
  const check = ({ pipeline, params }: PipelineCall) =>
    checkPipeline(calledSource(pipeline), { params, accountsOf: logins });

  async function refuseUnserved(queues: readonly string[]): Promise<void> {
    for (const queue of queues) {
      if (await health.ask(() => agents.isServed(queue))) continue;
      const message = `No worker serves ${queue}. Start one with “npm run -s agentic -- worker”`;
      throw new HttpError(409, 'no-worker', message);
    }
  }

  routes.get('/api/pipelines', { does: 'List the ready pipelines', answer: PipelineList }, () =>
    readyPipelines({ accountsOf: logins }),
  );

  routes.post(
    '/api/pipelines/check',
    {
      ...{ does: 'Check a pipeline without starting it', role: 'viewer', isChange: false },
      ...{ body: PipelineCall, answer: PipelineCheck },
    },
    ({ body: call }) => {
      try {
        const checked = check(call);
        const { params, definition } = checked;
        const workflowId = pipelineIdOf(definition.name, call.key ?? keyOf(checked));
        return { isValid: true, problems: [], params, workflowId };
      } catch (error) {
        if (!(error instanceof BadPipeline)) throw error;
        const problems = [...error.problems];
        return { isValid: false, problems, params: null, workflowId: null };
      }
    },
  );

  routes.post(
    '/api/pipelines',
    {
      does: 'Start a pipeline, or join its run',
      role: 'operator',
      body: PipelineCall,
      answer: StartedRun,
    },
    async ({ body: call, client, who, note, response }) => {
      const checked = check(call);
      await refuseUnserved(queuesOf(checked));
      const requestedBy = { kind: 'person', name: who.name } as const;
      const run = await health.ask(() =>
        startPipeline(client, checked, { key: call.key, requestedBy }),
      );
      await note({
        action: run.started ? 'run.start' : 'run.join',
        target: run.workflowId,
        reason: '',
        detail: { runId: run.runId, pipeline: checked.definition.name },
      });
      response.status(run.started ? 201 : 200);
      return run;
    },
  );

  routes.get(
    '/api/pipelines/:workflowId',
    { does: 'Show where the steps of a pipeline are', query: RunRef, answer: PipelineDetail },
    async ({ params, query: { run } }) => {
      const detail = await health.during(models.pipelines.read(params.workflowId, run));
      if (!detail) throw unknownRun();
      return detail;
    },
  );

  async function tell({ client, who, note }: Call, workflowId: string, said: PipelineWord) {
    await refuseUnserved([systemQueue]);
    const runId = await health.ask(() => tellPipeline(client, workflowId, said, who.name));
    const { reason, ...detail } = said.word;
    await note({
      action: `pipeline.${said.update}`,
      target: workflowId,
      reason,
      detail: { ...detail, runId },
    });
  }
  for (const [update, does] of [
    ['approve', 'Say yes to the question of a step'],
    ['reject', 'Say no to the question of a step'],
  ] as const) {
    routes.post(
      `/api/pipelines/:workflowId/${update}`,
      { does, role: 'operator', body: ApprovalWord },
      (call) => tell(call, call.params.workflowId, { update, word: call.body }),
    );
  }
  routes.post(
    '/api/pipelines/:workflowId/repair',
    { does: 'Say how a failed step goes on', role: 'operator', body: RepairWord },
    (call) => tell(call, call.params.workflowId, { update: 'repair', word: call.body }),
  );
}

import { StartedRun } from '../contracts/api.ts';
import { BulkItemsQuery, BulkPreview, BulkQuestion, BulkView, NewBulk } from '../contracts/bulk.ts';
import type { AgentReader } from '../platform/agents.ts';
import { systemQueue } from '../rules/names.ts';
import type { Health } from './health.ts';
import { HttpError } from './http-error.ts';
import type { Models } from './models.ts';
import type { Routes } from './routes.ts';

interface BulkRouteDeps {
  readonly models: Pick<Models, 'bulk'>;
  readonly agents: Pick<AgentReader, 'isServed'>;
  readonly health: Health;
}

/** One act on many runs: what it would do, its start, and how each run took it. */
export function bulkRoutes(
  routes: Routes,
  { models: { bulk }, agents, health }: BulkRouteDeps,
): void {
  routes.post(
    '/api/bulk/preview',
    {
      does: 'Say to how many runs an act would be done',
      role: 'operator',
      isChange: false,
      body: BulkQuestion,
      answer: BulkPreview,
    },
    ({ body }) => health.during(bulk.preview(body)),
  );

  routes.post(
    '/api/bulk',
    { does: 'Do an act to many runs', role: 'operator', body: NewBulk, answer: StartedRun },
    async ({ body, client, who, note, response }) => {
      if (!(await health.ask(() => agents.isServed(systemQueue)))) {
        throw new HttpError(
          409,
          'no-worker',
          `No worker serves ${systemQueue}. Start one with “npm run -s agentic -- worker”. Nothing was done`,
        );
      }
      const requestedBy = { kind: 'person', name: who.name } as const;
      const { total, ...run } = await health.during(
        bulk.start(client, body, { by: who.identity, requestedBy }),
      );
      const { act, selection, reason } = body;
      const detail = {
        ...{ act, total, runId: run.runId },
        selection: selection.kind === 'runs' ? { kind: 'runs' } : selection,
      };
      await note({ action: 'bulk.start', target: run.workflowId, reason, detail });
      response.status(run.started ? 201 : 200);
      return run;
    },
  );

  routes.get(
    '/api/bulk/:id',
    { does: 'Show an act on many runs', query: BulkItemsQuery, answer: BulkView },
    async ({ params, query }) => {
      const view = isId(params.id) && (await health.during(bulk.read(params.id, query)));
      if (view) return view;
      throw new HttpError(
        404,
        'unknown-bulk',
        'No act on many runs has this id. It may be older than is kept',
      );
    },
  );
}

const isId = (text: string): boolean => /^[\da-f-]{36}$/i.test(text);

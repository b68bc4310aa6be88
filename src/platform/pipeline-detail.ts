import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { stringify } from 'yaml';
import { z } from 'zod';
import {
  PipelineDefinition,
  PipelineOutcome,
  PipelineProgress,
  type PipelineDetail,
  type StepRun,
  type StepStatus,
} from '../contracts/pipeline.ts';
import { isOver } from '../rules/pipeline.ts';
import { planOf } from '../rules/pipeline-words.ts';
import type { Database } from './database.ts';
import { countsOfSwarm, swarmOfRun } from './swarm-counts.ts';

interface DetailDeps {
  readonly client: Client;
  readonly database: Pick<Database, 'sql'>;
}

const answersWithinMs = 3_000;
const Stored = z.object({
  definition: PipelineDefinition,
  params: z.record(z.string(), z.unknown()),
});

/**
 * Where a pipeline's steps are: asked of the run itself, or, when no worker can answer for it, what
 * our own table remembers; `undefined` when neither knows it.
 *
 * @param runId one execution; the latest when left out.
 */
export async function readPipeline(
  deps: DetailDeps,
  workflowId: string,
  runId?: string,
): Promise<PipelineDetail | undefined> {
  const answer = await askRun(deps.client, workflowId, runId);
  const progress = answer ?? (await readRow(deps, workflowId, runId));
  if (!progress) return undefined;
  const { definition, steps } = progress;
  return {
    ...progress,
    workflowId,
    isLive: answer !== undefined,
    plan: definition ? planOf(definition) : [],
    runs: await runsOf(deps, steps),
    source: definition && stringify(definition, { lineWidth: 100 }),
  };
}

/** The run's own word; `undefined` when nobody answers for it. */
async function askRun(
  client: Client,
  workflowId: string,
  runId: string | undefined,
): Promise<PipelineProgress | undefined> {
  try {
    const answer: unknown = await client.withDeadline(Date.now() + answersWithinMs, () =>
      client.workflow.getHandle(workflowId, runId).query('steps'),
    );
    return PipelineProgress.parse(answer);
  } catch (error) {
    const isUnanswered =
      error instanceof WorkflowNotFoundError ||
      error instanceof QueryNotRegisteredError ||
      isGrpcServiceError(error);
    if (isUnanswered) return undefined;
    throw error;
  }
}

async function readRow(
  { database: { sql } }: DetailDeps,
  workflowId: string,
  runId: string | undefined,
): Promise<PipelineProgress | undefined> {
  const [row] = await sql<
    { title: string; input: unknown; output: unknown; closedAt: Date | null }[]
  >`
    select title, input, output, closed_at as "closedAt" from runs
    where workflow_id = ${workflowId} and type = 'pipeline'
      ${runId === undefined ? sql`` : sql`and run_id = ${runId}`}
    order by started_at desc limit 1`;
  if (!row) return undefined;
  const stored = Stored.safeParse(row.input);
  const outcome = PipelineOutcome.safeParse(row.output);
  return {
    title: row.title,
    phase: row.closedAt === null ? 'working' : 'closed',
    definition: stored.data?.definition ?? null,
    params: stored.data?.params ?? {},
    steps: outcome.data?.steps ?? [],
  };
}

interface RunRow extends Omit<StepRun, 'startedAt' | 'closedAt' | 'progress'> {
  readonly step: string;
  readonly startedAt: Date;
  readonly closedAt: Date | null;
  readonly total: number | null;
  readonly completed: number;
  readonly failed: number;
}

/** The runs that did the steps. Of one that is over, not those that did the same work later. */
async function runsOf(
  { database: { sql } }: DetailDeps,
  steps: readonly StepStatus[],
): Promise<Record<string, StepRun>> {
  const wanted = steps.flatMap(({ id, run, state, since }) =>
    run === null ? [] : [{ step: id, run, until: isOver(state) ? since : null }],
  );
  if (wanted.length === 0) return {};
  const rows = await sql<RunRow[]>`
    select w.step, r.run_id as "runId", r.type, r.started_at as "startedAt",
      r.closed_at as "closedAt", s.total,
      coalesce((s.totals -> 'counts' ->> 'completed')::int, c.completed) as completed,
      coalesce((s.totals -> 'counts' ->> 'failed')::int, c.failed) as failed
    from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb)
      as w(step text, run text, until timestamptz)
    cross join lateral (
      select * from runs where workflow_id = w.run and (w.until is null or started_at <= w.until)
      order by started_at desc limit 1
    ) r
    left join lateral (${swarmOfRun(sql)}) s on true
    left join lateral (${countsOfSwarm(sql, sql`s.id`)}) c on s.id is not null and s.totals is null`;
  return Object.fromEntries(
    rows.map(({ step, startedAt, closedAt, total, completed, failed, ...run }) => [
      step,
      {
        ...run,
        startedAt: startedAt.toISOString(),
        closedAt: closedAt?.toISOString() ?? null,
        progress: total === null ? null : { total, completed, failed },
      },
    ]),
  );
}

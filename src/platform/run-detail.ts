import {
  decodePendingActivityState,
  isGrpcServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import { and, asc, eq, gt } from 'drizzle-orm';
import { z } from 'zod';
import { findCapability } from '../contracts/agents.ts';
import {
  RunDetail,
  type Attempt,
  type LogLine,
  type RunEvents,
  type RunLogs,
  type RunState,
} from '../contracts/api.ts';
import { errorClassOf } from '../rules/classify.ts';
import { RunMemo } from '../contracts/runs.ts';
import { rootFailureOf } from '../rules/failure.ts';
import { runMemoKey } from '../rules/names.ts';
import type { LastTry } from '../rules/run-state.ts';
import { settledTries, type PendingStep } from '../rules/tries.ts';
import { whyOf } from '../rules/why.ts';
import { attemptsOf } from './attempt-list.ts';
import { createAuditLog } from './audit.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';
import { createHistoryReader, cut, type Execution } from './run-events.ts';
import { createPayloadStore, isPayloadGone } from './payloads.ts';
import { createRunReader, type StoredRun } from './run-list.ts';
import { logLines } from './schema.ts';
import { startLine } from './start-line.ts';

/** One run as its own page shows it. Each question is answered or fails within about 3 s. */
export interface RunDetails {
  /**
   * Asks Temporal, and our tables where Temporal no longer has it; `undefined` when neither does.
   *
   * @param runId one execution; the newest of the id when left out.
   */
  read(workflowId: string, runId?: string): Promise<RunDetail | undefined>;
  /** Raw history, newest first; empty when Temporal no longer has it. */
  events(workflowId: string, runId?: string, before?: number): Promise<RunEvents | undefined>;
  /** Lines of its log after the one with the id `after`, oldest first, at most 500. */
  logs(workflowId: string, runId?: string, after?: number): Promise<RunLogs | undefined>;
}

interface RunDetailDeps {
  readonly client: Client;
  readonly database: Database;
  readonly config: Pick<Config, 'accounts' | 'TEMPORAL_NAMESPACE' | 'TEMPORAL_UI_URL'>;
}

/** How a run ended; what is closed stays as it is. */
interface End {
  readonly output: unknown;
  readonly failure: string | null;
  readonly message: string | null;
}

const answersWithinMs = 3_000;
const notFound = [5]; // gRPC's code, as raw calls of the service give it
const longestValue = 100_000;
const mostKept = 200;
const mostLines = 500;
const stillOpen: End = { output: null, failure: null, message: null };

/** @param deps the server that decides a run's state, and our tables. */
export function createRunDetails({ client, database, config }: RunDetailDeps): RunDetails {
  const reader = createRunReader(database, config);
  const histories = createHistoryReader(client, createPayloadStore(database));
  const audit = createAuditLog(database);
  const ends = keeping<End>();
  const inputs = keeping<unknown>();

  /** Asks Temporal; `undefined` when it doesn't have the run. */
  async function ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await client.withDeadline(Date.now() + answersWithinMs, question);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      if (isGrpcServiceError(error) && notFound.includes(error.code)) return undefined;
      throw error;
    }
  }

  async function endOf({ workflowId, runId }: Execution): Promise<End> {
    try {
      const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
      const output: unknown = await handle.result();
      return { ...stillOpen, output };
    } catch (error) {
      if (isPayloadGone(error)) return stillOpen;
      if (!(error instanceof WorkflowFailedError)) throw error;
      return { ...stillOpen, ...rootFailureOf(error.cause) };
    }
  }

  async function executionOf(workflowId: string, runId?: string): Promise<Execution | undefined> {
    if (runId !== undefined) return { workflowId, runId };
    const described = await ask(() => client.workflow.getHandle(workflowId).describe());
    const found = described ?? (await reader.find(workflowId));
    return found && { workflowId, runId: found.runId };
  }

  /** As the run noted it, with defaults filled in, or as it was started. */
  async function inputOf(execution: Execution, row: StoredRun | undefined): Promise<unknown> {
    if (row && row.input !== null) return row.input;
    return inputs(execution.runId, () => ask(() => histories.args(execution)));
  }

  /** What the server says of a run, laid over what our table says. */
  async function laidOver(
    server: WorkflowExecutionDescription,
    row: StoredRun | undefined,
  ): Promise<{ readonly stored: StoredRun; readonly tries: Attempt[] }> {
    const isOpen = server.closeTime === undefined;
    const [end = stillOpen, input, rows] = await Promise.all([
      isOpen ? stillOpen : ends(server.runId, () => ask(() => endOf(server))),
      inputOf(server, row),
      attemptsOf(database, server.runId),
    ]);
    const pending = pendingOf(server);
    const tries = settledTries(rows, pending, server.closeTime?.toISOString() ?? null);
    const stored = {
      ...(row ?? namesOf(server)),
      ...end,
      output: end.output ?? row?.output ?? null,
      input,
      status: server.status.name.toLowerCase(),
      closedAt: server.closeTime ?? null,
      historyLength: server.historyLength,
      lastTry: lastTryOf(tries, pending),
    };
    return { stored, tries };
  }

  async function fromTable(row: StoredRun) {
    const rows = await attemptsOf(database, row.runId);
    return { stored: row, tries: settledTries(rows, [], row.closedAt?.toISOString() ?? null) };
  }

  return {
    async read(workflowId, asked) {
      const server = await ask(() => client.workflow.getHandle(workflowId, asked).describe());
      const row = await reader.find(workflowId, server?.runId ?? asked);
      const found = server ? await laidOver(server, row) : row && (await fromTable(row));
      if (!found) return undefined;
      const { stored, tries } = found;
      const [run, known, endedBy] = await Promise.all([
        reader.summarize(stored),
        reader.executions(workflowId),
        audit.whoEnded(workflowId, stored.runId),
      ]);
      const memory = memoryOf(stored, run.state);
      const effect = findCapability(run.capability ?? '')?.capability.effect ?? null;
      const others = known.filter((each) => each.runId !== run.runId);
      return {
        run,
        why: whyOf({
          ...run,
          effect,
          attempts: tries,
          result: resultOf(stored.output),
          memory,
          endedBy,
          now: new Date().toISOString(),
        }),
        effect,
        input: cut(stored.input, longestValue),
        output: cut(stored.output, longestValue),
        attempts: tries,
        memory,
        executions: [run, ...others]
          .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
          .map(({ runId, startedAt, state }) => ({ runId, startedAt, state: state.kind })),
        historyLength: stored.historyLength,
        isInTemporal: server !== undefined,
        temporalUrl: server ? urlOf(config, run) : null,
        cli: startLine(run, stored.input),
      };
    },

    async events(workflowId, runId, before) {
      const execution = await executionOf(workflowId, runId);
      if (!execution) return undefined;
      const page = await ask(() => histories.page(execution, before));
      if (page) return page;
      return (await reader.find(workflowId, runId)) && { events: [], next: null };
    },

    async logs(workflowId, runId, after = 0) {
      const execution = await executionOf(workflowId, runId);
      if (!execution) return undefined;
      const lines = await database.db
        .select()
        .from(logLines)
        .where(and(eq(logLines.runId, execution.runId), gt(logLines.id, after)))
        .orderBy(asc(logLines.id))
        .limit(mostLines);
      return { lines: lines.map(lineOf) };
    },
  };
}

/** What lists show of a run that our table hasn't seen yet: what it carries itself. */
function namesOf(server: WorkflowExecutionDescription) {
  const memo = RunMemo.safeParse(server.memo?.[runMemoKey]);
  const { workflowId, runId, type, startTime: startedAt } = server;
  const unnamed = { title: workflowId, capability: null, account: null, agent: null };
  return {
    ...(memo.success ? memo.data : { ...unnamed, requestedBy: null }),
    ...{ workflowId, runId, type, startedAt, output: null, memory: null, swarm: null },
    needs: memo.data?.needs ?? null,
  };
}

/** The try that decides the state; the server knows best when the next one is due. */
function lastTryOf(tries: readonly Attempt[], pending: readonly PendingStep[]): LastTry | null {
  const last = tries.at(-1);
  if (!last) return null;
  const step = pending.find((each) => each.activityId === last.activityId);
  return {
    ...last,
    failure: last.failure?.type ?? null,
    message: last.failure?.message ?? null,
    nextAttemptAt: step && step.attempt > last.attempt ? step.scheduledAt : last.nextAttemptAt,
    isWorkerAlive: true,
  };
}

/** What the server holds as unsettled: steps under way, waiting, or between two tries. */
function pendingOf({ raw }: WorkflowExecutionDescription): PendingStep[] {
  return (raw.pendingActivities ?? [])
    .filter((step) => step.activityType?.name?.includes('.'))
    .map((step) => {
      const at = (time: Parameters<typeof optionalTsToDate>[0]): string | null =>
        optionalTsToDate(time)?.toISOString() ?? null;
      const type = step.lastFailure?.applicationFailureInfo?.type ?? 'WorkerLost';
      const scheduledAt = at(step.nextAttemptScheduleTime) ?? at(step.scheduledTime) ?? '';
      return {
        activity: step.activityType?.name ?? '',
        activityId: step.activityId ?? '',
        attempt: step.attempt ?? 1,
        isStarted: decodePendingActivityState(step.state) === 'STARTED',
        scheduledAt,
        startedAt: at(step.lastStartedTime) ?? scheduledAt,
        lastEndedAt: at(step.lastAttemptCompleteTime),
        lastFailure: step.lastFailure
          ? { type, class: errorClassOf(type), message: step.lastFailure.message ?? '' }
          : null,
        worker: step.lastWorkerIdentity ?? '',
      };
    });
}

/** What the capability itself gave back, inside the outcome of the workflow. */
const resultOf = (output: unknown): unknown =>
  typeof output === 'object' && output !== null && 'result' in output ? output.result : output;

/** What memory decided: the outcome says so, a run that waits because of it, and what it noted as it began. */
function memoryOf(
  { output, memory }: Pick<StoredRun, 'output' | 'memory'>,
  state: RunState,
): RunDetail['memory'] {
  if (state.kind === 'needs-you' && state.memory) return state.memory;
  const ended = z.object({ memory: RunDetail.shape.memory }).safeParse(output).data?.memory;
  return ended ?? RunDetail.shape.memory.safeParse(memory).data ?? null;
}

const urlOf = (config: RunDetailDeps['config'], run: Execution): string | null =>
  config.TEMPORAL_UI_URL
    ? `${config.TEMPORAL_UI_URL}/namespaces/${config.TEMPORAL_NAMESPACE}/workflows/${encodeURIComponent(run.workflowId)}/${run.runId}/history`
    : null;

const lineOf = ({ id, at, level, message, fields }: typeof logLines.$inferSelect): LogLine => ({
  id,
  at: at.toISOString(),
  level: levels.find((each) => each === level) ?? 'info',
  message,
  fields: typeof fields === 'object' ? { ...fields } : {},
});
const levels = ['debug', 'info', 'warn', 'error'] as const;

/** Remembers the newest answers that can't change any more; a missing answer is asked for again. */
function keeping<T>(): (key: string, read: () => Promise<T | undefined>) => Promise<T | undefined> {
  const kept = new Map<string, T>();
  return async (key, read) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const value = await read();
    if (value !== undefined) kept.set(key, value);
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return value;
  };
}

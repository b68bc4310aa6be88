import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowExecutionDescription, WorkflowFailedError } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { StartedRun } from '../contracts/api.ts';
import type { TaskOutcome } from '../contracts/runs.ts';
import { rootFailureOf, type RootFailure } from '../rules/failure.ts';
import { ExitCode, Stop, unreachable } from './exit.ts';
import { moment } from './output.ts';
import type { Session } from './session.ts';

/** How a run ended. */
export type RunEnd<T = TaskOutcome> =
  | { readonly state: 'completed'; readonly outcome: T }
  | ({ readonly state: 'failed' } & RootFailure);

interface FollowOptions {
  /** Gets a line whenever the run does something else. */
  readonly onProgress: (line: string) => void;
  /** Waits no longer than this; for ever when left out. */
  readonly timeoutMs?: number | undefined;
  /** Says what the run does right now; looks at the activity of a task when left out. */
  readonly look?: (session: Session, run: StartedRun) => Promise<string>;
}

const lookEveryMs = 1_000;
const lookTakesMs = 2_500;
const methodTakesMs = 1_000;
/** A server that restarts is back within seconds; the run waits for it as we do. */
export const silenceMs = 120_000;
/** Signals that follow each other faster come from one Ctrl-C, passed on by npm and the terminal. */
const oneKeyPressMs = 1_000;

/**
 * Waits for the end of a run and tells what happens meanwhile. Leaving early leaves the run going.
 *
 * @throws {Stop} when time is up, on Ctrl-C, and when Temporal stays silent for two minutes.
 */
export async function follow<T = TaskOutcome>(
  session: Session,
  run: StartedRun,
  { onProgress, timeoutMs, look = lookAtTask }: FollowOptions,
): Promise<RunEnd<T>> {
  const { WorkflowFailedError: Failed } = await import('@temporalio/client');
  const handle = session.client.workflow.getHandle<() => Promise<T>>(run.workflowId, run.runId);
  const leave = leaveEarly(run, timeoutMs);
  let said = '';
  let heardAt = Date.now();
  try {
    for (;;) {
      const tick = AbortSignal.timeout(lookEveryMs);
      const wait = AbortSignal.any([tick, leave.signal]);
      try {
        const ended = session.client.withAbortSignal(wait, () => handle.result());
        const outcome = await unlessAborted(wait, ended);
        return { state: 'completed', outcome };
      } catch (error) {
        if (error instanceof Failed) return endOf(error);
        leave.signal.throwIfAborted();
        if (!tick.aborted && !unreachable(error)) throw error;
      }
      const line = await glance(() => look(session, run), leave.signal);
      if (line !== undefined) heardAt = Date.now();
      else if (Date.now() - heardAt > silenceMs) throw silent(run);
      const news = line ?? 'Temporal does not answer; the run is safe, trying again';
      if (news !== said) onProgress(news);
      said = news;
      if (!tick.aborted) await sleep(lookEveryMs);
    }
  } finally {
    leave.release();
  }
}

/** What the run does right now, in one line; `undefined` when Temporal doesn't say. */
async function glance(
  look: () => Promise<string>,
  leave: AbortSignal,
): Promise<string | undefined> {
  const patience = AbortSignal.timeout(lookTakesMs);
  try {
    return await unlessAborted(AbortSignal.any([patience, leave]), look());
  } catch (error) {
    leave.throwIfAborted();
    if (patience.aborted || unreachable(error)) return undefined;
    throw error;
  }
}

/** Temporal has been silent for too long to wait on. */
export const silent = ({ workflowId }: StartedRun): Stop =>
  new Stop(
    ExitCode.unreachable,
    `Temporal has not answered for ${silenceMs / 60_000} minutes. ${workflowId} goes on when it is back.`,
  );

/** What the promise brings, or the signal's reason at once: calls that are being retried don't heed it. */
function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, fail) => {
    signal.addEventListener('abort', () => fail(asError(signal.reason)), { once: true });
  });
  return Promise.race([promise, aborted]);
}

const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error(String(reason));

/**
 * Aborts on Ctrl-C or when time is up, with the words for it.
 *
 * @param family the command that shows and cancels such a run.
 */
export function leaveEarly(run: StartedRun, timeoutMs?: number, family: 'runs' | 'swarm' = 'runs') {
  const controller = new AbortController();
  const goesOn = `It goes on. The same command joins it again, \`agentic ${family} show ${run.workflowId}\` shows it, \`agentic ${family} cancel ${run.workflowId} --reason …\` stops it.`;
  let pressedAt: number | undefined;
  const onInterrupt = (): void => {
    if (pressedAt !== undefined && Date.now() - pressedAt > oneKeyPressMs) {
      process.exit(ExitCode.interrupted);
    }
    pressedAt ??= Date.now();
    controller.abort(
      new Stop(ExitCode.interrupted, `Stopped waiting for ${run.workflowId}. ${goesOn}`),
    );
  };
  process.on('SIGINT', onInterrupt);
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          const message = `${run.workflowId} did not end within ${timeoutMs / 1000} s. ${goesOn}`;
          controller.abort(new Stop(ExitCode.timedOut, message));
        }, timeoutMs);
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      process.off('SIGINT', onInterrupt);
    },
  };
}

function endOf(error: WorkflowFailedError): { readonly state: 'failed' } & RootFailure {
  const { failure, message } = rootFailureOf(error.cause ?? error);
  return { state: 'failed', failure, message };
}

async function lookAtTask(session: Session, { workflowId, runId }: StartedRun): Promise<string> {
  const { client } = session;
  const [described, method] = await Promise.all([
    client.withDeadline(Date.now() + lookTakesMs, () =>
      client.workflow.getHandle(workflowId, runId).describe(),
    ),
    Promise.race([methodOf(session, runId), sleep(methodTakesMs, undefined)]),
  ]);
  const [step] = described.raw.pendingActivities ?? [];
  const isWaiting = step ? isQueued(step) : Boolean(described.raw.pendingWorkflowTask);
  if (isWaiting && !(await session.isServed(described.taskQueue).catch(() => true))) {
    return 'no worker serves it; it goes on when one starts';
  }
  return step ? describeStep(step, method) : 'under way';
}

type Step = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Ready to be taken by a worker, as opposed to waiting for the time of its next try. */
function isQueued({ state, nextAttemptScheduleTime: next }: Step): boolean {
  return Number(state) === scheduled && (!next || tsToMs(next) < Date.now());
}
const scheduled = 1; // temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED

function describeStep(step: Step, method: string | undefined): string {
  const how = method === undefined ? '' : ` by ${method}`;
  const attempt = step.attempt ?? 1;
  const failure = step.lastFailure;
  if (!failure) return `attempt ${attempt}${how}`;
  const type = failure.applicationFailureInfo?.type;
  const why = [type, failure.message].filter(Boolean).join(': ');
  const next = step.nextAttemptScheduleTime;
  return next
    ? `attempt ${attempt - 1}${how} failed, ${why}; next at ${moment(new Date(tsToMs(next)))} UTC`
    : `attempt ${attempt}${how}, after ${why}`;
}

/** The method of the last try, by our own table; `undefined` when that can't be read. */
async function methodOf({ database }: Session, runId: string): Promise<string | undefined> {
  try {
    const [row] = await database.sql<{ method: string | null }[]>`
      select method from attempts where run_id = ${runId} order by started_at desc limit 1`;
    return row?.method ?? undefined;
  } catch {
    return undefined;
  }
}

import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { Temporal } from 'temporal-polyfill';
import { findCapability } from '../contracts/agents.ts';
import { BadRequest, checkTask, type CheckedTask } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import { TaskRequest, type NewTask, type TaskOutcome } from '../contracts/runs.ts';
import type { Account } from '../platform/config.ts';
import { workflowIdOf } from '../platform/run-id.ts';
import { memoOf, startTask } from '../platform/start-run.ts';
import type { MemoryStore } from '../platform/memory-store.ts';
import type { RunStore } from '../platform/runs.ts';
import { rootFailureOf } from '../rules/failure.ts';
import type { SystemActivities } from './activities.ts';
import { createHeed } from './heed.ts';

interface SystemDeps {
  readonly client: Client;
  readonly runs: RunStore;
  readonly memories: MemoryStore;
  /** The logins of an agent, as the settings name them. */
  readonly accountsOf: (agent: string) => readonly Account[];
  /** Nothing is waited for any more. */
  readonly leaving: AbortSignal;
}

const followForMs = 20_000;

/** The activities of the system itself: they check requests, plan firings, and start other runs. */
export const createSystemActivities = ({
  client,
  runs,
  memories,
  accountsOf,
  leaving,
}: SystemDeps): SystemActivities => ({
  /**
   * Checks a request that a person may have written by hand, asks memory how to do it, and notes
   * the run in our own table.
   *
   * @throws `InvalidInput`, `NotServed` (not retried), naming each field that is wrong.
   */
  async prepare(raw) {
    const task = checked(raw);
    const accounts = accountsOf(task.agent.id);
    const known = accounts.map((account) => account.name);
    const account = accounts.find(({ name }) => name === task.request.account);
    if (!account) {
      throw ApplicationFailure.nonRetryable(
        `account: ${task.agent.id} has no account “${task.request.account}”; settings name: ${known.join(', ')}`,
        FailureType.InvalidInput,
      );
    }
    const { workflowExecution } = activityInfo();
    const workflowId = workflowIdOf(task);
    const world = account.isStandIn ? 'stand-in' : 'live';
    const isOwn = workflowExecution?.workflowId === workflowId;
    const [heed] = await Promise.all([
      createHeed(memories)({
        ...{ agent: task.agent.id, capability: task.capability, account: account.name, world },
        owner: isOwn && !task.request.dryRun ? workflowId : null,
      }),
      isOwn && runs.noteStart('task', workflowExecution, memoOf(task), task.input, world),
    ]);
    const { heeded, canary, isLastResort } = heed.choice;
    const isMoved = heeded.length > 0 || canary !== null || isLastResort;
    if (isOwn && isMoved) {
      const memory = { ...heed.snapshot, heeded, canary, isLastResort };
      await runs.noteMemory(workflowExecution, memory);
    }
    return {
      workflowId,
      memo: memoOf(task),
      request: { ...task.request, input: task.input },
      input: task.input,
      ...heed,
      isStandIn: account.isStandIn,
      ...(task.capability.startsJob && !task.request.dryRun ? { startsJob: true as const } : {}),
    };
  },

  /** The request of the run that a schedule's firing stands for; `undefined` if nothing is declared. */
  planFiring({ capability: id, account, schedule, timeZone, scheduledAt }) {
    const plan = findCapability(id)?.capability.schedule;
    if (!plan) return Promise.resolve(undefined);
    const firedOn = Temporal.Instant.from(scheduledAt).toZonedDateTimeISO(timeZone).toPlainDate();
    const request: NewTask = {
      capability: id,
      account,
      input: plan.inputFor({
        day: firedOn.subtract({ days: 1 }).toString(),
        nextDay: firedOn.toString(),
      }),
      requestedBy: { kind: 'schedule', name: schedule },
    };
    return Promise.resolve(TaskRequest.parse(request));
  },

  /** Starts the run of a task, or joins the one under way. */
  async startRun(request) {
    try {
      return await startTask(client, request);
    } catch (error) {
      throw error instanceof BadRequest ? refusal(error) : error;
    }
  },

  /**
   * Waits for a run's end: 20 s at a time, then again later, so that a long run holds no slot.
   *
   * @throws `NotReady` (tried again) while it runs; the run's own failure (not retried) when it failed.
   */
  async followRun({ workflowId, runId }) {
    const deadline = AbortSignal.any([AbortSignal.timeout(followForMs), leaving]);
    try {
      return await client.connection.withAbortSignal(
        AbortSignal.any([deadline, cancellationSignal()]),
        () => client.workflow.getHandle<() => Promise<TaskOutcome>>(workflowId, runId).result(),
      );
    } catch (error) {
      if (error instanceof WorkflowFailedError) {
        const { failure, message } = rootFailureOf(error.cause);
        throw ApplicationFailure.nonRetryable(`${workflowId} did not succeed: ${message}`, failure);
      }
      if (!deadline.aborted) throw error;
      throw ApplicationFailure.create({
        message: `${workflowId} is still under way`,
        type: FailureType.NotReady,
        category: ApplicationFailureCategory.BENIGN,
        nextRetryDelay: '1 second',
      });
    }
  },
});

function checked(raw: unknown): CheckedTask {
  try {
    return checkTask(raw);
  } catch (error) {
    throw error instanceof BadRequest ? refusal(error) : error;
  }
}

const refusal = (error: BadRequest): ApplicationFailure =>
  ApplicationFailure.nonRetryable(error.message, error.failure, error.fields);

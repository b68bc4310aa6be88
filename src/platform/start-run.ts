import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { StartedRun } from '../contracts/api.ts';
import { checkTask, type CheckedTask } from '../contracts/check.ts';
import type { NewTask, TaskMemo } from '../contracts/runs.ts';
import { runMemoKey } from '../rules/names.ts';
import { shortened } from '../rules/shortened.ts';
import { workflowIdOf } from './run-id.ts';
import { searchAttributes } from './search-attributes.ts';

/** What people read instead of an id: `Daily e-mail analytics · 2026-01-05`. */
export function titleOf({ request, capability, input }: CheckedTask): string {
  const period = capability.period(input).replaceAll('/', ' · ').replace('..', ' to ');
  const dry = request.dryRun ? 'Dry run · ' : '';
  return `${dry}${capability.title} · ${shortened(period, 60)}`;
}

/** What lists show of a run, from the request alone. */
export function memoOf(task: CheckedTask): TaskMemo {
  return {
    title: titleOf(task),
    capability: task.capability.id,
    account: task.request.account,
    agent: task.agent.id,
    requestedBy: task.request.requestedBy,
  };
}

/**
 * Starts a task under the id of its work, or joins the run of the same work that is under way.
 * Done work may run again.
 *
 * @returns the run's ids; `started` is false when it joined.
 * @throws {BadRequest} before anything is started, naming each field that is wrong.
 */
export async function startTask(client: Client, raw: NewTask): Promise<StartedRun> {
  const task = checkTask(raw);
  const workflowId = workflowIdOf(task);
  const memo = memoOf(task);
  return startOrJoin(client, 'task', {
    workflowId,
    taskQueue: task.agent.id,
    args: [task.request],
    memo: { [runMemoKey]: memo },
    staticSummary: memo.title,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.agent, value: memo.agent },
      { key: searchAttributes.capability, value: memo.capability },
      { key: searchAttributes.account, value: memo.account },
    ]),
  });
}

/**
 * Starts a workflow, or joins the run that is under way with its id.
 *
 * @returns the run's ids; `started` is false when it joined.
 */
export async function startOrJoin(
  client: Client,
  type: string,
  options: WorkflowStartOptions,
): Promise<StartedRun> {
  const { workflowId } = options;
  for (;;) {
    try {
      const handle = await client.workflow.start(type, {
        ...options,
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      });
      return { workflowId, runId: handle.firstExecutionRunId, started: true };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const { runId, status } = await client.workflow.getHandle(workflowId).describe();
      if (status.name === 'RUNNING') return { workflowId, runId, started: false };
      // it ended between the two calls: start it again
    }
  }
}

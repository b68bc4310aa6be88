import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import {
  ApplicationFailure,
  proxyActivities,
  proxyLocalActivities,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { PipelineActivities, ReadyTask } from '../activities/pipeline.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { PipelineStep, PipelineTask } from '../contracts/pipeline.ts';
import type { Requester } from '../contracts/requester.ts';
import type { TaskOutcome, TaskRequest } from '../contracts/runs.ts';
import type { SwarmOutcome, SwarmRequest, SwarmTask, TaskSource } from '../contracts/swarm.ts';
import { runMemoKey, systemQueue } from '../rules/names.ts';
import { resolve } from '../rules/pointer.ts';
import { sourcesOf, type PlannedStep } from '../rules/pipeline.ts';
import { follow } from './follow.ts';
import type { Board } from './pipeline-board.ts';
import { deciding, steering } from './policies.ts';

const { prepareStep } = proxyLocalActivities<Pick<PipelineActivities, 'prepareStep'>>(deciding);
const { loadTaskList } = proxyActivities<Pick<PipelineActivities, 'loadTaskList'>>({
  ...steering,
  taskQueue: systemQueue,
});

/** What the work of a step is done with. */
export interface StepCall {
  readonly step: PlannedStep;
  readonly board: Board;
  readonly requestedBy: Requester;
  /** What a person gave in place of the input, when the step is tried again. */
  readonly input: Readonly<Record<string, unknown>> | undefined;
}

/** Attributes by which Temporal's own UI finds a run. */
const attribute = {
  agent: defineSearchAttributeKey('Agent', SearchAttributeType.KEYWORD),
  capability: defineSearchAttributeKey('Capability', SearchAttributeType.KEYWORD),
  account: defineSearchAttributeKey('Account', SearchAttributeType.KEYWORD),
};

const wrong = (message: string): ApplicationFailure => {
  const type: FailureType = 'InvalidInput';
  return ApplicationFailure.nonRetryable(message, type);
};

/** Children end with their pipeline, and are waited for: what they clean up is part of its end. */
const ours = {
  parentClosePolicy: 'REQUEST_CANCEL',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const;

/**
 * Does the one task of a step, as a child under the id of its work. Work that somebody else has
 * under way is joined instead of doubled; it then goes on when the pipeline is cancelled.
 */
export async function doTask(task: PipelineTask, call: StepCall): Promise<unknown> {
  const { step, board } = call;
  const ready = await prepareStep(requestOf(task, call, board.scope));
  board.change(step.id, { run: ready.workflowId, isStandIn: ready.isStandIn });
  return (await runTask(ready)).result;
}

async function runTask({ workflowId, memo, request }: ReadyTask): Promise<TaskOutcome> {
  try {
    const child = await startChild<(request: TaskRequest) => Promise<TaskOutcome>>('task', {
      ...ours,
      workflowId,
      taskQueue: memo.agent,
      args: [request],
      memo: { [runMemoKey]: memo },
      staticSummary: memo.title,
      typedSearchAttributes: [
        { key: attribute.agent, value: memo.agent },
        { key: attribute.capability, value: memo.capability },
        { key: attribute.account, value: memo.account },
      ],
    });
    return await child.result();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return (await follow(request)).outcome;
  }
}

/** Does the same task for each item of a list, as a swarm; nothing for an empty list. */
export async function doForEach(
  { items: ref, task, window, failureThreshold }: NonNullable<PipelineStep['for-each']>,
  call: StepCall,
): Promise<SwarmOutcome> {
  const { step, board, requestedBy } = call;
  const { value: items } = resolve(ref, board.scope);
  if (!Array.isArray(items)) throw wrong(`${ref.$ref}: expected a list, came ${kindOf(items)}`);
  const requests = items.map((item: unknown) => requestOf(task, call, { ...board.scope, item }));
  const [first] = requests;
  if (!first) return nothingToDo;
  const { isStandIn } = await prepareStep(first);
  const workflowId = `${workflowInfo().workflowId}/${step.id}`;
  board.change(step.id, { run: workflowId, isStandIn });
  const request: SwarmRequest = {
    title: `${workflowInfo().workflowId}: ${step.title}`.slice(0, 120),
    source: await sourceOf(
      requests.map(({ capability, account, input }) => ({
        ...{ capability, account, input },
      })),
    ),
    window,
    failureThreshold,
    giveUpAfterSeconds: step.retry.giveUpAfterSeconds,
    requestedBy,
    ...(isStandIn ? { provenance: 'stand-in' } : {}),
  };
  const child = await startChild<(request: SwarmRequest) => Promise<SwarmOutcome>>('swarm', {
    ...ours,
    workflowId,
    taskQueue: systemQueue,
    args: [request],
    staticSummary: step.title,
  });
  return child.result();
}

const mostInline = 500;

/** Short lists travel inside the request of the swarm, longer ones are loaded to a table first. */
const sourceOf = async (tasks: SwarmTask[]): Promise<TaskSource> =>
  tasks.length <= mostInline ? { kind: 'inline', tasks } : loadTaskList(tasks);

const nothingToDo: SwarmOutcome = {
  state: 'completed',
  counts: { total: 0, completed: 0, failed: 0, retrying: 0, open: 0 },
  methods: [],
  failures: [],
};

/** The request of a task, its references replaced by what they lead to. */
function requestOf(
  task: PipelineTask,
  { step, board, requestedBy, input }: StepCall,
  scope: object,
) {
  const { account, input: resolved } = knownNow(task, input, scope);
  const { giveUpAfterSeconds } = step.retry;
  return {
    capability: task.capability,
    account,
    input: resolved,
    requestedBy,
    giveUpAfterSeconds,
    isFromStandIn: sourcesOf(step).some((id) => board.statusOf(id).isStandIn),
  };
}

function knownNow(task: PipelineTask, changed: StepCall['input'], scope: object) {
  const account = resolve(task.account, scope);
  const input = resolve(changed ?? task.input, scope);
  const [missing] = [...account.missing, ...input.missing];
  if (missing !== undefined) throw wrong(`${missing}: there is nothing at this place`);
  if (typeof account.value !== 'string') {
    throw wrong(`account: expected a name, came ${kindOf(account.value)}`);
  }
  return { account: account.value, input: asRecord(input.value) };
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const kindOf = (value: unknown): string =>
  value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;

import { activityInfo } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import type { StartedRun } from '../contracts/api.ts';
import { BadRequest, checkTask } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import { mostPipelineBytes, PipelineRequest } from '../contracts/pipeline.ts';
import type { NewTask, RunMemo, TaskMemo, TaskRequest } from '../contracts/runs.ts';
import type { SwarmTask, TaskSource } from '../contracts/swarm.ts';
import { checkPipeline, type CheckedPipeline } from '../platform/check-pipeline.ts';
import type { Account } from '../platform/config.ts';
import { BadPipeline, sourceOf } from '../platform/pipeline-source.ts';
import { workflowIdOf } from '../platform/run-id.ts';
import type { RunStore } from '../platform/runs.ts';
import { keyOf, pipelineIdOf, pipelineMemoOf, startPipeline } from '../platform/start-pipeline.ts';
import { memoOf } from '../platform/start-run.ts';
import type { TaskLists } from '../platform/task-lists.ts';
import { largestIn, sizeOf } from '../rules/pointer.ts';

interface PipelineDeps {
  readonly client: Client;
  readonly lists: TaskLists;
  readonly runs: RunStore;
  /** The logins of an agent, as the settings name them. */
  readonly accountsOf: (agent: string) => readonly Account[];
}

/** What the first step of a pipeline found out. */
export interface PipelinePlan extends CheckedPipeline {
  /** The id this work has to run under. */
  readonly workflowId: string;
  readonly memo: RunMemo;
  readonly request: PipelineRequest;
}

/** A task of a step, ready to be started. */
export interface ReadyTask {
  /** The id of its work, so that it joins what a person or a schedule has started. */
  readonly workflowId: string;
  readonly memo: TaskMemo;
  readonly request: TaskRequest;
  /** What it hands on comes from a stand-in, or was made with what came from one. */
  readonly isStandIn: boolean;
}

/** A task with all references resolved. */
interface StepTask extends NewTask {
  /** Its input holds what came from a stand-in. */
  readonly isFromStandIn: boolean;
}

/** What pipelines need of the world outside their history. */
export interface PipelineActivities {
  preparePipeline(request: PipelineRequest): Promise<PipelinePlan>;
  prepareStep(task: StepTask): Promise<ReadyTask>;
  startPipelineRun(request: PipelineRequest): Promise<StartedRun>;
  loadTaskList(tasks: readonly SwarmTask[]): Promise<TaskSource>;
}

const Envelope = PipelineRequest.extend({ definition: z.unknown() });

/** The activities of pipelines: they check what a person may have typed, and start what is asked. */
export function createPipelineActivities({
  client,
  lists,
  runs,
  accountsOf,
}: PipelineDeps): PipelineActivities {
  function checked(raw: unknown) {
    const { definition, ...rest } = envelopeOf(raw);
    const pipeline = refusing(() =>
      checkPipeline(sourceOf(definition), {
        params: rest.params,
        accountsOf: (agent) => accountsOf(agent.id).map((account) => account.name),
      }),
    );
    return { pipeline, ...rest };
  }

  return {
    /**
     * Checks a whole pipeline that a person may have written by hand, and notes the run in our own
     * table. A run under any id that begins with `pipeline/<name>/` has named its key by that.
     *
     * @throws `InvalidInput` (not retried), naming each place that is wrong.
     */
    async preparePipeline(raw) {
      const { pipeline, key: named, requestedBy } = checked(raw);
      const { workflowExecution } = activityInfo();
      const { definition, params } = pipeline;
      const own = pipelineIdOf(definition.name, '');
      const id = workflowExecution?.workflowId ?? '';
      const key = named ?? (id.startsWith(own) ? id.slice(own.length) : keyOf(pipeline));
      const workflowId = pipelineIdOf(definition.name, key);
      const memo = pipelineMemoOf(pipeline, requestedBy);
      if (workflowExecution?.workflowId === workflowId) {
        await runs.noteStart('pipeline', workflowExecution, memo, { definition, params, key });
      }
      const request = { definition, params, key, requestedBy };
      return { ...pipeline, workflowId, memo, request };
    },

    /**
     * Checks the task of a step, now that its input is known, and names its run.
     *
     * @throws `InvalidInput`, `NotServed` (not retried), naming each field that is wrong.
     */
    prepareStep({ isFromStandIn, ...raw }) {
      return Promise.resolve(
        refusing(() => {
          const { at, size } = largestIn(raw.input, '/input');
          if (sizeOf(raw.input) > mostPipelineBytes) {
            const message = `${at} is ${size} characters long; the input of a step may have ${mostPipelineBytes}`;
            throw new BadRequest(FailureType.InvalidInput, message);
          }
          const task = checkTask(raw);
          const account = accountsOf(task.agent.id).find(
            (each) => each.name === task.request.account,
          );
          const provenance = isFromStandIn ? ({ provenance: 'stand-in' } as const) : {};
          return {
            workflowId: workflowIdOf(task),
            memo: memoOf(task),
            request: { ...task.request, input: task.input, ...provenance },
            isStandIn: isFromStandIn || account?.isStandIn === true,
          };
        }),
      );
    },

    /** Starts the pipeline under the id of its work, or joins the run under way. */
    async startPipelineRun(raw) {
      const { pipeline, key, requestedBy } = checked(raw);
      return startPipeline(client, pipeline, { key, requestedBy });
    },

    /** Loads a list that is too long to travel inside a request; the swarm takes it by its id. */
    async loadTaskList(tasks) {
      try {
        const placed = tasks.map((task, index) => ({ at: `item ${index}`, task }));
        return { kind: 'list', list: (await lists.load(placed, 'a for-each')).id };
      } catch (error) {
        if (!(error instanceof BadRequest)) throw error;
        throw ApplicationFailure.nonRetryable(error.message, error.failure, error.fields);
      }
    },
  };
}

function envelopeOf(raw: unknown): z.output<typeof Envelope> {
  const parsed = Envelope.safeParse(raw);
  if (parsed.success) return parsed.data;
  const list = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw ApplicationFailure.nonRetryable(list.join('; '), FailureType.InvalidInput);
}

/** Turns what the caller did wrong into a failure that is not tried again. */
function refusing<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof BadPipeline) {
      throw ApplicationFailure.nonRetryable(error.message, error.failure, error.problems);
    }
    if (!(error instanceof BadRequest)) throw error;
    throw ApplicationFailure.nonRetryable(error.message, error.failure, error.fields);
  }
}

import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import type {
  PipelineOutcome,
  PipelineProgress,
  StepStatus,
} from '../../src/contracts/pipeline.ts';
import { accountsOf } from '../../src/platform/accounts.ts';
import { checkPipeline } from '../../src/platform/check-pipeline.ts';
import { sourceOf } from '../../src/platform/pipeline-source.ts';
import { startPipeline } from '../../src/platform/start-pipeline.ts';
import { rootFailureOf, type RootFailure } from '../../src/rules/failure.ts';
import { eventually } from './scratch.ts';
import type { World } from './world.ts';

type Step = Readonly<Record<string, unknown>> & { readonly id: string };

/** A pipeline under way, and what tests ask of it. */
export interface RunningPipeline {
  readonly handle: WorkflowHandle<() => Promise<PipelineOutcome>>;
  steps(): Promise<readonly StepStatus[]>;
  /** Waits until a step is in a state. */
  reaches(step: string, kind: StepStatus['state']['kind']): Promise<StepStatus>;
  /** Says something as Mara: `approve`, `reject`, `repair`. */
  say(update: string, step: string, more?: object): Promise<unknown>;
  /** The states in which the steps ended, by id; also when the pipeline failed. */
  ends(): Promise<Readonly<Record<string, string>>>;
  failure(): Promise<RootFailure>;
}

/** A definition with sensible rest; what matters to a test is its steps. */
export const pipelineOf = (name: string, steps: readonly Step[], more: object = {}) => ({
  name,
  title: `Test of ${name}`,
  steps,
  ...more,
});

/** A step that pulls a day's figures. */
export const pull = (id: string, date: unknown, more: object = {}): Step => ({
  id,
  task: { capability: 'instantly.daily-analytics', account: 'tour', input: { date } },
  ...more,
});

/** A step that asks a person. */
export const ask = (id: string, more: object = {}, approval: object = {}): Step => ({
  id,
  approval: { question: `May ${id} go on?`, ...approval },
  ...more,
});

/** Checks and starts a pipeline. */
export async function begin(
  world: World,
  definition: unknown,
  { params = {}, key }: { readonly params?: Record<string, unknown>; readonly key?: string } = {},
): Promise<RunningPipeline> {
  const checked = checkPipeline(sourceOf(definition), {
    params,
    accountsOf: (agent) => accountsOf(world.config, agent.vendor).map((each) => each.name),
  });
  const run = await startPipeline(world.client, checked, {
    key,
    requestedBy: { kind: 'person', name: 'mara' },
  });
  return follow(world, run.workflowId, run.runId);
}

/** Holds on to a pipeline that was started elsewhere. */
export function follow(world: World, workflowId: string, runId?: string): RunningPipeline {
  const handle = world.client.workflow.getHandle<() => Promise<PipelineOutcome>>(workflowId, runId);
  const steps = async () => (await handle.query<PipelineProgress>('steps')).steps;
  return {
    handle,
    steps,
    reaches: (id, kind) =>
      eventually(`${id} to be ${kind}`, async () =>
        (await steps()).find((step) => step.id === id && step.state.kind === kind),
      ),
    say: (update, step, more = {}) =>
      handle.executeUpdate(update, { args: [{ step, by: 'mara', reason: 'seen', ...more }] }),
    async ends() {
      await handle.result().catch((error: unknown) => {
        if (!(error instanceof WorkflowFailedError)) throw error;
      });
      return Object.fromEntries((await steps()).map(({ id, state }) => [id, state.kind]));
    },
    async failure() {
      try {
        await handle.result();
      } catch (error) {
        if (error instanceof WorkflowFailedError) return rootFailureOf(error.cause);
        throw error;
      }
      throw new Error(`${workflowId} was expected to fail`);
    },
  };
}

import type { StartedRun } from '../contracts/api.ts';
import type { RunMemo, StarterRequest, TaskOutcome, TaskRequest } from '../contracts/runs.ts';
import type { Choice } from '../rules/method.ts';

/** What a capability's activity is given: input that was checked, and how to do it. */
interface CapabilityCall<Input = Record<string, unknown>> {
  readonly account: string;
  readonly input: Input;
  readonly method: string;
  readonly tunables: Readonly<Record<string, number>>;
}

/** The one activity of a capability, its idempotent write included. */
export type CapabilityActivity<Input = Record<string, unknown>, Output = unknown> = (
  call: CapabilityCall<Input>,
) => Promise<Output>;

/** What the first step of a task found out: who it is and how it will work. */
export interface TaskPlan {
  /** The id this work has to run under. */
  readonly workflowId: string;
  readonly memo: RunMemo;
  /** The request with defaults filled in. */
  readonly request: TaskRequest;
  readonly input: Record<string, unknown>;
  readonly choice: Choice;
}

/** Activities of the system itself, on every queue. */
export interface SystemActivities {
  prepare(request: TaskRequest): Promise<TaskPlan>;
  planFiring(
    request: StarterRequest & { readonly scheduledAt: string },
  ): Promise<TaskRequest | undefined>;
  startRun(request: TaskRequest): Promise<StartedRun>;
  followRun(run: StartedRun): Promise<TaskOutcome>;
}

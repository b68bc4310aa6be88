import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  log,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { TaskOutcome, TaskRequest, TriedMethod } from '../contracts/runs.ts';
import type {
  CapabilityActivity,
  CapabilityCall,
  SystemActivities,
  TaskPlan,
} from '../activities/activities.ts';
import { isWorthAnotherMethod, triesOf, type MethodTry } from '../rules/method.ts';
import { lessonInWords } from '../rules/refusal.ts';
import { createAsking, memoryOf } from './asking.ts';
import { ask } from './follow.ts';
import { nameRun } from './name-run.ts';
import { deciding, stopping, working } from './policies.ts';

const { prepare } = proxyLocalActivities<Pick<SystemActivities, 'prepare'>>(deciding);

/**
 * Does one capability once: checks the input, asks memory how, does it. A method that the vendor no
 * longer accepts is left for the next one that memory allows. When memory allows none, a person
 * says what to do. A run that was started under an id of its own joins the run of its work instead,
 * so that the same work never runs twice at once.
 *
 * @throws `InvalidInput`, `NotServed` at once; `LeftOut`, `NotAnswered` as a person would have it;
 * otherwise the failure of the last method tried.
 */
export async function task(request: TaskRequest): Promise<TaskOutcome> {
  const asking = createAsking();
  const plan = await prepare(request);
  nameRun(plan.memo);
  if (plan.workflowId !== workflowInfo().workflowId) {
    setCurrentDetails(`Joined \`${plan.workflowId}\`, the run of this work.`);
    return ask(plan.request);
  }

  const tries = triesOf(plan.choice, plan.fallback);
  if (tries.length > 0) return work(plan, tries);
  const { method, by } = await asking.wait(plan);
  const { tunables } = plan.choice;
  return work(plan, [{ method, tunables, obeyed: [], isCanary: false }], by);
}

/** Tries one way after the other, until the vendor accepts one. */
async function work(
  plan: TaskPlan,
  tries: readonly MethodTry[],
  answeredBy?: string,
): Promise<TaskOutcome> {
  const { capability, account, agent, title } = plan.memo;
  const activities = proxyActivities<Record<string, CapabilityActivity>>({
    ...working(plan.request.giveUpAfterSeconds),
    taskQueue: agent,
    summary: title,
  });
  const memory = heededBy(plan, answeredBy);
  const tried: TriedMethod[] = [];
  for (const { method, tunables, obeyed, isCanary } of tries) {
    setCurrentDetails(detailsOf(plan, method, tried));
    const call = {
      account,
      input: plan.input,
      method,
      tunables,
      obeyed,
      ...(plan.request.provenance ? { provenance: plan.request.provenance } : {}),
      ...(plan.request.dryRun ? { isDryRun: true } : {}),
    };
    try {
      const result = await activities[capability]?.(call);
      setCurrentDetails(`${detailsOf(plan, method, tried)}\n\nDone.`);
      const { isStandIn } = plan;
      return { capability, account, method, tunables, tried, isStandIn, ...memory, result };
    } catch (error) {
      if (plan.startsJob && isCancellation(error)) await stopJob(plan, call);
      const failure = failureOf(error);
      if (!isWorthAnotherMethod(failure?.type ?? undefined)) throw error;
      tried.push({
        method,
        failure: failure?.type ?? 'unknown',
        message: failure?.message ?? '',
        ...(isCanary ? { isCanary } : {}),
      });
      if (tried.length === tries.length) throw error;
    }
  }
  throw ApplicationFailure.nonRetryable(`${capability} declares no method`, 'NotServed');
}

/** Ends the vendor's job of a run that was cancelled. The run ends as cancelled, whatever comes of it. */
async function stopJob({ memo }: TaskPlan, call: CapabilityCall): Promise<void> {
  const activities = proxyActivities<Record<string, CapabilityActivity>>({
    ...stopping,
    taskQueue: memo.agent,
    summary: `Stop: ${memo.title}`,
  });
  try {
    await CancellationScope.nonCancellable(async () =>
      activities[memo.capability]?.({ ...call, isStop: true }),
    );
  } catch (error) {
    log.warn('The job of the vendor may still be at work', { error: String(error) });
  }
}

/** What memory said, for those who look at the result, and who went past it. */
function heededBy(plan: TaskPlan, answeredBy: string | undefined): Pick<TaskOutcome, 'memory'> {
  const { memory } = memoryOf(plan);
  if (!memory) return {};
  return { memory: answeredBy === undefined ? memory : { ...memory, answeredBy } };
}

/** What the vendor's side said, below Temporal's wrapping. */
function failureOf(error: unknown): ApplicationFailure | undefined {
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure
    ? error.cause
    : undefined;
}

function detailsOf(
  { memo, choice: { heeded = [], isLastResort = false } }: TaskPlan,
  method: string,
  tried: readonly TriedMethod[],
): string {
  const left = tried.map((each) => `- \`${each.method}\` was left: ${each.failure}`);
  const lessons = heeded.map((each) => `- ${lessonInWords(each)}`);
  const lastResort = isLastResort ? ['- Every method is refused: this is the last resort'] : [];
  return [
    ...[`**${memo.title}**`, '', `Method: \`${method}\``],
    ...[...left, ...lessons, ...lastResort],
  ].join('\n');
}

import {
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { TaskOutcome, TaskRequest, TriedMethod } from '../contracts/runs.ts';
import type { CapabilityActivity, SystemActivities } from '../activities/activities.ts';
import { isWorthAnotherMethod } from '../rules/method.ts';
import { ask } from './follow.ts';
import { nameRun } from './name-run.ts';
import { deciding, working } from './policies.ts';

const { prepare } = proxyLocalActivities<Pick<SystemActivities, 'prepare'>>(deciding);

/**
 * Does one capability once: checks the input, chooses how, does it. A method that the vendor no
 * longer accepts is left for the next one. A run that was started under an id of its own joins
 * the run of its work instead, so that the same work never runs twice at once.
 *
 * @throws `InvalidInput`, `NotServed` at once; otherwise the failure of the last method tried.
 */
export async function task(request: TaskRequest): Promise<TaskOutcome> {
  const plan = await prepare(request);
  nameRun(plan.memo);
  if (plan.workflowId !== workflowInfo().workflowId) {
    setCurrentDetails(`Joined \`${plan.workflowId}\`, the run of this work.`);
    return ask(plan.request);
  }

  const activities = proxyActivities<Record<string, CapabilityActivity>>({
    ...working(plan.request.giveUpAfterSeconds),
    taskQueue: plan.memo.agent,
    summary: plan.memo.title,
  });
  const tried: TriedMethod[] = [];
  for (const method of plan.choice.methods) {
    setCurrentDetails(detailsOf(plan.memo.title, method, tried));
    try {
      const { input, choice } = plan;
      const result = await activities[plan.memo.capability]?.({
        account: plan.memo.account,
        input,
        method,
        tunables: choice.tunables,
        ...(plan.request.provenance ? { provenance: plan.request.provenance } : {}),
        ...(plan.request.dryRun ? { isDryRun: true } : {}),
      });
      setCurrentDetails(`${detailsOf(plan.memo.title, method, tried)}\n\nDone.`);
      return {
        capability: plan.memo.capability,
        account: plan.memo.account,
        method,
        tunables: choice.tunables,
        tried,
        isStandIn: plan.isStandIn,
        result,
      };
    } catch (error) {
      const failure = failureOf(error);
      if (!isWorthAnotherMethod(failure?.type ?? undefined)) throw error;
      tried.push({ method, failure: failure?.type ?? 'unknown', message: failure?.message ?? '' });
      if (tried.length === plan.choice.methods.length) throw error;
    }
  }
  throw ApplicationFailure.nonRetryable(`${plan.memo.capability} declares no method`, 'NotServed');
}

/** What the vendor's side said, below Temporal's wrapping. */
function failureOf(error: unknown): ApplicationFailure | undefined {
  return error instanceof ActivityFailure && error.cause instanceof ApplicationFailure
    ? error.cause
    : undefined;
}

function detailsOf(title: string, method: string, tried: readonly TriedMethod[]): string {
  const left = tried.map((each) => `- \`${each.method}\` was left: ${each.failure}`);
  return [`**${title}**`, '', `Method: \`${method}\``, ...left].join('\n');
}

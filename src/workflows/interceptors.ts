import {
  isCancellation,
  proxySinks,
  TemporalFailure,
  workflowInfo,
  type Next,
  type Sinks,
  type WorkflowExecuteInput,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import type { RunNeeds } from '../contracts/needs.ts';
import type { RunEnd } from '../contracts/runs.ts';
import { rootFailureOf } from '../rules/failure.ts';

/** How a run ended, told to the worker as it happens; the comparison with Temporal catches the rest. */
export interface RunSinks extends Sinks {
  runs: {
    ended(end: RunEnd): void;
    needs(needs: RunNeeds): void;
  };
}

const { runs } = proxySinks<RunSinks>();

class EndReporter implements WorkflowInboundCallsInterceptor {
  async execute(
    input: WorkflowExecuteInput,
    next: Next<WorkflowInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      const output = await next(input);
      runs.ended({ status: 'completed', output });
      return output;
    } catch (error) {
      if (isCancellation(error)) runs.ended({ status: 'cancelled' });
      else if (error instanceof TemporalFailure) {
        runs.ended({ status: 'failed', ...rootFailureOf(error) });
      }
      throw error;
    }
  }
}

/** Tells the worker which decisions a run waits for. */
export const tellNeeds = (needs: RunNeeds): void => runs.needs(needs);

const reporting = ['task', 'pipeline', 'swarm', 'bulk'];

/** Loaded into the workflow bundle beside the workflows. */
export const interceptors = (): WorkflowInterceptors =>
  reporting.includes(workflowInfo().workflowType) ? { inbound: [new EndReporter()] } : {};

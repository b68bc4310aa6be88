import {
  continueAsNew,
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { doTask, Task, TaskResult, Totals } from './contender.ts';

/** A swarm as somebody new to Temporal writes it; `done` is what runs before this one added up. */
export interface PlainRequest {
  readonly tasks: number;
  readonly ms: number;
  readonly window: number;
  readonly next?: number;
  readonly done?: Totals;
}

const activities = proxyActivities<{ doTask: typeof doTask }>({ startToCloseTimeout: '1 minute' });

const localActivities = proxyLocalActivities<{ doTask: typeof doTask }>({
  startToCloseTimeout: '1 minute',
});

/** An activity a task. */
export function activityPerTask(request: PlainRequest): Promise<Totals> {
  return throughWindow(request, (task) => activities.doTask(task));
}

/** A child workflow a task. */
export function childPerTask(request: PlainRequest): Promise<Totals> {
  const { workflowId } = workflowInfo();
  return throughWindow(request, (task) =>
    executeChild(oneTask, {
      args: [task],
      workflowId: `${workflowId}/${task.index}`,
      parentClosePolicy: ParentClosePolicy.TERMINATE,
    }),
  );
}

/** The child of `childPerTask`: a local activity, which for short work costs less than another trip to the server. */
export function oneTask(task: Task): Promise<TaskResult> {
  return localActivities.doTask(task);
}

/** Keeps a window of tasks open; goes on as a new run, with none open, where the history gets long. */
async function throughWindow(
  request: PlainRequest,
  carryOut: (task: Task) => Promise<TaskResult>,
): Promise<Totals> {
  const { tasks, ms, window } = request;
  let next = request.next ?? 0;
  let { results, indexSum } = request.done ?? { results: 0, indexSum: 0 };
  const lane = async () => {
    while (next < tasks && !workflowInfo().continueAsNewSuggested) {
      const { index } = await carryOut({ index: next++, ms });
      results += 1;
      indexSum += index;
    }
  };
  await Promise.all(Array.from({ length: Math.min(window, tasks - next) }, lane));
  if (next < tasks) {
    return continueAsNew({ ...request, next, done: { results, indexSum } });
  }
  return { results, indexSum };
}

import type {
  PipelineDetail,
  PlannedStepInfo,
  StepRun,
  StepStatus,
} from '../../../../contracts/pipeline.ts';
import { count } from '../../numbers.ts';
import { duration, relative, when } from '../../time.ts';

/** A step as it was planned, with where it is and the run that does it, where these are known. */
export interface StepFacts {
  readonly step: PlannedStepInfo;
  readonly status: StepStatus | undefined;
  readonly run: StepRun | undefined;
}

/** All steps of a run, in the order of the definition. */
export const factsOf = ({ plan, steps, runs }: PipelineDetail): readonly StepFacts[] =>
  plan.map((step) => ({
    step,
    status: steps.find(({ id }) => id === step.id),
    run: runs[step.id],
  }));

/** The state of a step; one that nobody has told of yet is queued. */
export const kindOf = ({ status }: StepFacts): StepStatus['state']['kind'] =>
  status?.state.kind ?? 'queued';

/** The step to look at first: the most urgent that waits for a person, then what failed or runs. */
export function firstToSee(facts: readonly StepFacts[]): StepFacts | undefined {
  const [urgent] = facts
    .filter((each) => kindOf(each) === 'needs-you')
    .sort((a, b) => deadlineOf(a).localeCompare(deadlineOf(b)));
  const order = ['failed', 'running', 'rejected'] as const;
  const found = order.map((kind) => facts.find((each) => kindOf(each) === kind));
  return urgent ?? found.find((each) => each !== undefined) ?? facts.findLast(isDone) ?? facts[0];
}

const deadlineOf = ({ status }: StepFacts): string =>
  status?.state.kind === 'needs-you' ? status.state.deadline : '';
const isDone = (facts: StepFacts): boolean => kindOf(facts) === 'completed';

/** The one thing worth knowing beside the state: how long, how many, until when, who. */
export function noteOf({ status, run }: StepFacts, now: number): string {
  if (!status) return '';
  const { state, since, attempts } = status;
  const tries = attempts > 1 ? `, try ${attempts}` : '';
  switch (state.kind) {
    case 'queued':
      return '';
    case 'running':
      return run?.progress
        ? `${count(run.progress.completed + run.progress.failed)} of ${count(run.progress.total)}`
        : `${duration(now - Date.parse(since))}${tries}`;
    case 'needs-you':
      return `due ${relative(state.deadline, now)}`;
    case 'completed':
      return run?.closedAt
        ? `${run.progress ? `${count(run.progress.total)} in ` : ''}${duration(Date.parse(run.closedAt) - Date.parse(run.startedAt))}${tries}`
        : when(since, now);
    case 'rejected':
      return `by ${state.by}`;
    case 'failed':
      return state.failure;
    case 'skipped':
      return state.why;
    case 'cancelled':
      return when(since, now);
  }
}

/** Every step that comes after one, directly or through others, in the order of the definition. */
export function laterSteps(
  plan: readonly PlannedStepInfo[],
  id: string,
): readonly PlannedStepInfo[] {
  const found = new Set([id]);
  for (let size = 0; size < found.size;) {
    size = found.size;
    for (const step of plan) if (step.after.some((before) => found.has(before))) found.add(step.id);
  }
  return plan.filter((step) => step.id !== id && found.has(step.id));
}

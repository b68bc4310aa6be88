import type { Need, RunNeeds } from '../contracts/needs.ts';
import type { PipelineDefinition, PlannedStepInfo, StepStatus } from '../contracts/pipeline.ts';
import { wordsOf } from './condition.ts';
import { plannedSteps, type PlannedStep } from './pipeline.ts';

const longestName = 120;
const longestReason = 500;
/** Which of the open decisions lists show: a run rarely waits for more. */
const mostNeeds = 10;

/** What a person says about a step, as it came: anybody may send an Update. */
export interface Word {
  readonly step?: unknown;
  readonly by?: unknown;
  readonly reason?: unknown;
  readonly action?: unknown;
  readonly input?: unknown;
}

/**
 * Why a person's word cannot be taken now, as a sentence; `undefined` when it can.
 *
 * @param statuses of all steps; empty before they begin.
 */
export function objectionTo(
  word: Word,
  decision: Need['decision'],
  statuses: readonly StepStatus[],
): string | undefined {
  const { step, by, reason, action, input } = word;
  if (typeof step !== 'string') return 'step: expected the id of a step';
  if (typeof by !== 'string' || by === '' || by.length > longestName) {
    return `by: expected who says so, at most ${longestName} characters`;
  }
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > longestReason) {
    return `reason: expected why, at most ${longestReason} characters`;
  }
  if (decision === 'repair' && !['retry', 'skip', 'abort'].includes(String(action))) {
    return 'action: expected retry, skip or abort';
  }
  if (input !== undefined && (action !== 'retry' || typeof input !== 'object' || input === null)) {
    return 'input: expected an object, and only with the action retry';
  }
  const status = statuses.find((each) => each.id === step);
  if (!status) {
    const known = statuses.map((each) => each.id).join(', ');
    return known === ''
      ? 'The steps have not begun; try again in a moment.'
      : `step: no step has the id “${step}”; there are: ${known}`;
  }
  const { state } = status;
  if (state.kind === 'needs-you' && state.decision === decision) return undefined;
  const what = decision === 'approval' ? 'an answer' : 'repair';
  return `${step} does not wait for ${what}: ${stateWords(status)}.`;
}

/** The steps of a definition as lists and graphs show them. */
export const planOf = (definition: Pick<PipelineDefinition, 'steps'>): PlannedStepInfo[] =>
  plannedSteps(definition).map(({ id, title, after, when, work }) => ({
    ...{ id, title, kind: work.kind, after: [...after] },
    when: when ? wordsOf(when) : null,
    capability: capabilityOf(work),
  }));

function capabilityOf(work: PlannedStep['work']): string | null {
  if (work.kind === 'approval') return null;
  return (work.kind === 'task' ? work.task : work.forEach.task).capability;
}

/** A step's state as part of a sentence. */
export function stateWords({ state, after }: Pick<StepStatus, 'state' | 'after'>): string {
  switch (state.kind) {
    case 'queued':
      return after.length > 0 ? `it comes after ${after.join(', ')}` : 'it is about to begin';
    case 'running':
      return 'it runs';
    case 'needs-you':
      return `it waits for ${state.decision === 'approval' ? 'an answer' : 'repair'}: ${state.question}`;
    case 'completed':
      return 'it is completed';
    case 'rejected':
      return `it was rejected by ${state.by}: ${state.reason}`;
    case 'skipped':
      return `it was skipped, ${state.why}`;
    case 'failed':
      return `it failed, ${state.failure}: ${state.message}`;
    case 'cancelled':
      return 'it was cancelled';
  }
}

/** The decisions that steps wait for, soonest deadline first. */
export function needsOf(statuses: readonly StepStatus[], at: number): RunNeeds {
  const open = statuses.flatMap(({ id, state }): readonly Need[] => {
    if (state.kind !== 'needs-you') return [];
    const { decision, question, deadline } = state;
    return [{ step: id, decision, question, deadline }];
  });
  const sorted = open.sort((a, b) => (a.deadline < b.deadline ? -1 : 1));
  return { at, count: open.length, open: sorted.slice(0, mostNeeds) };
}

/** All steps in a few lines of Markdown, for Temporal's own pages. */
export function detailsOf(title: string, statuses: readonly StepStatus[]): string {
  const lines = statuses.map((each) => `- \`${each.id}\` ${each.state.kind}: ${stateWords(each)}`);
  return [`**${title}**`, '', ...lines].join('\n');
}

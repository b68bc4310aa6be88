import type { PipelineDefinition, PipelineStep, StepState } from '../contracts/pipeline.ts';
import { holds, refsOf, wordsOf } from './condition.ts';
import { partsOf, refsIn } from './pointer.ts';

type Work<Kind extends 'task' | 'for-each' | 'approval'> = NonNullable<PipelineStep[Kind]>;

/** A step with its order worked out, and its kind as a tag. */
export interface PlannedStep extends Pick<PipelineStep, 'id' | 'when' | 'lease' | 'retry'> {
  readonly title: string;
  /** Steps that have to be over before it. */
  readonly after: readonly string[];
  readonly work:
    | { readonly kind: 'task'; readonly task: Work<'task'> }
    | { readonly kind: 'for-each'; readonly forEach: Work<'for-each'> }
    | { readonly kind: 'approval'; readonly approval: Work<'approval'> };
}

/** The steps of a definition, in its own order; a step without `after` comes after the one before it. */
export const plannedSteps = ({ steps }: Pick<PipelineDefinition, 'steps'>): PlannedStep[] =>
  steps.flatMap((step, index) => {
    const { id, title = id, after, when, lease, retry } = step;
    const before = steps[index - 1];
    const order = [...new Set(after ?? (before ? [before.id] : []))];
    const work = workOf(step);
    return work ? [{ id, title, after: order, when, lease, retry, work }] : [];
  });

function workOf({ task, approval, ...step }: PipelineStep): PlannedStep['work'] | undefined {
  if (task) return { kind: 'task', task };
  if (approval) return { kind: 'approval', approval };
  const forEach = step['for-each'];
  return forEach && { kind: 'for-each', forEach };
}

/** What of a step may hold references: everything it does, without its condition. */
export function inputOf({ work }: PlannedStep): unknown {
  switch (work.kind) {
    case 'task':
      return work.task;
    case 'for-each':
      return { items: work.forEach.items, task: work.forEach.task };
    case 'approval':
      return { show: work.approval.show };
  }
}

/** Where references lead: the parameters, and what steps have handed on. */
export interface Scope {
  readonly params: Readonly<Record<string, unknown>>;
  readonly steps: Readonly<Record<string, { readonly state: string; readonly output?: unknown }>>;
}

/** The step a pointer leads to; `undefined` for one to parameters or the item. */
export function stepOf(pointer: string): string | undefined {
  const [root, id] = partsOf(pointer);
  return root === 'steps' ? id : undefined;
}

/** The steps whose output a step is made from. */
export const sourcesOf = (step: PlannedStep): readonly string[] => [
  ...new Set(refsIn(inputOf(step)).flatMap(({ pointer }) => stepOf(pointer) ?? [])),
];

/** What to do with a step whose turn has come. */
export type Turn =
  | { readonly kind: 'run' }
  /** `because` tells the steps after it whether they are stopped too. */
  | { readonly kind: 'skip'; readonly why: string; readonly because: 'condition' | 'stopped' };

/** How a step ended, as far as the steps after it go. */
export interface Ended {
  readonly state: StepState;
  /** Nothing after it may run, unless that asks for it by its condition. */
  readonly isStopped: boolean;
  readonly hasOutput: boolean;
}

/**
 * Decides about a step when all it comes after is over. What failed or was rejected stops all that
 * comes after it, except a step whose condition looks at the rejected approval: that one decides by
 * its condition. A skipped step stops only those that need its output.
 */
export function turnOf(
  step: PlannedStep,
  ended: Readonly<Record<string, Ended>>,
  scope: Scope,
): Turn {
  const asked = step.when ? refsOf(step.when).map(stepOf) : [];
  const stopper = step.after.find((id) => {
    const before = ended[id];
    return before?.isStopped === true && !(isRejection(before) && asked.includes(id));
  });
  if (stopper !== undefined) {
    return { kind: 'skip', why: stopWords(stopper, ended[stopper]), because: 'stopped' };
  }
  if (step.when && !holds(step.when, scope)) {
    return { kind: 'skip', why: `not so: ${wordsOf(step.when)}`, because: 'condition' };
  }
  const empty = sourcesOf(step).find((id) => ended[id]?.hasOutput === false);
  if (empty !== undefined) {
    const why = `needs the output of ${empty}, which has none`;
    return { kind: 'skip', why, because: 'condition' };
  }
  return { kind: 'run' };
}

const isRejection = ({ state }: Ended): boolean => state.kind === 'rejected';

function stopWords(id: string, ended: Ended | undefined): string {
  const kind = ended?.state.kind;
  if (kind === 'failed') return `${id} failed`;
  return kind === 'rejected' || kind === 'cancelled' ? `${id} was ${kind}` : `${id} did not run`;
}

/** What is open of a step is over. */
export const isOver = ({ kind }: StepState): boolean =>
  kind !== 'queued' && kind !== 'running' && kind !== 'needs-you';

import { setCurrentDetails, upsertMemo } from '@temporalio/workflow';
import type { PipelineOutcome, StepState, StepStatus } from '../contracts/pipeline.ts';
import type { RunMemo } from '../contracts/runs.ts';
import { runMemoKey } from '../rules/names.ts';
import { isOver, type Ended, type PlannedStep, type Scope } from '../rules/pipeline.ts';
import { detailsOf, needsOf } from '../rules/pipeline-words.ts';
import { sizeOf } from '../rules/pointer.ts';
import { tellNeeds } from './interceptors.ts';

const longestShown = 4_000;
const mostHandedBack = 1_000_000;

type Change = Partial<Pick<StepStatus, 'attempts' | 'run' | 'failure' | 'isStandIn'>>;

/** Where all steps of a pipeline are, and what they have handed on. */
export interface Board {
  statuses(): readonly StepStatus[];
  statusOf(id: string): StepStatus;
  /** Parameters and outputs, for references. */
  readonly scope: Scope;
  readonly ended: Readonly<Record<string, Ended>>;
  /** Resolves when a step is over, however it ended; a cancellation alone does not reject it. */
  over(id: string): Promise<undefined>;
  /** Brings a step into a state, and tells all who look. */
  set(id: string, state: StepState, change?: Change): void;
  change(id: string, change: Change): void;
  /** Ends a step that hands something on. */
  complete(id: string, output: unknown, state?: StepState): void;
  /** Ends a step; `isStopped` keeps those after it from running. */
  end(id: string, state: StepState, isStopped: boolean): void;
  outcome(name: string): PipelineOutcome;
}

/** A board on which no step has begun. */
export function createBoard(
  steps: readonly PlannedStep[],
  params: Readonly<Record<string, unknown>>,
  memo: RunMemo,
): Board {
  const now = () => new Date().toISOString();
  const overs = new Map(steps.map(({ id }) => [id, Promise.withResolvers<undefined>()]));
  const outputs = new Map<string, unknown>();
  const ended: Record<string, Ended> = {};
  const scopeSteps: Record<string, { readonly state: string; readonly output?: unknown }> = {};
  const statuses = new Map(
    steps.map(({ id, title, after, work }): [string, StepStatus] => [
      id,
      {
        ...{ id, title, after: [...after], kind: work.kind },
        state: { kind: 'queued', after: [...after] },
        ...{ since: now(), attempts: 0, run: null, failure: null, output: null, isStandIn: false },
      },
    ]),
  );
  let said = '[]';
  let saidAt = 0;

  const statusOf = (id: string): StepStatus => {
    const status = statuses.get(id);
    if (!status) throw new Error(`no step ${id}`);
    return status;
  };

  /** Lists learn of open decisions, and only of those: they cost a line of history each. */
  function tell(): void {
    const all = [...statuses.values()];
    setCurrentDetails(detailsOf(memo.title, all));
    // time stands still within one activation, and of two reports the later one has to win
    const needs = needsOf(all, Math.max(Date.now(), saidAt + 1));
    const words = JSON.stringify(needs.open);
    if (words === said) return;
    said = words;
    saidAt = needs.at;
    upsertMemo({ [runMemoKey]: { ...memo, needs } });
    tellNeeds(needs);
  }

  function put(id: string, status: StepStatus): void {
    statuses.set(id, status);
    scopeSteps[id] = {
      state: status.state.kind,
      ...(outputs.has(id) ? { output: outputs.get(id) } : {}),
    };
    tell();
  }

  function finish(id: string, state: StepState, isStopped: boolean): void {
    if (!isOver(state)) throw new Error(`${id} is not over`);
    ended[id] = { state, isStopped, hasOutput: outputs.has(id) };
    const output = shown(outputs.get(id));
    put(id, { ...statusOf(id), state, since: now(), output });
    overs.get(id)?.resolve(undefined);
  }

  return {
    statuses: () => [...statuses.values()],
    statusOf,
    scope: { params, steps: scopeSteps },
    ended,
    over: async (id) => overs.get(id)?.promise,
    set: (id, state, change = {}) => put(id, { ...statusOf(id), ...change, state, since: now() }),
    change: (id, change) => put(id, { ...statusOf(id), ...change }),
    complete(id, output, state = { kind: 'completed' }) {
      if (output !== undefined) outputs.set(id, output);
      finish(id, state, state.kind === 'rejected');
    },
    end: finish,
    outcome: (pipeline) => ({
      pipeline,
      params: { ...params },
      steps: [...statuses.values()],
      outputs: handedBack(outputs),
    }),
  };
}

function shown(output: unknown): unknown {
  if (output === undefined) return null;
  const size = sizeOf(output);
  return size <= longestShown ? output : `${JSON.stringify(output).slice(0, longestShown)}…`;
}

/** Whole outputs as long as they fit into one result; of the others, how long they are. */
function handedBack(outputs: ReadonlyMap<string, unknown>): Record<string, unknown> {
  let left = mostHandedBack;
  const entries = [...outputs].map(([id, output]): [string, unknown] => {
    const size = sizeOf(output);
    left -= size;
    return [id, left >= 0 ? output : `${size} characters, in the result of the step's own run`];
  });
  return Object.fromEntries(entries);
}

import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  defineUpdate,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { PipelineActivities, PipelinePlan } from '../activities/pipeline.ts';
import type { StartedRun } from '../contracts/api.ts';
import type { FailureType } from '../contracts/failures.ts';
import type { Need } from '../contracts/needs.ts';
import type {
  ApprovalWord,
  PipelineOutcome,
  PipelineProgress,
  PipelineRequest,
  PipelineStep,
  RepairWord,
} from '../contracts/pipeline.ts';
import { rootFailureOf, type RootFailure } from '../rules/failure.ts';
import { systemQueue } from '../rules/names.ts';
import { withLease } from './lease.ts';
import { nameRun } from './name-run.ts';
import { turnOf, type PlannedStep } from '../rules/pipeline.ts';
import { objectionTo, type Word } from '../rules/pipeline-words.ts';
import { resolve } from '../rules/pointer.ts';
import { createBoard, type Board } from './pipeline-board.ts';
import { doForEach, doTask, type StepCall } from './pipeline-steps.ts';
import { deciding, repairing, steering } from './policies.ts';

/** A person's word, and who said it. */
type Said<T> = T & { readonly by: string };

const stepsQuery = defineQuery<PipelineProgress>('steps');
const approveUpdate = defineUpdate<undefined, [Said<ApprovalWord>]>('approve');
const rejectUpdate = defineUpdate<undefined, [Said<ApprovalWord>]>('reject');
const repairUpdate = defineUpdate<undefined, [Said<RepairWord>]>('repair');

const { preparePipeline } =
  proxyLocalActivities<Pick<PipelineActivities, 'preparePipeline'>>(deciding);
const remote = { ...steering, taskQueue: systemQueue };
const { startPipelineRun } = proxyActivities<Pick<PipelineActivities, 'startPipelineRun'>>(remote);
const { followRun } = proxyActivities<{ followRun(run: StartedRun): Promise<PipelineOutcome> }>(
  remote,
);

/** What people have decided and no step has taken up yet. */
type Answers = Map<
  string,
  | ({ readonly kind: 'approval'; readonly isApproved: boolean } & Said<ApprovalWord>)
  | ({ readonly kind: 'repair' } & Said<RepairWord>)
>;

/**
 * Runs the steps of a pipeline, each as soon as what it comes after is over. A person answers
 * approvals and repairs what failed by Update; steps that are done are never run again. A pipeline
 * that was started under an id of its own joins the run of its work.
 *
 * @throws `InvalidInput` at once; otherwise the failure of the first step that failed, with all
 *   steps as its detail.
 */
export async function pipeline(request: PipelineRequest): Promise<PipelineOutcome> {
  const answers: Answers = new Map();
  const known: { plan?: PipelinePlan; board?: Board } = {};
  let phase: PipelineProgress['phase'] = 'checking';
  setHandler(
    stepsQuery,
    () => ({
      title: known.plan?.memo.title ?? workflowInfo().workflowId,
      phase,
      definition: known.plan?.definition ?? null,
      params: known.plan?.params ?? {},
      steps: [...(known.board?.statuses() ?? [])],
    }),
    { description: 'where each step is, and what it waits for' },
  );
  takeAnswers(answers, () => known.board);

  const plan = await preparePipeline(request);
  known.plan = plan;
  nameRun(plan.memo);
  if (plan.workflowId !== workflowInfo().workflowId) {
    phase = 'following';
    setCurrentDetails(`Joined \`${plan.workflowId}\`, the run of this work.`);
    return followRun(await startPipelineRun(plan.request));
  }

  const board = createBoard(plan.steps, plan.params, plan.memo);
  known.board = board;
  phase = 'working';
  const aborted = await runSteps(plan, board, answers);
  phase = 'closed';
  return outcomeOf(plan, board, aborted);
}

/** Registers the Updates; each is judged at once and taken up by the step that waits for it. */
function takeAnswers(answers: Answers, board: () => Board | undefined): void {
  const judge = (decision: Need['decision']) => (word: Word) => {
    const taken = answers.get(String(word.step));
    const objection = taken
      ? `${taken.step} was answered already, by ${taken.by}: ${taken.reason}`
      : objectionTo(word, decision, board()?.statuses() ?? []);
    if (objection !== undefined) throw new Error(objection);
  };
  const take = (step: string, answer: Parameters<Answers['set']>[1]): undefined => {
    answers.set(step, answer);
    return undefined;
  };
  setHandler(
    approveUpdate,
    (word) => take(word.step, { ...word, kind: 'approval', isApproved: true }),
    { validator: judge('approval'), description: 'lets a step that asks go on: step, by, reason' },
  );
  setHandler(
    rejectUpdate,
    (word) => take(word.step, { ...word, kind: 'approval', isApproved: false }),
    { validator: judge('approval'), description: 'stops what comes after a step that asks' },
  );
  setHandler(repairUpdate, (word) => take(word.step, { ...word, kind: 'repair' }), {
    validator: judge('repair'),
    description: 'retry (input), skip (output) or abort after a failure: step, action, by, reason',
  });
}

/** Who ended a pipeline on purpose, and at which failure. */
interface Abortion {
  readonly by: string;
  readonly reason: string;
}

/** Runs all steps to their end, whatever that is. @returns who aborted it, if anybody did. */
async function runSteps(
  plan: PipelinePlan,
  board: Board,
  answers: Answers,
): Promise<Abortion | undefined> {
  const scope = new CancellationScope();
  let aborted: Abortion | undefined;
  const abort = ({ by, reason }: Abortion): void => {
    aborted ??= { by, reason };
    scope.cancel();
  };
  const run = (step: PlannedStep) =>
    runStep(
      { step, board, requestedBy: plan.request.requestedBy, input: undefined },
      answers,
      abort,
    );
  await scope.run(() => Promise.all(plan.steps.map(run)));
  return aborted;
}

/** Waits for its turn, and tries until it is done, left out or given up. */
async function runStep(
  call: StepCall,
  answers: Answers,
  abort: (by: Abortion) => void,
): Promise<void> {
  const { step, board } = call;
  const { id } = step;
  await Promise.all(step.after.map((before) => board.over(before)));
  if (CancellationScope.current().consideredCancelled) {
    board.end(id, { kind: 'cancelled' }, true);
    return;
  }
  const turn = turnOf(step, board.ended, board.scope);
  if (turn.kind === 'skip') {
    board.end(id, { kind: 'skipped', why: turn.why }, turn.because === 'stopped');
    return;
  }
  for (let { input } = call; ;) {
    board.set(id, { kind: 'running' }, { attempts: board.statusOf(id).attempts + 1 });
    try {
      const work = () => doStep({ ...call, input }, answers);
      await (step.lease === undefined ? work() : withLease(step.lease, {}, work));
      return;
    } catch (error) {
      if (isCancellation(error)) {
        board.end(id, { kind: 'cancelled' }, true);
        return;
      }
      if (!(error instanceof TemporalFailure)) throw error; // a fault of ours waits for new code
      const repair = await waitForRepair(call, rootFailureOf(error), answers);
      if (!repair) return;
      if (repair.action === 'retry') {
        input = repair.input ?? input;
        continue;
      }
      if (repair.action === 'abort') {
        board.end(id, { kind: 'failed', ...rootFailureOf(error) }, true);
        abort(repair);
      } else {
        const why = `by ${repair.by}: ${repair.reason}`;
        board.complete(id, repair.output, { kind: 'skipped', why });
      }
      return;
    }
  }
}

/** Does the work of a step once, and notes its output. */
async function doStep(call: StepCall, answers: Answers): Promise<void> {
  const { step, board } = call;
  switch (step.work.kind) {
    case 'task':
      board.complete(step.id, await doTask(step.work.task, call));
      return;
    case 'for-each':
      board.complete(step.id, await doForEach(step.work.forEach, call));
      return;
    case 'approval':
      await askPerson(step.work.approval, call, answers);
  }
}

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();

/** Asks a person, until the deadline. */
async function askPerson(
  { question, show, deadline, onTimeout }: NonNullable<PipelineStep['approval']>,
  { step: { id }, board }: StepCall,
  answers: Answers,
): Promise<void> {
  const { value } = resolve(show, board.scope);
  const shown = typeof value === 'object' && value !== null ? { ...value } : {};
  const asking = { kind: 'needs-you', decision: 'approval', question, show: shown } as const;
  board.set(id, { ...asking, deadline: inSeconds(deadline) });
  const isAnswered = await condition(() => answers.has(id), deadline * 1_000);
  const answer = answers.get(id);
  answers.delete(id);
  if (isAnswered && answer?.kind === 'approval') {
    end(answer.isApproved, answer.by, answer.reason);
    return;
  }
  if (onTimeout === 'fail') {
    const type: FailureType = 'NotAnswered';
    const message = `nobody answered within ${deadline} s: ${question}`;
    throw ApplicationFailure.nonRetryable(message, type);
  }
  end(onTimeout === 'approve', 'nobody', `no answer within ${deadline} s`);

  function end(approved: boolean, by: string, reason: string): void {
    const state = approved
      ? ({ kind: 'completed' } as const)
      : ({ kind: 'rejected', by, reason } as const);
    board.complete(id, { approved, by, reason }, state);
  }
}

/** Waits for a person to repair a failed step; ends it as failed when nobody does in time. */
async function waitForRepair(
  { step, board }: StepCall,
  failure: RootFailure,
  answers: Answers,
): Promise<Said<RepairWord> | undefined> {
  const { id } = step;
  const seconds = repairing(step.work.kind, step.retry.waitForRepairSeconds);
  const isRepaired = await (seconds > 0 ? wait() : false);
  const answer = answers.get(id);
  answers.delete(id);
  if (isRepaired && answer?.kind === 'repair') return answer;
  const isCancelled = CancellationScope.current().consideredCancelled;
  board.end(id, isCancelled ? { kind: 'cancelled' } : { kind: 'failed', ...failure }, true);
  return undefined;

  async function wait(): Promise<boolean> {
    const question = `${failure.failure}: ${failure.message}`;
    const asking = { kind: 'needs-you', decision: 'repair', question, show: {} } as const;
    board.set(id, { ...asking, deadline: inSeconds(seconds) }, { failure: { ...failure } });
    try {
      return await condition(() => answers.has(id), seconds * 1_000);
    } catch (error) {
      if (isCancellation(error)) return false;
      throw error;
    }
  }
}

/** The result, or the failure that stands for all that failed. */
function outcomeOf(
  plan: PipelinePlan,
  board: Board,
  aborted: Abortion | undefined,
): PipelineOutcome {
  const outcome = board.outcome(plan.definition.name);
  if (CancellationScope.current().consideredCancelled) {
    throw new CancelledFailure('The pipeline was cancelled', [outcome]);
  }
  const failed = outcome.steps.flatMap(({ id, state }) =>
    state.kind === 'failed' ? [{ id, ...state }] : [],
  );
  const [first] = failed;
  if (!first) return outcome;
  const others = failed.length > 1 ? `, and ${failed.length - 1} more failed` : '';
  const by = aborted ? `Aborted by ${aborted.by} (${aborted.reason}) after ` : '';
  throw ApplicationFailure.create({
    message: `${by}${first.id}: ${first.message}${others}`,
    type: first.failure,
    nonRetryable: true,
    details: [outcome],
  });
}

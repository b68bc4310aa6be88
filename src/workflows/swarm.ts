import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { MoreTasks, SwarmActivities, SwarmPlan } from '../activities/activities.ts';
import type {
  SwarmAddition,
  SwarmOutcome,
  SwarmPause,
  SwarmProgress,
  SwarmRequest,
  SwarmRetry,
  SwarmWindow,
  SwarmWord,
} from '../contracts/swarm.ts';
import { systemQueue } from '../rules/names.ts';
import { endOf, tasksIn } from '../rules/swarm.ts';
import { nameRun } from './name-run.ts';
import { counting, steering } from './policies.ts';
import { createSquads, type Squads, type SwarmWork } from './squads.ts';

const progressQuery = defineQuery<SwarmProgress>('progress');
const pauseUpdate = defineUpdate<SwarmProgress, [SwarmWord]>('pause');
const resumeUpdate = defineUpdate<SwarmProgress, [SwarmWord]>('resume');
const cancelUpdate = defineUpdate<SwarmProgress, [SwarmWord]>('cancel');
const windowUpdate = defineUpdate<SwarmProgress, [SwarmWindow]>('window');
const addUpdate = defineUpdate<SwarmProgress, [SwarmAddition]>('add');
const retryFailedUpdate = defineUpdate<SwarmProgress, [SwarmRetry]>('retry-failed');

const { planSwarm, noteSwarm, giveUpRest, closeSwarm } =
  proxyLocalActivities<
    Pick<SwarmActivities, 'planSwarm' | 'noteSwarm' | 'giveUpRest' | 'closeSwarm'>
  >(counting);
const { addTasks, requeueFailed, cancelSwarm } = proxyActivities<
  Pick<SwarmActivities, 'addTasks' | 'requeueFailed' | 'cancelSwarm'>
>({ ...steering, taskQueue: systemQueue, startToCloseTimeout: '5 minutes' });

/** A swarm that was planned in an earlier run, and where it stands. */
interface Standing {
  readonly plan: SwarmPlan;
  readonly work: SwarmWork;
}

/**
 * Does any number of tasks: checks them all, cuts them into squads, keeps as many at work as the
 * window allows, and counts what came out. Goes on as a new run when its history grows long, and
 * only while none of its squads is at work.
 *
 * @throws `InvalidInput`, `NotServed` at once; with the outcome as their detail `TooManyFailures`,
 *   `SquadLost` when tasks have no outcome although all squads have ended, and `NotAnswered` when it
 *   stopped by itself and nobody mended in time what had stopped it.
 */
export async function swarm(request: SwarmRequest, standing?: Standing): Promise<SwarmOutcome> {
  const { firstExecutionRunId: id } = workflowInfo();
  let phase: SwarmProgress['phase'] = 'planning';
  let plan = standing?.plan;
  let squads: Squads | undefined;
  let cancelled: SwarmWord | undefined;
  let unanswered: SwarmPause | undefined;
  const work: SwarmWork = standing?.work ?? {
    ranges: [],
    total: 0,
    settled: 0,
    squads: 0,
    window: 0,
    paused: null,
    taskMs: {},
  };
  setHandlers();

  try {
    if (!plan) {
      plan = await planSwarm(request);
      nameRun(plan.memo);
      const { ranges, total, taskMs, slots } = plan;
      Object.assign(work, { ranges, total, taskMs, window: plan.request.window ?? slots });
    }
    squads = createSquads(plan, work, id);
    void CancellationScope.nonCancellable(keepNoted);
    void CancellationScope.nonCancellable(waitForPerson);
    phase = 'working';
    const isDone = await squads.carryAll();
    if (!isDone && !unanswered) await continueAsNew<typeof swarm>(request, { plan, work });
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(cleanUp);
    throw error;
  }

  phase = 'closing';
  const givenUp = unanswered ? await giveUp(unanswered, plan.list) : undefined;
  const counted = await closeSwarm(id);
  const { failureThreshold } = plan.request;
  const broken = givenUp ?? leftOver(counted);
  const state = broken ? 'failed' : endOf(counted.counts, failureThreshold);
  const outcome = { state, ...counted };
  phase = 'closed';
  setCurrentDetails(sentenceOf(outcome));
  if (outcome.state !== 'failed') return outcome;
  const { total, completed } = outcome.counts;
  const tooMany = {
    message: `${total - completed} of ${total} tasks did not get done, more than the share of ${failureThreshold} that was allowed`,
    type: 'TooManyFailures',
  };
  throw ApplicationFailure.create({
    ...(broken ?? tooMany),
    nonRetryable: true,
    details: [outcome],
  });

  /** Ends the work when nobody mends in time what it stopped for by itself. */
  async function waitForPerson(): Promise<void> {
    for (;;) {
      await condition(() => work.paused?.until !== undefined);
      const { paused } = work;
      if (paused?.until === undefined || !patched('waits-for-a-person-for-a-time')) return;
      const waitMs = Math.max(1, Date.parse(paused.until) - Date.now());
      if (await condition(() => work.paused !== paused, waitMs)) continue;
      if (phase !== 'working') return;
      phase = 'closing';
      unanswered = paused;
      await squads?.stop();
      return;
    }
  }

  /** Writes down all that is left as failed. @returns what the swarm itself fails with. */
  async function giveUp({ reason }: SwarmPause, list: string) {
    const type = 'NotAnswered';
    const message = `Nobody mended in time what stopped the swarm: ${reason}`;
    const left = await giveUpRest(id, list, { failure: type, message: `Not tried. ${message}` });
    return { type, message: `${message}. ${left} tasks were given up` };
  }

  /** Waits for what is in flight to stop, and says what was left undone. */
  async function cleanUp(): Promise<void> {
    phase = 'cancelling';
    await condition(() => (squads?.atWork() ?? 0) === 0 && allHandlersFinished());
    if (!plan) return;
    phase = 'closing';
    const by = cancelled ? ` by ${cancelled.by}: ${cancelled.reason}` : '';
    setCurrentDetails(`Cancelled${by}. ${sentenceOf(await closeSwarm(id))}`);
  }

  /** Notes each change of the steering, one after the other; lists and the halted ask for it. */
  async function keepNoted(): Promise<void> {
    const asNow = () => ({ window: work.window, paused: work.paused });
    let noted = standing ? '' : JSON.stringify(asNow());
    for (;;) {
      await condition(() => JSON.stringify(asNow()) !== noted);
      noted = JSON.stringify(asNow());
      await noteSwarm(id, asNow());
    }
  }

  function progress(): SwarmProgress {
    const { paused, total, settled, window, ranges } = work;
    const open = squads?.atWork() ?? 0;
    return {
      phase: phase === 'working' && paused ? 'paused' : phase,
      paused,
      total,
      settled,
      window,
      squads: { open, ended: work.squads - open },
      waiting: tasksIn(ranges),
    };
  }

  function setHandlers(): void {
    const whileWorking = (word: Partial<SwarmWord> | undefined): void => {
      if (phase !== 'working') throw new Error(`The swarm is ${phase}: nothing was changed`);
      if (!word?.reason || !word.by)
        throw new Error('Expected by and reason: who says so, and why');
    };
    /** Answers as soon as the word is taken: squads hear of it while the caller goes on. */
    const steered = async (): Promise<SwarmProgress> => {
      const told = squads?.steer();
      if (!patched('answers-before-squads-hear')) await told;
      return progress();
    };
    const take = (more: MoreTasks): SwarmProgress => {
      const isRetry = more.total === work.total;
      if (isRetry) work.settled -= tasksIn(more.ranges);
      work.total = Math.max(work.total, more.total);
      work.ranges = [...work.ranges, ...more.ranges];
      return progress();
    };

    setHandler(progressQuery, progress, { description: 'how far it has come' });
    setHandler(
      pauseUpdate,
      ({ by, reason }) => {
        work.paused = { by, reason };
        return steered();
      },
      { validator: whileWorking, description: 'starts no more tasks until it is resumed' },
    );
    setHandler(
      resumeUpdate,
      () => {
        work.paused = null;
        return steered();
      },
      { validator: whileWorking, description: 'goes on after a pause' },
    );
    setHandler(
      windowUpdate,
      ({ window }) => {
        work.window = window;
        return steered();
      },
      {
        validator(word: SwarmWindow) {
          whileWorking(word);
          if (Number.isInteger(word.window) && word.window >= 1 && word.window <= 10_000) return;
          throw new Error('window: expected a whole number from 1 to 10,000');
        },
        description: 'sets how many tasks may be in flight',
      },
    );
    setHandler(
      addUpdate,
      async ({ source, confirm, reason }) =>
        take(await addTasks(plan?.list ?? '', id, source, { confirm, reason })),
      { validator: whileWorking, description: 'adds tasks, at most 500 at a time' },
    );
    setHandler(
      retryFailedUpdate,
      async ({ of }: Partial<SwarmRetry>) => take(await requeueFailed(id, of ?? {})),
      {
        validator: whileWorking,
        description: 'puts failed tasks in line again: all, or those of one class or failure',
      },
    );
    setHandler(
      cancelUpdate,
      async (word) => {
        cancelled = word;
        // only the server can cancel a run: what a run cancels by itself counts as failed
        await CancellationScope.nonCancellable(() => cancelSwarm(word));
        return progress();
      },
      { validator: whileWorking, description: 'stops, and leaves undone what has not been done' },
    );
  }
}

/** What a swarm fails with whose squads have ended before all of its tasks had. */
function leftOver({ counts: { open, retrying, total } }: Pick<SwarmOutcome, 'counts'>) {
  const left = open + retrying;
  if (left === 0) return undefined;
  const message = `${left} of ${total} tasks have no outcome although no squad is at work`;
  return { message, type: 'SquadLost' };
}

function sentenceOf({ counts }: Pick<SwarmOutcome, 'counts'>): string {
  const { total, completed, failed } = counts;
  const open = total - completed - failed;
  return `${completed} of ${total} tasks done, ${failed} failed${open > 0 ? `, ${open} left undone` : ''}`;
}

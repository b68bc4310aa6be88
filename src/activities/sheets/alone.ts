import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import type { Coordination } from '../../platform/coordination.ts';

/** What has to be free at the same time: a name, and how many may work on it at once. */
interface Place {
  readonly name: string;
  readonly places: number;
}

/** Works while nobody else does. The function it gives the work throws `LeaseLost` once that is over. */
export type Alone = <T>(
  places: readonly Place[],
  /** Who works, beside the activity: one activity of a swarm carries many tasks. */
  task: string,
  work: (stillAlone: () => Promise<void>) => Promise<T>,
) => Promise<T>;

const longestWaitMs = 5_000;

/**
 * Holds leases from within an activity. A few seconds are waited for here; a longer wait is a retry
 * that keeps its place in line. A retry of the same activity is the same holder, so that a worker's
 * death does not lock out its successor.
 *
 * @param forMs how long a lease outlives the last sign of life: longer than a call to the vendor takes.
 */
export const createAlone =
  (coordination: Coordination, forMs: number): Alone =>
  async (places, task, work) => {
    const { workflowExecution, activityId } = activityInfo();
    const { workflowId = '', runId = '' } = workflowExecution ?? {};
    const holder = `${workflowId}/${runId}/${activityId}/${task}`.slice(0, 1_000);
    const waitUntil = Date.now() + longestWaitMs;

    const held: { readonly name: string; readonly token: number }[] = [];
    const giveBack = (): Promise<unknown> =>
      Promise.all(held.map(({ name, token }) => coordination.release({ name, holder, token })));

    async function take({ name, places: count }: Place): Promise<void> {
      for (;;) {
        const said = await coordination.acquire({ name, places: count, holder, forMs });
        if (said.kind === 'granted') {
          held.push({ name, token: said.token });
          return;
        }
        if (Date.now() + said.retryInMs > waitUntil) throw notYet(name, said);
        await sleep(said.retryInMs, undefined, { signal: cancellationSignal() });
      }
    }

    try {
      for (const place of places) await take(place);
      return await work(async () => {
        cancellationSignal().throwIfAborted();
        for (const { name, token } of held) {
          if (await coordination.renew({ name, holder, token }, forMs)) continue;
          throw ApplicationFailure.create({
            message: `${name} was held past its time and may be somebody else’s now`,
            type: FailureType.LeaseLost,
          });
        }
      });
    } finally {
      await giveBack();
    }
  };

const notYet = (
  name: string,
  { place, retryInMs }: { readonly place: number; readonly retryInMs: number },
): ApplicationFailure =>
  ApplicationFailure.create({
    message: `${name} is being worked on: number ${place} in line`,
    type: FailureType.NotReady,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: retryInMs,
  });

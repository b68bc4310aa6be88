import {
  ApplicationFailure,
  CancellationScope,
  proxyActivities,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { CoordinationActivities } from '../activities/coordination.ts';
import { systemQueue } from '../rules/names.ts';
import { leasing, steering } from './policies.ts';

type LeaseActivities = Pick<
  CoordinationActivities,
  'acquireLease' | 'renewLease' | 'releaseLease' | 'arriveAtBarrier'
>;

/** How a run wants to hold a lease. */
export interface LeaseTerms {
  /** How many may hold it at once; 1 when left out. */
  readonly places?: number;
  /** After this time without a sign of life the lease goes to the next in line; 10 minutes when left out. */
  readonly forMs?: number;
  /** Seconds in line after which it gives up; never when left out. */
  readonly giveUpAfterSeconds?: number;
}

/**
 * Works while it holds a lease: waits in line without holding a slot (11 events however long),
 * renews when half of the time is over, and gives the lease back however the work ends.
 *
 * @param work gets the fencing token: who writes somewhere under a lower one is late.
 * @throws `LeaseLost` when the lease ran out on it, with the work cancelled; what the work throws.
 */
export async function withLease<T>(
  name: string,
  { places = 1, forMs = leasing.forMs, giveUpAfterSeconds }: LeaseTerms,
  work: (token: number) => Promise<T>,
): Promise<T> {
  const { acquireLease, renewLease, releaseLease } = coordinate(giveUpAfterSeconds);
  const holder = `${workflowInfo().workflowId}/${uuid4().slice(0, 8)}`;

  /** @returns only when the lease is lost. */
  async function keep(token: number): Promise<never> {
    do await sleep(forMs / 2);
    while (await renewLease({ name, holder, token }, forMs));
    throw ApplicationFailure.nonRetryable(
      `${name} was held past its time and may be somebody else’s now`,
      'LeaseLost',
    );
  }

  try {
    const token = await acquireLease({ name, places, holder, forMs });
    return await firstOf(
      () => work(token),
      () => keep(token),
    );
  } finally {
    await CancellationScope.nonCancellable(() => releaseLease({ name, holder }));
  }
}

/** Waits, without holding a slot, until so many runs have come to this barrier. */
export async function meet(barrier: string, parties: number): Promise<void> {
  await coordinate().arriveAtBarrier(barrier, parties, workflowInfo().workflowId);
}

/** What was asked for is waited for also when it is cancelled: it may have been granted. */
const coordinate = (giveUpAfterSeconds?: number) =>
  proxyActivities<LeaseActivities>({
    ...steering,
    taskQueue: systemQueue,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    ...(giveUpAfterSeconds === undefined
      ? {}
      : { scheduleToCloseTimeout: giveUpAfterSeconds * 1_000 }),
  });

/** Ends as the first of two ends, when the other has stopped. */
async function firstOf<T>(work: () => Promise<T>, guard: () => Promise<never>): Promise<T> {
  const scope = new CancellationScope();
  return scope.run(async () => {
    const working = work();
    const guarding = guard();
    try {
      return await Promise.race([working, guarding]);
    } finally {
      scope.cancel();
      await CancellationScope.nonCancellable(() => Promise.allSettled([working, guarding]));
    }
  });
}

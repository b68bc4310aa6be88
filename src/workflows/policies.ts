import type {
  ActivityOptions,
  ChildWorkflowOptions,
  LocalActivityOptions,
} from '@temporalio/workflow';

/** Checks and decisions inside the worker: fast, tried again at once. */
export const deciding: LocalActivityOptions = {
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '5 seconds' },
};

/**
 * Work at a vendor. Heartbeats come every second by themselves, so a dead worker is noticed
 * within 3 s; transient failures are tried again until the run gives up.
 *
 * @param giveUpAfterSeconds how long retries go on; six hours when nobody says otherwise.
 */
export const working = (giveUpAfterSeconds = 6 * 3600): ActivityOptions => ({
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: giveUpAfterSeconds * 1000,
  heartbeatTimeout: '3 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** The end of a vendor's job whose run was cancelled; who cancels does not wait for ever. */
export const stopping: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '5 minutes',
  heartbeatTimeout: '3 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '20 seconds' },
};

/** Calls to Temporal itself, for starters and followers of other runs. */
export const steering: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
};

/** How long a lease outlives the last sign of life of its holder; a run renews it at half time. */
export const leasing = { forMs: 600_000 } as const;

/** Work of a swarm's root on its tasks: loading, counting; a big list takes its time. */
export const counting: LocalActivityOptions = {
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
};

/** How long a swarm that stopped by itself waits for a person; a week when nobody says otherwise. */
export const waitingForPerson = (statedSeconds: number | undefined): number =>
  (statedSeconds ?? 7 * 24 * 3600) * 1_000;

/** How long a task that memory refuses waits for a person, in seconds: a day, when nobody says. */
export const answering = (statedSeconds: number | undefined): number => statedSeconds ?? 24 * 3600;

/** How the children of a run end with it: they stop, clean up, and are waited for. */
export const asParts = {
  parentClosePolicy: 'REQUEST_CANCEL',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const satisfies ChildWorkflowOptions;
/**
 * How long a failed step of a pipeline waits for a person, in seconds: a day, when the pipeline does
 * not say. A question that nobody answered is not asked again unless it says so.
 */
export const repairing = (kind: string, statedSeconds: number | undefined): number =>
  statedSeconds ?? (kind === 'approval' ? 0 : 24 * 3600);

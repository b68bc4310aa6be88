import { isGrpcServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { log } from '@temporalio/activity';
import type { Observation } from '../contracts/memory.ts';
import type { ClosedRun, Evidence } from '../platform/evidence.ts';
import type { MemoryOwner, MemoryStore } from '../platform/memory-store.ts';

interface AnnealDeps {
  readonly client: Client;
  readonly memories: MemoryStore;
  readonly evidence: Evidence;
}

/** What one distillation came to. */
export interface Distilled {
  /** Runs and swarms that were read. */
  readonly runs: number;
  readonly observations: number;
  /** The newest entry of the log. */
  readonly seq: number;
  /** Why runs do not obey the newest memory; null when they do. */
  readonly refused: string | null;
  /** There was more than one distillation reads. */
  readonly isMore: boolean;
}

/** The activity of the workflow `anneal`. */
export interface AnnealActivities {
  distil(of: MemoryOwner): Promise<Distilled>;
}

const runsAtOnce = 100;
const answersWithinMs = 5_000;

/** Reads what is over and makes memory of it. */
export const createAnnealActivities = ({
  client,
  memories,
  evidence,
}: AnnealDeps): AnnealActivities => ({
  /**
   * Takes note of runs that are over. Killed at any place and repeated, it counts nothing twice:
   * first the entry, which leaves out what stands in the log, then the marks, then the canaries.
   */
  async distil(of) {
    const closed = await evidence.closed(of, runsAtOnce);
    const observations = (await Promise.all(closed.map((run) => seenIn(client, run)))).flat();
    const { seq, refused } =
      observations.length === 0
        ? await memories.newest(of)
        : await memories.append(of, {
            kind: 'observed',
            at: new Date().toISOString(),
            observations,
          });
    if (refused !== null) log.warn('A new memory does not go live', { ...of, seq, refused });
    await evidence.markRead(of, closed);
    await memories.releaseCanaries(
      of,
      closed.flatMap(({ workflowId, runId }) => [workflowId, runId]),
    );
    const isMore = closed.length >= runsAtOnce;
    return { runs: closed.length, observations: observations.length, seq, refused, isMore };
  },
});

/** What a run showed, each with the event of its history at which it was over. */
async function seenIn(client: Client, run: ClosedRun): Promise<readonly Observation[]> {
  const hasEvents = run.seen.some(({ activityId }) => activityId !== null);
  const events = hasEvents ? await eventsOf(client, run) : new Map<string, number>();
  return run.seen.map(({ activityId, ...seen }) => ({
    ...seen,
    seenIn: { ...seen.seenIn, eventId: events.get(activityId ?? '') ?? null },
  }));
}

/** The last event of each activity of a run, while the server still has its history. */
async function eventsOf(
  client: Client,
  { workflowId, runId }: ClosedRun,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  try {
    const { events } = await client.withDeadline(Date.now() + answersWithinMs, () =>
      client.workflow.getHandle(workflowId, runId).fetchHistory(),
    );
    const scheduled = new Map<number, string>();
    for (const event of events ?? []) {
      const id = Number(event.eventId);
      const planned = event.activityTaskScheduledEventAttributes;
      const ended =
        event.activityTaskCompletedEventAttributes ??
        event.activityTaskFailedEventAttributes ??
        event.activityTaskTimedOutEventAttributes;
      if (planned?.activityId) scheduled.set(id, planned.activityId);
      const activity = planned?.activityId ?? scheduled.get(Number(ended?.scheduledEventId));
      if (activity !== undefined) found.set(activity, id);
    }
  } catch (error) {
    const isGone = error instanceof WorkflowNotFoundError || isGrpcServiceError(error);
    if (!isGone) throw error;
    if (!(error instanceof WorkflowNotFoundError)) {
      log.warn('A history could not be read; its evidence names no events', { workflowId, runId });
    }
  }
  return found;
}

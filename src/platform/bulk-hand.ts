import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { z } from 'zod';
import type { BulkAct } from '../contracts/bulk.ts';
import { PipelineRequest } from '../contracts/pipeline.ts';
import { TaskRequest } from '../contracts/runs.ts';
import type { Requester } from '../contracts/requester.ts';
import type { StartedRun } from '../contracts/api.ts';
import type { OpenItem } from './bulk.ts';
import type { Database } from './database.ts';
import { endRun, RunHasEnded } from './end-run.ts';
import { createPayloadStore } from './payloads.ts';
import { createHistoryReader } from './run-events.ts';
import { startTask } from './start-run.ts';
import { steerSwarm } from './steer-swarm.ts';

/** How a run took it. */
export interface ItemEnd {
  readonly result: 'done' | 'skipped' | 'failed';
  readonly message: string;
}

interface HandDeps {
  /** Called in the name of who asked. */
  readonly client: Client;
  readonly database: Database;
  readonly isServed: (queue: string) => Promise<boolean>;
  readonly startPipeline: (request: PipelineRequest) => Promise<StartedRun>;
  readonly by: string;
  readonly requestedBy: Requester;
}

const skipped = (message: string): ItemEnd => ({ result: 'skipped', message });
const done = (message: string): ItemEnd => ({ result: 'done', message });

/**
 * Does an act to one run. A repeat finds what was done and leaves it: a run that has ended is not
 * ended again, and one that has a later run is not started once more.
 *
 * @throws whatever kept it from being done.
 */
export async function doToRun(
  deps: HandDeps,
  act: BulkAct,
  item: OpenItem,
  reason: string,
): Promise<ItemEnd> {
  try {
    switch (act) {
      case 'cancel':
        return await cancel(deps, item, reason);
      case 'retry-now':
        return await retryNow(deps, item, reason);
      case 'retry':
        return await (item.type === 'swarm'
          ? retrySwarm(deps, item, reason)
          : startAgain(deps, item));
      case 'pause':
      case 'resume':
        await steer(deps, item, { kind: act }, reason);
        return done(act === 'pause' ? 'Paused' : 'Resumed');
    }
  } catch (error) {
    if (error instanceof RunHasEnded) return skipped('It had ended already');
    if (error instanceof WorkflowNotFoundError) return skipped('Temporal no longer has it');
    throw error;
  }
}

async function cancel(deps: HandDeps, item: OpenItem, reason: string): Promise<ItemEnd> {
  const { workflowId, runId } = item;
  if (item.isBegun) {
    const { status } = await deps.client.workflow.getHandle(workflowId, runId).describe();
    if (status.name === 'CANCELLED') return done('Asked to stop by a worker that died');
  }
  if (item.type === 'swarm' && (await deps.isServed('agentic'))) {
    await steer(deps, item, { kind: 'cancel' }, reason);
  } else {
    await endRun(deps, { workflowId, runId, how: 'cancel', reason });
  }
  return done('Asked to stop');
}

const steer = (
  deps: HandDeps,
  { workflowId }: OpenItem,
  order: Parameters<typeof steerSwarm>[2],
  reason: string,
) =>
  steerSwarm({ ...deps, checkServed: () => Promise.resolve() }, workflowId, order, {
    by: deps.by,
    reason,
  });

/** Failed tasks of a swarm that is over are done by a new one, which a repeat could not tell from its own. */
async function retrySwarm(deps: HandDeps, item: OpenItem, reason: string): Promise<ItemEnd> {
  if (item.isBegun) {
    throw new Error(
      'A worker died while it was begun: look whether a new swarm does its failed tasks, then retry it by hand',
    );
  }
  const steered = await steer(deps, item, { kind: 'retry-failed', of: {} }, reason);
  return done(
    steered.kind === 'started'
      ? `${steered.run.workflowId} does its failed tasks`
      : 'Its failed tasks stand in line again',
  );
}

/** Starts a run again as it was asked for, but for the confirmation, which is given anew each time. */
async function startAgain(deps: HandDeps, item: OpenItem): Promise<ItemEnd> {
  const { workflowId, runId, type } = item;
  const { client, database, requestedBy } = deps;
  const newest = await client.workflow.getHandle(workflowId).describe();
  if (newest.runId !== runId) {
    return item.isBegun
      ? done('Started again by a worker that died, or by somebody else since')
      : skipped('A later run of the same work is there already');
  }
  const histories = createHistoryReader(client, createPayloadStore(database));
  const asked = await histories.args({ workflowId, runId });
  if (type === 'pipeline') {
    const request = PipelineRequest.parse(asked);
    const key = request.key ?? workflowId.split('/').slice(2).join('/');
    await deps.startPipeline({ ...request, key, requestedBy });
    return done('Started again, all its steps');
  }
  const { confirm: _, ...request } = TaskRequest.parse(asked);
  const { started } = await startTask(client, { ...request, requestedBy });
  return done(started ? 'Started again' : 'Joined a run of the same work');
}

const Pending = z.object({
  activityId: z.string(),
  /** 1 is scheduled, 4 is paused; what is being worked on needs no push. */
  state: z.number().nullish(),
  attempt: z.number().nullish(),
});
const paused = 4;
const working = 2;

/** Begins the next try of what waits for it. The server does so for what is paused and let go again. */
async function retryNow(
  { client }: HandDeps,
  { workflowId, runId, type }: OpenItem,
  reason: string,
): Promise<ItemEnd> {
  const { raw, status } = await client.workflow.getHandle(workflowId, runId).describe();
  if (status.name !== 'RUNNING') throw new RunHasEnded(`${workflowId} has ended already.`);
  if (type === 'swarm') {
    const squads = raw.pendingChildren ?? [];
    const pushed = await Promise.all([
      push(workflowId, runId),
      ...squads.map(({ workflowId: squad, runId: run }) => push(squad ?? '', run ?? '')),
    ]);
    return said(pushed.reduce((sum, each) => sum + each, 0));
  }
  return said(await push(workflowId, runId));

  async function push(id: string, run: string): Promise<number> {
    const { raw: now } = await client.workflow.getHandle(id, run).describe();
    const waiting = z
      .array(Pending)
      .parse(now.pendingActivities ?? [])
      .filter((each) => (each.attempt ?? 1) > 1 && (each.state ?? 0) !== working);
    for (const { activityId, state } of waiting) {
      const which = {
        namespace: client.options.namespace,
        execution: { workflowId: id, runId: run },
        identity: client.options.identity,
        id: activityId,
      };
      if (state !== paused) await client.workflowService.pauseActivity({ ...which, reason });
      await client.workflowService.unpauseActivity(which);
    }
    return waiting.length;
  }
}

const said = (pushed: number): ItemEnd =>
  pushed === 0 ? skipped('Nothing of it waits for a next try') : done('Tried again at once');

import { cancellationSignal } from '@temporalio/activity';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import pLimit from 'p-limit';
import type { BulkCounts } from '../contracts/bulk.ts';
import { FailureType } from '../contracts/failures.ts';
import type { AgentReader } from '../platform/agents.ts';
import type { Bulk, BulkOrder, OpenItem } from '../platform/bulk.ts';
import { doToRun, type ItemEnd } from '../platform/bulk-hand.ts';
import { isDatabaseAway, type Database } from '../platform/database.ts';
import { actingAs } from '../platform/temporal.ts';
import { auditActionOf } from '../rules/bulk.ts';
import type { PipelineActivities } from './pipeline.ts';

/** What acts on many runs need outside their history. */
export interface BulkActivities {
  /** Does it to those whose turn has come, for some seconds. @returns how far it is then. */
  carryBulk(id: string): Promise<BulkCounts>;
}

interface BulkDeps {
  readonly client: Client;
  readonly database: Database;
  readonly bulk: Bulk;
  readonly agents: Pick<AgentReader, 'isServed'>;
  readonly pipelines: Pick<PipelineActivities, 'startPipelineRun'>;
}

const atOnce = 8;
const begunAtOnce = 40;
const carriesForMs = 20_000;
const answersWithinMs = 35_000;

/**
 * Does one act to many runs. Each result is written as it comes, and a retry takes only the runs
 * without one: so it may die at any moment.
 */
export const createBulkActivities = ({
  client,
  database,
  bulk,
  ...deps
}: BulkDeps): BulkActivities => {
  async function carry(id: string, order: BulkOrder, item: OpenItem): Promise<void> {
    const { act, reason, by, requestedBy } = order;
    const acting = actingAs(client, by);
    const end = await acting
      .withDeadline(Date.now() + answersWithinMs, () =>
        doToRun(
          {
            ...{ client: acting, database, by, requestedBy },
            isServed: (queue) => deps.agents.isServed(queue),
            startPipeline: (request) => deps.pipelines.startPipelineRun(request),
          },
          act,
          item,
          reason,
        ),
      )
      .catch(failedEnd);
    const { workflowId, runId, type } = item;
    await bulk.settle(id, item.seq, end, {
      ...{ by, action: auditActionOf(act, type), target: workflowId, reason },
      detail: { runId, bulk: id },
    });
  }

  return {
    async carryBulk(id) {
      const order = await bulk.order(id);
      if (!order) {
        throw ApplicationFailure.nonRetryable(
          `There is no act on many runs with the id ${id}: start it from the page Runs`,
          FailureType.InvalidInput,
        );
      }
      const until = Date.now() + carriesForMs;
      const limit = pLimit(atOnce);
      while (Date.now() < until) {
        cancellationSignal().throwIfAborted();
        const items = await bulk.begin(id, begunAtOnce);
        if (items.length === 0) break;
        await Promise.all(
          items.map((item) =>
            limit(() => {
              cancellationSignal().throwIfAborted();
              return carry(id, order, item);
            }),
          ),
        );
      }
      return bulk.counts(id);
    },
  };
};

/** What the run itself is to blame for is its result; a server that is away is waited for. */
function failedEnd(error: unknown): ItemEnd {
  if (!(error instanceof Error) || isAway(error)) throw error;
  return { result: 'failed', message: error.message };
}

/** gRPC's codes for cancelled by our deadline, deadline exceeded, busy and unavailable. */
const away: readonly number[] = [1, 4, 8, 14];

function isAway(error: Error): boolean {
  if (isGrpcServiceError(error)) return away.includes(error.code);
  if (isDatabaseAway(error)) return true;
  return error.cause instanceof Error && isAway(error.cause);
}

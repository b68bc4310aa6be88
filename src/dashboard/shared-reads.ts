/** What a route answers once and a topic of the live stream again and again. */
import type { RunSummary } from '../contracts/api.ts';
import type { Health } from './health.ts';
import { HttpError, unknownRun } from './http-error.ts';
import type { Models } from './models.ts';

/** Who holds what, and who waits at which barrier. */
export const leaseList = async ({ coordination }: Models) => {
  const [leases, barriers] = await Promise.all([coordination.list(), coordination.barriers()]);
  return { leases, barriers };
};

/** The topics of the coordination page, in their envelope. */
export const topicList = async ({ topics }: Models) => ({ topics: await topics.list() });

/** All flow keys, in their envelope. */
export const flowKeyList = async (models: Models) => ({ flowKeys: await models.flowKeys.list() });

/** A flow key with the runs that wait for it. @throws {HttpError} 404 for one that nobody has used. */
export async function flowKeyDetail(models: Models, health: Health, key: string) {
  const [detail, waitingRuns] = await health.during(
    Promise.all([models.flowKeys.read(key), runsWaitingFor(models, key)]),
  );
  if (detail) return { ...detail, waitingRuns };
  throw new HttpError(
    404,
    'unknown-flow-key',
    `No call was made under the flow key “${key}” so far, and nobody has limited it`,
  );
}

const mostOpenRuns = 200;
const waitingRunsShown = 50;

async function runsWaitingFor({ runs }: Models, key: string): Promise<RunSummary[]> {
  const account = key.slice(key.indexOf(':') + 1);
  const open = await runs.search({ state: 'open', account, limit: mostOpenRuns });
  return open.runs
    .filter(({ state }) => state.kind === 'waiting' && state.flowKey === key)
    .slice(0, waitingRunsShown);
}

/** @throws {HttpError} 404 for a run that nobody knows. */
export function found<T>(value: T | undefined): T {
  if (value === undefined) throw unknownRun();
  return value;
}

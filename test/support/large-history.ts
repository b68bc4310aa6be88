import { NativeConnection, Worker } from '@temporalio/worker';
import { createPayloadStore } from '../../src/platform/payloads.ts';
import type { World } from './world.ts';

/** What a run with large answers left behind. */
interface LargeRun {
  readonly workflowId: string;
  readonly runId: string;
  /** What the workflow itself counted. */
  readonly sum: number;
  readonly historyBytes: number;
  readonly historyEvents: number;
  readonly payloads: number;
}

const workflowsPath = new URL('many-calls.ts', import.meta.url).pathname;
/** Each call is answered by text of its own. */
const answer = (call: number, bytes: number): string => String(call).padStart(bytes, '0');

/** Serves the workflows of `many-calls.ts` on the queue `large` while `act` runs. */
export async function withLarge<T>({ config, database }: World, act: () => Promise<T>): Promise<T> {
  const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
  const worker = await Worker.create({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    taskQueue: 'large',
    workflowsPath,
    dataConverter: createPayloadStore(database).dataConverter,
    activities: { answer },
  });
  return worker.runUntil(act).finally(() => connection.close());
}

/** Makes so many calls in one run, each answered by so many bytes. */
export const runLarge = (world: World, calls: number, bytes: number): Promise<LargeRun> =>
  withLarge(world, async () => {
    const workflowId = `large-${calls}`;
    const handle = await world.client.workflow.start<
      (calls: number, bytes: number) => Promise<number>
    >('manyCalls', { workflowId, taskQueue: 'large', args: [calls, bytes] });
    const sum = await handle.result();
    const { historySize, historyLength, runId } = await handle.describe();
    const [row] = await world.database.sql<{ count: number }[]>`
      select count(*)::int from payloads`;
    return {
      workflowId,
      runId,
      sum,
      historyBytes: historySize ?? 0,
      historyEvents: historyLength,
      payloads: row?.count ?? 0,
    };
  });

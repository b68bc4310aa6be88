import { join } from 'node:path';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { root } from './servers.ts';
import type { World } from './world.ts';

/** The queue of workflows that only tests run. */
export const testQueue = 'test';

/** Runs workflows of a test file beside those of the system. @returns a function that ends it. */
export async function serveWorkflows(world: World, file: string): Promise<() => Promise<void>> {
  const silent = () => undefined;
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, file),
    logger: {
      log: silent,
      trace: silent,
      debug: silent,
      info: silent,
      warn: silent,
      error: silent,
    },
  });
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = world.config;
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: testQueue,
    workflowBundle: { code },
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}

import { Worker, type CompiledWorkerOptions } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMapAndFilename } from '@temporalio/worker/lib/workflow/workflow-worker-thread/input.js';

/**
 * A class of Temporal workers that have one bundle of workflows, which run in the same threads, as many as
 * the first of them asks for (`workflowThreadPoolSize`). The SDK reads the bundle for each worker anew and
 * gives it threads of its own: for eight queues that is 1.6 s of processor time at each start, and eight
 * heaps with the same code in them (SDK 1.24). All of them have to know the same local activities. The
 * threads end with the last of the workers.
 */
export function sharingThreads(): typeof Worker {
  let threads: ReturnType<typeof Sharing.threadsFor> | undefined;
  let bundle: ReturnType<typeof Sharing.readBundle> | undefined;
  let users = 0;

  class Sharing extends Worker {
    static threadsFor(
      code: WorkflowBundleWithSourceMapAndFilename,
      options: CompiledWorkerOptions,
      logger: Worker['logger'],
    ) {
      return super.createWorkflowCreator(code, options, logger);
    }

    static readBundle(options: CompiledWorkerOptions, logger: Worker['logger']) {
      return super.getOrCreateBundle(options, logger);
    }

    protected static override getOrCreateBundle(...how: Parameters<typeof Sharing.readBundle>) {
      return (bundle ??= Sharing.readBundle(...how));
    }

    protected static override async createWorkflowCreator(
      ...how: Parameters<typeof Sharing.threadsFor>
    ) {
      threads ??= Sharing.threadsFor(...how);
      users += 1;
      const creator = await threads;
      return {
        createWorkflow: creator.createWorkflow.bind(creator),
        async destroy() {
          users -= 1;
          if (users > 0) return;
          threads = undefined;
          await creator.destroy();
        },
      };
    }
  }
  return Sharing;
}

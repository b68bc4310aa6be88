import type { Client } from '@temporalio/client';
import { annealIdOf, systemQueue } from '../rules/names.ts';
import type { Evidence } from './evidence.ts';
import type { MemoryOwner } from './memory-store.ts';

/** Starts distillations. */
export interface Annealing {
  /** Wakes the writer of one memory, or starts it. */
  wake(of: MemoryOwner): Promise<void>;
  /** Wakes all that have something to read. @returns whom it woke. */
  wakeWaiting(): Promise<readonly MemoryOwner[]>;
  /** The same a moment later, once for all who ask until then. What fails is found by the next look. */
  soon(): void;
  /** Asks no more. */
  stop(): Promise<void>;
}

interface AnnealingDeps {
  readonly client: Client;
  readonly evidence: Pick<Evidence, 'waiting'>;
}

/** Ends of runs that come within this time cost one look. */
const gatherMs = 500;

/** @param deps the server that runs the writers, and what they would read. */
export function createAnnealing({ client, evidence }: AnnealingDeps): Annealing {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  let isStopped = false;

  const wake = async (of: MemoryOwner): Promise<void> => {
    await client.workflow.signalWithStart('anneal', {
      workflowId: annealIdOf(of),
      taskQueue: systemQueue,
      args: [of],
      signal: 'wake',
    });
  };
  const wakeWaiting = async (): Promise<readonly MemoryOwner[]> => {
    const owners = await evidence.waiting();
    await Promise.all(owners.map(wake));
    return owners;
  };
  return {
    wake,
    wakeWaiting,
    soon() {
      if (timer || isStopped) return;
      timer = setTimeout(() => {
        timer = undefined;
        looking = wakeWaiting().catch(() => undefined);
      }, gatherMs);
      timer.unref();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

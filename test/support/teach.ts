import type { MemoryOwner, MemorySnapshot, MemoryStore } from '../../src/platform/memory-store.ts';
import { observation } from './observations.ts';

let runs = 0;

/** A run in which the first method is gone and the second does the work: two lessons of an account. */
export async function teach(
  store: MemoryStore,
  of: MemoryOwner,
  account: string,
): Promise<MemorySnapshot> {
  const run = `run-${(runs += 1)}`;
  const at = new Date().toISOString();
  return store.append(of, {
    kind: 'observed',
    at,
    observations: [
      observation({ run, at, account, failure: 'Gone' }),
      observation({ run, at, account, method: 'in-chunks' }),
    ],
  });
}

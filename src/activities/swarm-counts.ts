import { numbersOf, type Capability } from '../contracts/capability.ts';
import type { World } from '../contracts/memory.ts';
import type { SwarmTries } from '../platform/evidence.ts';
import type { MethodTry } from '../rules/method.ts';

/** One try of one task, as it ended. */
interface EndedTry {
  readonly agent: string;
  readonly world: World;
  readonly capability: Capability;
  readonly account: string;
  readonly as: MethodTry;
  readonly tookMs: number;
  /** Null when it went well. */
  readonly failure: string | null;
  readonly result?: unknown;
}

/** Adds up how tries went in one activity of a swarm, for memory to read later. */
export interface TryCounts {
  add(ended: EndedTry): void;
  /** What has been added up so far. */
  all(): readonly SwarmTries[];
}

/** Counts that begin at nothing. */
export function createTryCounts(): TryCounts {
  const groups = new Map<string, SwarmTries>();
  return {
    add({ agent, world, capability, account, as, failure, ...end }) {
      const { method, tunables, obeyed, isCanary } = as;
      const key = [capability.id, account, method, failure, isCanary].join(' ');
      const before = groups.get(key);
      groups.set(key, {
        ...{ agent, world, capability: capability.id, account, method, failure, isCanary, obeyed },
        ...(failure === null
          ? numbersOf(capability, tunables, end.result)
          : { tunables, accepted: {} }),
        tasks: (before?.tasks ?? 0) + 1,
        tookMs: (before?.tookMs ?? 0) + end.tookMs,
        lastAt: new Date().toISOString(),
      });
    },
    all: () => [...groups.values()],
  };
}

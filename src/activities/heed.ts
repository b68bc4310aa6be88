import type { Capability } from '../contracts/capability.ts';
import type { Decision, Obeyed, World } from '../contracts/memory.ts';
import type { MemoryStore } from '../platform/memory-store.ts';
import { isSameScope } from '../rules/lesson.ts';
import { lessonsOf } from '../rules/memory.ts';
import { canaryWanted, decide } from '../rules/obey.ts';

/** How a task works, and what memory it was decided from. */
export interface Heed {
  readonly choice: Decision;
  /** The same without its canary, for when that fails; only where there is one. */
  readonly fallback?: Decision;
  readonly snapshot: Pick<Obeyed, 'world' | 'seq' | 'hash'>;
}

interface HeedQuestion {
  readonly agent: string;
  readonly capability: Capability;
  readonly account: string;
  readonly world: World;
  /** Who would try for all others, the same in each retry; null for those who must not. */
  readonly owner: string | null;
}

/**
 * Decides how tasks work from what memory says now. A lapsed lesson, or a method that nobody knows,
 * is tried by one run at a time; whoever asks again for the same owner gets the same canary.
 */
export const createHeed =
  (memories: MemoryStore) =>
  async ({ agent, capability, account, world, owner }: HeedQuestion): Promise<Heed> => {
    const { seq, hash, memory } = await memories.current({ agent, world });
    const scope = { capability: capability.id, account };
    const lessons = lessonsOf(memory, scope);
    const records = memory.records.filter((record) => isSameScope(record, scope));
    const declared = { ...capability, methods: [...capability.methods] };
    const now = new Date().toISOString();
    const plain = decide(declared, lessons, now);
    const snapshot = { world, seq, hash };
    const byMethod = Object.fromEntries(records.map((record) => [record.method, record]));
    const wanted = owner === null ? null : canaryWanted(declared, lessons, byMethod, now);
    if (wanted === null || owner === null) return { choice: plain, snapshot };
    const canary = await memories.claimCanary({ agent, world, ...scope, canary: wanted, owner });
    return canary === null
      ? { choice: plain, snapshot }
      : { choice: decide(declared, lessons, now, canary), fallback: plain, snapshot };
  };

import type { MemoryEntry } from '../contracts/memory.ts';
import { learn } from './learn.ts';
import { nothingKnown, type Memory } from './memory.ts';

/** What is known after these entries of a log, in their order and from its beginning. */
export function remember(entries: readonly MemoryEntry[]): Memory {
  const wanted = new Set(
    entries.flatMap((entry) =>
      entry.kind === 'human' && entry.act.kind === 'rolled-back' ? [entry.act.to] : [],
    ),
  );
  const kept = new Map([[0, nothingKnown]]);
  return entries.reduce<Memory>((memory, entry) => {
    const next = learn(memory, entry, (seq) => kept.get(seq));
    if (wanted.has(next.seq)) kept.set(next.seq, next);
    return next;
  }, nothingKnown);
}

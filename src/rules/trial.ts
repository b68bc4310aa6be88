import type { Declared, Observation } from '../contracts/memory.ts';
import { isSameScope } from './lesson.ts';
import { lessonsOf, type Memory } from './memory.ts';
import { decide } from './obey.ts';

/** What tasks that are over would have been like under another memory; counts are tasks. */
export interface Replay {
  readonly tasks: number;
  /** Begun by another method, or with other numbers. */
  readonly elsewhere: number;
  /** Failures of methods and numbers that it leaves. */
  readonly saved: number;
  /** Went well in a way that it leaves. */
  readonly unproven: number;
}

/**
 * Holds what was seen against what a memory would decide. How the other way would have gone nobody
 * knows: only what would not have been tried is counted.
 */
export function replayed(
  memory: Memory,
  evidence: readonly Observation[],
  capabilities: readonly Declared[],
  now: string,
): Replay {
  const counts = { tasks: 0, elsewhere: 0, saved: 0, unproven: 0 };
  for (const run of Map.groupBy(evidence, ({ seenIn }) => seenIn.runId).values()) {
    for (const seen of run) {
      const declared = capabilities.find(({ id }) => id === seen.capability);
      if (!declared) continue;
      const { methods, tunables } = decide(declared, lessonsOf(memory, seen), now);
      const broke = run.filter((each) => isSameScope(each, seen) && isRefusal(each));
      // what followed the failure of the method that it would take, too, went no other way
      const isLeft =
        seen.method !== methods[0] && !broke.some(({ method }) => method === methods[0]);
      const isMoved = !isLeft && hasOther(tunables, seen.tunables);
      const isSpared = !isLeft && hasSame(tunables, seen.accepted);
      counts.tasks += seen.tasks;
      if (isLeft || isMoved) counts.elsewhere += seen.tasks;
      if (isSpared || (isLeft && isRefusal(seen))) counts.saved += seen.tasks;
      else if (isLeft && seen.failure === null && broke.length === 0) counts.unproven += seen.tasks;
    }
  }
  return counts;
}

const isRefusal = ({ failure }: Observation): boolean => failure?.class === 'contract';

type Numbers = Observation['tunables'];
const hasOther = (chosen: Numbers, given: Numbers): boolean =>
  Object.entries(given).some(([name, value]) => (chosen[name] ?? value) !== value);
const hasSame = (chosen: Numbers, accepted: Numbers): boolean =>
  Object.entries(accepted).some(([name, value]) => chosen[name] === value);

import { agents } from '../contracts/agents.ts';
import type { SwarmStart, World } from '../contracts/memory.ts';
import type { Database } from '../platform/database.ts';
import { createFlowKeys } from '../platform/flow-keys.ts';
import type { MemoryStore } from '../platform/memory-store.ts';
import type { TaskScope } from '../platform/swarm-store.ts';
import { flowKeyOf } from '../rules/flow.ts';
import { startOf } from '../rules/start.ts';

interface StartsDeps {
  readonly database: Database;
  readonly memories: Pick<MemoryStore, 'current'>;
  readonly worldOf: (agent: string, account: string) => World;
}

/** What a swarm begins with instead of finding out again. */
interface Starts {
  /** What tasks of each agent take, by the grain that memory knows; milliseconds. */
  readonly taskMs: Readonly<Record<string, number>>;
  /** Lessons that said so. */
  readonly starts: readonly SwarmStart[];
}

/**
 * Has a swarm begin with the grain and the rate that went well before: the first activities carry as
 * many tasks, and the flow keys that it will use go no faster. Both move on by what the swarm sees.
 */
export function createSwarmStarts({ database, memories, worldOf }: StartsDeps) {
  const keys = createFlowKeys(database);

  return async (scopes: readonly TaskScope[]): Promise<Starts> => {
    const now = new Date().toISOString();
    const starts: SwarmStart[] = [];
    const times = new Map<string, number[]>();
    for (const scope of scopes) {
      const { agent, capability, account } = scope;
      const world = worldOf(agent, account);
      const { memory } = await memories.current({ agent, world });
      const grain = startOf(memory, scope, 'grain', now);
      const rate = startOf(memory, scope, 'rate', now);
      const vendor = agents.find(({ id }) => id === agent)?.vendor;
      if (grain) times.set(agent, [...(times.get(agent) ?? []), 1_000 / grain.value]);
      if (rate && vendor) await keys.startAt(flowKeyOf(vendor, account), rate.value);
      for (const { lesson } of [grain, rate].flatMap((each) => each ?? [])) {
        const { id, rule, why, status } = lesson;
        starts.push({ agent, world, capability, account, lesson: id, rule, why, status });
      }
    }
    return { starts, taskMs: Object.fromEntries([...times].map(([id, ms]) => [id, meanOf(ms)])) };
  };
}

const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

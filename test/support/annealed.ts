import type { MemoryEntry } from '../../src/contracts/memory.ts';
import type { Database } from '../../src/platform/database.ts';
import { createMemoryStore, type MemoryOwner } from '../../src/platform/memory-store.ts';
import { eventually } from './scratch.ts';

const dayMs = 86_400_000;

/** Waits until memory has taken note of all that is over. */
export const annealed = ({ sql }: Database, withinMs = 60_000): Promise<unknown> =>
  eventually(
    'memory to take note of all that is over',
    async () => {
      const rows = await sql`
        select from runs where agent is not null and world is not null and distilled_at is null
        union all select from swarm_tries where distilled_at is null`;
      return rows.length === 0;
    },
    withinMs,
  );

/**
 * Time passes while no worker runs: all moments of the entries behind one are as many days earlier.
 * Memory is made anew from such a log by its own store; files, which tell of the days before, have
 * to be removed by whoever has them, and the next worker writes them.
 *
 * @param after the last entry that stays where it is; none is left out with 0.
 */
export async function letDaysPass(
  database: Database,
  of: MemoryOwner,
  { days, after = 0 }: { readonly days: number; readonly after?: number },
): Promise<void> {
  const { sql } = database;
  const { agent, world } = of;
  const log = await createMemoryStore(database).log(of);
  for (const table of ['entries', 'snapshots', 'observations', 'files']) {
    await sql`delete from ${sql(`memory_${table}`)} where agent = ${agent} and world = ${world}`;
  }
  const anew = createMemoryStore(database);
  for (const entry of log) await anew.append(of, entry.seq > after ? earlier(entry, days) : entry);
  await sql`update memory_canaries set
      expires = expires - ${days} * interval '1 day',
      explored_at = explored_at - ${days} * interval '1 day'
    where agent = ${agent} and world = ${world}`;
}

function earlier(entry: MemoryEntry, days: number): MemoryEntry {
  const at = (moment: string) => new Date(Date.parse(moment) - days * dayMs).toISOString();
  if (entry.kind === 'human') return { ...entry, at: at(entry.at) };
  const observations = entry.observations.map((seen) => ({ ...seen, at: at(seen.at) }));
  return { ...entry, at: at(entry.at), observations };
}

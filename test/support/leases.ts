import { createCoordination } from '../../src/platform/coordination.ts';
import type { Database } from '../../src/platform/database.ts';

/** The time of a process that was killed is over at once: others need not wait for its leases. */
export async function endLeases(
  database: Database,
  name: string,
  pid: number | undefined,
): Promise<void> {
  const coordination = createCoordination(database);
  const lease = (await coordination.list()).find((each) => each.name === name);
  const names = [...(lease?.holders ?? []), ...(lease?.waiting ?? [])].map(({ holder }) => holder);
  for (const holder of names.filter((each) => each.startsWith(`${pid ?? ''}@`))) {
    await coordination.release({ name, holder });
  }
}

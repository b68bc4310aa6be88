import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { copyIn } from '../../src/platform/copy-in.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  await world.database.sql`create table copied (n int)`;
}, 120_000);
afterAll(() => world.close());

/** Sends numbers below a thousand to a server that takes those below so many. */
async function copy(taken: number): Promise<void> {
  let sent = 0;
  async function* lines(): AsyncGenerator<string> {
    for (; sent < 1_000; sent += 1) yield await Promise.resolve(`${sent}\n`);
  }
  const { sql } = world.database;
  await sql`truncate copied`;
  await copyIn(
    world.database,
    `copy copied (n) from stdin with (format csv) where n < ${taken}`,
    lines,
    () => sent,
    sql`select count(*)::int as count from copied`,
  );
}

test('what arrived is counted', async () => {
  await copy(1_000);
  await expect(copy(999)).rejects.toThrow('The database has 999 of 1000 rows');
  await expect(copy(0)).rejects.toThrow('The database has 0 of 1000 rows');
});

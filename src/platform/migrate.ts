/** Process: brings the database to the newest schema, waiting for it to come up. Exits 0 or 1. */
import { postgres } from './postgres-js.ts';
import { readConfig } from './config.ts';
import { migrateDatabase } from './migrations.ts';

const waitMs = 30_000;

async function waitFor(url: string): Promise<void> {
  const giveUpAt = Date.now() + waitMs;
  for (;;) {
    const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}

try {
  const { DATABASE_URL: url } = readConfig();
  await waitFor(url);
  const { takenOver } = await migrateDatabase(url);
  for (const { table, rows, taken } of takenOver) {
    console.log(`${table}: took over ${taken} of ${rows} rows; the older table stays in “older”`);
  }
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`The database could not be brought up to date: ${reason}`);
  process.exitCode = 1;
}

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAttemptStore } from '../../src/platform/attempts.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createEvidence } from '../../src/platform/evidence.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

const of = { agent: 'instantly', world: 'live' } as const;
let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('evidence');
  database = openDatabase(own.url, 4);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

test('a try that ends after memory has read its run is read too, the tries before it with it', async () => {
  const attempts = createAttemptStore(database);
  const evidence = createEvidence(database);
  const key = (attempt: number) => ({ runId: 'run-1', activityId: '3', attempt });
  const end = (type: string | null) => ({
    outcome: type === null ? ('completed' as const) : ('failed' as const),
    failure: type === null ? null : { type, class: 'transient' as const, message: 'no answer' },
    vendorAnswer: null,
    nextAttemptAt: null,
  });
  await database.sql`
    insert into runs (workflow_id, run_id, type, status, title, agent, account, world, started_at,
      closed_at)
    values ('work', 'run-1', 'task', 'failed', 'A run that gave up', ${of.agent}, 'acme', ${of.world},
      now(), now())`;
  for (const attempt of [1, 2]) {
    await attempts.begin({
      ...{ ...key(attempt), workflowId: 'work', activity: 'instantly.daily-analytics' },
      ...{ method: 'whole-workspace', how: { tunables: {}, obeyed: [] } },
      ...{ queuedAt: new Date(), startedAt: new Date() },
    });
  }
  await attempts.end(key(1), end('VendorSilent'));
  const first = await evidence.closed(of, 10);
  expect(first.flatMap(({ seen }) => seen.map(({ id }) => id))).toEqual(['run-1/3/VendorSilent']);
  await evidence.markRead(of, first);
  expect(await evidence.waiting()).toEqual([]);

  await attempts.end(key(2), end(null));
  expect(await evidence.waiting()).toEqual([of]);
  const again = await evidence.closed(of, 10);
  expect(again.flatMap(({ seen }) => seen.map(({ id }) => id))).toEqual([
    'run-1/3/VendorSilent',
    'run-1/3/',
  ]);
});

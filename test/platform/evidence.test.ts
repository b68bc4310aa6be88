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

const end = (type: string | null) => ({
  outcome: type === null ? ('completed' as const) : ('failed' as const),
  failure: type === null ? null : { type, class: 'transient' as const, message: 'no answer' },
  vendorAnswer: null,
  nextAttemptAt: null,
  carried: null,
});

/** A run that is over, with two tries of which none has ended. */
async function runOf(runId: string) {
  const attempts = createAttemptStore(database);
  await database.sql`
    insert into runs (workflow_id, run_id, type, status, title, agent, account, world, started_at,
      closed_at)
    values (${`work-${runId}`}, ${runId}, 'task', 'failed', 'A run that gave up', ${of.agent},
      'acme', ${of.world}, now(), now())`;
  const key = (attempt: number) => ({ runId, activityId: '3', attempt });
  for (const attempt of [1, 2]) {
    await attempts.begin({
      ...{ ...key(attempt), workflowId: `work-${runId}`, activity: 'instantly.daily-analytics' },
      ...{ method: 'whole-workspace', how: { tunables: {}, obeyed: [] } },
      ...{ queuedAt: new Date(), startedAt: new Date() },
    });
  }
  return (attempt: number, type: string | null) => attempts.end(key(attempt), end(type));
}

test('a try that ends after memory has read its run is read too, the tries before it with it', async () => {
  const evidence = createEvidence(database);
  const endTry = await runOf('run-1');
  await endTry(1, 'VendorSilent');
  const first = await evidence.closed(of, 10);
  expect(first.flatMap(({ seen }) => seen.map(({ id }) => id))).toEqual(['run-1/3/VendorSilent']);
  await evidence.markRead(of, first);
  expect(await evidence.waiting()).toEqual([]);

  await endTry(2, null);
  expect(await evidence.waiting()).toEqual([of]);
  const again = await evidence.closed(of, 10);
  expect(again.flatMap(({ seen }) => seen.map(({ id }) => id))).toEqual([
    'run-1/3/VendorSilent',
    'run-1/3/',
  ]);
  await evidence.markRead(of, again);
  expect(await evidence.waiting()).toEqual([]);
});

test('a try that ends while its run is being marked as read is not overlooked', async () => {
  const evidence = createEvidence(database);
  for (const nth of Array.from({ length: 40 }, (_, place) => place)) {
    const endTry = await runOf(`during-${nth}`);
    await endTry(1, 'VendorSilent');
    const read = await evidence.closed(of, 10);
    await Promise.all([evidence.markRead(of, read), endTry(2, null)]);
    expect(await evidence.waiting()).toEqual([of]);
    await evidence.markRead(of, await evidence.closed(of, 10));
    expect(await evidence.waiting()).toEqual([]);
  }
});

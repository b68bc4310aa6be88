import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTryCounts } from '../../src/activities/swarm-counts.ts';
import { findCapability } from '../../src/contracts/agents.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createEvidence } from '../../src/platform/evidence.ts';
import { createSwarmStore } from '../../src/platform/swarm-store.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('counts');
  database = openDatabase(own.url, 4);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

test('what one task tried for all others stays apart from the tries of the same method that followed', async () => {
  const capability = findCapability('instantly.daily-analytics')?.capability;
  if (!capability) throw new Error('no capability');
  const of = { agent: 'instantly', world: 'live' } as const;
  const counts = createTryCounts();
  const end = { ...of, capability, account: 'default', tookMs: 100, failure: null };
  const way = (chunkSize: number, isCanary: boolean) => ({
    ...{ method: 'in-chunks', tunables: { chunkSize }, isCanary },
    obeyed: isCanary ? [] : ['L-0001'],
  });
  const told = (chunkSize: number) => ({
    ...{ date: '2026-05-04', accounts: 0, changed: 0, sent: 0, bounced: 0, flagged: [], chunkSize },
  });
  counts.add({ ...end, as: way(200, true), result: told(12) });
  counts.add({ ...end, as: way(12, false), result: told(12) });
  counts.add({ ...end, as: way(12, false), result: told(12) });

  const swarm = randomUUID();
  await createSwarmStore(database).open(swarm, {
    ...{ workflowId: 'swarm/w', list: randomUUID(), total: 3, window: 1 },
  });
  await database.sql`
    insert into runs (workflow_id, run_id, type, status, title, started_at, closed_at)
    values ('swarm/w', ${swarm}, 'swarm', 'completed', 'W', now(), now())`;
  const evidence = createEvidence(database);
  await evidence.noteTries(swarm, 'run/1/1', counts.all());
  // an activity writes again and again what it has counted so far
  await evidence.noteTries(swarm, 'run/1/1', counts.all());

  const [closed] = await evidence.closed(of, 10);
  expect(closed?.seen.toSorted((a, b) => a.tasks - b.tasks)).toMatchObject([
    { tasks: 1, tunables: { chunkSize: 200 }, accepted: { chunkSize: 12 }, obeyed: [] },
    { tasks: 2, tunables: { chunkSize: 12 }, accepted: {}, obeyed: ['L-0001'] },
  ]);
});

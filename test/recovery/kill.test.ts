import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld, type World } from '../support/world.ts';
import { startTemporal, type TestServer } from '../support/servers.ts';
import { startWorker, type WorkerProcess } from '../support/worker-process.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';

let world: World;
let temporal: TestServer & { readonly address: string };
let worker: WorkerProcess;
const folder = scratchFolder();

beforeAll(async () => {
  temporal = await startTemporal({ stateDir: folder });
  world = await createWorld(import.meta.filename, {
    standIns: { today: '2026-06-01' },
    hasWorker: false,
    env: { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: 'default' },
  });
  worker = await startWorker(world, folder);
}, 120_000);
afterAll(async () => {
  await worker.end('SIGKILL');
  await world.close();
  await temporal.end();
});

const request = (date: string) => ({
  capability: 'instantly.daily-analytics',
  account: 'tour',
  input: { date },
});
const reached = () => eventually('a call', () => world.standIns.requests.list('tour').length > 0);
const rowsOf = async (date: string) => {
  const [rows] = await world.database.sql<{ rows: number; mailboxes: number }[]>`
    select count(*)::int as rows, count(distinct email_account)::int as mailboxes
    from instantly_email_daily_analytics where account = 'tour' and date = ${date}`;
  return rows;
};

test('a run whose worker is killed in the middle of a call ends right with the next worker', async () => {
  world.standIns.faults.set([{ times: 1, fault: { kind: 'slow', delayMs: 8_000 } }]);
  world.standIns.requests.reset();
  const run = await world.start(request('2026-05-04'));
  await reached();
  await worker.end('SIGKILL');
  worker = await startWorker(world, folder);
  const { result } = await run.result();
  const rows = await rowsOf('2026-05-04');
  expect(result).toMatchObject({ accounts: rows?.rows, changed: rows?.rows });
  expect(rows?.rows).toBe(rows?.mailboxes);
}, 60_000);

test('a run whose Temporal server is killed goes on when it is back', async () => {
  world.standIns.faults.set([{ times: 1, fault: { kind: 'slow', delayMs: 1_500 } }]);
  world.standIns.requests.reset();
  await world.start(request('2026-05-05'));
  await reached();
  temporal.kill();
  const outcome = await eventually(
    'the end',
    async () => {
      try {
        const handle = world.client.workflow.getHandle('instantly.daily-analytics/tour/2026-05-05');
        return (await handle.describe()).status.name === 'COMPLETED';
      } catch {
        return false; // the server is away
      }
    },
    50_000,
  );
  expect(outcome).toBe(true);
  const rows = await rowsOf('2026-05-05');
  expect(rows?.rows).toBe(rows?.mailboxes);
  expect(rows?.rows).toBeGreaterThan(10);
}, 60_000);

test('SIGTERM lets the worker leave by itself, and says so in the table', async () => {
  expect(await worker.end('SIGTERM')).toBe(0);
  const rows = await world.database.sql`select state from workers where pid = ${worker.pid}`;
  expect(rows).toMatchObject([{ state: 'gone' }]);
}, 30_000);

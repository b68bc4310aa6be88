import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createLedger } from '../../src/platform/ledger.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const stateDir = scratchFolder();
/** Short limits for the workers, which take their settings from here. */
const limits = { VENDOR_TIMEOUT_SECONDS: '2', FREEZE_SECONDS: '1' };
beforeAll(async () => {
  Object.assign(process.env, limits);
  world = await createWorld(import.meta.filename, { hasWorker: false });
});
afterAll(async () => {
  Object.keys(limits).forEach((name) => Reflect.deleteProperty(process.env, name));
  await world.close();
});

const vendor = async (method: string, path: string, body?: object): Promise<unknown> => {
  const response = await fetch(`${world.standIns.url}/instantly/api/v2${path}`, {
    method,
    headers: {
      authorization: 'Bearer stand-in-tour',
      'user-agent': 'test',
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return response.json();
};
const leadsOf = async (campaign: string) =>
  List.parse(await vendor('POST', '/leads/list', { campaign })).items;
const List = z.object({ items: z.array(z.object({ id: z.string() })) });
const Emails = z.object({ items: z.array(z.object({ email: z.string() })) });

test('a worker killed in the middle of a write leaves one lead, which the next one finds', async () => {
  const { requests, faults } = world.standIns;
  const [campaign] = List.parse(await vendor('GET', '/campaigns')).items;
  const campaignId = campaign?.id ?? '';
  const email = 'mara@kunde.de';
  const writes = () =>
    requests.list().filter(({ method, path }) => method === 'POST' && path.endsWith('/leads'));
  faults.set([{ path: '/api/v2/leads$', times: 1, fault: { kind: 'late', delayMs: 5_000 } }]);

  const first = await startWorker(world, stateDir);
  const handle = await world.start({
    capability: 'instantly.add-lead',
    account: 'tour',
    input: { campaignId, email },
  });
  await eventually('the lead at the vendor', async () => (await leadsOf(campaignId)).length === 1);
  await first.end('SIGKILL');
  const second = await startWorker(world, stateDir);
  const { result } = await handle.result();
  await second.end('SIGTERM');

  const leads = await leadsOf(campaignId);
  expect(leads).toHaveLength(1);
  expect(result).toEqual({ campaignId, email, leadId: leads[0]?.id, isSkipped: false });
  expect(writes()).toHaveLength(1);
  const row = await createLedger(world).show(`lead:tour:${campaignId}:${email}`);
  expect(row).toMatchObject({ state: 'done', reason: 'found at the vendor' });
}, 90_000);

test('two workers, one killed in the middle of a list: each lead once, and all of them told', async () => {
  const { requests, faults } = world.standIns;
  const [, campaign] = List.parse(await vendor('GET', '/campaigns')).items;
  const campaignId = campaign?.id ?? '';
  const leads = Array.from({ length: 1_000 }, (_, at) => ({ email: `mara${at}@liste.de` }));
  const added = () => requests.list().filter(({ path }) => path.endsWith('/leads/add')).length;
  const emails = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for (let from = 0; from < leads.length; from += 100) {
      const contacts = leads.slice(from, from + 100).map(({ email }) => email);
      const body = { campaign: campaignId, contacts, limit: 100 };
      found.push(
        ...Emails.parse(await vendor('POST', '/leads/list', body)).items.map((each) => each.email),
      );
    }
    return found;
  };
  faults.set([
    { path: '/api/v2/leads/add$', nth: 3, fault: { kind: 'late', delayMs: 8_000 } },
    { path: '/api/v2/leads/add$', nth: 6, fault: { kind: 'cut' } },
    { path: '/api/v2/leads/add$', nth: 8, fault: { kind: 'status', status: 500 } },
  ]);
  const first = await startWorker(world, stateDir);
  const handle = await world.start({
    capability: 'instantly.push-leads',
    account: 'tour',
    input: { campaign: campaignId, leads },
  });
  await eventually('the third call', () => added() === 3);
  const second = await startWorker(world, stateDir);
  await first.end('SIGKILL');
  const { result } = await handle.result();
  await second.end('SIGTERM');

  expect(result).toMatchObject({
    pushed: { count: 1_000 },
    ...{ skipped: { count: 0 }, failed: { count: 0 }, unknown: { count: 0 } },
  });
  expect([...(await emails())].sort()).toEqual(leads.map(({ email }) => email).sort());
  const [rows] = await world.database.sql<{ done: number }[]>`
    select count(*)::int as done from effects
    where starts_with(key, ${`lead:tour:${campaignId}:`}) and state = 'done'`;
  expect(rows?.done).toBe(1_000);
}, 180_000);

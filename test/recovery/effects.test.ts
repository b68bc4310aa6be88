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

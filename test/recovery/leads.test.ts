import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ScrapeLeadsOutput } from '../../src/contracts/leads-scrape.ts';
import { createLeadStore } from '../../src/platform/leads.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startWorker } from '../support/worker-process.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const stateDir = scratchFolder();
/** Short limits for the workers, which take their settings from here. */
const limits = { VENDOR_TIMEOUT_SECONDS: '2', FREEZE_SECONDS: '1' };
const places = 1_500;
beforeAll(async () => {
  Object.assign(process.env, limits);
  world = await createWorld(import.meta.filename, {
    hasWorker: false,
    standIns: { defaults: { apify: { readyMs: 500, runMs: 4_000, places } } },
  });
});
afterAll(async () => {
  Object.keys(limits).forEach((name) => Reflect.deleteProperty(process.env, name));
  await world.close();
});
afterEach(() => world.standIns.faults.clear());

const calls = (method: string, part: string) =>
  world.standIns.requests
    .list()
    .filter((each) => each.method === method && each.path.includes(part));
const starts = () => calls('POST', '/runs').length;
/** Runs that the vendor has, asked past all of our own code. */
async function runsThere(): Promise<number> {
  const response = await fetch(`${world.standIns.url}/apify/v2/actor-runs`, {
    headers: { authorization: 'Bearer stand-in-tour' },
  });
  const List = z.object({ data: z.object({ total: z.int() }) });
  return List.parse(await response.json()).data.total;
}
/** Those that are neither closed for good nor there twice. */
const openPlaces = Array.from({ length: places }, (_, index) => index).filter(
  (index) => index % 10 !== 9 && index % 13 !== 6,
).length;

/** Starts a search, kills its worker when `isTime`, and lets another one finish it. */
async function searchWithDeath(list: string, what: string, isTime: () => Promise<boolean>) {
  world.standIns.requests.reset();
  const first = await startWorker(world, stateDir);
  const handle = await world.start({
    capability: 'leads.scrape',
    account: 'tour',
    input: { terms: ['dentist'], location: 'Berlin, Germany', list, max: places },
  });
  await eventually(what, isTime);
  await first.end('SIGKILL');
  const second = await startWorker(world, stateDir);
  const { result } = await handle.result();
  await second.end('SIGTERM');
  return ScrapeLeadsOutput.parse(result);
}

test.each([
  [
    'before the start is answered',
    'start',
    async () => starts() === 1 && (await runsThere()) === 1,
  ],
  [
    'while it waits for the run',
    'wait',
    () => Promise.resolve(calls('GET', '/v2/actor-runs/').length > 0),
  ],
  [
    'while it copies what was found',
    'copy',
    () => Promise.resolve(calls('GET', '/items').length > 1),
  ],
] as const)(
  'a worker killed %s leaves one run at the vendor and each place once',
  async (_, list, isTime) => {
    const path = list === 'start' ? '/v2/actors/*/runs$' : '/v2/datasets/*/items';
    const nth = list === 'start' ? 1 : 2; // the second page, so that the first one is stored
    world.standIns.faults.set([{ path, nth, fault: { kind: 'late', delayMs: 1_500 } }]);
    const outcome = await searchWithDeath(list, `the time to die in ${list}`, isTime);
    expect(starts()).toBe(1);
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', items: places });
    const { leads } = await createLeadStore(world.database).counts('tour', { list });
    expect(leads).toBe(openPlaces);
    const offsets = calls('GET', '/items').map(({ query }) =>
      new URLSearchParams(query).get('offset'),
    );
    expect(offsets.filter((offset) => offset === '0')).toHaveLength(1);
  },
  120_000,
);

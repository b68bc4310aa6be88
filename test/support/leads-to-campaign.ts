import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createLeadStore, type LeadStore } from '../../src/platform/leads.ts';
import type { Lead } from '../../src/contracts/leads.ts';
import type { FaultRuleInput } from '../../src/sandbox/faults.ts';
import { agentic, envOf } from '../cli/agentic.ts';
import { inCampaign, inSheet } from './at-vendors.ts';
import { follow, type RunningPipeline } from './pipelines.ts';
import { eventually, scratchFolder } from './scratch.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';
import { createWorld, type World } from './world.ts';

const account = 'tour';

/**
 * Tests that so many businesses go from a search into a campaign by the ready pipeline, while each
 * twentieth call of each vendor goes wrong, and when the worker is killed on the way.
 *
 * @param file `import.meta.filename` of the test.
 */
export function testLeadsToCampaign(file: string, places: number): void {
  const folder = scratchFolder();
  const limits = { VENDOR_TIMEOUT_SECONDS: '5', FREEZE_SECONDS: '1' };
  const mostMs = 120_000 + places * 400;
  let world: World;
  let store: LeadStore;
  let worker: WorkerProcess;
  beforeAll(async () => {
    world = await createWorld(file, {
      hasWorker: false,
      standIns: {
        google: { readsPerMinute: 10_000, writesPerMinute: 10_000 },
        defaults: { apify: { readyMs: 0, runMs: 100, places } },
      },
    });
    const wide = { perSecond: 500, perMinute: 30_000, atOnce: 50 };
    const person = { by: 'a test', reason: 'to be quick' };
    await createFlowKeys(world.database).setLimits(`google:${account}`, wide, person);
    store = createLeadStore(world.database);
    worker = await startWorker(world, folder, { env: limits });
  }, 120_000);
  afterAll(async () => {
    await worker.end('SIGKILL');
    await world.close();
  });

  /** Each twentieth call of each vendor goes wrong, each time in another way. */
  const faultEveryTwenty = (['instantly', 'apify', 'google'] as const).flatMap(
    (vendor, at): readonly FaultRuleInput[] => [
      { vendor, every: 60, fault: { kind: 'status', status: 429, retryAfterSeconds: 1 } },
      { vendor, every: 40, fault: { kind: at === 0 ? 'cut' : 'malformed' } },
      { vendor, every: 20, fault: { kind: 'status', status: 500 } },
    ],
  );

  const asked = (pipeline: RunningPipeline) =>
    eventually(
      'the question',
      async () => (await pipeline.steps()).some(({ state }) => state.kind === 'needs-you'),
      mostMs,
    );

  /** Started by the command that people type. */
  const run = async (list: string, location: string): Promise<RunningPipeline> => {
    const params = {
      ...{ term: 'dentist', location, list, campaign: `Dentists ${list}` },
      ...{ max: places, account },
    };
    const words = ['pipeline', 'run', 'leads-to-campaign', '--key', list, '--no-wait', '--json'];
    const { out } = await agentic([...words, '--params', JSON.stringify(params)], {
      env: envOf(world),
    });
    return follow(world, z.object({ workflowId: z.string() }).parse(JSON.parse(out)).workflowId);
  };

  const byNumber = (a: readonly string[], b: readonly string[]) => Number(a[2]) - Number(b[2]);

  const Pushed = z.object({
    push: z.object({
      campaignId: z.string(),
      ...Object.fromEntries(
        (['pushed', 'skipped', 'failed', 'unknown'] as const).map((end) => [
          end,
          z.object({ count: z.int() }),
        ]),
      ),
    }),
  });

  /** Every lead has its end, none went out twice, and the sheet says what the table says. */
  async function audit(list: string, pipeline: RunningPipeline): Promise<void> {
    world.standIns.faults.clear();
    const { outputs } = await pipeline.handle.result();
    const { push } = Pushed.parse(outputs);
    const leads: Lead[] = [];
    for await (const page of store.each(account, { list })) leads.push(...page);
    expect(leads.length).toBeGreaterThan(places / 2);
    const counts = z.record(z.string(), z.unknown()).parse(push);
    const countOf = (end: string) => z.object({ count: z.int() }).parse(counts[end]).count;
    const ends = ['pushed', 'skipped', 'failed', 'unknown'].map(countOf);
    expect(ends.reduce((sum, each) => sum + each, 0)).toBe(leads.length);
    expect(countOf('failed') + countOf('unknown')).toBe(0);

    const withAddress = leads.flatMap(({ emails: [email] }) => email ?? []);
    const there = await inCampaign(world.standIns.url, account, push.campaignId);
    expect(new Set(there).size).toBe(there.length);
    expect(there).toEqual([...new Set(withAddress)].sort());
    const noted = await world.database.sql<{ email: string }[]>`
      select email from lead_pushes where campaign_id = ${push.campaignId} and state = 'pushed'`;
    expect(noted.map(({ email }) => email).sort()).toEqual(there);

    expect(await inSheet(world.standIns.url, account, list)).toEqual(
      leads
        .map((lead) => [lead.businessName ?? '', lead.emails.join('\n'), String(lead.id)])
        .sort(byNumber),
    );
  }

  test(
    `${places} businesses go from a search into a campaign, though each twentieth call fails`,
    async () => {
      world.standIns.faults.set(faultEveryTwenty);
      const pipeline = await run('faulty', 'Berlin, Germany');
      await asked(pipeline);
      await pipeline.say('approve', 'look');
      await audit('faulty', pipeline);
    },
    2 * mostMs,
  );

  test(
    'the same holds when the worker is killed on the way',
    async () => {
      world.standIns.faults.set(faultEveryTwenty);
      world.standIns.requests.reset();
      const calls = (part: string) =>
        world.standIns.requests.list(account).filter(({ path }) => path.includes(part)).length;
      const killAt = async (what: string, isTime: () => boolean) => {
        await eventually(what, isTime, mostMs);
        await worker.end('SIGKILL');
        worker = await startWorker(world, folder, { env: limits });
      };
      const pipeline = await run('killed', 'Hamburg, Germany');
      await killAt('the second search of websites', () => calls('/runs') >= 3);
      await asked(pipeline);
      await pipeline.say('approve', 'look');
      await killAt('a call of the push', () => calls('/leads/add') >= Math.ceil(places / 500));
      await audit('killed', pipeline);
    },
    2 * mostMs,
  );
}

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { DryRun } from '../../src/contracts/dry-run.ts';
import type { NewTask } from '../../src/contracts/runs.ts';
import { createLedger } from '../../src/platform/ledger.ts';
import { createSuppressions } from '../../src/platform/suppressions.ts';
import { WorkflowFailedError } from '@temporalio/client';
import type { NewSwarm, SwarmOutcome } from '../../src/contracts/swarm.ts';
import { rootFailureOf } from '../../src/rules/failure.ts';
import { systemQueue } from '../../src/rules/names.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let campaigns: readonly { readonly id: string; readonly status: number }[];
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { today: '2026-06-01' },
    env: {
      VENDOR_TIMEOUT_SECONDS: '1',
      FREEZE_SECONDS: '1',
      INSTANTLY_API_KEY: 'stand-in-live',
    },
  });
  campaigns = await campaignsOf('tour');
});
afterAll(() => world.close());
afterEach(() => world.standIns.faults.clear());

/** Asks the stand-in past all of our own code. */
async function vendor(method: string, path: string, body?: object, workspace = 'tour') {
  const response = await fetch(`${world.standIns.url}/instantly/api/v2${path}`, {
    method,
    headers: {
      authorization: `Bearer stand-in-${workspace}`,
      'user-agent': 'test',
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const said: unknown = await response.json();
  return said;
}
const campaign = (at = 0): string => campaigns[at]?.id ?? '';
const Campaign = z.object({ id: z.string(), status: z.int() });
const campaignsOf = async (workspace: string) =>
  z
    .object({ items: z.array(Campaign) })
    .parse(await vendor('GET', '/campaigns', undefined, workspace)).items;
const statusOf = async (id: string) =>
  Campaign.parse(await vendor('GET', `/campaigns/${id}`)).status;
const leadsAt = async (id: string, email: string, workspace = 'tour') =>
  z
    .object({ items: z.array(z.unknown()) })
    .parse(await vendor('POST', '/leads/list', { campaign: id, contacts: [email] }, workspace))
    .items;
/** Writes that reached the stand-in since the last reset, questions aside. */
const writes = () =>
  world.standIns.requests
    .list()
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/list'))
    .map(({ method, path }) => `${method} ${path}`);

let people = 0;
const person = (domain = 'kunde.de'): string => `mara${(people += 1)}@${domain}`;
const addLead = (
  email: string,
  more: Partial<NewTask> & { readonly first?: string } = {},
): NewTask => {
  const { first, ...rest } = more;
  const input = { campaignId: campaign(), email, ...(first ? { firstName: first } : {}) };
  return { capability: 'instantly.add-lead', account: 'tour', input, ...rest };
};

test('a lead is added once, however often it is asked for', async () => {
  const email = person();
  world.standIns.requests.reset();
  const first = await world.run(addLead(email.toUpperCase(), { first: 'Mara' }));
  const again = await world.run(addLead(email, { first: 'Mara' }));
  expect(first).toMatchObject({ isStandIn: true, result: { email, isSkipped: false } });
  expect(again.result).toEqual(first.result);
  expect(writes()).toEqual(['POST /api/v2/leads']);
  expect(await leadsAt(campaign(), email)).toMatchObject([{ first_name: 'Mara' }]);
});

test('a lead that was in the campaign before is skipped, and said to be', async () => {
  const email = person();
  await vendor('POST', '/leads', { campaign: campaign(), email });
  const { result } = await world.run(addLead(email));
  expect(result).toMatchObject({ leadId: null, isSkipped: true });
  expect(await leadsAt(campaign(), email)).toHaveLength(1);
});

test('an answer that was lost is looked up, and one that never came in is sent again later', async () => {
  const [lost, late] = [person(), person()];
  world.standIns.faults.set([
    { path: '/api/v2/leads$', nth: 1, fault: { kind: 'cut' } },
    { path: '/api/v2/leads$', nth: 2, fault: { kind: 'status', status: 500 } },
  ]);
  const { result } = await world.run(addLead(lost));
  expect(result).toMatchObject({ leadId: expect.any(String), isSkipped: false });
  expect(await leadsAt(campaign(), lost)).toHaveLength(1);

  await world.run(addLead(late));
  expect(await leadsAt(campaign(), late)).toHaveLength(1);
  const row = await createLedger(world).show(`lead:tour:${campaign()}:${late}`);
  expect(row?.history.map(({ why }) => why)).toContain('absent, but may still arrive');
}, 60_000);

test('nothing goes to the suppressed, and nothing made up to a live login', async () => {
  const email = person('laut.de');
  await createSuppressions(world.database).add(['laut.de'], { by: 'mara', reason: 'lawyers' });
  world.standIns.requests.reset();
  expect(await world.failureOf(addLead(email))).toMatchObject({
    failure: 'Suppressed',
    message: expect.stringMatching(/laut\.de.*lawyers/),
  });
  const live = { account: 'default' } as const;
  for (const task of [
    addLead(person('example.com'), live),
    addLead(person(), { ...live, provenance: 'stand-in' }),
  ]) {
    expect(await world.failureOf(task)).toMatchObject({ failure: 'FromStandIn' });
  }
  await world.run({
    capability: 'instantly.campaign-analytics',
    account: 'tour',
    input: { startDate: '2026-05-01', endDate: '2026-05-02' },
  });
  const madeUp = await world.failureOf(addLead(person(), live));
  expect(madeUp).toMatchObject({ failure: 'FromStandIn' });
  expect(writes()).toEqual([]);
});

test('a live login takes what is real', async () => {
  const [own] = await campaignsOf('live');
  const email = person();
  const input = { campaignId: own?.id ?? '', email };
  const outcome = await world.run(
    addLead(email, { account: 'default', input, provenance: 'live' }),
  );
  expect(outcome).toMatchObject({ isStandIn: false, result: { isSkipped: false } });
  expect(await leadsAt(input.campaignId, email, 'live')).toHaveLength(1);
});

test('a dry run tells what would happen, under an id of its own, and writes nothing', async () => {
  const email = person();
  world.standIns.requests.reset();
  const handle = await world.start(addLead(email, { dryRun: true }));
  expect(handle.workflowId).toBe(`instantly.add-lead/tour/${campaign()}/${email}/dry-run`);
  expect(DryRun.parse((await handle.result()).result)).toMatchObject({
    wouldAct: true,
    request: {
      method: 'POST',
      path: '/api/v2/leads',
      body: { campaign: campaign(), email, skip_if_in_campaign: true },
    },
    recipients: { count: 1, first: [email] },
    ledger: null,
    confirmation: null,
  });
  expect(writes()).toEqual([]);
  await world.run(addLead(email));
  const after = await world.run(addLead(email, { dryRun: true }));
  expect(after.result).toMatchObject({ wouldAct: false, ledger: { state: 'done' } });
  expect(writes()).toHaveLength(1);
});

test('what only reads or updates has no dry run, and says so', async () => {
  const task = { capability: 'instantly.pause-campaign', input: { campaignId: campaign() } };
  await expect(world.start({ ...task, dryRun: true })).rejects.toThrow(
    'only what sends, spends or destroys can be tried dry; instantly.pause-campaign is an upsert',
  );
});

test('a campaign starts only with its id as the word, pauses, and starts again', async () => {
  const at = campaigns.findIndex(({ status }) => status === 0);
  const input = { campaignId: campaign(at) };
  const task = { capability: 'instantly.activate-campaign', account: 'tour', input };
  const byHand = await world.client.workflow.start('task', {
    taskQueue: 'instantly',
    workflowId: 'unconfirmed',
    args: [{ ...task, confirm: 'yes' }],
  });
  await expect(byHand.result()).rejects.toMatchObject({
    cause: {
      type: 'NotConfirmed',
      message: expect.stringContaining(`exactly this text as “confirm”: ${campaign(at)}`),
    },
  });
  await expect(world.start(task)).rejects.toThrow('nothing was typed');
  expect(await statusOf(campaign(at))).toBe(0);

  await vendor('POST', '/leads', { campaign: campaign(at), email: 'ada@kunde.de' });
  const dry = await world.run({ ...task, dryRun: true });
  expect(dry.result).toMatchObject({
    wouldAct: true,
    recipients: { count: 1, first: ['ada@kunde.de'] },
    confirmation: campaign(at),
  });
  expect(await statusOf(campaign(at))).toBe(0);

  const confirmed = { ...task, confirm: campaign(at) };
  expect((await world.run(confirmed)).result).toEqual({ ...input, status: 1 });
  const paused = await world.run({ ...task, capability: 'instantly.pause-campaign' });
  expect(paused.result).toEqual({ ...input, status: 2 });
  world.standIns.faults.set([
    { path: '/api/v2/campaigns/*/activate', times: 1, fault: { kind: 'cut' } },
  ]);
  expect((await world.run(confirmed)).result).toEqual({ ...input, status: 1 });

  await createSuppressions(world.database).add(['ada@kunde.de'], { by: 'mara', reason: 'left' });
  expect(await world.failureOf(confirmed)).toMatchObject({ failure: 'Suppressed' });
});

test('a lead is deleted with its address as the word, and a repeat finds nothing to do', async () => {
  const email = person();
  await world.run(addLead(email));
  const input = { campaignId: campaign(), email };
  const task = { capability: 'instantly.delete-lead', account: 'tour', input };
  await expect(world.start({ ...task, confirm: 'ok' })).rejects.toThrow(email);
  world.standIns.requests.reset();
  expect((await world.run({ ...task, dryRun: true })).result).toMatchObject({
    confirmation: email,
  });
  expect(writes()).toEqual([]);
  const confirmed = { ...task, confirm: email };
  expect((await world.run(confirmed)).result).toEqual({ ...input, wasThere: true });
  expect(await leadsAt(campaign(), email)).toEqual([]);
  expect((await world.run(confirmed)).result).toEqual({ ...input, wasThere: false });
  expect(writes()).toHaveLength(1);
});

test('a swarm deletes leads only with the text that counts them and a reason, also by hand', async () => {
  const emails = [person(), person()];
  await Promise.all(emails.map((email) => world.run(addLead(email))));
  const tasks = emails.map((email) => ({
    capability: 'instantly.delete-lead',
    account: 'tour',
    input: { campaignId: campaign(), email },
  }));
  const started = (more: object, name: string) =>
    world.client.workflow.start<(request: NewSwarm) => Promise<SwarmOutcome>>('swarm', {
      workflowId: `swarm/delete/${name}`,
      taskQueue: systemQueue,
      args: [{ title: 'Delete', source: { kind: 'inline', tasks }, ...more }],
    });
  const refusal = async (more: object, name: string) => {
    const error: unknown = await (await started(more, name)).result().catch((why: unknown) => why);
    return error instanceof WorkflowFailedError ? rootFailureOf(error.cause) : error;
  };
  world.standIns.requests.reset();
  expect(await refusal({}, 'unconfirmed')).toEqual({
    failure: 'NotConfirmed',
    message: expect.stringContaining('exactly this text as “confirm”: delete-lead 2 (nothing was'),
  });
  expect(await refusal({ confirm: 'delete-lead 3', reason: 'gone' }, 'other')).toMatchObject({
    message: expect.stringContaining('“delete-lead 3” was typed'),
  });
  expect(await refusal({ confirm: 'delete-lead 2' }, 'no-reason')).toMatchObject({
    message: expect.stringContaining('expected a reason'),
  });
  expect(writes()).toEqual([]);

  const confirmed = { confirm: 'delete-lead 2', reason: 'they asked us to' };
  const outcome = await (await started(confirmed, 'confirmed')).result();
  expect(outcome.counts).toMatchObject({ total: 2, completed: 2 });
  expect(await leadsAt(campaign(), emails[0] ?? '')).toEqual([]);
  const [row] = await world.database.sql<{ input: unknown }[]>`
    select input from runs where workflow_id = 'swarm/delete/confirmed'`;
  expect(row?.input).toMatchObject(confirmed);
});

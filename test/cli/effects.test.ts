import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
let campaignId: string;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
  env = envOf(world);
  const answer = await fetch(`${world.standIns.url}/instantly/api/v2/campaigns?status=0`, {
    headers: { authorization: 'Bearer stand-in-tour', 'user-agent': 'test' },
  });
  const listed: unknown = await answer.json();
  const [draft] = z.object({ items: z.array(z.object({ id: z.uuid() })) }).parse(listed).items;
  campaignId = draft?.id ?? '';
});
afterAll(() => world.close());

const writes = () =>
  world.standIns.requests
    .list()
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/list')).length;

test('a dry run shows people what would happen, programs the same as JSON, and does nothing', async () => {
  const lead = ['--account', 'tour', '--campaign-id', campaignId, '--email', 'mara@kunde.de'];
  const [read, asJson] = [
    await agentic(['instantly', 'add-lead', ...lead, '--dry-run'], { env }),
    await agentic(['instantly', 'add-lead', ...lead, '--dry-run', '--json'], { env }),
  ];
  expect(read.code).toBe(0);
  expect(read.out).toContain(`Dry run  Adds mara@kunde.de to the campaign ${campaignId}`);
  expect(read.out).toContain('A run would do this.');
  expect(read.out).toMatch(/account +tour \(stand-in\)\n/);
  expect(read.out).toMatch(/request +POST \/api\/v2\/leads\n/);
  expect(read.out).toMatch(/recipients +1: mara@kunde\.de\n/);
  expect(JSON.parse(asJson.out)).toMatchObject({
    workflowId: `instantly.add-lead/tour/${campaignId}/mara@kunde.de/dry-run`,
    isStandIn: true,
    result: { isDryRun: true, wouldAct: true, confirmation: null },
  });
  expect(writes()).toBe(0);
});

test('a campaign starts only with its id as --confirm', async () => {
  const activate = ['instantly', 'activate', '--account', 'tour', '--campaign-id', campaignId];
  const [bare, wrong] = [
    await agentic(activate, { env }),
    await agentic([...activate, '--confirm', 'yes'], { env }),
  ];
  for (const refused of [bare, wrong]) {
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/^--confirm: Activate a campaign – Starts the real sending/);
    expect(refused.err).toContain(`exactly this text as “confirm”: ${campaignId}`);
  }
  const dry = await agentic([...activate, '--dry-run'], { env });
  expect(dry.out).toMatch(new RegExp(`confirmation +--confirm ${campaignId}\n`));
  expect(writes()).toBe(0);
  const done = await agentic([...activate, '--confirm', campaignId, '--json'], { env });
  expect(JSON.parse(done.out)).toMatchObject({ result: { campaignId, status: 1 } });
  expect(writes()).toBe(1);
});

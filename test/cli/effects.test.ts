import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { z } from 'zod';
import { temporalBinary } from '../../src/local/temporal-binary.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { root } from '../support/servers.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
let campaignId: string;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { standIns: { today: '2026-06-01' } });
  env = envOf(world);
  campaignId = await idle('tour', 'draft');
});
afterAll(() => world.close());

const status = { draft: 0, paused: 2 } as const;

/** A campaign of a login that does not send now. */
async function idle(account: string, as: keyof typeof status): Promise<string> {
  const query = `status=${status[as]}`;
  const answer = await fetch(`${world.standIns.url}/instantly/api/v2/campaigns?${query}`, {
    headers: { authorization: `Bearer stand-in-${account}`, 'user-agent': 'test' },
  });
  const listed: unknown = await answer.json();
  const [first] = z.object({ items: z.array(z.object({ id: z.uuid() })) }).parse(listed).items;
  return first?.id ?? '';
}

const runs = async () => (await world.client.workflow.count('')).count;
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

/** What the documentation has a person type to activate a campaign by Temporal's own CLI. */
const documented = (campaign: string): readonly [start: string, result: string] => {
  const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
  const [, start, result] =
    /^(temporal workflow start [^]*?activate-campaign[^]*?)\n(temporal workflow result .*)$/m.exec(
      page,
    ) ?? [];
  if (!start || !result) throw new Error('docs/cli.md no longer says how to activate by hand');
  return [start.replaceAll('<id>', campaign), result];
};

test('Temporal’s own CLI starts a campaign by the documented command, not without its confirmation', async () => {
  const bin = scratchFolder();
  symlinkSync(await temporalBinary({ say: () => undefined }), join(bin, 'temporal'));
  const typed = (command: string) =>
    promisify(execFile)('sh', ['-c', command], {
      env: { ...env, HOME: bin, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
    });
  const before = writes();
  const draft = await idle('default', 'draft');
  const [start, result] = documented(draft);
  const bare = start.replace(/, "confirm": "[^"]*"/, '');
  expect(bare).not.toBe(start);
  await typed(bare);
  await expect(typed(result)).rejects.toMatchObject({
    stdout: expect.stringContaining(`exactly this text as “confirm”: ${draft}`),
  });
  expect(writes()).toBe(before);

  await typed(start);
  expect((await typed(result)).stdout).toContain(`"campaignId":"${draft}"`);
  expect(writes()).toBe(before + 1);
});

const hasTerminals = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
if (!hasTerminals) {
  console.warn('Not tested: the question at a terminal, for want of util-linux’s `script`.');
}

/** Runs the command at a terminal, where somebody types as soon as it asks. */
async function atTerminal(args: readonly string[], keys: string) {
  const command = [process.execPath, join(root, 'src/cli/main.ts'), ...args].join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...process.env, ...env },
  });
  const errors = text(child.stderr);
  let said = '';
  child.stdout.on('data', (chunk) => (said += String(chunk)));
  const closed = once(child, 'close');
  await eventually(
    'the question',
    () => said.includes('Type it to go on: ') || child.exitCode !== null,
  );
  child.stdin.write(keys);
  await closed;
  return { said: said + (await errors), code: child.exitCode };
}

(hasTerminals ? test : test.skip)(
  'at a terminal it asks: a wrong text and Ctrl-C do nothing, the right one goes on',
  async () => {
    const paused = await idle('tour', 'paused');
    const activate = ['instantly', 'activate', '--account', 'tour', '--campaign-id', paused];
    const runsBefore = await runs();
    const before = writes();
    const wrong = await atTerminal(activate, 'yes\r');
    expect(wrong.said).toContain('“yes” was typed');
    expect(wrong.code).toBe(2);
    const left = await atTerminal(activate, '\u0003');
    expect(left.said).toContain('Nothing was started.');
    expect(left.code).toBe(130);
    expect([writes(), await runs()]).toEqual([before, runsBefore]);

    const right = await atTerminal(activate, `${paused}\r`);
    expect(right.said).toContain('Started instantly.activate-campaign/tour/');
    expect(right.code).toBe(0);
    expect([writes(), await runs()]).toEqual([before + 1, runsBefore + 1]);
  },
  120_000,
);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FlowKeyList } from '../../src/contracts/flow-keys.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  env = envOf(world);
});
afterAll(() => world.close());

const key = 'instantly:default';
const shown = async () => {
  const { out } = await agentic(['keys', '--json'], { env });
  return FlowKeyList.parse(JSON.parse(out)).flowKeys;
};

test('limits are set, calls paused and resumed, each with a reason that the audit keeps', async () => {
  expect((await agentic(['keys'], { env })).err).toContain('No login was used yet');

  const set = [
    'keys',
    'set',
    key,
    '--per-second',
    '50',
    '--at-once',
    '2',
    '--reason',
    'half of it',
  ];
  expect((await agentic(set, { env })).code).toBe(0);
  const paused = await agentic(['keys', 'pause', key, '--reason', 'new contract', '--json'], {
    env,
  });
  expect(JSON.parse(paused.out)).toMatchObject({ key, paused: { why: 'new contract' } });
  expect(await shown()).toMatchObject([
    {
      key,
      limits: { perSecond: 50, perMinute: 5_400, atOnce: 2 },
      limitsBy: expect.stringMatching(/^cli:/),
    },
  ]);
  expect((await agentic(['keys'], { env })).out).toMatch(
    /instantly:default +50 +5,400 +2 .*new contract/,
  );

  await agentic(['keys', 'resume', key, '--reason', 'signed'], { env });
  await agentic(['keys', 'open', key, '--reason', 'all is well'], { env });
  expect(await shown()).toMatchObject([{ key, paused: null, closed: null }]);
  const reset = await agentic(['keys', 'reset', key, '--reason', 'all of it', '--json'], { env });
  expect(JSON.parse(reset.out)).toMatchObject({
    limits: { perSecond: 90, perMinute: 5_400, atOnce: 5 },
    limitsBy: null,
  });
  const noted = await world.database.sql`
    select action, target, reason, "from", detail from audit order by id`;
  expect(noted).toMatchObject([
    {
      action: 'flow-key.limits',
      target: key,
      reason: 'half of it',
      from: 'cli',
      detail: {
        before: { perSecond: 90, perMinute: 5_400, atOnce: 5 },
        after: { perSecond: 50, perMinute: 5_400, atOnce: 2 },
      },
    },
    { action: 'flow-key.pause', reason: 'new contract' },
    { action: 'flow-key.resume', reason: 'signed' },
    { action: 'flow-key.open', reason: 'all is well' },
    { action: 'flow-key.reset', reason: 'all of it', detail: { before: { perSecond: 50 } } },
  ]);
});

test.each([
  [['set', key, '--per-second', 'fast', '--reason', 'x'], '--per-second'],
  [['set', key, '--reason', 'x'], '--per-second'],
  [['set', key, '--at-once', '0', '--reason', 'x'], '--at-once'],
  [['pause', key], '--reason'],
  [['reset', key], '--reason'],
  [['reset', 'acme:default', '--reason', 'x'], 'acme:default'],
  [['pause', key, '--reason', ' '], '--reason'],
  [['pause', 'acme:default', '--reason', 'x'], 'acme:default'],
  [['open', 'instantly', '--reason', 'x'], 'vendor:account'],
])('%j is refused with 2, and says why', async (args, words) => {
  const { err, code } = await agentic(['keys', ...args], { env });
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(words) });
});

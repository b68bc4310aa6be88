import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  env = envOf(world);
});
afterAll(() => world.close());

test('a notice is sent by its text, with what stands around it', async () => {
  const flags = [
    '--account',
    'tour',
    '--title',
    'Leads',
    '--facts',
    '{"leads":412}',
    '--id',
    'n-1',
  ];
  const sent = await agentic(['notify', 'send', 'All is well', ...flags, '--json'], { env });
  expect(JSON.parse(sent.out)).toMatchObject({
    isStandIn: true,
    result: { channel: 'tour', kind: 'slack', id: 'n-1', isCut: false },
  });
  expect(world.standIns.notices.list('tour')).toMatchObject([
    { body: { text: 'ℹ️ *Leads*\nAll is well\n• leads: 412\n_n-1_' } },
  ]);
});

test.each([
  ['no text', [], /text/],
  ['a title of two lines', ['x', '--title', 'a\nb'], /title: expected one line/],
  ['facts that are no JSON', ['x', '--facts', 'leads=4'], /facts/],
  ['a link that runs', ['x', '--link', 'javascript:alert(1)'], /link: expected an address/],
  ['a channel nobody set', ['x', '--account', 'nobody'], /nobody/],
])('a notice with %s is refused before anything starts', async (_, args, words) => {
  const refused = await agentic(['notify', 'send', ...args], { env });
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(words);
});

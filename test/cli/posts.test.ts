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

const video = 'https://youtu.be/EXAMPLE1';
const write = ['posts', 'write', video, '--account', 'tour'];

test('a post is tried dry, written, shown, and approved with a reason; the first word stands', async () => {
  const dry = await agentic([...write, '--dry-run'], { env });
  expect(dry.out).toMatch(/request +POST \/v1beta\/models\/gemini-3.8-flash:generateContent/);
  const done = await agentic([...write, '--json'], { env });
  expect(JSON.parse(done.out)).toMatchObject({
    isStandIn: true,
    result: { post: 1, costUsd: null },
  });
  const shown = await agentic(['posts', 'show', '1'], { env });
  expect(shown.out).toContain('Comment AGENT');
  expect(shown.out).toContain('no price is set');
  const approved = await agentic(['posts', 'approve', '1', '--reason', 'read it'], { env });
  expect(approved).toMatchObject({ code: 0, out: 'Post 1 is approved.\n' });
  const refused = await agentic(['posts', 'refuse', '1', '--reason', 'no'], { env });
  expect(refused).toMatchObject({
    code: 2,
    err: expect.stringContaining('approved already by cli:'),
  });
  const list = await agentic(['posts', 'list', '--state', 'approved', '--json'], { env });
  expect(JSON.parse(list.out)).toMatchObject({
    total: 1,
    posts: [{ id: 1, platform: 'linkedin' }],
  });
});

test.each([
  ['no video', ['posts', 'write'], /video/],
  ['a video elsewhere', ['posts', 'write', 'https://vimeo.com/1'], /public YouTube video/],
  ['a post nobody has', ['posts', 'show', '999'], /There is no post 999/],
  ['a state nobody knows', ['posts', 'list', '--state', 'nice'], /--state/],
  ['no reason', ['posts', 'approve', '1'], /--reason/],
])('%s is refused', async (_, args, words) => {
  const refused = await agentic(args, { env });
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(words);
});

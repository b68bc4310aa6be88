import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ApiError } from '../../src/contracts/api.ts';
import { PostList, PostView } from '../../src/contracts/posts.ts';
import { readyPipelines } from '../../src/platform/ready-pipelines.ts';
import { begin } from '../support/pipelines.ts';
import { eventually } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;
beforeAll(async () => {
  world = await createWorld(import.meta.filename);
  dashboard = await serve(world);
});
afterAll(async () => {
  await dashboard.close();
  await world.close();
  expect(dashboard.faults).toEqual([]);
});

const { pipelines } = readyPipelines({ accountsOf: () => ['default', 'tour'] });
const recipe: unknown = parse(pipelines.find(({ name }) => name === 'viral-post')?.source ?? '');

/** Starts the ready pipeline for a video, and waits until it asks. */
async function asking(video: string) {
  const params = { videoUrl: `https://youtu.be/${video}`, account: 'tour', channel: 'tour' };
  const pipeline = await begin(world, recipe, { params, key: video });
  await pipeline.reaches('look', 'needs-you');
  const { posts } = PostList.parse((await dashboard.get('/api/posts?state=draft')).body);
  return { pipeline, id: posts[0]?.id ?? 0 };
}
const show = async (id: number) => PostView.parse((await dashboard.get(`/api/posts/${id}`)).body);
const say = (id: number, how: string, reason: unknown = 'read and checked') =>
  dashboard.post(`/api/posts/${id}/${how}`, { reason });
const notices = () => world.standIns.notices.list('tour');

test('one word on the page approves the post and the pipeline that asks; only then does it leave', async () => {
  const { pipeline, id } = await asking('EXAMPLE1');
  const draft = await eventually('the page to know who asks', async () => {
    const post = await show(id);
    return post.asks ? post : undefined;
  });
  expect(draft).toMatchObject({ state: 'draft', asks: { step: 'look' }, isStandIn: true });
  expect(notices()).toEqual([]);
  expect((await say(id, 'approve', ' ')).status).toBe(400);
  const approved = await say(id, 'approve');
  expect(PostView.parse(approved.body)).toMatchObject({
    state: 'approved',
    decision: { by: 'mara', reason: 'read and checked' },
    asks: null,
  });
  expect(await pipeline.ends()).toEqual({
    ...{ write: 'completed', look: 'completed', decide: 'completed' },
    ...{ text: 'completed', 'hand-over': 'completed' },
  });
  expect(notices()).toHaveLength(1);
  expect(JSON.stringify(notices()[0]?.body)).toContain('hours a month');
  const other = await say(id, 'refuse');
  expect(other.status).toBe(409);
  expect(ApiError.parse(other.body).message).toContain('approved already by mara');
}, 60_000);

test('a word in the pipeline decides the post; a refused one leaves nowhere', async () => {
  const before = notices().length;
  const { pipeline, id } = await asking('EXAMPLE2');
  await pipeline.say('reject', 'look');
  const ends = await pipeline.ends();
  expect(ends).toMatchObject({ look: 'rejected', decide: 'completed', 'hand-over': 'skipped' });
  const post = await show(id);
  expect(post).toMatchObject({ state: 'refused', decision: { by: expect.any(String) } });
  expect(notices()).toHaveLength(before);
  const list = PostList.parse((await dashboard.get('/api/posts')).body);
  expect(list.posts.map(({ state }) => state)).toEqual(['refused', 'approved']);
}, 60_000);

test('what is asked wrongly is refused; each word stands in the audit log', async () => {
  expect((await dashboard.get('/api/posts/999')).status).toBe(404);
  expect((await dashboard.get('/api/posts/x')).status).toBe(404);
  expect((await dashboard.get('/api/posts?state=nonsense')).status).toBe(400);
  expect((await say(999, 'approve')).status).toBe(409);
  expect((await say(1, 'publish')).status).toBe(404);
  const audit = await world.database.sql`
    select action, target, reason from audit where action like 'post.%'`;
  expect(audit).toEqual([{ action: 'post.approve', target: '1', reason: 'read and checked' }]);
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { JobsOutput } from '../../src/contracts/klap.ts';
import { scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { agentic, envOf } from './agentic.ts';

let world: World;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: { defaults: { klap: { taskMs: 0, exportMs: 0 } } },
    env: { MEDIA_DIR: scratchFolder() },
  });
  env = envOf(world);
});
afterAll(() => world.close());

const posts = () =>
  world.standIns.requests
    .list()
    .filter(({ method, vendor }) => vendor === 'klap' && method === 'POST').length;
const url = 'https://www.youtube.com/watch?v=dQw4w9WgXcQ';
const ofTour = ['--account', 'tour'];
const Report = z.object({ state: z.string(), outputs: z.object({ report: JobsOutput }) });

test('a video is tried dry, cut with its best clip exported, and then its whole folder', async () => {
  const dry = await agentic(['klap', 'shorts', url, '--clips', '3', '--dry-run', ...ofTour], {
    env,
  });
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.out).toContain('cut into up to 3 shorts');
  expect(posts()).toBe(0);

  const best = await agentic(
    ['klap', 'shorts', url, '--clips', '3', '--best', '--json', ...ofTour],
    {
      env,
    },
  );
  const {
    outputs: {
      report: { jobs },
    },
  } = Report.parse(JSON.parse(best.out));
  expect(jobs).toMatchObject([{ state: 'downloaded', clips: { total: 3, downloaded: 1 } }]);
  expect(posts()).toBe(2);

  const folder = jobs[0]?.folder ?? '';
  const all = await agentic(['klap', 'export', folder, '--json', ...ofTour], { env });
  expect(Report.parse(JSON.parse(all.out)).outputs.report.jobs).toMatchObject([
    { clips: { total: 3, downloaded: 3 } },
  ]);
  expect(posts()).toBe(4);

  const list = await agentic(['klap', 'jobs', folder, ...ofTour], { env });
  expect(list.out).toContain('has 3 shorts: 3 downloaded.');
  const clips = await agentic(['klap', 'clips', folder, '--json', ...ofTour], { env });
  const { result } = z
    .object({ result: z.object({ chosen: z.array(z.object({ clip: z.string() })) }) })
    .parse(JSON.parse(clips.out));
  const one = ['klap', 'export', folder, '--clip', result.chosen[0]?.clip ?? ''];
  const again = await agentic([...one, '--dry-run', ...ofTour], { env });
  expect(again.out).toContain('is here already');
}, 120_000);

test.each([
  ['no video', ['klap', 'shorts'], /missing required argument 'url'/],
  ['an address that is none', ['klap', 'shorts', 'talk', '--dry-run'], /url.*https:\/\//],
  ['too many clips', ['klap', 'shorts', url, '--clips', '1000'], /clips/],
  ['a folder that leads elsewhere', ['klap', 'clips', '../../etc'], /folder.*letters/],
  ['a dry run of a whole folder', ['klap', 'export', 'fold_1', '--dry-run'], /clip/],
])(
  '%s is refused before anything starts',
  async (_, args, words) => {
    const before = posts();
    const refused = await agentic([...args], { env });
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(words);
    expect(posts()).toBe(before);
  },
  60_000,
);

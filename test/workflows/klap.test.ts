import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { DryRun } from '../../src/contracts/dry-run.ts';
import { ExportOutput, ShortsOutput, type ShortsInput } from '../../src/contracts/klap.ts';
import { mediaFolderOf } from '../../src/platform/config.ts';
import { createLedger } from '../../src/platform/ledger.ts';
import { createShortReader } from '../../src/platform/shorts-reader.ts';
import { scratchFolder } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
const quick = { taskMs: 0, exportMs: 0 };
const MEDIA_DIR = scratchFolder();
beforeAll(async () => {
  world = await createWorld(import.meta.filename, {
    standIns: {
      defaults: { klap: quick },
      workspaces: {
        hundred: { klap: { ...quick, scoresUpTo: 100, words: 'objects' } },
        bare: { klap: { ...quick, isBare: true } },
        none: { klap: { ...quick, clips: 0 } },
        silent: { klap: { ...quick, taskError: 'The video has no sound' } },
        partly: { klap: { ...quick, failingClips: [1], failingExports: 1, lostFiles: [2] } },
        late: { klap: { ...quick, exportMs: 700, urlLateMs: 700 } },
      },
    },
    env: {
      MEDIA_DIR,
      VENDOR_TIMEOUT_SECONDS: '2',
      FREEZE_SECONDS: '1',
      ...Object.fromEntries(
        ['hundred', 'bare', 'none', 'silent', 'partly', 'late'].map((name) => [
          `KLAP_API_KEY_${name.toUpperCase()}`,
          `stand-in-${name}`,
        ]),
      ),
      KLAP_API_KEY_POOR: 'stand-in-poor.no-credit',
      KLAP_API_KEY_WRONG: 'wrong',
    },
  });
});
afterAll(() => world.close());
afterEach(() => {
  world.standIns.faults.clear();
  world.standIns.requests.reset();
});

let videos = 0;
const video = (account: string, input: Partial<ShortsInput> = {}) => ({
  capability: 'klap.shorts',
  account,
  input: { url: `https://video.example/${(videos += 1)}`, clips: 3, ...input },
});
const cut = async (account = 'tour', input: Partial<ShortsInput> = {}) =>
  ShortsOutput.parse((await world.run(video(account, input))).result);
const clipOf = (account: string, { folder, chosen }: ShortsOutput, number: number) => ({
  capability: 'klap.export',
  account,
  input: {
    folder,
    clip: chosen.find(({ clip }) => clip.endsWith(`_${number}`))?.clip ?? '',
  },
});
const posts = (part: string) =>
  world.standIns.requests
    .list()
    .filter(({ method, path }) => method === 'POST' && path.includes(part)).length;
const shown = async (account: string, { job }: Pick<ShortsOutput, 'job'>) => {
  const view = await createShortReader(world.database).show(job);
  expect(view?.job.account).toBe(account);
  if (!view) throw new Error(`There is no video ${job}`);
  return view;
};

test('a video becomes clips with a score from 0 to 100, captions and words, best first', async () => {
  const outcome = await cut();
  const { job, clips, log } = await shown('tour', outcome);
  expect(job).toMatchObject({ state: 'generated', isStandIn: true, clips: { total: 3 } });
  const scores = clips.map(({ score }) => score ?? -1);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(scores.every((score) => score > 1 && score <= 100)).toBe(true);
  expect(outcome.chosen.map(({ clip }) => clip)).toEqual(clips.map(({ id }) => id));
  expect(clips[0]).toMatchObject({
    captions: { tiktok: expect.stringContaining('#shorts') },
    scoreWhy: expect.stringContaining('question'),
    transcript: expect.any(String),
  });
  expect(log.map(({ line }) => line)).toEqual([
    expect.stringContaining('3 clips in the folder'),
    expect.stringContaining('is done'),
    expect.stringContaining('To be cut: https://video.example/'),
  ]);
});

test('the same video is paid for once, however its address is written', async () => {
  const first = await cut('tour', { url: 'https://youtu.be/dQw4w9WgXcQ?si=x', which: 'best' });
  expect(first.chosen).toHaveLength(1);
  const again = await cut('tour', { url: 'https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=5s' });
  expect(again.folder).toBe(first.folder);
  expect(posts('/tasks')).toBe(1);
  const other = await cut('tour', { url: 'https://youtu.be/dQw4w9WgXcQ', edition: '2026-02' });
  expect(other.folder).not.toBe(first.folder);
  expect(posts('/tasks')).toBe(2);
});

test('scores up to 100, other words for states and missing fields are understood', async () => {
  const { clips } = await shown('hundred', await cut('hundred'));
  expect(clips.every(({ score }) => (score ?? 0) >= 20)).toBe(true);
  const bare = await shown('bare', await cut('bare'));
  expect(bare.clips[0]).toMatchObject({ score: null, captions: {}, transcript: null });
  const none = await cut('none');
  expect(none).toMatchObject({ clips: 0, chosen: [] });
  expect((await shown('none', none)).job.summary).toContain('found no clip');
});

test('a video that cannot be cut fails with the vendor’s words', async () => {
  expect(await world.failureOf(video('silent'))).toEqual({
    failure: 'JobFailed',
    message: expect.stringMatching(/The video has no sound.*another edition/),
  });
  const { jobs } = await createShortReader(world.database).page({ account: 'silent' });
  expect(jobs).toMatchObject([{ state: 'failed', why: expect.stringContaining('no sound') }]);
});

test('a clip is exported once and is here whole; again it is only looked for', async () => {
  const outcome = await cut();
  const task = clipOf('tour', outcome, 1);
  const done = ExportOutput.parse((await world.run(task)).result);
  const bytes = readFileSync(join(mediaFolderOf(world.config), done.file));
  expect(bytes).toHaveLength(done.bytes);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(done.sha256);
  expect(ExportOutput.parse((await world.run(task)).result)).toEqual({
    ...done,
    pollSeconds: undefined,
  });
  expect(posts('/exports')).toBe(1);
  expect((await shown('tour', outcome)).job).toMatchObject({
    state: 'downloaded',
    clips: { downloaded: 1, generated: 2 },
  });
});

test('a download that breaks off goes on from there, and leaves no part', async () => {
  world.standIns.faults.set([{ path: '/files', times: 2, fault: { kind: 'cut' } }]);
  const outcome = await cut();
  const done = ExportOutput.parse((await world.run(clipOf('tour', outcome, 1))).result);
  const { clips, log } = await shown('tour', outcome);
  expect(clips.find(({ id }) => id === done.clip)).toMatchObject({ state: 'downloaded' });
  expect(log.map(({ line }) => line).filter((line) => line.includes('bytes are here'))).toEqual([
    expect.stringContaining('30000 of 40000'),
    expect.stringContaining('20000 of 40000'),
  ]);
  expect(readdirSync(join(MEDIA_DIR, 'tour', outcome.folder))).toEqual([`${done.clip}.mp4`]);
  expect(posts('/exports')).toBe(1);
}, 60_000);

test('what comes is not taken for the file when it is a page', async () => {
  world.standIns.faults.set([{ path: '/files', nth: 1, fault: { kind: 'html' } }]);
  const outcome = await cut();
  const { bytes } = ExportOutput.parse((await world.run(clipOf('tour', outcome, 1))).result);
  expect(bytes).toBe(40_000);
  const { log } = await shown('tour', outcome);
  expect(log.some(({ line }) => line.includes('text/html'))).toBe(true);
}, 60_000);

test('an export that failed is paid for again only in a later run; a lost file is told', async () => {
  const outcome = await cut('partly');
  const failing = clipOf('partly', outcome, 1);
  expect(await world.failureOf(failing)).toEqual({
    failure: 'JobFailed',
    message: expect.stringContaining('ran out of memory'),
  });
  expect(await world.failureOf(clipOf('partly', outcome, 2))).toEqual({
    failure: 'NotFound',
    message: expect.stringContaining('404'),
  });
  expect((await shown('partly', outcome)).job).toMatchObject({ state: 'failed' });
  expect(posts('/exports')).toBe(2);
  await world.run(failing);
  expect(posts('/exports')).toBe(3);
  expect((await shown('partly', outcome)).job).toMatchObject({
    state: 'partial',
    clips: { downloaded: 1, failed: 1 },
  });
});

test('an export without its address yet is still at work, and waiting for it takes no history', async () => {
  const outcome = await cut('late');
  const handle = await world.start(clipOf('late', outcome, 1));
  expect(ExportOutput.parse((await handle.result()).result).bytes).toBe(40_000);
  const asked = world.standIns.requests
    .list('late')
    .filter(({ method, path }) => method === 'GET' && path.includes('/exports/'));
  expect(asked.length).toBeGreaterThan(1); // waiting has cost questions, and no history
  const quick = await world.start(clipOf('tour', await cut(), 1));
  await quick.result();
  const lengths = await Promise.all(
    [handle, quick].map(async (run) => (await run.describe()).historyLength),
  );
  expect(lengths[0]).toBe(lengths[1]);
}, 60_000);

test('when the answer to an export is lost, nobody pays again: a person is asked', async () => {
  const outcome = await cut();
  world.standIns.faults.set([{ path: '/v2/projects/*/exports$', nth: 1, fault: { kind: 'cut' } }]);
  const task = clipOf('tour', outcome, 1);
  expect(await world.failureOf(task)).toMatchObject({ failure: 'OutcomeUnknown' });
  expect(await world.failureOf(task)).toMatchObject({ failure: 'OutcomeUnknown' });
  expect(posts('/exports')).toBe(1);
  const { job, clips } = await shown('tour', outcome);
  expect(job).toMatchObject({ state: 'unknown', clips: { unknown: 1 } });
  const [unknown] = clips.filter(({ state }) => state === 'unknown');
  await createLedger(world).settle(unknown?.effect ?? '', 'not-done', {
    by: 'me',
    reason: 'looked',
  });
  await world.run(task);
  expect(posts('/exports')).toBe(2);
}, 60_000);

test.each([
  ['poor', 'PlanRequired', 'Not enough credits'],
  ['wrong', 'CredentialRejected', 'Invalid API key'],
])('a login that is %s starts nothing', async (account, failure, words) => {
  expect(await world.failureOf(video(account))).toEqual({
    failure,
    message: expect.stringContaining(words),
  });
  expect(posts('/tasks')).toBe(1);
  const { jobs } = await createShortReader(world.database).page({ account });
  expect(jobs).toMatchObject([{ state: 'pending', why: expect.stringContaining(words) }]);
});

test('videos are paged, the newest first, and found by their state', async () => {
  const reader = createShortReader(world.database);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.page({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.jobs.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  const all = (await reader.page({ limit: 200 })).jobs;
  expect(seen).toEqual(all.map(({ id }) => id));
  expect(new Set(seen).size).toBe(seen.length);
  const times = all.map(({ createdAt }) => createdAt);
  expect(times).toEqual(times.toSorted().reverse());
  const unknown = await reader.page({ state: 'failed' });
  expect(unknown.jobs.every(({ state }) => state === 'failed')).toBe(true);
  expect(unknown.jobs.length).toBeGreaterThan(0);
});

test('a clip that nobody has taken in is not paid for', async () => {
  const task = { capability: 'klap.export', account: 'tour', input: { folder: 'f', clip: 'c' } };
  expect(await world.failureOf(task)).toEqual({
    failure: 'NotFound',
    message: expect.stringContaining('agentic klap clips f'),
  });
  expect(posts('')).toBe(0);
});

test('dry runs tell the request and start nothing', async () => {
  const outcome = await cut();
  world.standIns.requests.reset();
  const task = video('tour', { url: 'https://youtu.be/aaaaaaaaaaa', maxSeconds: 45 });
  expect(DryRun.parse((await world.run({ ...task, dryRun: true })).result)).toMatchObject({
    wouldAct: true,
    request: {
      path: '/v2/tasks/video-to-shorts',
      body: {
        source_video_url: 'https://www.youtube.com/watch?v=aaaaaaaaaaa',
        max_clip_count: 3,
        max_duration: 45,
        editing_options: { intro_title: false },
      },
    },
  });
  const clip = { ...clipOf('tour', outcome, 1), dryRun: true };
  expect(DryRun.parse((await world.run(clip)).result)).toMatchObject({ wouldAct: true });
  expect(posts('')).toBe(0);
  expect((await shown('tour', outcome)).clips.every(({ state }) => state === 'generated')).toBe(
    true,
  );
});

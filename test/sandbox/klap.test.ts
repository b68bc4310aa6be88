/** What Klap's documents say, asked of the stand-in over plain HTTP. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { startStandIns, type StandIns } from '../../src/sandbox/server.ts';

let standIns: StandIns;
const fast = { taskMs: 0, exportMs: 0 };
beforeAll(async () => {
  standIns = await startStandIns({
    defaults: { klap: fast },
    workspaces: {
      slow: { klap: { taskMs: 600_000, exportMs: 600_000 } },
      broken: { klap: { ...fast, taskError: 'The video has no sound' } },
      bare: { klap: { ...fast, isBare: true } },
      hundred: { klap: { ...fast, scoresUpTo: 100, words: 'objects' } },
      empty: { klap: { ...fast, clips: 0 } },
      partly: { klap: { ...fast, failingClips: [2], failingExports: 1, lostFiles: [3] } },
      late: { klap: { ...fast, urlLateMs: 600_000 } },
    },
  });
});
afterAll(() => standIns.close());

async function ask(method: string, path: string, body?: unknown, workspace = 'a') {
  const response = await fetch(`${standIns.url}/klap/v2${path}`, {
    method,
    headers: {
      ...(workspace === '' ? {} : { authorization: `Bearer stand-in-${workspace}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said: unknown = await response.json();
  return { status: response.status, body: said };
}
const Task = z.object({ id: z.string(), status: z.string(), output_id: z.string().nullable() });
const Short = z.looseObject({ id: z.string(), virality_score: z.number().optional() });
const Export = z.object({ id: z.string(), status: z.string(), src_url: z.string().nullable() });
const video = { source_video_url: 'https://www.youtube.com/watch?v=a1', max_clip_count: 3 };

async function cut(workspace: string, body: object = video) {
  const { body: task } = await ask('POST', '/tasks/video-to-shorts', body, workspace);
  const { output_id: folder } = Task.parse(task);
  const { body: shorts } = await ask('GET', `/projects/${folder ?? ''}`, undefined, workspace);
  return { folder, shorts: z.array(Short).parse(shorts) };
}
async function exported(workspace: string, number: number) {
  const { folder, shorts } = await cut(workspace, {
    ...video,
    source_video_url: `https://video.example/${number}`,
  });
  const path = `/projects/${folder ?? ''}/${shorts[number - 1]?.id ?? ''}/exports`;
  const started = await ask('POST', path, {}, workspace);
  expect(started.status).toBe(201);
  const { id } = Export.parse(started.body);
  return {
    path,
    end: Export.parse((await ask('GET', `${path}/${id}`, undefined, workspace)).body),
  };
}

test('a video is at work until its time is over, with its folder named already', async () => {
  const started = await ask('POST', '/tasks/video-to-shorts', video, 'slow');
  expect(started).toMatchObject({
    status: 201,
    body: { type: 'video-to-shorts', status: 'processing', output_type: 'folder' },
  });
  const { id, output_id: folder } = Task.parse(started.body);
  expect(folder).toMatch(/^fold_/);
  expect((await ask('GET', `/tasks/${id}`, undefined, 'slow')).body).toMatchObject({
    status: 'processing',
  });
  expect((await ask('GET', `/projects/${folder ?? ''}`, undefined, 'slow')).body).toEqual([]);
});

test('a video becomes as many clips as asked for, with scores, captions and words', async () => {
  const { shorts } = await cut('a');
  expect(shorts).toHaveLength(3);
  expect(shorts[0]).toMatchObject({
    virality_score_explanation: expect.stringContaining('question'),
    publication_captions: { tiktok: expect.stringContaining('#shorts') },
  });
  expect(shorts.every(({ virality_score: score = 2 }) => score <= 1)).toBe(true);
  expect((await cut('hundred')).shorts.some(({ virality_score: score = 0 }) => score > 1)).toBe(
    true,
  );
  expect((await cut('bare')).shorts[0]).not.toHaveProperty('virality_score');
  expect((await cut('empty')).shorts).toEqual([]);
});

test('states have one of two vocabularies, and a failure tells its words', async () => {
  const state = async (workspace: string) => {
    const { body } = await ask('POST', '/tasks/video-to-shorts', video, workspace);
    return (await ask('GET', `/tasks/${Task.parse(body).id}`, undefined, workspace)).body;
  };
  expect(await state('a')).toMatchObject({ status: 'ready' });
  expect(await state('hundred')).toMatchObject({ status: 'completed' });
  expect(await state('broken')).toMatchObject({
    status: 'error',
    error_message: 'The video has no sound',
  });
});

test('an export becomes a file of the length and checksum it tells, also from a byte on', async () => {
  const { end } = await exported('a', 1);
  expect(end.status).toBe('ready');
  const whole = await fetch(end.src_url ?? '');
  const bytes = Buffer.from(await whole.arrayBuffer());
  const md5 = createHash('md5').update(bytes).digest('base64');
  expect(whole.headers.get('content-type')).toBe('video/mp4');
  expect(whole.headers.get('content-length')).toBe(String(bytes.length));
  expect(whole.headers.get('x-goog-hash')).toBe(`md5=${md5}`);
  expect(bytes.subarray(4, 8).toString()).toBe('ftyp');

  const rest = await fetch(end.src_url ?? '', { headers: { range: 'bytes=1000-' } });
  expect(rest.status).toBe(206);
  expect(rest.headers.get('content-range')).toBe(`bytes 1000-${bytes.length - 1}/${bytes.length}`);
  expect(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(1000))).toBe(true);
  const beyond = await fetch(end.src_url ?? '', { headers: { range: `bytes=${bytes.length}-` } });
  expect(beyond.status).toBe(416);
});

test('a file that is cut ends in the middle', async () => {
  const { end } = await exported('a', 2);
  standIns.faults.set([{ vendor: 'klap', path: '/files', nth: 1, fault: { kind: 'cut' } }]);
  const cutOff = await fetch(end.src_url ?? '');
  await expect(cutOff.arrayBuffer()).rejects.toThrow();
  expect((await fetch(end.src_url ?? '')).ok).toBe(true);
});

test('a clip may fail, lose its file, or be ready before its address is there', async () => {
  const failed = await exported('partly', 2);
  expect(failed.end).toMatchObject({ status: 'error', src_url: null });
  const again = Export.parse((await ask('POST', failed.path, {}, 'partly')).body);
  expect(again.id).not.toBe(failed.end.id);
  expect((await ask('GET', `${failed.path}/${again.id}`, undefined, 'partly')).body).toMatchObject({
    status: 'ready',
  });
  const lost = await exported('partly', 3);
  expect((await fetch(lost.end.src_url ?? '')).status).toBe(404);
  expect((await exported('late', 1)).end).toMatchObject({ status: 'ready', src_url: null });
});

test('refusals: no key, no credits, unknown ids, wrong input', async () => {
  expect(await ask('GET', '/tasks/x', undefined, '')).toMatchObject({ status: 401 });
  expect(await ask('GET', '/tasks/x')).toMatchObject({ status: 404 });
  expect(await ask('GET', '/projects/x')).toMatchObject({ status: 404 });
  const poor = await ask('POST', '/tasks/video-to-shorts', video, 'a.no-credit');
  expect(poor).toMatchObject({ status: 402, body: { message: 'Not enough credits' } });
  const wrong = await ask('POST', '/tasks/video-to-shorts', { ...video, max_duration: 500 });
  expect(wrong).toMatchObject({ status: 422 });
});

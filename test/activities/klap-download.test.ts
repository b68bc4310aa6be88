import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createDoor } from '../../src/activities/door.ts';
import { createDownload } from '../../src/activities/klap/download.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createGate } from '../../src/platform/gate.ts';
import { createMedia } from '../../src/platform/media.ts';
import { scratchFolder } from '../support/scratch.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('klap-download');
  database = openDatabase(own.url, 2);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const place = 'tour/fold/clip.mp4';
const video = (fill: string) =>
  Buffer.concat([Buffer.from('\0\0\0\x18ftypisom'), Buffer.alloc(500_000, fill)]);
const md5Of = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64');

/** A storage that answers as told, and the way to download from it. */
async function storage(listener: RequestListener, timeoutMs = 5_000) {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const folder = scratchFolder();
  const door = createDoor({
    gate: createGate(database),
    stopped: () => new AbortController().signal,
    attempt: () => 1,
    party: () => 'test',
    note: () => undefined,
  });
  const download = createDownload({ door, media: createMedia(folder), timeoutMs });
  const account = { name: `a${port}`, apiKey: 'secret', baseUrl: `http://127.0.0.1:${port}/klap` };
  const home = join(folder, 'tour', 'fold');
  return {
    get: (url = `http://127.0.0.1:${port}/clip.mp4`) =>
      download({ ...account, isStandIn: false }, url, place),
    files: () => readdirSync(home).sort(),
    read: () => readFileSync(join(home, 'clip.mp4')),
  };
}

/** Sends bytes, the first so many of them only when it is to break off, from where it was asked to. */
const sending =
  (
    bytes: Buffer,
    { etag, cutAt, md5 }: { etag?: string; cutAt?: number; md5?: string } = {},
  ): RequestListener =>
  (request, response) => {
    const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const from = first === undefined ? 0 : Number(first);
    response.writeHead(first === undefined ? 200 : 206, {
      'content-type': 'video/mp4',
      'content-length': bytes.length - from,
      ...(first === undefined
        ? {}
        : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
      ...(etag === undefined ? {} : { etag }),
      ...(md5 === undefined ? {} : { 'x-goog-hash': `crc32c=AAAAAA==,md5=${md5}` }),
    });
    if (cutAt === undefined) response.end(bytes.subarray(from));
    else response.write(bytes.subarray(from, cutAt), () => response.destroy());
  };

test('a file that breaks off goes on from there when it is the same version', async () => {
  const bytes = video('a');
  const ranges: (string | undefined)[] = [];
  const { get, files, read } = await storage((request, response) => {
    ranges.push(request.headers.range);
    const cutAt = ranges.length === 1 ? { cutAt: 300_000 } : {};
    sending(bytes, { etag: '"1"', md5: md5Of(bytes), ...cutAt })(request, response);
  });
  const part = await get();
  expect(part).toMatchObject({ kind: 'part', total: bytes.length, isOnlyLate: false });
  expect(files()).toEqual([expect.stringMatching(/^clip\.mp4\.[0-9a-f]{16}\.part$/)]);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(await get()).toEqual({ kind: 'whole', bytes: bytes.length, sha256 });
  expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  expect(files()).toEqual(['clip.mp4']);
  expect(read().equals(bytes)).toBe(true);
});

test.each([
  ['another version', { etag: '"2"' }],
  ['a version without a name', {}],
])('a part is not gone on with by %s', async (_, head) => {
  const [old, now] = [video('a'), video('b')];
  let calls = 0;
  const { get, files, read } = await storage((request, response) => {
    calls += 1;
    if (calls === 1) sending(old, { etag: '"1"', cutAt: 200_000 })(request, response);
    else sending(now, head)(request, response);
  });
  expect(await get()).toMatchObject({ kind: 'part' });
  expect(await get()).toMatchObject({ kind: 'whole', bytes: now.length });
  expect(read().equals(now)).toBe(true);
  expect(files()).toEqual(['clip.mp4']);
});

test('a storage that knows no parts sends all of it again', async () => {
  const bytes = video('a');
  let calls = 0;
  const { get, read } = await storage((request, response) => {
    calls += 1;
    delete request.headers.range;
    sending(bytes, { etag: '"1"', ...(calls === 1 ? { cutAt: 200_000 } : {}) })(request, response);
  });
  expect(await get()).toMatchObject({ kind: 'part' });
  expect(await get()).toMatchObject({ kind: 'whole' });
  expect(read().equals(bytes)).toBe(true);
});

test.each([
  ['another checksum', sending(video('a'), { md5: md5Of(video('b')) }), /checksum/],
  ['no beginning of an MP4', sending(Buffer.alloc(1_000, 'x')), /as an MP4/],
  [
    'a page',
    ((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<html>');
    }) satisfies RequestListener,
    /text\/html.*expected a video/,
  ],
])('what comes with %s is not kept', async (_, listener, why) => {
  const { get, files } = await storage(listener);
  expect(await get()).toEqual({ kind: 'wrong', why: expect.stringMatching(why) });
  expect(files()).toEqual([]);
});

test.each([
  [404, 'lost'],
  [403, 'lost'],
  [500, 'part'],
  [429, 'part'],
])('an answer of %i means %s', async (status, kind) => {
  const { get } = await storage((_request, response) => response.writeHead(status).end());
  expect(await get()).toMatchObject({ kind, why: expect.stringContaining(String(status)) });
});

test('silence is not progress; a slow file is, and goes on', async () => {
  const silent = await storage(() => undefined, 200);
  expect(await silent.get()).toMatchObject({ kind: 'part', isOnlyLate: false });
  server?.closeAllConnections();
  server?.close();
  const bytes = video('a');
  const slow = await storage((_request, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length });
    response.write(bytes.subarray(0, 1_000));
  }, 1_500);
  expect(await slow.get()).toMatchObject({ kind: 'part', arrived: 1_000, isOnlyLate: true });
});

test('no address but a public one is asked, and the key goes nowhere', async () => {
  const seen: (string | undefined)[] = [];
  const { get } = await storage((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(404).end();
  });
  for (const url of [
    'http://files.example/a.mp4',
    'https://127.0.0.1/a.mp4',
    'https://[::1]/a.mp4',
    'https://localhost/a.mp4',
    'https://db.internal/a.mp4',
    'file:///etc/passwd',
    'nonsense',
  ]) {
    expect(await get(url)).toMatchObject({ kind: 'lost', why: expect.stringContaining('public') });
  }
  expect(seen).toEqual([]);
  await get();
  expect(seen).toEqual([undefined]);
});

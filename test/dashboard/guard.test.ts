import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApiError } from '../../src/contracts/api.ts';
import { isLoopback } from '../../src/dashboard/guard.ts';
import { scratchFolder, write } from '../support/scratch.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let dashboard: Served;
let bare: Served;
const folder = scratchFolder();

beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  write(join(folder, 'index.html'), '<title>App</title>');
  write(join(folder, 'assets/app-1a2b.js'), 'export {};');
  write(join(folder, 'assets/app-3c4d.js'), 'export {};');
  writeFileSync(join(folder, 'assets/app-3c4d.js.gz'), gzipSync('export const small = 1;'));
  write(join(folder, 'icon.svg'), '<svg/>');
  dashboard = await serve(world, folder);
  bare = await serve(world, join(folder, 'missing'));
});
afterAll(async () => {
  await Promise.all([dashboard.close(), bare.close()]);
  await world.close();
  expect(dashboard.faults).toEqual([]);
});

/** A call with headers that `fetch` does not let a page choose. */
const call = (path: string, headers: Readonly<Record<string, string>>, body?: string) =>
  new Promise<{ readonly status: number; readonly code: string }>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const sent = request(new URL(path, dashboard.url), { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const error = ApiError.safeParse(jsonOf(Buffer.concat(chunks).toString()));
        resolve({ status: response.statusCode ?? 0, code: error.data?.code ?? '' });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const json = { 'content-type': 'application/json' };
const own = (): string => dashboard.url;

test.each<[string, string, Record<string, string>, string | undefined, number, string]>([
  [
    'a name from outside',
    '/api/status',
    { host: 'rebound.example' },
    undefined,
    403,
    'foreign-host',
  ],
  ['a page under it', '/', { host: 'rebound.example:8080' }, undefined, 403, 'foreign-host'],
  [
    'a name that only begins like ours',
    '/',
    { host: 'localhost.example' },
    undefined,
    403,
    'foreign-host',
  ],
  [
    'another site’s script',
    '/api/runs',
    { 'sec-fetch-site': 'cross-site' },
    undefined,
    403,
    'foreign-page',
  ],
  [
    'another port’s page',
    '/api/runs',
    { ...json, 'sec-fetch-site': 'same-site' },
    '{}',
    403,
    'foreign-page',
  ],
  [
    'a foreign origin',
    '/api/runs',
    { ...json, origin: 'http://other.example' },
    '{}',
    403,
    'foreign-page',
  ],
  ['a sandboxed page', '/api/runs', { ...json, origin: 'null' }, '{}', 403, 'foreign-page'],
  ['a plain form', '/api/runs', { 'content-type': 'text/plain' }, '{}', 415, 'not-json'],
  ['a body that is not JSON', '/api/runs', json, '{', 400, 'invalid-json'],
  ['a body above 1 MB', '/api/runs', json, `"${'x'.repeat(1_100_000)}"`, 413, 'too-large'],
  ['an address nobody serves', '/api/nothing', {}, undefined, 404, 'unknown-route'],
  ['an unknown topic', '/api/live?topics=nothing', {}, undefined, 400, 'invalid-topics'],
  ['no topic', '/api/live', {}, undefined, 400, 'invalid-topics'],
])('refuses %s', async (_, path, headers, body, status, code) => {
  expect(await call(path, headers, body)).toEqual({ status, code });
});

test('answers its own pages, by every name of this machine', async () => {
  for (const host of ['localhost', '127.0.0.1:8080', '[::1]:8080', 'app.localhost']) {
    expect(await call('/api/status', { host })).toEqual({ status: 200, code: '' });
  }
  const headers = { ...json, origin: own(), 'sec-fetch-site': 'same-origin' };
  expect((await call('/api/runs', headers, '{}')).code).toBe('invalid-request');
});

test('allows no foreign script, frame or host', async () => {
  const { headers } = await fetch(`${dashboard.url}/`);
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('upgrade-insecure-requests');
  expect(policy.replace("style-src 'self' 'unsafe-inline'", '')).not.toContain('unsafe');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('serves the app for every address of a view, its files for ever, and nothing outside its folder', async () => {
  for (const path of [
    '/',
    '/runs',
    '/runs/instantly.daily-analytics%2Fdefault%2F2026-01-05?tab=io',
  ]) {
    const page = await fetch(dashboard.url + path);
    expect(await page.text()).toBe('<title>App</title>');
    expect(page.headers.get('cache-control')).toBe('no-cache');
  }
  const asset = await fetch(`${dashboard.url}/assets/app-1a2b.js`);
  expect(asset.headers.get('cache-control')).toContain('immutable');
  expect((await dashboard.get('/assets/gone.js')).status).toBe(404);
  expect((await dashboard.get('/icon.svg')).status).toBe(200);
  expect(String((await dashboard.get('/..%2f..%2fpackage.json')).body)).not.toContain('"name"');
});

test('sends the gzipped copy of a script to who takes it, and the script itself to others', async () => {
  const askedFor = async (encoding: string) => {
    const headers = { 'accept-encoding': encoding };
    const answer = await fetch(`${dashboard.url}/assets/app-3c4d.js`, { headers });
    const { vary, 'content-type': type } = Object.fromEntries(answer.headers);
    return { text: await answer.text(), type, vary };
  };
  const type = 'text/javascript; charset=utf-8';
  expect(await askedFor('gzip, br')).toEqual({
    ...{ text: 'export const small = 1;', type, vary: expect.stringMatching(/accept-encoding/i) },
  });
  expect(await askedFor('identity')).toMatchObject({ text: 'export {};', type });
});

test('says how to build the pages while they are missing', async () => {
  const page = await bare.get('/runs');
  expect(page.status).toBe(503);
  expect(page.body).toContain('not built yet');
});

test('is alive and ready', async () => {
  expect(await dashboard.get('/livez')).toEqual({ status: 200, body: { ok: true } });
  expect((await dashboard.get('/readyz')).status).toBe(200);
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.5', false],
  ['example.com', false],
  ['127.0.0.1.example.com', false],
])('knows whether others can reach %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

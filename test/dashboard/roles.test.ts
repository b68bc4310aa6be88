import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ApiError } from '../../src/contracts/api.ts';
import { Role, SessionView } from '../../src/contracts/sign-in.ts';
import type { Route } from '../../src/dashboard/routes.ts';
import { createApiTokens } from '../../src/platform/api-tokens.ts';
import { isEnough } from '../../src/rules/roles.ts';
import { startGoogle, type Google } from '../support/google.ts';
import { createSurfer } from '../support/surfer.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

let world: World;
let google: Google;
let dashboard: Served;
/** How each role shows who it is. */
const tokens = new Map<Role, Record<string, string>>();
const cookies = new Map<Role, Record<string, string>>();
const proofs = new Map<Role, Record<string, string>>();

beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  const emailOf = (role: Role) => `${role}@example.com`;
  google = await startGoogle(
    Role.options.map((role) => ({
      sub: role,
      email: emailOf(role),
      email_verified: true,
      name: role,
    })),
    Role.options.map((role) => ({ who: emailOf(role), role })),
  );
  dashboard = await serve(world, undefined, google.settings);
  for (const role of Role.options) {
    const { secret } = await createApiTokens(world.database).create(
      { name: role, role, days: 1 },
      'test',
    );
    tokens.set(role, { authorization: `Bearer ${secret}` });
    const surfer = createSurfer();
    await surfer.signIn(dashboard.url, role);
    const { text } = await surfer.go(`${dashboard.url}/api/session`);
    cookies.set(role, { cookie: surfer.cookiesFor(dashboard.url) });
    proofs.set(role, { 'x-csrf-token': SessionView.parse(JSON.parse(text)).csrf ?? '' });
  }
});
afterAll(async () => {
  await dashboard.close();
  await google.close();
  await world.close();
});

/** What a route answers to a body that none of them takes. */
async function answer({ method, path }: Route, ...headers: (Record<string, string> | undefined)[]) {
  const response = await fetch(dashboard.url + path.replaceAll(/:\w+/g, 'x'), {
    method: method.toUpperCase(),
    headers: { 'content-type': 'application/json', ...merged(headers) },
    redirect: 'manual',
    ...(method === 'get' ? {} : { body: '[]' }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = method === 'get' && response.ok ? '' : await response.text();
  if (text === '') await response.body?.cancel();
  const code = text.startsWith('{') ? ApiError.safeParse(JSON.parse(text)).data?.code : undefined;
  return `${response.status} ${code ?? ''}`.trim();
}
const merged = (all: readonly (Record<string, string> | undefined)[]) =>
  Object.fromEntries(all.flatMap((each) => Object.entries(each ?? {})));
const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const writes = () => dashboard.routes.filter(({ method }) => method !== 'get');

/** Answers that differ from the one that all routes must give. */
async function others(
  expected: string,
  asked: readonly Route[],
  ask: (route: Route) => Promise<string>,
): Promise<readonly string[]> {
  const answers = await Promise.all(
    asked.map(async (route) => `${nameOf(route)}: ${await ask(route)}`),
  );
  return answers.filter((each) => !each.endsWith(`: ${expected}`));
}

test('all that is served below /api and /sign-in is in the table', () => {
  const Layer = z.looseObject({
    route: z
      .looseObject({ path: z.string(), methods: z.record(z.string(), z.boolean()) })
      .optional(),
    handle: z.unknown(),
  });
  const served = (stack: unknown): string[] =>
    z
      .array(Layer)
      .parse(stack)
      .flatMap(({ route, handle }) => {
        if (route) return Object.keys(route.methods).map((method) => `${method} ${route.path}`);
        const inner = typeof handle === 'function' && 'stack' in handle ? handle.stack : [];
        return served(inner);
      });
  const found = served(dashboard.app.router.stack);
  const known = dashboard.routes.map(nameOf);
  expect(found.filter((each) => !known.includes(each)).toSorted()).toEqual([
    ...['get /livez', 'get /readyz', 'get /{*path}'],
  ]);
  expect(known.filter((each) => !found.includes(each))).toEqual([]);
  expect(new Set(known).size).toBe(known.length);
});

test('only what sign-in itself needs is for anyone', async () => {
  const open = dashboard.routes.filter(({ role }) => role === 'anyone');
  expect(open.map(nameOf)).toEqual([
    ...['get /api/session', 'get /sign-in/google', 'get /sign-in/callback'],
  ]);
  const closed = dashboard.routes.filter(({ role }) => role !== 'anyone');
  expect(closed.length).toBeGreaterThan(70);
  expect(await others('401 sign-in-required', closed, (route) => answer(route))).toEqual([]);
});

test('every route refuses each role below its own, by session and by token', async () => {
  for (const role of Role.options) {
    const above = dashboard.routes.filter(
      (route) => route.role !== 'anyone' && !isEnough(role, route.role),
    );
    if (role === 'viewer') expect(above.length).toBeGreaterThan(30);
    const bySession = (route: Route) => answer(route, cookies.get(role), proofs.get(role));
    const byToken = (route: Route) => answer(route, tokens.get(role));
    expect(await others('403 role-needed', above, bySession)).toEqual([]);
    expect(await others('403 role-needed', above, byToken)).toEqual([]);
  }
});

test('every change by a session needs the proof that our own page asks', async () => {
  const admin = cookies.get('admin');
  const right = proofs.get('admin');
  const wrong = { 'x-csrf-token': 'x'.repeat(43) };
  const foreign = { origin: 'https://evil.example' };
  const frame = { 'sec-fetch-site': 'cross-site' };
  const asked = writes();
  const refusals: [string, ...Record<string, string>[]][] = [
    ['403 missing-proof'],
    ['403 missing-proof', wrong],
    ['403 missing-proof', proofs.get('operator') ?? {}],
    ['403 foreign-page', right ?? {}, foreign],
    ['403 foreign-page', right ?? {}, frame],
    ['415 not-json', right ?? {}, { 'content-type': 'text/plain' }],
  ];
  for (const [expected, ...headers] of refusals) {
    expect(await others(expected, asked, (route) => answer(route, admin, ...headers))).toEqual([]);
  }
});

test('every write lets its own role as far as its own checks, by session and by token', async () => {
  for (const route of writes()) {
    const { role } = route;
    if (role === 'anyone') throw new Error(`${nameOf(route)} is open`);
    expect([nameOf(route), await answer(route, tokens.get(role))]).toEqual([
      nameOf(route),
      '400 invalid-request',
    ]);
    expect([nameOf(route), await answer(route, cookies.get(role), proofs.get(role))]).toEqual([
      nameOf(route),
      '400 invalid-request',
    ]);
  }
});

test('a token that is revoked, expired or made up is refused; a good one leaves its name behind', async () => {
  const api = createApiTokens(world.database);
  const ask = (secret: string, path = '/api/runs') =>
    fetch(dashboard.url + path, { headers: { authorization: `Bearer ${secret}` } });
  const { secret, id } = await api.create({ name: 'nightly', role: 'operator', days: 1 }, 'test');
  expect((await ask(secret)).status).toBe(200);
  const change = await fetch(`${dashboard.url}/api/suppressions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ patterns: ['acme.test'], reason: 'asked us' }),
  });
  expect(change.status).toBe(200);
  const [noted] = await world.database
    .sql`select by, "from", action from audit order by id desc limit 1`;
  expect(noted).toEqual({ by: 'token:nightly', from: 'token', action: 'suppression.add' });
  expect((await api.list()).find((each) => each.id === id)?.lastUsedAt).not.toBeNull();
  const [kept] = await world.database.sql`
    select count(*)::int as rows from api_tokens t where t::text like ${`%${secret}%`}`;
  expect(kept).toEqual({ rows: 0 });

  await world.database.sql`update api_tokens set expires_at = now() where id = ${id}`;
  expect((await ask(secret)).status).toBe(401);
  await world.database.sql`
    update api_tokens set expires_at = now() + interval '1 day' where id = ${id}`;
  expect((await ask(secret)).status).toBe(200);
  await api.revoke('nightly');
  expect((await ask(secret)).status).toBe(401);
  expect((await ask('agentic_short')).status).toBe(401);
  expect((await ask(`agentic_${'x'.repeat(43)}`)).status).toBe(401);
});

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PeopleList, SessionView } from '../../src/contracts/sign-in.ts';
import { startGoogle, type Google, type GoogleAccount } from '../support/google.ts';
import { eventually, scratchFolder, write } from '../support/scratch.ts';
import { createSurfer, type Surfer } from '../support/surfer.ts';
import { createWorld, type World } from '../support/world.ts';
import { serve, type Served } from './serve.ts';

const account = (sub: string, more: Partial<GoogleAccount> = {}): GoogleAccount => ({
  ...{ sub, email: `${sub}@example.com`, email_verified: true, name: sub, ...more },
});
const accounts = [
  account('mara'),
  account('ola', { hd: 'example.com' }),
  account('pretender'), // an address of the organisation, which Google does not vouch for
  account('unverified', { email: 'mara@example.com', email_verified: false }),
  account('stranger', { email: 'stranger@elsewhere.test', hd: 'elsewhere.test' }),
  account('heir', { email: 'mara@example.com' }),
  account('guest', { email: 'guest@elsewhere.test' }),
];

let world: World;
let google: Google;
let dashboard: Served;
const folder = scratchFolder();

beforeAll(async () => {
  world = await createWorld(import.meta.filename, { hasWorker: false });
  write(join(folder, 'index.html'), '<title>App</title>');
  google = await startGoogle(accounts, [
    { who: 'mara@example.com', role: 'admin' },
    { who: 'example.com', role: 'viewer' },
  ]);
  dashboard = await serve(world, folder, google.settings);
});
afterAll(async () => {
  await dashboard.close();
  await google.close();
  await world.close();
  expect(dashboard.faults).toEqual([]);
});

const sessionOf = async (surfer: Surfer) =>
  SessionView.parse(JSON.parse((await surfer.go(`${dashboard.url}/api/session`)).text));

const change = async (surfer: Surfer, method: string, path: string, body: unknown) =>
  surfer.go(dashboard.url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      'x-csrf-token': (await sessionOf(surfer)).csrf ?? '',
    },
    body: JSON.stringify(body),
  });

test('signs in who is on the list, with the role of the address or of the organisation', async () => {
  const surfer = createSurfer();
  expect((await surfer.go(`${dashboard.url}/api/runs`)).status).toBe(401);
  const place = await surfer.signIn(dashboard.url, 'mara');
  expect([place.status, place.url.pathname]).toEqual([200, '/runs']);
  expect(await sessionOf(surfer)).toMatchObject({
    signIn: 'google',
    who: { name: 'mara@example.com', role: 'admin' },
    refusal: null,
  });
  expect((await surfer.go(`${dashboard.url}/api/runs`)).status).toBe(200);

  const other = createSurfer();
  await other.signIn(dashboard.url, 'ola');
  expect((await sessionOf(other)).who).toEqual({ name: 'ola@example.com', role: 'viewer' });
});

test('gives the browser a new id as it signs in', async () => {
  const surfer = createSurfer();
  await surfer.go(`${dashboard.url}/sign-in/google`);
  const before = surfer.cookiesFor(dashboard.url);
  expect(before).toMatch(/^agentic=/);
  await surfer.signIn(dashboard.url, 'mara');
  expect(surfer.cookiesFor(dashboard.url)).not.toBe(before);
  const old = await fetch(`${dashboard.url}/api/runs`, { headers: { cookie: before } });
  expect(old.status).toBe(401);
});

const hourAgo = Math.floor(Date.now() / 1_000) - 3_600;
test.each<[string, () => void, string, string]>([
  ['a wrong nonce', () => google.forge({ nonce: 'another' }), 'mara', 'invalid'],
  ['a wrong audience', () => google.forge({ aud: 'another' }), 'mara', 'invalid'],
  ['a wrong issuer', () => google.forge({ iss: 'https://accounts.example' }), 'mara', 'invalid'],
  ['an expired token', () => google.forge({ exp: hourAgo, iat: hourAgo - 60 }), 'mara', 'invalid'],
  ['a foreign signing key', () => google.forge({}, 'foreign'), 'mara', 'invalid'],
  ['an address that is not verified', () => google.forge(), 'unverified', 'not-verified'],
  ['somebody who is not on the list', () => google.forge(), 'stranger', 'not-on-list'],
  [
    'an address of the organisation without its word',
    () => google.forge(),
    'pretender',
    'not-on-list',
  ],
  ['another account that has the address now', () => google.forge(), 'heir', 'other-account'],
])('refuses %s', async (_, prepare, who, code) => {
  prepare();
  const surfer = createSurfer();
  const place = await surfer.signIn(dashboard.url, who);
  google.forge();
  expect(place.url.pathname).toBe('/sign-in');
  const { who: signedIn, refusal } = await sessionOf(surfer);
  expect([signedIn, refusal?.code]).toEqual([null, code]);
  expect((await surfer.go(`${dashboard.url}/api/runs`)).status).toBe(401);
});

test('takes tokens that are signed anew, so that the refusals above have their own reasons', async () => {
  google.forge({});
  const surfer = createSurfer();
  expect((await surfer.signIn(dashboard.url, 'mara')).url.pathname).toBe('/runs');
  google.forge();
});

test('refuses a wrong state, a second use, another browser’s answer, and a no', async () => {
  const atCallback = (act: (url: URL) => void) => (url: URL) => {
    if (url.pathname === '/sign-in/callback') act(url);
  };
  const surfer = createSurfer();
  let answer = '';
  await surfer.signIn(
    dashboard.url,
    'mara',
    atCallback((url) => url.searchParams.set('state', 'x')),
  );
  expect((await sessionOf(surfer)).refusal?.code).toBe('invalid');

  await surfer.signIn(
    dashboard.url,
    'mara',
    atCallback((url) => (answer = url.href)),
  );
  expect((await sessionOf(surfer)).who?.role).toBe('admin');
  expect((await surfer.go(answer)).url.pathname).toBe('/sign-in');

  const victim = createSurfer();
  expect((await victim.go(answer)).url.pathname).toBe('/sign-in');
  expect((await sessionOf(victim)).who).toBeNull();

  expect((await victim.signIn(dashboard.url, null)).url.pathname).toBe('/sign-in');
  expect((await sessionOf(victim)).refusal?.code).toBe('denied');
});

test.each(['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)'])(
  'leads nobody to %s afterwards',
  async (to) => {
    const surfer = createSurfer();
    const choice = await surfer.go(
      `${dashboard.url}/sign-in/google?return-to=${encodeURIComponent(to)}`,
    );
    const body = new URLSearchParams({ account: 'mara' });
    const place = await surfer.go(choice.url.href, { method: 'POST', body });
    expect(place.url.href).toBe(`${dashboard.url}/`);
  },
);

test('people are let in, given another role, kept out and signed out at once', async () => {
  const mara = createSurfer();
  await mara.signIn(dashboard.url, 'mara');
  const reason = 'joins us';
  const set = (role: string) =>
    change(mara, 'POST', '/api/people', { email: 'Guest@elsewhere.test', role, reason });
  expect((await set('operator')).status).toBe(204);

  const guest = createSurfer();
  await guest.signIn(dashboard.url, 'guest');
  expect((await sessionOf(guest)).who).toEqual({ name: 'guest@elsewhere.test', role: 'operator' });
  await set('viewer');
  expect((await sessionOf(guest)).who?.role).toBe('viewer');
  await set('none');
  expect((await sessionOf(guest)).who).toBeNull();
  expect((await guest.go(`${dashboard.url}/api/runs`)).status).toBe(401);
  await set('viewer');

  const list = async () =>
    PeopleList.parse(JSON.parse((await mara.go(`${dashboard.url}/api/people`)).text)).people;
  const found = (await list()).find(({ email }) => email === 'guest@elsewhere.test');
  expect(found).toMatchObject({ role: 'viewer', by: 'list', sessions: [{ isYours: false }] });
  const [session] = found?.sessions ?? [];
  const out = { session: session?.id, reason };
  expect((await change(mara, 'POST', `/api/people/${found?.id}/sign-out`, out)).status).toBe(204);
  expect((await guest.go(`${dashboard.url}/api/runs`)).status).toBe(401);

  const self = (await list()).find(({ email }) => email === 'mara@example.com');
  expect((await change(mara, 'DELETE', `/api/people/${self?.id}`, { reason })).status).toBe(409);
  expect((await change(mara, 'DELETE', `/api/people/${found?.id}`, { reason })).status).toBe(204);
  const noted = await world.database.sql`
    select by, "from", action, detail from audit where target = 'guest@elsewhere.test' order by id`;
  expect(noted.map(({ action }) => String(action))).toEqual([
    ...['person.set', 'session.sign-in', 'person.set', 'person.set', 'person.set'],
    ...['session.revoke', 'person.remove'],
  ]);
  expect(noted[0]).toMatchObject({ by: 'dashboard:mara@example.com', from: 'dashboard' });
  expect(noted[0]?.detail).toMatchObject({ before: { role: 'none' } });
  expect(noted.at(-1)?.detail).toEqual({ before: { role: 'viewer' }, after: {} });
});

test('gives another id after an hour without signing anybody out, and forgets the old one', async () => {
  const surfer = createSurfer();
  await surfer.signIn(dashboard.url, 'ola');
  const { csrf } = await sessionOf(surfer);
  const old = surfer.cookiesFor(dashboard.url);
  await world.database.sql`
    update sessions set data = jsonb_set(data, '{person,rotatedAt}', '0') where data -> 'person' ->> 'csrf' = ${csrf}`;
  const at = (cookie: string) => fetch(`${dashboard.url}/api/runs`, { headers: { cookie } });
  // requests that are under way together
  const answers = await Promise.all([at(old), at(old), at(old)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const given = answers.flatMap(({ headers }) => headers.getSetCookie());
  expect(given).toHaveLength(1);
  const [fresh = ''] = given[0]?.split(';') ?? [];
  expect(fresh).not.toBe(old);
  expect(given[0]).toMatch(/; HttpOnly; SameSite=Lax$/);
  expect((await at(fresh)).status).toBe(200);
  await world.database.sql`
    update sessions set replaced_at = now() - interval '2 minutes' where replaced_at is not null`;
  expect((await at(old)).status).toBe(401);
  expect((await at(fresh)).status).toBe(200);
});

test('signing out everywhere ends every browser and the streams that are open', async () => {
  const [one, two] = [createSurfer(), createSurfer()];
  await one.signIn(dashboard.url, 'mara');
  await two.signIn(dashboard.url, 'mara');
  const headers = { cookie: two.cookiesFor(dashboard.url) };
  const stream = await fetch(`${dashboard.url}/api/live?topics=status`, { headers });
  expect(stream.status).toBe(200);
  const ended = stream.text();

  expect((await change(one, 'POST', '/api/session/sign-out', { everywhere: true })).status).toBe(
    204,
  );
  expect((await sessionOf(one)).who).toBeNull();
  expect((await sessionOf(two)).who).toBeNull();
  expect(await ended).toMatch(/^event: ?topic$/m);
});

test('an idle session and one that is too old end', async () => {
  const surfer = createSurfer();
  await surfer.signIn(dashboard.url, 'ola');
  const { csrf } = await sessionOf(surfer);
  const mine = world.database.sql`data -> 'person' ->> 'csrf' = ${csrf}`;
  await world.database.sql`
    update sessions set seen_at = now() - interval '13 hours' where ${mine}`;
  expect((await sessionOf(surfer)).who).toBeNull();
  await world.database.sql`update sessions set seen_at = now() where ${mine}`;
  expect((await sessionOf(surfer)).who).not.toBeNull();
  await world.database.sql`update sessions set ends_at = now() where ${mine}`;
  expect((await sessionOf(surfer)).who).toBeNull();
});

test('keeps only hashes of ids', async () => {
  const surfer = createSurfer();
  await surfer.signIn(dashboard.url, 'ola');
  const id = decodeURIComponent(surfer.cookiesFor(dashboard.url)).replace(
    /^agentic=s:([^.]+).*/,
    '$1',
  );
  const [found] = await world.database.sql`
    select count(*)::int as rows from sessions s where s::text like ${`%${id}%`}`;
  expect(id.length).toBeGreaterThan(20);
  expect(found).toEqual({ rows: 0 });
});

test('stops who tries again and again', async () => {
  const surfer = createSurfer();
  const place = await eventually('the limit', async () => {
    const at = await surfer.signIn(dashboard.url, 'stranger');
    return at.url.search === '?refused=too-many' ? at : undefined;
  });
  expect(place.url.pathname).toBe('/sign-in');
  const guess = await fetch(`${dashboard.url}/api/runs`, {
    headers: { authorization: `Bearer agentic_${'x'.repeat(43)}` },
  });
  expect(guess.status).toBe(429);
});

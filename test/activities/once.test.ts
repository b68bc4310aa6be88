import { once as event } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Activities, CapabilityActivity } from '../../src/activities/activities.ts';
import { createDoor, type Door } from '../../src/activities/door.ts';
import { createOnce, type Plan } from '../../src/activities/once.ts';
import { defineCapability, type Effect } from '../../src/contracts/capability.ts';
import { DryRun } from '../../src/contracts/dry-run.ts';
import type { Account } from '../../src/platform/config.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createGate } from '../../src/platform/gate.ts';
import { createLedger, type Found, type Ledger } from '../../src/platform/ledger.ts';
import { createSuppressions, type Suppressions } from '../../src/platform/suppressions.ts';
import { acme, forget, greet } from '../support/acme.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

/** What the vendor of these tests answers. */
interface Said {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

let own: TestDatabase;
let database: Database;
let ledger: Ledger;
let suppressions: Suppressions;
let server: Server;
let answer: (request: IncomingMessage) => Said;
let isAway = false;
const asked: { method: string | undefined; url: string | undefined; body: string }[] = [];

beforeAll(async () => {
  own = await testDatabase('once');
  database = openDatabase(own.url, 4);
  ledger = createLedger({ database, freezeMs: 100 });
  suppressions = createSuppressions(database);
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ method: request.method, url: request.url, body });
      const said = answer(request);
      response.writeHead(said.status, said.headers);
      response.end(JSON.stringify(said.body ?? {}));
    });
  });
  server.listen(0, '127.0.0.1');
  await event(server, 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await database.close();
  await own.drop();
});
beforeEach(() => {
  asked.length = 0;
  isAway = false;
  answer = () => ({ status: 200, body: { id: 'g-1' } });
});
afterEach(() => database.sql`delete from suppressions`);

function doorOf(): Door {
  const stopped = new AbortController().signal;
  return createDoor({
    gate: createGate(database),
    timeoutMs: 400,
    stopped: () => stopped,
    ...{ attempt: () => 1, party: () => 'test', note: () => undefined },
  });
}
const address = (): string => {
  const bound = server.address();
  const host = isAway ? '127.0.0.2' : '127.0.0.1'; // nobody listens at the former
  return `http://${host}:${typeof bound === 'object' && bound ? bound.port : 0}`;
};
const accounts: readonly Account[] = [
  { name: 'main', apiKey: 'k', baseUrl: '', isStandIn: false },
  { name: 'tour', apiKey: 'k', baseUrl: '', isStandIn: true },
];
const callOf = <E extends Effect>(
  account: Account,
  { method, path, body }: Plan['request'],
  effect: E,
) => ({
  vendor: 'Acme',
  flow: { key: `acme:${account.name}`, limits: acme.limits, effect },
  url: new URL(address() + path),
  headers: {},
  method,
  body,
});
const once = createOnce({
  ledger: {
    once: (effect, order) => ledger.once(effect, order),
    look: (key, request) => ledger.look(key, request),
  },
  door: { write: (...args) => doorOf().write(...args) },
  suppressions: { refuse: (addresses) => suppressions.refuse(addresses) },
  account: (name) => accounts.find((each) => each.name === name) ?? accounts[0] ?? never(),
  callOf,
  deadlineMs: 500,
  run: () => 'run-1',
});
function never(): never {
  throw new Error('no account');
}

type Input = z.output<typeof greet.input>;
const plan =
  (kind: string, more: Partial<Plan> = {}) =>
  (call: { account: string; input: Input }) =>
    Promise.resolve<Plan>({
      kind: 'write',
      summary: `Greets ${call.input.email}`,
      key: `${kind}:${call.account}:${call.input.email}`,
      recipients: kind === 'greet' ? [call.input.email] : [],
      request: {
        method: kind === 'greet' ? 'POST' : 'DELETE',
        path: `/${kind}`,
        ...(kind === 'greet' ? { body: call.input } : {}),
      },
      isStandIn: false,
      ...more,
    });
const reply = z.object({ id: z.string() });
const result = (said: z.infer<typeof reply> | undefined) => ({ id: said?.id ?? null });
const greeting = (lookUp?: () => Promise<Found<{ id: string | null }>>, more?: Partial<Plan>) =>
  once(greet, { plan: plan('greet', more), reply, result, ...(lookUp ? { lookUp } : {}) });
const forgetting = once(forget, { plan: plan('forget'), reply, result });

let people = 0;
const person = (): string => `mara${(people += 1)}@kunde.de`;
const call = (email: string, more: object = {}) => ({
  account: 'main',
  input: { email, words: 'hello' },
  method: 'one',
  tunables: {},
  ...more,
});
const failing = (type: string) => ({ type, nonRetryable: true });

test('what must not be repeated cannot be written without `once`', () => {
  const plain: CapabilityActivity<Input, { id: string | null }> = () =>
    Promise.resolve({ id: null });
  const own: Activities<typeof acme> = {
    'acme.greet': greeting(),
    'acme.forget': forgetting,
    'acme.look': plain,
  };
  const wrong: Activities<typeof acme> = {
    // @ts-expect-error a plain function may not send
    'acme.greet': plain,
    // @ts-expect-error nor destroy
    'acme.forget': plain,
    'acme.look': plain,
  };
  const swapped: Activities<typeof acme> = {
    ...own,
    // @ts-expect-error nor may one capability's activity stand for another's
    'acme.greet': forgetting,
  };
  // @ts-expect-error every declared capability has its activity
  const missing: Activities<typeof acme> = { 'acme.look': plain };
  const through = (door: Door) => {
    const { signal } = new AbortController();
    const request = { method: 'POST', path: '/greet' } as const;
    const [account = never()] = accounts;
    // @ts-expect-error the door takes no call that sends
    void door.call(callOf(account, request, 'send'), reply);
    // @ts-expect-error nor one that destroys
    void door.call(callOf(account, request, 'destroy'), reply);
    // @ts-expect-error and nobody can make the permit for a write
    void door.write({}, { ...callOf(account, request, 'send'), signal }, reply);
  };
  // @ts-expect-error what is gone for good needs a text to repeat
  const unasked = defineCapability({ ...greet, id: 'acme.drop', effect: 'destroy' });
  expect([own, wrong, swapped, missing, through, unasked]).toHaveLength(6);
});

test('it is sent once, and the second time the first answer comes back', async () => {
  const email = person();
  expect(await greeting()(call(email))).toEqual({ id: 'g-1' });
  answer = () => ({ status: 200, body: { id: 'g-2' } });
  expect(await greeting()(call(email))).toEqual({ id: 'g-1' });
  expect(asked).toEqual([
    { method: 'POST', url: '/greet', body: JSON.stringify({ email, words: 'hello' }) },
  ]);
});

test('who is on the suppression list gets nothing, and the failure names entry and reason', async () => {
  await suppressions.add(['kunde.de'], { by: 'mara', reason: 'asked us to stop' });
  const refused = greeting()(call(person()));
  await expect(refused).rejects.toMatchObject(failing('Suppressed'));
  await expect(refused).rejects.toThrow(/“kunde\.de”.*asked us to stop/);
  await expect(greeting()(call('no address'))).rejects.toThrow(/not an e-mail address/);
  expect(asked).toEqual([]);
});

test.each([
  ['the caller says so', { provenance: 'stand-in' }, {}, person()],
  ['our own rows say so', {}, { isStandIn: true }, person()],
  ['the address is reserved', {}, {}, 'mara@mail.example.com'],
])('data of a stand-in never goes to a live vendor: %s', async (_, more, planned, email) => {
  const activity = greeting(undefined, planned);
  await expect(activity(call(email, more))).rejects.toMatchObject(failing('FromStandIn'));
  expect(asked).toEqual([]);
  await activity(call(email, { ...more, account: 'tour' }));
  expect(asked).toHaveLength(1);
});

test('a vendor’s no is the failure, and the same or a better request may follow', async () => {
  const email = person();
  answer = () => ({ status: 400, body: { message: 'words are too short' } });
  const refused = greeting()(call(email, { input: { email, words: '' } }));
  await expect(refused).rejects.toMatchObject(failing('InvalidRequest'));
  await expect(refused).rejects.toThrow('words are too short');
  answer = () => ({ status: 200, body: { id: 'g-1' } });
  expect(await greeting()(call(email))).toEqual({ id: 'g-1' });
  const other = greeting()(call(email, { input: { email, words: 'other' } }));
  await expect(other).rejects.toMatchObject(failing('KeyReused'));
  expect(asked).toHaveLength(2);
});

test('a lost answer is looked up; where nobody can be asked it is for a person', async () => {
  answer = () => ({ status: 500 });
  const found = () => Promise.resolve({ kind: 'found', result: { id: 'g-9' } } as const);
  expect(await greeting(found)(call(person()))).toEqual({ id: 'g-9' });

  const absent = () => Promise.resolve({ kind: 'absent' } as const);
  const waiting = greeting(absent)(call(person()));
  await expect(waiting).rejects.toMatchObject({ type: 'NotReady', nonRetryable: false });
  await expect(waiting).rejects.toHaveProperty('nextRetryDelay', expect.any(Number));

  const email = person();
  const unknown = greeting()(call(email));
  await expect(unknown).rejects.toMatchObject(failing('OutcomeUnknown'));
  await expect(unknown).rejects.toThrow(`agentic ledger settle greet:main:${email} done|not-done`);
  expect(asked).toHaveLength(3);
  const mara = { by: 'mara', reason: 'it is there' };
  await ledger.settle(`greet:main:${email}`, 'done', mara);
  expect(await greeting()(call(email))).toEqual({ id: null });
});

test('a vendor that was never reached was not asked: the next try sends, and no person is', async () => {
  const email = person();
  isAway = true;
  const unreached = { type: 'VendorUnreachable', nonRetryable: false };
  await expect(greeting()(call(email))).rejects.toMatchObject(unreached);
  isAway = false;
  expect(await greeting()(call(email))).toEqual({ id: 'g-1' });
  expect(asked).toHaveLength(1);
});

test('what is done once is not asked for again elsewhere, whatever the vendor says', async () => {
  answer = () => ({ status: 302, headers: { location: '/elsewhere' } });
  await expect(greeting()(call(person()))).rejects.toMatchObject(failing('OutcomeUnknown'));
  expect(asked).toMatchObject([{ url: '/greet' }]);
});

test('what a person leaves out is not sent', async () => {
  const email = person();
  answer = () => ({ status: 500 });
  await greeting()(call(email)).catch(() => undefined);
  await ledger.settle(`greet:main:${email}`, 'leave-out', { by: 'mara', reason: 'no need' });
  await expect(greeting()(call(email))).rejects.toMatchObject(failing('LeftOut'));
  await expect(greeting()(call(email))).rejects.toThrow('no need');
});

test('a dry run says exactly what would happen, and asks for nothing', async () => {
  const email = person();
  type Activity = (of: ReturnType<typeof call> & { isDryRun: true }) => Promise<unknown>;
  const dry = async (activity: Activity = greeting(), of = call(email)) =>
    DryRun.parse(await activity({ ...of, isDryRun: true }));
  expect(await dry()).toEqual({
    isDryRun: true,
    summary: `Greets ${email}`,
    wouldAct: true,
    request: { method: 'POST', path: '/greet', body: { email, words: 'hello' } },
    recipients: { count: 1, first: [email] },
    costUsdCents: null,
    ledger: null,
    refusals: [],
    confirmation: null,
  });
  expect(asked).toEqual([]);
  await greeting()(call(email));
  expect(await dry()).toMatchObject({
    wouldAct: false,
    ledger: { key: `greet:main:${email}`, state: 'done' },
  });
  expect(await dry(greeting(), call(email, { input: { email, words: 'x' } }))).toMatchObject({
    refusals: [{ failure: 'KeyReused' }],
  });
  await suppressions.add([email], { by: 'mara', reason: 'asked us to stop' });
  const both = await dry(greeting(), call(email, { provenance: 'stand-in' }));
  expect(both.refusals.map(({ failure }) => failure)).toEqual(['Suppressed', 'FromStandIn']);
  expect(await dry(forgetting)).toMatchObject({ confirmation: email, wouldAct: true });
  expect(asked).toHaveLength(1);
});

test('what is gone already counts as destroyed, and leaves no row', async () => {
  const email = person();
  expect(await forgetting(call(email))).toEqual({ id: 'g-1' });
  answer = () => ({ status: 404 });
  expect(await forgetting(call(email))).toEqual({ id: null });
  expect(asked.map(({ method, body }) => [method, body])).toEqual([
    ['DELETE', ''],
    ['DELETE', ''],
  ]);
  expect(await ledger.show(`forget:main:${email}`)).toBeUndefined();
});

test('without the database nothing is sent', async () => {
  const lost = openDatabase('postgres://nobody@127.0.0.1:1/x', 1);
  const working = suppressions;
  suppressions = createSuppressions(lost);
  const stopped = greeting()(call(person()));
  await expect(stopped).rejects.toMatchObject({ type: 'DatabaseUnavailable', nonRetryable: false });
  suppressions = working;
  await lost.close();
  expect(asked).toEqual([]);
});

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createLedger, type Outcome } from '../../src/platform/ledger.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startPostgres, testDatabase, type TestDatabase } from '../support/servers.ts';
import { Died, faulty, modelVendor, type Fate, type Fault, type Receipt } from './model-vendor.ts';

let own: TestDatabase;
let database: Database;
beforeAll(async () => {
  own = await testDatabase('ledger');
  database = openDatabase(own.url, 10);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const deadlineMs = 60;
const freezeMs = 90;
const mara = { by: 'mara', reason: 'looked at the vendor' };
let keys = 0;
const newKey = (): string => `lead:acme:spring:${(keys += 1)}@example.com`;
const done: Fate = { kind: 'done' };

/** One process that wants the effect, some time after the first. */
const process_ = fc.record({
  startsAfterMs: fc.integer({ min: 0, max: 250 }),
  fault: fc.option(
    fc.record<Fault>({
      after: fc.integer({ min: 1, max: 6 }),
      kind: fc.constantFrom('dies', 'freezes'),
      ms: fc.constantFrom(5, deadlineMs + 10, deadlineMs + freezeMs + 20),
    }),
  ),
  fate: fc.oneof(
    fc.constantFrom<Fate>(
      ...[done, { kind: 'answer-lost' } as const, { kind: 'never-arrives' } as const],
      ...[{ kind: 'refused' } as const, { kind: 'refused-for-now' } as const],
    ),
    fc.record({
      kind: fc.constant('late' as const),
      ms: fc.integer({ min: 0, max: freezeMs - 5 }),
    }),
  ),
  look: fc.oneof(
    { weight: 4, arbitrary: fc.constant('tells' as const) },
    { weight: 1, arbitrary: fc.constantFrom('cannot-tell', 'fails', 'is-not-there') },
  ),
});
const story = fc.record({
  processes: fc.array(process_, { minLength: 1, maxLength: 5 }),
  canBeAsked: fc.boolean(),
  verdict: fc.constantFrom('done', 'not-done', 'leave-out'),
});
type Story = typeof story extends fc.Arbitrary<infer Value> ? Value : never;

const isExpected = (error: unknown): boolean =>
  error instanceof Died ||
  (error instanceof Error && /taken over|look-up broke/.test(error.message));

/** Plays one story with a key of its own; then a sound process goes on until the key is at an end. */
async function play({ processes, canBeAsked, verdict }: Story): Promise<void> {
  const vendor = modelVendor(freezeMs);
  const key = newKey();
  await Promise.all(
    processes.map(async ({ startsAfterMs, fault, fate, look }) => {
      await delay(startsAfterMs);
      const ledger = createLedger({ database: faulty(database, fault), freezeMs });
      await ledger
        .once('send', vendor.order(key, fate, look, deadlineMs))
        .catch((error: unknown) => {
          if (!isExpected(error)) throw error;
        });
    }),
  );

  const ledger = createLedger({ database, freezeMs });
  const look = canBeAsked ? 'tells' : 'is-not-there';
  let timesNotDone = 0;
  const end = async (): Promise<Outcome<Receipt>> => {
    for (;;) {
      // who lost its lease, because the machine was slow, comes again as any run does
      const outcome = await ledger
        .once('send', vendor.order(key, done, look, deadlineMs))
        .catch((error: unknown) => {
          if (!isExpected(error)) throw error;
          return { kind: 'in-flight', retryInMs: 0 } as const;
        });
      if (outcome.kind === 'in-flight') await delay(outcome.retryInMs + 2);
      else if (outcome.kind !== 'unknown' || timesNotDone > 0) return outcome;
      else {
        expect(outcome.reason).not.toBe('');
        await ledger.settle(key, verdict, mara);
        if (verdict === 'not-done') timesNotDone += 1;
      }
    }
  };
  const outcome = await end();
  await vendor.settled();
  const row = await ledger.show(key);
  const told = JSON.stringify({ outcome, row }, null, 2);

  expect([told, vendor.countOf(key) <= 1 + timesNotDone]).toEqual([told, true]);
  const isByPerson = outcome.kind === 'done' && outcome.result === null;
  if (outcome.kind === 'done' && !isByPerson) {
    expect([told, vendor.countOf(key) >= 1]).toEqual([told, true]);
  }
  expect(row).toMatchObject({ state: outcome.kind, reason: expect.stringMatching(/./) });
  expect(row?.history.at(-1)?.state).toBe(outcome.kind);
}

test('whatever dies, freezes, is lost or refused: at most once, and every key comes to an end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(story, { minLength: 40, maxLength: 40 }), async (stories) => {
      await Promise.all(stories.map(play));
    }),
    { numRuns: 20, endOnFailure: true },
  );
}, 60_000);

test('a process may die after any statement: the next one ends it with one effect', async () => {
  const vendor = modelVendor(freezeMs);
  for (const fate of [done, { kind: 'answer-lost' }, { kind: 'never-arrives' }] as const) {
    for (const after of [1, 2, 3, 4, 5]) {
      const key = newKey();
      const dying = faulty(database, { after, kind: 'dies', ms: 0 });
      const order = vendor.order(key, fate, 'tells', deadlineMs);
      await createLedger({ database: dying, freezeMs })
        .once('send', order)
        .catch(() => undefined);
      const next = createLedger({ database, freezeMs });
      await eventually(`${fate.kind} after ${after}`, async () => {
        const outcome = await next.once('send', vendor.order(key, done, 'tells', deadlineMs));
        return outcome.kind === 'done';
      });
      expect([fate.kind, after, vendor.countOf(key)]).toEqual([fate.kind, after, 1]);
    }
  }
});

test('ten at once make one call; those who come later get its answer, whoever asks', async () => {
  const vendor = modelVendor(freezeMs);
  const ledger = createLedger({ database });
  const key = newKey();
  const order = vendor.order(key, done, 'tells', 5_000);
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => ledger.once('send', order)));
  expect(vendor.calls()).toBe(1);
  expect(outcomes.filter((each) => each.kind === 'done' && each.isFresh)).toHaveLength(1);
  for (const each of outcomes) expect(['done', 'in-flight']).toContain(each.kind);
  const later = await ledger.once('send', order);
  expect(later).toEqual({ kind: 'done', result: { id: key }, isFresh: false });
});

test('the same key with another request is refused for good; the order of fields is no difference', async () => {
  const ledger = createLedger({ database });
  const vendor = modelVendor(freezeMs);
  const order = vendor.order(newKey(), done, 'tells', 5_000);
  await ledger.once('send', { ...order, request: { a: 1, b: [2] } });
  const same = await ledger.once('send', { ...order, request: { b: [2], a: 1 } });
  expect(same).toMatchObject({ kind: 'done', isFresh: false });
  const other = ledger.once('send', { ...order, request: { a: 1, b: [3] } });
  await expect(other).rejects.toMatchObject({ type: 'KeyReused', nonRetryable: true });
  expect(vendor.calls()).toBe(1);
});

test('a refusal for now may be tried at once; one that stands needs a person', async () => {
  const vendor = modelVendor(freezeMs);
  const ledger = createLedger({ database });
  const key = newKey();
  const with_ = (fate: Fate) => ledger.once('spend', vendor.order(key, fate, 'tells', 5_000));
  expect(await with_({ kind: 'refused-for-now' })).toMatchObject({
    kind: 'refused',
    stands: false,
  });
  expect(await with_({ kind: 'refused' })).toMatchObject({ kind: 'refused', stands: true });
  expect(await with_(done)).toMatchObject({ kind: 'refused', reason: '422: no such campaign' });
  await ledger.settle(key, 'not-done', mara);
  expect(await with_(done)).toMatchObject({ kind: 'done', isFresh: true });
  expect((await ledger.show(key))?.history.map(({ state }) => state)).toEqual(
    'intent sending intent intent sending refused intent intent sending done'.split(' '),
  );
});

test('what cannot be asked about is unknown, and an answer that comes late still counts', async () => {
  const vendor = modelVendor(freezeMs);
  const ledger = createLedger({ database });
  const order = vendor.order(newKey(), done, 'is-not-there', 5_000);
  const called = Promise.withResolvers<null>();
  const thaw = Promise.withResolvers<null>();
  const frozen = ledger.once('send', {
    ...order,
    async call(signal) {
      called.resolve(null);
      await thaw.promise;
      return order.call(signal);
    },
  });
  await called.promise;
  expect(await ledger.once('send', order)).toMatchObject({ kind: 'in-flight' });
  await database.sql`update effects set lease_until = clock_timestamp() where key = ${order.key}`;
  const reason = 'its sender vanished, and the vendor cannot be asked';
  expect(await ledger.once('send', order)).toEqual({ kind: 'unknown', reason });
  thaw.resolve(null);
  expect(await frozen).toMatchObject({ kind: 'done', isFresh: true });
  expect(await ledger.once('send', order)).toMatchObject({ kind: 'done', isFresh: false });
  expect(vendor.calls()).toBe(1);
});

test('whoever was taken over is told so, before the call and after it', async () => {
  const vendor = modelVendor(freezeMs);
  const order = vendor.order(newKey(), done, 'tells', 5_000);
  const stolen = () =>
    database.sql`update effects set owner = 'another' where key = ${order.key}`.then(
      () => undefined,
    );
  const ledger = createLedger({ database });
  const late = ledger.once('send', {
    ...order,
    async call(signal) {
      const answer = await order.call(signal);
      await stolen();
      return answer;
    },
  });
  await expect(late).rejects.toMatchObject({ type: 'LeaseLost', nonRetryable: false });
  expect(await ledger.show(order.key)).toMatchObject({ state: 'sending', owner: 'another' });

  const early = vendor.order(newKey(), done, 'tells', 20);
  const slow = faulty(database, { after: 1, kind: 'freezes', ms: 30 });
  const frozen = createLedger({ database: slow }).once('send', early);
  await expect(frozen).rejects.toMatchObject({ type: 'LeaseLost' });
  expect(vendor.countOf(early.key)).toBe(0);
});

test('a machine that thaws past the deadline, timers behind, does not make its call', async () => {
  const vendor = modelVendor(freezeMs);
  const stopped = faulty(database, { after: 2, kind: 'machine-freezes', ms: deadlineMs + 10 });
  const order = vendor.order(newKey(), done, 'is-not-there', deadlineMs);
  const outcome = await createLedger({ database: stopped }).once('send', order);
  expect(outcome).toEqual({ kind: 'in-flight', retryInMs: 0 });
  expect(vendor.calls()).toBe(0);
  expect(await createLedger({ database }).once('send', order)).toMatchObject({ kind: 'done' });
});

test('a key keeps its last 20 transitions', async () => {
  const vendor = modelVendor(freezeMs);
  const ledger = createLedger({ database });
  const order = vendor.order(newKey(), { kind: 'refused-for-now' }, 'tells', 5_000);
  for (let tries = 0; tries < 9; tries += 1) await ledger.once('send', order);
  const row = await ledger.show(order.key);
  expect(row?.history).toHaveLength(20);
  expect(row?.history.at(-1)).toMatchObject({ state: 'intent', why: '429: slow down' });
});

test('a host whose clock jumps neither waits longer nor takes what is held', async () => {
  const vendor = modelVendor(freezeMs);
  const key = newKey();
  const order = vendor.order(key, done, 'tells', 5_000);
  const dead = createLedger({ database: faulty(database, { after: 1, kind: 'dies', ms: 0 }) });
  await dead.once('send', order).catch(() => undefined);
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now');
  try {
    for (const jump of [-3_600_000, 3_600_000]) {
      clock.mockReturnValue(now + jump);
      const outcome = await createLedger({ database }).once('send', order);
      expect(outcome).toMatchObject({ kind: 'in-flight' });
      if (outcome.kind === 'in-flight') expect(outcome.retryInMs).toBeLessThanOrEqual(5_000);
    }
  } finally {
    clock.mockRestore();
  }
  expect(vendor.calls()).toBe(0);
});

test('a Postgres that is killed in the middle loses nothing and doubles nothing', async () => {
  const server = await startPostgres({ stateDir: scratchFolder() });
  const restarted = openDatabase(server.url, 5);
  const vendor = modelVendor(freezeMs);
  try {
    const ledger = createLedger({ database: restarted, freezeMs });
    const all = Array.from({ length: 60 }, newKey);
    const work = all.map(async (key, at) => {
      await delay(at * 5);
      await eventually(key, async () => {
        const order = vendor.order(key, done, 'tells', 1_000);
        const outcome = await ledger.once('send', order).catch(() => undefined);
        return outcome?.kind === 'done';
      });
    });
    await delay(150);
    server.kill();
    await Promise.all(work);
    expect(all.map(vendor.countOf)).toEqual(all.map(() => 1));
    expect(await ledger.list({ state: 'done', limit: 100 })).toHaveLength(60);
  } finally {
    await restarted.close();
    await server.end();
  }
});

test('what was being sent when its sender vanished for good is left to a person, nothing else is', async () => {
  const ledger = createLedger({ database, freezeMs: 1 });
  const [lost, begun] = [newKey(), newKey()];
  const vendor = modelVendor(freezeMs);
  const silent = vendor.order(lost, { kind: 'answer-lost' }, 'fails', 20);
  await ledger.once('send', silent).catch(() => undefined);
  const refused = vendor.order(begun, { kind: 'refused-for-now' }, 'tells', 2_000);
  await ledger.once('send', refused);
  expect(await ledger.abandon()).toBe(0);
  expect(await ledger.show(lost)).toMatchObject({ state: 'sending' });

  await eventually('the end of its quarantine', async () => (await ledger.abandon(30)) === 1);
  expect(await ledger.show(lost)).toMatchObject({
    state: 'unknown',
    reason: expect.stringMatching(/^nobody has asked .* \(before: the look-up failed/),
  });
  expect(await ledger.show(begun)).toMatchObject({ state: 'intent' });
  expect(await ledger.once('send', silent)).toMatchObject({ kind: 'unknown' });
  expect(await ledger.settle(lost, 'done', mara)).toMatchObject({ state: 'done' });
});

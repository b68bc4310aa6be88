import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowLimits } from '../../src/contracts/flow-keys.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createFlowKeys } from '../../src/platform/flow-keys.ts';
import { createGate, type Gate, type Reservation, type Slot } from '../../src/platform/gate.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { startPostgres, testDatabase, type TestDatabase } from '../support/servers.ts';

/** Two processes' worth of pools and gates over one database. */
let own: TestDatabase;
let database: Database;
let another: Database;
let gates: readonly [Gate, Gate];
beforeAll(async () => {
  own = await testDatabase('gate');
  database = openDatabase(own.url, 4);
  another = openDatabase(own.url, 4);
  gates = [createGate(database), createGate(another)];
});
afterAll(async () => {
  await Promise.all([database.close(), another.close()]);
  await own.drop();
});

const never = new AbortController().signal;
const plenty: FlowLimits = { perSecond: 1_000, perMinute: 60_000, atOnce: 1_000 };
const oneSlot = [{ party: 'test', slots: 1 }] as const;
const wish = { wants: oneSlot, maxWaitMs: 5_000, holdMs: 60_000, whenAway: 'stop' } as const;
const atOnce = { ...wish, maxWaitMs: 0 };
let keys = 0;
const anyKey = () => `test:${(keys += 1)}`;

function granted(said: Reservation): Slot {
  if (said.kind !== 'go') throw new Error(`expected a slot, was told ${said.why}`);
  return said.slots[0];
}

test('a minute’s limit below the second’s is kept too', async () => {
  const limits = { perSecond: 100, perMinute: 60, atOnce: 1_000 };
  const key = anyKey();
  const waits: number[] = [];
  for (let call = 0; call < 8; call += 1) {
    waits.push(granted(await gates[0].reserve(key, limits, { ...wish, maxWaitMs: 60_000 })).inMs);
  }
  expect(waits.filter((each) => each < 100)).toHaveLength(3); // a burst of a twentieth
  expect(waits.at(-1)).toBeGreaterThan(4_000);
});

test('a slot too far away is not taken, and the next who can wait gets it', async () => {
  const limits = { perSecond: 1, perMinute: 60, atOnce: 10 };
  const key = anyKey();
  granted(await gates[0].reserve(key, limits, atOnce));
  const refused = await gates[1].reserve(key, limits, { ...wish, maxWaitMs: 100 });
  expect(refused).toMatchObject({ kind: 'later', because: 'rate' });
  const { inMs } = granted(await gates[1].reserve(key, limits, wish));
  expect(inMs).toBeGreaterThan(700);
  expect(inMs).toBeLessThanOrEqual(1_000);
});

test('no more calls at once than allowed, from two pools; settled and lost ones make room', async () => {
  const limits = { ...plenty, atOnce: 3 };
  const key = anyKey();
  const short = { ...wish, holdMs: 300 };
  const said = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      gates[index % 2 === 0 ? 0 : 1].reserve(key, limits, short),
    ),
  );
  const leases = said.flatMap((each) =>
    each.kind === 'go' ? each.slots.map(({ lease }) => lease) : [],
  );
  expect(leases).toHaveLength(3);
  expect(said.find((each) => each.kind === 'later')).toMatchObject({ because: 'at-once' });

  const [first] = leases;
  if (first) await gates[1].settle(first, { kind: 'answered' });
  granted(await gates[0].reserve(key, limits, short));
  expect(await gates[0].reserve(key, limits, short)).toMatchObject({ because: 'at-once' });
  await eventually('lost leases to end', async () => {
    return (await gates[0].reserve(key, limits, short)).kind === 'go';
  });
});

test('a closing reaches waiting callers of another process at once, and holds until its end', async () => {
  const key = anyKey();
  granted(await gates[1].reserve(key, plenty, atOnce)); // it follows from its first question on
  await sleep(100);
  const waiting = gates[1].wait(key, 'closed', 5_000, never);
  const began = Date.now();
  await gates[0].close(key, 600, 'too many', 'vendor');
  expect(await waiting).toBe(true);
  expect(Date.now() - began).toBeLessThan(200);
  expect(await gates[1].isOpen(key, 'stop')).toBe(false);
  expect(await gates[1].reserve(key, plenty, atOnce)).toMatchObject({
    kind: 'later',
    because: 'closed',
    why: 'too many',
  });
  const { inMs } = granted(await gates[1].reserve(key, plenty, wish));
  expect(inMs).toBeGreaterThan(300);
  await gates[1].wait(key, 'closed', inMs, never);
  expect(Date.now() - began).toBeGreaterThanOrEqual(600);
  expect(await gates[1].isOpen(key, 'stop')).toBe(true);
});

test('a vendor’s longer closing stays, its word goes before a guess, and an hour is the most', async () => {
  const key = anyKey();
  const keysOf = createFlowKeys(database);
  const closed = async () => (await keysOf.list()).find((each) => each.key === key)?.closed;
  const leftMs = async () => Date.parse((await closed())?.until ?? '') - Date.now();
  granted(await gates[0].reserve(key, plenty, wish));
  await gates[0].close(key, 50_000, 'guessed', 'guess');
  await gates[0].close(key, 20_000, 'said', 'vendor');
  expect(await closed()).toMatchObject({ why: 'said', by: 'vendor' });
  await gates[1].close(key, 5_000, 'shorter', 'vendor');
  await gates[1].close(key, 10_000, 'guessed', 'guess');
  expect(await leftMs()).toBeGreaterThan(15_000);
  await gates[1].close(key, 86_400_000, 'a day', 'vendor');
  expect(await leftMs()).toBeLessThanOrEqual(3_600_000);
});

test('guesses double with each refusal, not with each of several at once, until a call goes well', async () => {
  const key = anyKey();
  const refuse = { kind: 'refused', forMs: undefined, why: 'no time named' } as const;
  const lastMs: number[] = [];
  const row = async () => {
    const [found] = await database.sql<{ guesses: number; leftMs: number; share: number }[]>`
      select guesses, share, closed_until_ms - extract(epoch from clock_timestamp())::float8 * 1000 as "leftMs"
      from flow_keys where key = ${key}`;
    return found ?? { guesses: -1, leftMs: 0, share: 0 };
  };
  for (let round = 0; round < 3; round += 1) {
    const together = await Promise.all(
      gates.map((gate) => gate.reserve(key, plenty, { ...wish, maxWaitMs: 1e5 })),
    );
    await Promise.all(
      together.map((each, index) => gates[index === 0 ? 0 : 1].settle(granted(each).lease, refuse)),
    );
    lastMs.push((await row()).leftMs);
  }
  expect(lastMs.map((ms) => Math.round(ms / 500) / 2)).toEqual([1, 2, 4]);
  expect(await row()).toMatchObject({ guesses: 3, share: 0.7 ** 3 });
  const { lease } = granted(await gates[0].reserve(key, plenty, wish));
  await gates[0].settle(lease, { kind: 'answered' });
  expect(await row()).toMatchObject({ guesses: 0, share: 0.7 ** 3 + 0.02 });
});

test('a person pauses, limits and opens; both processes obey from the next question on', async () => {
  const key = 'instantly:by-hand';
  const keysOf = createFlowKeys(database);
  await keysOf.pause(key, { by: 'mara', reason: 'new contract' });
  for (const gate of gates) {
    expect(await gate.reserve(key, plenty, wish)).toMatchObject({
      because: 'paused',
      why: expect.stringContaining('new contract'),
    });
  }
  await keysOf.resume(key, { by: 'mara', reason: 'signed' });
  await keysOf.setLimits(key, { atOnce: 1 }, { by: 'mara', reason: 'test' });
  granted(await gates[0].reserve(key, plenty, wish));
  expect(await gates[1].reserve(key, plenty, wish)).toMatchObject({ because: 'at-once' });

  await gates[0].close(key, 60_000, 'busy', 'vendor');
  await keysOf.open(key, { by: 'mara', reason: 'all is well', isConfirmed: true });
  expect(await gates[1].isOpen(key, 'stop')).toBe(true);
  const found = (await keysOf.list()).find((each) => each.key === key);
  expect(found).toMatchObject({
    limits: { perSecond: 90, atOnce: 1 },
    limitsBy: 'mara',
    underWay: 1,
    closed: null,
    paused: null,
  });
});

test('Postgres away: reads go on slowly and sends stop; back, leases and closings are still there', async () => {
  const server = await startPostgres({ stateDir: scratchFolder() });
  const away = openDatabase(server.url, 2);
  const gate = createGate(away);
  const key = anyKey();
  const limits = { ...plenty, atOnce: 1 };
  try {
    granted(await gate.reserve(key, limits, wish));
    await gate.close(key, 60_000, 'busy', 'vendor');
    await sleep(300); // reservations of the last moment may be lost by a crash
    server.kill();
    await eventually('sends to stop', async () => {
      const said = await gate.reserve(key, limits, wish);
      return said.kind === 'later' && said.because === 'no-database';
    });
    const read = { ...wish, whenAway: 'go-slowly' } as const;
    expect(await gate.reserve(key, limits, read)).toMatchObject({ kind: 'later' }); // closed
    const other = anyKey();
    const waits = [
      await gate.reserve(other, limits, read),
      await gate.reserve(other, limits, read),
    ];
    const [first = 0, second = 0] = waits.map((each) => granted(each).inMs);
    expect(second - first).toBeGreaterThan(900);

    await eventually('the row as it was', async () => {
      const said = await gate.reserve(key, limits, { ...wish, maxWaitMs: 1e6 });
      return said.kind === 'later' && said.because !== 'no-database';
    });
    expect(await gate.isOpen(key, 'stop')).toBe(false);
    const told = eventually('to be told again', async () => gate.wait(key, 'closed', 300, never));
    const teller = setInterval(
      () => void away.sql.notify('flow_keys', JSON.stringify({ key, forMs: 1 })),
      100,
    );
    await told.finally(() => clearInterval(teller));
  } finally {
    await away.close();
    await server.end();
  }
});

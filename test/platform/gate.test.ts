import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
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

/** The most moments in any window of that length, its end left out. */
function mostIn(windowMs: number, moments: readonly number[]): number {
  const sorted = moments.toSorted((a, b) => a - b);
  return Math.max(
    0,
    ...sorted.map((from, index) => {
      const end = sorted.findIndex((each) => each >= from + windowMs - 0.01);
      return (end === -1 ? sorted.length : end) - index;
    }),
  );
}

/** The slots on paper, by a clock that stands at 0: when each call of a question may start. */
function reference(limits: FlowLimits) {
  const lanes = [
    [1_000, limits.perSecond],
    [60_000, limits.perMinute],
  ].map(([window = 0, most = 0]) => {
    const burst = Math.max(1, Math.floor(most / 20));
    const gap = window / (most - burst + 1);
    return { gap, slack: (burst - 1) * gap, free: 0 };
  });
  return (count: number): number[] => {
    const first = Math.max(0, ...lanes.map(({ free, slack }) => free - slack));
    for (const lane of lanes) lane.free = Math.max(lane.free, first);
    const slots = Array.from({ length: count }, (_, index) =>
      Math.max(first, ...lanes.map(({ free, slack, gap }) => free - slack + index * gap)),
    );
    for (const lane of lanes) lane.free += count * lane.gap;
    return slots;
  };
}

const someLimits = fc.record({
  perSecond: fc.integer({ min: 1, max: 200 }),
  perMinute: fc.integer({ min: 1, max: 6_000 }),
  atOnce: fc.constant(10_000),
});

test('one statement reserves as the algorithm on paper does, whatever limits and counts are', async () => {
  await fc.assert(
    fc.asyncProperty(
      someLimits,
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 }),
      async (limits, counts) => {
        const key = anyKey();
        const expected = reference(limits);
        const began = performance.now();
        for (const [index, slots] of counts.entries()) {
          const wants = [{ party: 'test', slots }];
          const said = await gates[index % 2]?.reserve(key, limits, {
            ...{ ...wish, wants, maxWaitMs: 1e9 },
          });
          const passedMs = performance.now() - began; // real time goes on while the paper's stands
          const got = said?.kind === 'go' ? said.slots.map(({ inMs }) => inMs) : [];
          expect(got).toHaveLength(slots);
          for (const [nth, slot] of expected(slots).entries()) {
            expect(got[nth]).toBeLessThanOrEqual(slot + 0.1);
            expect(got[nth]).toBeGreaterThanOrEqual(Math.max(0, slot - passedMs) - 0.1);
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('batches of several parties never put more than the limit into a second or a minute', async () => {
  await fc.assert(
    fc.asyncProperty(
      someLimits,
      fc.array(fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 3 }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.array(fc.constantFrom(0.1, 0.343, 0.7, 1), { minLength: 5, maxLength: 5 }),
      async (limits, questions, shares) => {
        const key = anyKey();
        const slots: number[] = [];
        for (const [index, counts] of questions.entries()) {
          await database.sql`
            update flow_keys set share = ${shares[index] ?? 1} where key = ${key}`;
          const wants = counts.map((count, nth) => ({ party: `party ${nth}`, slots: count }));
          const said = await gates[index % 2]?.reserve(key, limits, {
            ...{ ...wish, wants, maxWaitMs: 1e9 },
          });
          const got = said?.kind === 'go' ? said.slots : [];
          expect(got).toHaveLength(counts.reduce((sum, each) => sum + each, 0));
          const origin = performance.timeOrigin + performance.now();
          slots.push(...got.map(({ inMs }) => origin + inMs));
        }
        // the answers' ways back differ by less than this
        expect(mostIn(1_000 - 20, slots)).toBeLessThanOrEqual(limits.perSecond);
        expect(mostIn(60_000 - 20, slots)).toBeLessThanOrEqual(limits.perMinute);
      },
    ),
    { numRuns: 40 },
  );
}, 30_000);

test.each([
  { perSecond: 20, perMinute: 1_200, atOnce: 1_000 },
  { perSecond: 90, perMinute: 5_400, atOnce: 1_000 },
])(
  'two pools under pressure: never above $perSecond in any second, and over 85 %% of it',
  async (limits) => {
    const key = anyKey();
    const slots: number[] = [];
    const endAt = Date.now() + 3_000;
    const caller = async (gate: Gate, count: number) => {
      const wants = [{ party: 'test', slots: count }];
      while (Date.now() < endAt) {
        const said = await gate.reserve(key, limits, { ...wish, wants, maxWaitMs: 500 });
        if (said.kind === 'later') await sleep(Math.min(said.inMs, 200));
        else slots.push(...(await momentsOf(said.slots, key)));
      }
    };
    await Promise.all(gates.flatMap((gate) => [caller(gate, 1), caller(gate, 2), caller(gate, 5)]));
    const spanMs = Math.max(...slots) - Math.min(...slots);
    expect(mostIn(1_000, slots)).toBeLessThanOrEqual(limits.perSecond);
    expect(slots.length).toBeGreaterThan(limits.perSecond * (spanMs / 1_000) * 0.85);
  },
);

/** When calls let go together may start, by the database's clock, as their lease says it. */
async function momentsOf(slots: readonly Slot[], key: string): Promise<readonly number[]> {
  const last = slots.at(-1);
  const [row] = await database.sql<{ due: number }[]>`
    select (leases -> ${last?.lease.id ?? ''} ->> 3)::float8 as due from flow_keys where key = ${key}`;
  return slots.map(({ inMs }) => (row?.due ?? Number.NaN) - (last?.inMs ?? 0) + inMs);
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

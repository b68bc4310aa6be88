import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowLimits } from '../../src/contracts/flow-keys.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createGate, type Gate, type Slot } from '../../src/platform/gate.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

/** Two processes' worth of pools and gates over one database. */
let own: TestDatabase;
let database: Database;
let another: Database;
let gates: readonly [Gate, Gate];
beforeAll(async () => {
  own = await testDatabase('gate_rate');
  database = openDatabase(own.url, 4);
  another = openDatabase(own.url, 4);
  gates = [createGate(database), createGate(another)];
});
afterAll(async () => {
  await Promise.all([database.close(), another.close()]);
  await own.drop();
});

const wish = { maxWaitMs: 5_000, holdMs: 60_000, whenAway: 'stop' } as const;
let keys = 0;
const anyKey = () => `test:${(keys += 1)}`;

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

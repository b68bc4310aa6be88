import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTurns, type TakeTurn } from '../../src/activities/turn.ts';
import type { FlowLimits } from '../../src/contracts/flow-keys.ts';
import { openDatabase, type Database } from '../../src/platform/database.ts';
import { createGate, type Gate, type Settlement } from '../../src/platform/gate.ts';
import { testDatabase, type TestDatabase } from '../support/servers.ts';

interface Process {
  readonly gate: Gate;
  readonly takeTurn: TakeTurn;
  readonly statements: () => number;
}

/** What two processes have: a gate and lines each, over one database. */
let own: TestDatabase;
let database: Database;
let another: Database;
let here: Process;
let there: Process;
beforeAll(async () => {
  own = await testDatabase('turn');
  database = openDatabase(own.url, 4);
  another = openDatabase(own.url, 4);
  here = processOver(database);
  there = processOver(another);
});
afterAll(async () => {
  await Promise.all([database.close(), another.close()]);
  await own.drop();
});

/** @param closesLateMs how long a closing takes on its way to the database. */
function processOver(database: Database, closesLateMs = 0): Process {
  let statements = 0;
  const sql = new Proxy(database.sql, {
    apply(target, self, words: unknown[]) {
      statements += 1;
      const rows = (): unknown => Reflect.apply(target, self, words);
      const isClosing = String(words[0]).includes('with closed as');
      return closesLateMs > 0 && isClosing ? sleep(closesLateMs).then(rows) : rows();
    },
  });
  const gate = createGate({ ...database, sql });
  return { gate, takeTurn: createTurns(gate), statements: () => statements };
}

let keys = 0;
const anyKey = () => `turns:${(keys += 1)}`;
const plenty: FlowLimits = { perSecond: 100_000, perMinute: 100_000, atOnce: 10_000 };
const never = new AbortController().signal;
const answered: Settlement = { kind: 'answered' };

interface Calling {
  readonly key: string;
  readonly limits: FlowLimits;
  readonly party?: string;
  readonly stopped?: AbortSignal;
}

const alone = { party: 'alone', holdMs: 10_000, stopped: never };
const turn = (by: Process, { key, limits, party = 'alone', stopped = never }: Calling) =>
  by.takeTurn({ key, limits, effect: 'send' }, { party, holdMs: 10_000, stopped });

const rowOf = async (key: string) => {
  const [row] = await database.sql`
    select share, leases, troubles from flow_keys where key = ${key}`;
  return row;
};

/** Callers who call again and again until the time is over. @returns when each call began. */
async function crowd(by: Process, calling: Calling, callers: number, forMs: number) {
  const began: number[] = [];
  const stopped = AbortSignal.timeout(forMs);
  const isOver = () => stopped.aborted;
  const one = async (): Promise<void> => {
    while (!isOver()) {
      try {
        const lease = await turn(by, { ...calling, stopped });
        began.push(Date.now());
        await by.gate.settle(lease, answered);
      } catch (error) {
        if (!isOver() && !(error instanceof ApplicationFailure)) throw error;
        await sleep(200, undefined, { signal: stopped }).catch(() => undefined);
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, one));
  return began;
}

test('500 callers of one moment take and settle their turns by a few statements', async () => {
  const calling = { key: anyKey(), limits: plenty };
  await here.gate.settle(await turn(here, calling), answered);
  const before = here.statements();
  await Promise.all(
    Array.from({ length: 500 }, async () => {
      await here.gate.settle(await turn(here, calling), answered);
    }),
  );
  expect(here.statements() - before).toBeLessThanOrEqual(10);
  expect(await rowOf(calling.key)).toMatchObject({ leases: {} });
});

test('calls let go together are never more than may be under way, and all get their turn', async () => {
  const calling = { key: anyKey(), limits: { ...plenty, atOnce: 7 } };
  let underWay = 0;
  let most = 0;
  const one = async (by: Process) => {
    const lease = await turn(by, calling);
    most = Math.max(most, (underWay += 1));
    await sleep(10);
    underWay -= 1;
    await by.gate.settle(lease, answered);
  };
  await Promise.all(Array.from({ length: 120 }, (_, index) => one(index % 2 ? here : there)));
  expect(most).toBe(7);
  expect(await rowOf(calling.key)).toMatchObject({ leases: {} });
});

test('trouble of calls that were let go together shrinks the share once', async () => {
  const calling = { key: anyKey(), limits: plenty };
  const leases = await Promise.all(Array.from({ length: 50 }, () => turn(here, calling)));
  await Promise.all(
    leases.map((lease, index) =>
      here.gate.settle(lease, { kind: index % 2 ? 'failed' : 'answered' }),
    ),
  );
  expect(await rowOf(calling.key)).toMatchObject({ share: 0.7, troubles: 1, leases: {} });
});

test('a closing keeps everybody back who was let go but has not begun', async () => {
  const calling = { key: anyKey(), limits: { ...plenty, perSecond: 100 } };
  const began: number[] = [];
  const closing = { askedAt: 0, heardAt: 0 };
  await there.gate.settle(await turn(there, calling), answered); // it listens from then on
  const heard = there.gate.wait(calling.key, 'closed', 30_000).then(() => {
    closing.heardAt = Date.now();
  });
  const calls = Array.from({ length: 60 }, async (_, index) => {
    const by = index % 2 ? here : there;
    const lease = await turn(by, calling);
    if (began.push(Date.now()) === 5) {
      closing.askedAt = Date.now();
      await here.gate.close(calling.key, 700, 'busy', 'vendor');
    }
    await by.gate.settle(lease, answered);
  });
  await Promise.all([heard, ...calls]);
  const opensAt = closing.askedAt + 699; // the clock shows whole milliseconds
  expect(began.filter((at) => at > closing.heardAt && at < opensAt)).toEqual([]);
  expect(began.filter((at) => at >= opensAt).length).toBeGreaterThan(20);
});

test('who was let go before a closing, and hears of it after, waits for the opening', async () => {
  const calling = { key: anyKey(), limits: plenty };
  await here.gate.settle(await turn(here, calling), answered);
  let closings = 0;
  const slow: Gate = {
    ...here.gate,
    async reserve(...wish) {
      const said = await here.gate.reserve(...wish);
      if ((closings += 1) === 1) await here.gate.close(calling.key, 300, 'busy', 'vendor');
      return said;
    },
  };
  const began = Date.now();
  const lease = await turn({ ...here, gate: slow, takeTurn: createTurns(slow) }, calling);
  expect(Date.now() - began).toBeGreaterThanOrEqual(300);
  await here.gate.settle(lease, answered);
});

test('nobody is let go while the closing of this very process is still being written', async () => {
  const calling = { key: anyKey(), limits: plenty };
  const { gate, takeTurn } = processOver(database, 200);
  await gate.settle(await takeTurn({ ...calling, effect: 'send' }, alone), answered);
  const began = Date.now();
  const closing = gate.close(calling.key, 300, 'busy', 'vendor');
  const lease = await takeTurn({ ...calling, effect: 'send' }, alone);
  expect(Date.now() - began).toBeGreaterThanOrEqual(300);
  await closing;
  await gate.settle(lease, answered);
});

/** This process stands still: no timer fires, no answer is read. */
const standStill = (ms: number) =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('slots that came due while the process stood still are not used together when it goes on', async () => {
  const everyMs = 200;
  const calling = { key: anyKey(), limits: { ...plenty, perSecond: 1_000 / everyMs } };
  const began: number[] = [];
  const calls = Array.from({ length: 12 }, async () => {
    const lease = await turn(here, calling);
    began.push(performance.now());
    if (began.length === 3) standStill(3.5 * everyMs);
    await here.gate.settle(lease, answered);
  });
  await Promise.all(calls);
  const gaps = began.slice(1).map((at, index) => at - (began[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(everyMs / 2);
  expect(await rowOf(calling.key)).toMatchObject({ leases: {} });
});

test('where every slot comes late, calls go on, though fewer of them', async () => {
  const calling = { key: anyKey(), limits: { ...plenty, perSecond: 20 } };
  const slow: Gate = {
    ...here.gate,
    isOpen(...asked) {
      standStill(60);
      return here.gate.isOpen(...asked);
    },
  };
  const late = { ...here, gate: slow, takeTurn: createTurns(slow) };
  await Promise.all(
    Array.from({ length: 6 }, async () => slow.settle(await turn(late, calling), answered)),
  );
  expect(await rowOf(calling.key)).toMatchObject({ leases: {} });
});

test('who is stopped in line leaves it, and what was booked for it goes back', async () => {
  const calling = { key: anyKey(), limits: { ...plenty, perSecond: 4 } };
  const stop = new AbortController();
  const calls = Array.from({ length: 20 }, () => turn(here, { ...calling, stopped: stop.signal }));
  const ends = Promise.allSettled(calls);
  await Promise.race(calls);
  stop.abort(new Error('cancelled by a person'));
  const stopped = (await ends).flatMap((end) =>
    end.status === 'rejected' ? [String(end.reason)] : [],
  );
  expect(stopped.length).toBeGreaterThan(10);
  expect(new Set(stopped)).toEqual(new Set(['Error: cancelled by a person']));
  await here.gate.settle(await turn(here, calling), answered);
});

const forty = { perSecond: 40, perMinute: 100_000, atOnce: 100 };
const measureMs = 3_000;

test('a party alone calls no more often than the rate and its small burst allow', async () => {
  const calling = { key: anyKey(), limits: forty, party: 'A' };
  const startedAt = Date.now();
  const began = await crowd(here, calling, 200, measureMs);
  const burst = forty.perSecond / 20;
  const mayHaveBegun = began.map(
    (at) => burst + ((at - startedAt + 1) / 1_000) * (forty.perSecond - burst + 1),
  );
  expect(began.filter((_, index) => index + 1 > (mayHaveBegun[index] ?? 0))).toEqual([]);
  expect(began.length).toBeGreaterThan(burst);
});

test.each([
  ['in another process', () => there],
  ['in the same process', () => here],
])('five callers get about half of what is called beside two hundred, %s', async (_, where) => {
  const calling = { key: anyKey(), limits: forty };
  const many = crowd(here, { ...calling, party: 'A' }, 200, measureMs + 500);
  await sleep(500);
  const few = await crowd(where(), { ...calling, party: 'B' }, 5, measureMs);
  const beside = (await many).filter((at) => at > (few[0] ?? 0));
  // by heads it would be one in forty
  expect(few.length / (few.length + beside.length)).toBeGreaterThan(1 / 3);
});

test('places are shared, too: three who call slowly beside a crowd find room at once', async () => {
  const calling = { key: anyKey(), limits: { ...plenty, atOnce: 6 } };
  const called = { crowd: 0, few: 0 };
  const endAt = Date.now() + 2_000;
  const slowly = async (party: keyof typeof called, by: Process) => {
    while (Date.now() < endAt) {
      const lease = await turn(by, { ...calling, party });
      if (Date.now() < endAt) called[party] += 1;
      await sleep(50);
      await by.gate.settle(lease, answered);
    }
  };
  await Promise.all([
    ...Array.from({ length: 40 }, () => slowly('crowd', here)),
    ...Array.from({ length: 3 }, () => slowly('few', there)),
  ]);
  expect(called.few).toBeGreaterThan((called.few + called.crowd) * 0.4);
});

test('more parties than places take turns, none is left out', async () => {
  const calling = { key: anyKey(), limits: { ...plenty, atOnce: 2 } };
  const parties = ['a', 'b', 'c', 'd', 'e', 'f'];
  const called = new Map(parties.map((party) => [party, 0]));
  let left = 240;
  await Promise.all(
    parties.flatMap((party, index) =>
      Array.from({ length: index === 0 ? 30 : 2 }, async () => {
        const by = index < 3 ? here : there;
        while (left > 0) {
          const lease = await turn(by, { ...calling, party });
          if ((left -= 1) >= 0) called.set(party, (called.get(party) ?? 0) + 1);
          await sleep(10);
          await by.gate.settle(lease, answered);
        }
      }),
    ),
  );
  const counts = [...called.values()];
  const mean = counts.reduce((sum, count) => sum + count, 0) / parties.length;
  expect(Math.min(...counts)).toBeGreaterThan(mean * 0.6);
  expect(Math.max(...counts)).toBeLessThan(mean * 1.6);
});

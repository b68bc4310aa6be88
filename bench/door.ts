import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import Bottleneck from 'bottleneck';
import { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible';
import { z } from 'zod';
import { createTurns } from '../src/activities/turn.ts';
import { openDatabase, type Database } from '../src/platform/database.ts';
import { createGate, type Gate } from '../src/platform/gate.ts';
import { createLedger } from '../src/platform/ledger.ts';
import {
  atLeast,
  atMost,
  interleaved,
  quantile,
  rounded,
  spread,
  timed,
  type BenchOptions,
  type BenchResult,
} from './harness.ts';
import { startBenchPostgres } from './postgres.ts';

/** So high that nobody waits: what is measured is what asking costs. */
const limits = { perSecond: 100_000, perMinute: 100_000, atOnce: 10_000 };
const settings = {
  ...{ rounds: 5, callsEach: 200, together: 500, keys: 50, callersPerKey: 20, secondsEach: 1 },
  shareSeconds: 3,
  ...{ connections: 10, limits, fsync: true },
};
const never = new AbortController().signal;
const holdMs = 30_000;

/** Gate and ledger on a durable Postgres, beside what others offer for the same. */
export async function door(options: BenchOptions): Promise<BenchResult> {
  options.say('Starting a Postgres …');
  const server = await startBenchPostgres();
  const database = openDatabase(server.url, settings.connections);
  const rivals = await openRivals(server.url);
  try {
    return await measure(options, database, rivals);
  } finally {
    await rivals.close();
    await database.close();
    await server.end();
  }
}

async function measure(
  options: BenchOptions,
  database: Database,
  rivals: Rivals,
): Promise<BenchResult> {
  const { gate, statements } = counted(database);
  const takeTurn = createTurns(gate);
  const turn = async (key: string) => {
    const caller = { party: 'bench', holdMs, stopped: never };
    const lease = await takeTurn({ key, limits, effect: 'send' }, caller);
    await gate.settle(lease, { kind: 'answered' });
  };
  const send = sends(database);
  const single = (call: () => Promise<unknown>) => () => timed(settings.callsEach, call);
  const alone = await interleaved(options, settings.rounds, {
    'gate: reserve a slot': () => reservations(gate),
    'gate: take a turn and settle': single(() => turn('bench:one')),
    'ledger: one send': single(send),
    'an empty statement': single(() => database.sql`select 1`),
    ...rivals.callers((call) => single(() => call('one'))),
  });

  const crowd = (call: () => Promise<unknown>) => () =>
    timed(4, () => Promise.all(Array.from({ length: settings.together }, call)));
  const together = await interleaved(options, settings.rounds, {
    'gate: take a turn and settle': crowd(() => turn('bench:crowd')),
    ...rivals.callers((call) => crowd(() => call('crowd'))),
  });

  const overKeys = (callers: number, call: (key: string) => Promise<unknown>) => async () => [
    await perSecond(callers, call),
  ];
  const batches = { slots: 0, reserving: 0, all: 0 };
  const many = overKeys(settings.callersPerKey, async (key) => {
    await turn(`bench:${key}`);
    batches.slots += 1;
  });
  const rates = await interleaved(options, settings.rounds, {
    async 'gate: many callers a key'() {
      const before = { ...statements };
      const rate = await many();
      batches.reserving += statements.reserving - before.reserving;
      batches.all += statements.all - before.all;
      return rate;
    },
    'gate: one slot a statement': overKeys(1, (key) => turn(`bench:alone ${key}`)),
    ...rivals.callers((call) => overKeys(settings.callersPerKey, call)),
  });
  const shares = { alone: await shareUsed(gate, 1), shared: await shareUsed(gate, 2) };
  const rateOf = (name: string) => quantile(rates.get(name) ?? [], 0.5);
  const p50 = (of: ReadonlyMap<string, readonly number[]>, name: string) =>
    quantile(of.get(name) ?? [], 0.5);

  const [server] = await database.sql<{ version: string }[]>`
    select current_setting('server_version') as version`;
  return {
    versions: { postgres: server?.version ?? 'unknown', ...rivals.versions },
    settings,
    checks: [
      atMost('gate, one call at a time, p50 ms', p50(alone, 'gate: reserve a slot'), 1, 'ms'),
      atMost(
        'gate, one call at a time, settled, p50 ms',
        p50(alone, 'gate: take a turn and settle'),
        1,
        'ms',
      ),
      atMost(
        `gate, ${settings.together} callers at once, p50 ms`,
        p50(together, 'gate: take a turn and settle'),
        25,
        'ms',
      ),
      atLeast(
        `gate, reservations over ${settings.keys} keys, a second`,
        rateOf('gate: many callers a key'),
        4_000,
        'a second',
      ),
      atLeast('gate, share of a rate that one party uses', shares.alone, 0.9, ''),
      atLeast('gate, share of a rate that two parties use together', shares.shared, 0.85, ''),
      atMost('ledger, one send at a time, p50 ms', p50(alone, 'ledger: one send'), 3, 'ms'),
    ],
    figures: {
      'One call at a time, ms': table(alone),
      [`${settings.together} callers at once, ms until all are through`]: table(together),
      [`Over ${settings.keys} keys, calls a second`]: [...rates].map(([what, sample]) => ({
        what,
        median: Math.round(quantile(sample, 0.5)),
        least: Math.round(Math.min(...sample)),
      })),
    },
    notes: [
      `gate, many callers a key: ${batches.slots} slots, reserved by ${batches.reserving} statements ` +
        `(${rounded(batches.slots / batches.reserving)} slots each) and settled by ` +
        `${batches.all - batches.reserving}; warming up is counted, too`,
      'A turn is a reservation and a settlement, which also counts calls under way, closings and ' +
        'equal shares; the others count points in a window, and have nothing to settle.',
      'Limiters in memory know of one process only; they show what crossing to a database costs.',
    ],
  };
}

const table = (samples: ReadonlyMap<string, readonly number[]>) =>
  [...samples].map(([what, sample]) => ({ what, ...spread(sample) }));

/** How long it takes to reserve one slot by one statement; settling it is not timed. */
async function reservations(gate: Gate): Promise<number[]> {
  const wants = [{ party: 'bench', slots: 1 }];
  const wish = { wants, maxWaitMs: 5_000, holdMs, whenAway: 'stop' } as const;
  const tookMs: number[] = [];
  for (let call = 0; call < settings.callsEach; call += 1) {
    const began = performance.now();
    const said = await gate.reserve('bench:reserve', limits, wish);
    tookMs.push(performance.now() - began);
    if (said.kind === 'later') throw new Error(`the gate gave no slot: ${said.why}`);
    await gate.settle(said.slots[0].lease, { kind: 'answered' });
  }
  return tookMs;
}

/** Sends that a vendor takes at once, each for the first time. */
function sends(database: Database): () => Promise<unknown> {
  const ledger = createLedger({ database });
  const Receipt = z.object({ id: z.string() });
  let sent = 0;
  return async () => {
    const key = `lead:bench:spring:${(sent += 1)}@example.com`;
    const outcome = await ledger.once('send', {
      ...{ key, request: { key }, answer: Receipt },
      call: () => Promise.resolve({ kind: 'done', result: { id: key } }),
    });
    if (outcome.kind !== 'done') throw new Error(`the ledger did not send: ${outcome.kind}`);
  };
}

/** Calls a second of so many callers a key, who each call again as soon as they are through. */
async function perSecond(
  callers: number,
  call: (key: string) => Promise<unknown>,
): Promise<number> {
  const endAt = performance.now() + settings.secondsEach * 1_000;
  let calls = 0;
  const one = async (key: string): Promise<void> => {
    while (performance.now() < endAt) {
      await call(key);
      calls += 1;
    }
  };
  const began = performance.now();
  await Promise.all(
    Array.from({ length: settings.keys * callers }, (_, nth) => one(`key ${nth % settings.keys}`)),
  );
  return (calls / (performance.now() - began)) * 1_000;
}

/** What share of a rate of 40 a second calls begin at, when parties of a hundred callers want more. */
async function shareUsed(gate: Gate, parties: number): Promise<number> {
  const takeTurn = createTurns(gate);
  const slow = { perSecond: 40, perMinute: 100_000, atOnce: 100 };
  const stopped = AbortSignal.timeout(settings.shareSeconds * 1_000);
  const isOver = () => stopped.aborted;
  let calls = 0;
  const one = async (party: string): Promise<void> => {
    while (!isOver()) {
      try {
        const flow = { key: `bench:share ${parties}`, limits: slow, effect: 'send' } as const;
        const lease = await takeTurn(flow, { party, holdMs, stopped });
        calls += 1;
        await gate.settle(lease, { kind: 'answered' });
      } catch (error) {
        if (!isOver() && !(error instanceof ApplicationFailure)) throw error;
        await sleep(200); // its turn was too far away
      }
    }
  };
  await Promise.all(Array.from({ length: parties * 100 }, (_, nth) => one(`${nth % parties}`)));
  return calls / (slow.perSecond * settings.shareSeconds);
}

/** A gate whose statements are counted. */
function counted(database: Database) {
  const statements = { all: 0, reserving: 0 };
  const sql = new Proxy(database.sql, {
    apply(target, self, words: unknown[]) {
      statements.all += 1;
      const rows: unknown = Reflect.apply(target, self, words);
      return rows;
    },
  });
  const gate = createGate({ ...database, sql });
  const reserve: Gate['reserve'] = (...wanted) => {
    statements.reserving += 1;
    return gate.reserve(...wanted);
  };
  return { gate: { ...gate, reserve }, statements };
}

type Call = (key: string) => Promise<unknown>;
type Sampler = () => Promise<readonly number[]>;

interface Rivals {
  readonly versions: Readonly<Record<string, string>>;
  /** What each does for one call, made into what is measured. */
  callers(sampler: (call: Call) => Sampler): Readonly<Record<string, Sampler>>;
  close(): Promise<void>;
}

/** Others, with as many connections as we have, and limits as high. */
async function openRivals(url: string): Promise<Rivals> {
  const points = { points: 100_000_000, duration: 3_600 };
  const lazily = new URL(url);
  lazily.searchParams.set('options', '-c synchronous_commit=off');
  const pools = [url, lazily.href].map(
    (connectionString) => new Pool({ connectionString, max: settings.connections }),
  );
  const [durable, lazy] = await Promise.all(
    pools.map(async (storeClient, nth) => {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const ready = (error?: Error) => (error ? reject(error) : resolve(undefined));
      const options = { ...points, storeClient, tableName: `rival_${nth}` };
      const limiter = new RateLimiterPostgres(options, ready);
      await promise;
      return limiter;
    }),
  );
  const memory = new RateLimiterMemory(points);
  const refresh = { reservoirRefreshAmount: 100_000_000, reservoirRefreshInterval: 60_000 };
  const bottleneck = new Bottleneck({ maxConcurrent: 10_000, reservoir: 100_000_000, ...refresh });
  const calls: Readonly<Record<string, Call>> = {
    'rate-limiter-flexible, Postgres': async (key) => durable?.consume(key),
    'rate-limiter-flexible, Postgres, commits later': async (key) => lazy?.consume(key),
    'rate-limiter-flexible, memory': (key) => memory.consume(key),
    'bottleneck, memory': () => bottleneck.schedule(() => Promise.resolve()),
  };
  return {
    versions: { 'rate-limiter-flexible': '11.4.0', bottleneck: '2.19.5', pg: '8.23.1' },
    callers: (sampler) =>
      Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, sampler(call)])),
    async close() {
      await bottleneck.disconnect();
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}

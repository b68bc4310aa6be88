import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { afterAbsence, nextStep, type EffectFacts } from '../rules/effect.ts';
import { workerName } from './attempts.ts';
import { createEffectRows, type Move, type Seen } from './effect-rows.ts';
import {
  longestFreezeMs,
  messageOf,
  within,
  type Answer,
  type Found,
  type LedgerOptions,
  type Outcome,
} from './ledger.ts';

/** One of many things that each happen once. */
interface Wanted<Item> {
  /** Made of the business, as for a single one: both ways share the row. */
  readonly key: string;
  /** What a single call would ask for, as JSON: the same key never stands for another request. */
  readonly request: unknown;
  readonly item: Item;
}

/** What a vendor said to one call for many. Anything thrown instead means: perhaps it did some. */
export type ManyAnswer<T> =
  /** One answer for each, in their order. */
  | { readonly kind: 'each'; readonly answers: readonly Answer<T>[] }
  /** Definitely did none, because one of them is wrong: which one, shows by asking for fewer. */
  | { readonly kind: 'one-is-wrong'; readonly reason: string }
  /** Definitely did none, for a reason that holds for all: it is thrown once their rows are free. */
  | { readonly kind: 'stopped'; readonly error: Error };

/** How one of many stands. */
export type ManyOutcome<T> =
  | Outcome<T>
  /** The vendor takes it not even alone, or its key stands for another request. */
  | { readonly kind: 'rejected' | 'reused'; readonly reason: string };

/** Many things that each happen once, done by one call. */
export interface Batch<Item, T> {
  /** No key twice. */
  readonly wanted: readonly Wanted<Item>[];
  /** Reads a result that was stored. */
  readonly answer: z.ZodType<T>;
  /** How long a call or a look-up may take. */
  readonly deadlineMs: number;
  /** The one write for all that are left to do; it must end with the signal, and never repeat by itself. */
  readonly call: (items: readonly Item[], signal: AbortSignal) => Promise<ManyAnswer<T>>;
  /** Asks the vendor which of them it has, in their order; reads only. */
  readonly lookUp: (items: readonly Item[], signal: AbortSignal) => Promise<readonly Found<T>[]>;
  /** Most that one look-up names. */
  readonly askAtOnce: number;
}

/** What happened to many things, so that none happens twice: the ledger's steps, a whole list at a time. */
export interface LedgerMany {
  /**
   * Does those that were not done before, by one call; when one of them is wrong, by calls for ever
   * smaller parts. Whatever a caller's fate, who comes next finds out from the vendor.
   *
   * @returns an outcome for each key.
   * @throws what a call stopped for, and what `lookUp` throws; rows that wait are free then.
   */
  onceMany<Item, T>(
    effect: 'send' | 'spend',
    batch: Batch<Item, T>,
  ): Promise<ReadonlyMap<string, ManyOutcome<T>>>;
  /** How keys stand for these very requests, without touching them; unused ones are left out. */
  lookMany(
    keys: readonly { readonly key: string; readonly request: unknown }[],
  ): Promise<ReadonlyMap<string, EffectFacts & { readonly reason: string }>>;
}

/** @param options.database where the table `effects` is; it must not run with `synchronous_commit` off. */
export function createLedgerMany({
  database,
  freezeMs = longestFreezeMs,
}: LedgerOptions): LedgerMany {
  const rows = createEffectRows(database);
  return {
    onceMany: (effect, batch) => carry(effect, batch),
    lookMany: (keys) => rows.read(keys),
  };

  async function carry<Item, T>(effect: 'send' | 'spend', batch: Batch<Item, T>) {
    type Order = Wanted<Item>;
    const { wanted, deadlineMs, call, lookUp } = batch;
    const owner = `${workerName}/${randomUUID()}`;
    const outcomes = new Map<string, ManyOutcome<T>>();
    const tell = (orders: readonly Order[], outcome: ManyOutcome<T>): void => {
      for (const { key } of orders) outcomes.set(key, outcome);
    };
    const inFlight = (orders: readonly Order[], retryInMs = deadlineMs): void => {
      tell(orders, { kind: 'in-flight', retryInMs });
    };
    const held = { owner, leaseMs: deadlineMs };
    const released = { owner, leaseMs: 0 };
    const ours = (states: Move['from']['states'], lease: 'live' | 'either' = 'either') =>
      ({ owner, states, lease }) as const;

    /** Moves what is still as expected; the rest is somebody else's, and looked at again later. */
    async function move(
      orders: readonly Order[],
      moveOf: (order: Order) => Omit<Move, 'key'>,
    ): Promise<readonly { readonly order: Order; readonly row: Seen }[]> {
      if (orders.length === 0) return [];
      const moved = await rows.move(orders.map((order) => ({ key: order.key, ...moveOf(order) })));
      inFlight(orders.filter(({ key }) => !moved.has(key)));
      return orders.flatMap((order) => {
        const row = moved.get(order.key);
        return row ? [{ order, row }] : [];
      });
    }

    /** Writes down what is certain now; even a late owner may, as long as nobody took over. */
    async function settle(
      settled: readonly { readonly order: Order; readonly answer: Answer<T> }[],
      why = 'the vendor said so',
    ): Promise<void> {
      const answers = new Map(settled.map(({ order, answer }) => [order.key, answer]));
      const orders = settled.map(({ order }) => order);
      const moved = await move(orders, ({ key }) => {
        const answer = answers.get(key);
        const from = ours(['sending', 'unknown']);
        if (answer?.kind === 'done')
          return { from, to: 'done', ...released, result: answer.result, why };
        const to = answer?.stands === true ? 'refused' : 'intent';
        return { from, to, ...released, why: answer?.reason ?? '' };
      });
      for (const { order } of moved) {
        const answer = answers.get(order.key);
        if (answer) tell([order], answer.kind === 'done' ? { ...answer, isFresh: true } : answer);
      }
    }

    /** Asks about what we hold. @returns what may be sent now: absent after its quarantine. */
    async function ask(
      asked: readonly { readonly order: Order; readonly row: Seen }[],
    ): Promise<readonly Order[]> {
      if (asked.length === 0) return [];
      const orders = asked.map(({ order }) => order);
      const letGo = (some: readonly Order[], why: string) =>
        move(some, () => ({ from: ours(['sending']), to: 'sending', ...released, why }));
      let found: readonly Found<T>[];
      try {
        found = await within(AbortSignal.timeout(deadlineMs), (signal) =>
          lookUp(
            orders.map(({ item }) => item),
            signal,
          ),
        );
      } catch (error) {
        await letGo(orders, `the look-up failed: ${messageOf(error)}`);
        throw error;
      }
      const told = asked.map((each, at) => ({ ...each, found: found[at] }));
      await settle(
        told.flatMap(({ order, found: one }) =>
          one?.kind === 'found' ? [{ order, answer: { kind: 'done', result: one.result } }] : [],
        ),
        'found at the vendor',
      );
      for (const { order, found: one } of told) {
        if (one?.kind === 'found' || one?.kind === 'absent') continue;
        const reason = one?.reason ?? 'the vendor was asked, and said nothing about it';
        const [unknown] = await move([order], () => ({
          ...{ from: ours(['sending']), to: 'unknown', ...released, why: reason },
        }));
        if (unknown) tell([order], { kind: 'unknown', reason });
      }
      const absent = told.filter(({ found: one }) => one?.kind === 'absent');
      const early = absent.filter(({ row }) => afterAbsence(row) === 'wait');
      await letGo(
        early.map(({ order }) => order),
        'absent, but may still arrive',
      );
      for (const { order, row } of early) inFlight([order], row.quarantineMs);
      return absent.filter((each) => !early.includes(each)).map(({ order }) => order);
    }

    async function askInParts(
      orders: readonly Order[],
      hold: (order: Order) => Omit<Move, 'key'>,
    ): Promise<readonly Order[]> {
      const free: Order[] = [];
      for (const part of partsOf(orders, batch.askAtOnce))
        free.push(...(await ask(await move(part, hold))));
      return free;
    }

    /** The one place where the vendor is asked to do it. */
    async function send(orders: readonly Order[]): Promise<void> {
      const signal = AbortSignal.timeout(deadlineMs); // runs before the lease does
      const deadline = performance.now() + deadlineMs;
      const sending = await move(orders, () => ({
        ...{ from: ours(['intent', 'sending'], 'live'), to: 'sending', ...held },
        ...{ quarantineMs: deadlineMs + freezeMs, why: `sent with ${orders.length - 1} others` },
      }));
      const ready = sending.map(({ order }) => order);
      if (ready.length === 0) return;
      const back = (to: typeof held, why: string) =>
        move(ready, () => ({ from: ours(['sending']), to: 'intent', ...to, why }));
      // A process that stood still here thaws with its timers behind: the clock is asked, too.
      if (performance.now() >= deadline) {
        await back(released, 'stood still before the call');
        inFlight(ready, 0);
        return;
      }
      let answer: ManyAnswer<T>;
      try {
        answer = await within(signal, (stop) =>
          call(
            ready.map(({ item }) => item),
            stop,
          ),
        );
      } catch (error) {
        const why = `no clear answer: ${messageOf(error)}`;
        await askInParts(ready, () => ({ from: ours(['sending']), to: 'sending', ...held, why }));
        return;
      }
      switch (answer.kind) {
        case 'each': {
          const { answers } = answer;
          const unclear = {
            kind: 'refused',
            reason: 'no answer of its own',
            stands: false,
          } as const;
          await settle(ready.map((order, at) => ({ order, answer: answers[at] ?? unclear })));
          return;
        }
        case 'stopped':
          await back(released, messageOf(answer.error));
          throw answer.error;
        case 'one-is-wrong': {
          const { reason } = answer;
          if (ready.length === 1) {
            await back(released, reason);
            tell(ready, { kind: 'rejected', reason });
            return;
          }
          const free = (await back(held, reason)).map(({ order }) => order);
          for (const half of partsOf(free, Math.ceil(free.length / 2))) await send(half);
        }
      }
    }

    /** Takes over what nobody holds. */
    const takeOver =
      (seen: ReadonlyMap<string, Seen>) =>
      ({ key, request }: Order): Omit<Move, 'key'> => {
        const { owner: before = null, state = 'intent', isSameRequest } = seen.get(key) ?? {};
        return {
          ...{ from: { owner: before, states: [state], lease: 'over' }, to: state, ...held },
          ...(isSameRequest === false ? { request } : {}),
          why: isSameRequest === false ? 'taken over, with another request' : 'taken over',
        };
      };

    /** What is settled already is told; the rest is for who can do something about it. */
    async function sort() {
      const seen = await rows.read(wanted);
      const fresh: Order[] = [];
      const free: Order[] = [];
      const open: Order[] = [];
      for (const order of wanted) {
        const row = seen.get(order.key);
        const step = row && nextStep(row, true);
        if (!row) fresh.push(order);
        else if (step === 'send') free.push(order);
        else if (step === 'look-up') open.push(order);
        else tell([order], standingOf(row));
      }
      return { seen, fresh, free, open };
    }

    const standingOf = (row: Seen): ManyOutcome<T> => {
      const { state, reason } = row;
      if (!row.isSameRequest && state !== 'intent')
        return { kind: 'reused', reason: `done or begun before with another content (${state})` };
      if (state === 'refused') return { kind: 'refused', reason, stands: true };
      if (state === 'unknown') return { kind: 'unknown', reason };
      if (state !== 'done') return { kind: 'in-flight', retryInMs: row.leaseMs };
      const result = row.result === null ? null : batch.answer.parse(row.result);
      return { kind: 'done', result, isFresh: false };
    };

    try {
      const { seen, fresh, free, open } = await sort();
      const absent = await askInParts(open, takeOver(seen));
      const opened = await rows.open(
        fresh.map(({ key, request }) => ({ key, effect, request, ...held })),
      );
      inFlight(fresh.filter(({ key }) => !opened.has(key)));
      const taken = (await move(free, takeOver(seen))).map(({ order }) => order);
      await send([...fresh.filter(({ key }) => opened.has(key)), ...taken, ...absent]);
      return outcomes;
    } catch (error) {
      const letGo = { from: ours(['intent']), to: 'intent', ...released } as const;
      await rows.move(wanted.map(({ key }) => ({ key, ...letGo, why: messageOf(error) })));
      throw error;
    }
  }
}

function* partsOf<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}

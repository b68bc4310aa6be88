import { randomUUID } from 'node:crypto';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { z } from 'zod';
import type { EffectDetail, EffectEntry, EffectVerdict } from '../contracts/effects.ts';
import { FailureType } from '../contracts/failures.ts';
import {
  afterAbsence,
  nextStep,
  objectionTo,
  stateAfter,
  type EffectFacts,
} from '../rules/effect.ts';
import { workerName } from './attempts.ts';
import type { Database } from './database.ts';
import { createEffectRows, type EffectQuery, type Move, type Seen } from './effect-rows.ts';

/** What a vendor said to a write. Anything thrown instead means: perhaps it did it. */
export type Answer<T> =
  | { readonly kind: 'done'; readonly result: T }
  /** Definitely not done (4xx, or 429 before it was taken in); `stands` ends it, else it may be tried again. */
  | { readonly kind: 'refused'; readonly reason: string; readonly stands: boolean };

/** Whether the vendor has an effect; `result` is what the write itself would have answered. */
export type Found<T> =
  | { readonly kind: 'found'; readonly result: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'cannot-tell'; readonly reason: string };

/** How something that is to happen once stands. */
export type Outcome<T> =
  /** `result` is null when a person said that it is done. */
  | { readonly kind: 'done'; readonly result: T | null; readonly isFresh: boolean }
  | { readonly kind: 'refused'; readonly reason: string; readonly stands: boolean }
  /** Ask again then, at the latest: somebody is at it, or it may still arrive. */
  | { readonly kind: 'in-flight'; readonly retryInMs: number }
  /** `OutcomeUnknown`: a person has to look and `settle`. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** One thing that is to happen once. */
export interface Order<T> {
  /** Made of the business: `lead:<account>:<campaign>:<email>`. */
  readonly key: string;
  /** What is asked of the vendor, as JSON: the same key never stands for another request. */
  readonly request: unknown;
  /** Reads a result that was stored; what a call returns must pass it unchanged. */
  readonly answer: z.ZodType<T>;
  /** How long the call may take; 30 s if left out. */
  readonly deadlineMs?: number;
  /** The one write; it must end with the signal, and never repeat by itself. */
  readonly call: (signal: AbortSignal) => Promise<Answer<T>>;
  /** Asks the vendor whether it has the effect; reads only. Without it, a lost answer is for a person. */
  readonly lookUp?: (signal: AbortSignal) => Promise<Found<T>>;
}

/** Who says so, and why. */
interface Word {
  readonly by: string;
  readonly reason: string;
}

/** A person's word could not be taken; the message says why, and nothing was changed. */
export class CannotSettle extends Error {
  override readonly name = 'CannotSettle';
}

/**
 * What happened to each `send` and `spend`, so that none happens twice.
 *
 * The door calls `once` around its one write, with the gate's slot in hand: it turns refusals into
 * `Answer`s by their failure type, lets silence and broken answers throw, and turns the outcome into
 * the activity's: `in-flight` into a retry with `nextRetryDelay`, `unknown` into a non-retryable
 * `OutcomeUnknown`.
 */
export interface Ledger {
  /**
   * Does it, unless it was done before. The row is kept whatever the caller's fate: who comes next
   * finds out from the vendor. What remains: a write that arrives at the vendor later than its
   * deadline plus the longest freeze, after somebody was told that it is absent.
   *
   * @throws `KeyReused` (not retried), `LeaseLost` (retried), and what `lookUp` throws.
   */
  once<T>(effect: 'send' | 'spend', order: Order<T>): Promise<Outcome<T>>;
  /** How a key stands for this very request, without touching it; `undefined` for an unused one. */
  look(key: string, request: unknown): Promise<(EffectFacts & { reason: string }) | undefined>;
  /** Takes a person's word for it. @throws {CannotSettle} */
  settle(key: string, verdict: EffectVerdict, word: Word): Promise<EffectDetail>;
  /**
   * Leaves to a person what was being sent when its last owner vanished, and nobody has asked about
   * since. Whoever is still to ask comes back sooner: no wait between two tries is that long.
   *
   * @returns how many.
   */
  abandon(idleMs?: number): Promise<number>;
  /** @returns `undefined` for a key nobody has used. */
  show(key: string): Promise<EffectDetail | undefined>;
  list(query: EffectQuery): Promise<readonly EffectEntry[]>;
}

const defaultDeadlineMs = 30_000;
/** The longest time a process may stand still in the middle of a write without harm. */
export const longestFreezeMs = 60_000;
const longIdleMs = 6 * 3_600_000;

/** Where the ledger is, and how long it guards what is under way. */
export interface LedgerOptions {
  readonly database: Database;
  /** The longest time a process may stand still in the middle of a write without harm; 60 s if left out. */
  readonly freezeMs?: number;
}

/** @param options.database where the table `effects` is; it must not run with `synchronous_commit` off. */
export function createLedger({ database, freezeMs = longestFreezeMs }: LedgerOptions): Ledger {
  const table = createEffectRows(database);
  const rows = {
    open: async (effect: Parameters<typeof table.open>[0][number]) =>
      (await table.open([effect])).has(effect.key),
    read: async (key: string, request?: unknown) => (await table.read([{ key, request }])).get(key),
    move: async (key: string, move: Omit<Move, 'key'>) =>
      (await table.move([{ key, ...move }])).get(key),
  };

  /** One caller's try at one effect, under a name that nobody else has. */
  function attempt<T>(order: Order<T>, owner: string) {
    const { key, request, deadlineMs = defaultDeadlineMs, call, lookUp } = order;
    const inFlight = (retryInMs = deadlineMs): Outcome<T> => ({ kind: 'in-flight', retryInMs });
    const held = { owner, leaseMs: deadlineMs };
    const released = { owner, leaseMs: 0 };

    /** The one place where the vendor is asked to do it. */
    async function send(why: string): Promise<Outcome<T>> {
      const signal = AbortSignal.timeout(deadlineMs); // runs before the lease does
      const deadline = performance.now() + deadlineMs;
      const sending = await rows.move(key, {
        from: { owner, states: ['intent', 'sending'], lease: 'live' },
        to: 'sending',
        ...held,
        quarantineMs: deadlineMs + freezeMs,
        why,
      });
      if (!sending) throw leaseLost(key, 'before anything was sent');
      // A process that stood still here thaws with its timers behind: the clock is asked, too.
      if (performance.now() >= deadline) {
        await finish({ kind: 'refused', reason: 'stood still before the call', stands: false });
        return inFlight(0);
      }
      let answer: Answer<T>;
      try {
        answer = await within(signal, call);
      } catch (error) {
        return askAgain(`no clear answer: ${messageOf(error)}`);
      }
      return finish(answer);
    }

    /** Writes down what is certain now; even a late owner may, as long as nobody took over. */
    async function finish(answer: Answer<T>, why = 'the vendor said so'): Promise<Outcome<T>> {
      const isDone = answer.kind === 'done';
      const finished = await rows.move(key, {
        from: { owner, states: ['sending', 'unknown'], lease: 'either' },
        to: isDone ? 'done' : answer.stands ? 'refused' : 'intent',
        ...released,
        ...(isDone ? { result: answer.result } : {}),
        why: isDone ? why : answer.reason,
      });
      if (!finished) throw leaseLost(key, `after the vendor's answer (${answer.kind})`);
      return isDone ? { kind: 'done', result: answer.result, isFresh: true } : answer;
    }

    /** Our own call's answer was lost. */
    async function askAgain(why: string): Promise<Outcome<T>> {
      if (!lookUp) return giveUp(owner, why);
      const from = { owner, states: ['sending'], lease: 'either' } as const;
      const still = await rows.move(key, { from, to: 'sending', ...held, why });
      return still ? ask(still, lookUp) : inFlight();
    }

    /** Asks the vendor about what was, or may have been, sent; we hold the row. */
    async function ask(row: Seen, question: NonNullable<Order<T>['lookUp']>): Promise<Outcome<T>> {
      const letGo = (why: string) =>
        rows.move(key, {
          from: { owner, states: ['sending'], lease: 'either' },
          to: 'sending',
          ...released,
          why,
        });
      let found: Found<T>;
      try {
        found = await within(AbortSignal.timeout(deadlineMs), question);
      } catch (error) {
        await letGo(`the look-up failed: ${messageOf(error)}`);
        throw error;
      }
      switch (found.kind) {
        case 'found':
          return finish({ kind: 'done', result: found.result }, 'found at the vendor');
        case 'cannot-tell':
          return giveUp(owner, found.reason);
        case 'absent':
          if (afterAbsence(row) === 'send') return send('absent after its quarantine');
          await letGo('absent, but may still arrive');
          return inFlight(row.quarantineMs);
      }
    }

    /** Leaves it to a person. Its last owner may still write down an answer that comes late. */
    async function giveUp(lastOwner: string | null, reason: string): Promise<Outcome<T>> {
      const unknown = await rows.move(key, {
        from: {
          owner: lastOwner,
          states: ['sending'],
          lease: lastOwner === owner ? 'either' : 'over',
        },
        to: 'unknown',
        owner: lastOwner,
        leaseMs: 0,
        why: reason,
      });
      return unknown ? { kind: 'unknown', reason: unknown.reason } : inFlight();
    }

    /** Takes over what nobody holds. */
    const take = (row: Seen) =>
      rows.move(key, {
        from: { owner: row.owner, states: [row.state], lease: 'over' },
        to: row.state,
        ...held,
        ...(row.isSameRequest ? {} : { request }),
        why: row.isSameRequest ? 'taken over' : 'taken over, with another request',
      });

    return { send, ask, giveUp, take, inFlight };
  }

  return {
    async once(effect, order) {
      const { key, request, answer, deadlineMs = defaultDeadlineMs, lookUp } = order;
      const owner = `${workerName}/${randomUUID()}`;
      const own = attempt(order, owner);
      if (await rows.open({ key, effect, request, owner, leaseMs: deadlineMs }))
        return own.send('first try');
      const row = await rows.read(key, request);
      if (!row) throw new Error(`${key} vanished from the ledger: its rows are never deleted`);

      switch (nextStep(row, lookUp !== undefined)) {
        case 'reject':
          throw ApplicationFailure.nonRetryable(
            `${key} stands for another request already (${row.state}): give this one a key of its own`,
            FailureType.KeyReused,
          );
        case 'answer-done':
          return {
            kind: 'done',
            result: row.result === null ? null : answer.parse(row.result),
            isFresh: false,
          };
        case 'answer-refused':
          return { kind: 'refused', reason: row.reason, stands: true };
        case 'answer-unknown':
          return { kind: 'unknown', reason: row.reason };
        case 'wait':
          return own.inFlight(row.leaseMs);
        case 'send':
          return (await own.take(row)) ? own.send('tried again') : own.inFlight();
        case 'give-up':
          return own.giveUp(row.owner, 'its sender vanished, and the vendor cannot be asked');
        case 'look-up': {
          const taken = await own.take(row);
          return taken && lookUp ? own.ask(taken, lookUp) : own.inFlight();
        }
      }
    },

    async settle(key, verdict, { by, reason }) {
      const row = await rows.read(key);
      if (!row)
        throw new CannotSettle(`There is no effect ${key}; \`agentic ledger list\` shows them.`);
      const objection = objectionTo(verdict, row);
      if (objection !== null) throw new CannotSettle(`${key}: ${objection}`);
      const settled = await rows.move(key, {
        from: { owner: row.owner, states: [row.state], lease: 'over' },
        to: stateAfter[verdict],
        owner: null,
        leaseMs: 0,
        why: `${verdict}, says ${by}: ${reason}`,
      });
      const detail = await table.show(key);
      if (!settled || !detail) throw new CannotSettle(`${key} changed just now: look at it again.`);
      return detail;
    },

    abandon: (idleMs = longIdleMs) =>
      table.abandon(idleMs, 'nobody has asked the vendor about it since its sender vanished'),
    look: (key, request) => rows.read(key, request),
    show: (key) => table.show(key),
    list: (query) => table.list(query),
  };
}

/** Ends with the signal, even when the work doesn't. */
export async function within<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = Promise.withResolvers<never>();
  const end = () => over.reject(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work(signal), over.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const leaseLost = (key: string, when: string): ApplicationFailure =>
  ApplicationFailure.retryable(`${key} was taken over ${when}`, FailureType.LeaseLost);

/** Why Temporal stopped a try in the middle of its call, by the one word that it says. */
const whyStopped: Readonly<Record<string, string>> = {
  NOT_FOUND: 'its worker stood still for so long that the run went on without it',
  TIMED_OUT: 'its try took longer than it may',
  WORKER_SHUTDOWN: 'its worker was stopped',
  CANCELLED: 'its run was cancelled',
};

/** What an error says. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isStopped = error instanceof CancelledFailure;
  return (isStopped ? whyStopped[error.message] : undefined) ?? error.message;
}

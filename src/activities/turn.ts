import { ApplicationFailure } from '@temporalio/common';
import type { Effect } from '../contracts/capability.ts';
import type { FlowLimits } from '../contracts/flow-keys.ts';
import { FailureType } from '../contracts/failures.ts';
import type { Gate, Later, Lease, Slot, Wants, WhenAway } from '../platform/gate.ts';

/** Whose limits a call is under, and what repeating it would mean. */
export interface Flow<E extends Effect = Effect> {
  /** `vendor:account` */
  readonly key: string;
  /** Those the agent declares. */
  readonly limits: FlowLimits;
  readonly effect: E;
}

interface Caller {
  /** Who shares the key evenly with all others that want it: a run, or a whole swarm. */
  readonly party: string;
  /** How long the call may take once it has its turn. */
  readonly holdMs: number;
  readonly stopped: AbortSignal;
}

/** Waits for a call's turn at its vendor. */
export type TakeTurn = (flow: Flow, caller: Caller) => Promise<Lease>;

/** One caller in line. */
interface Waiting extends Caller {
  readonly giveUpAt: number;
  readonly take: (slot: Slot) => void;
  readonly refuse: (reason: unknown) => void;
}

/** Those of a key who wait in this process, in the order in which they came. */
interface Line {
  readonly waiting: Set<Waiting>;
  limits: FlowLimits;
}

/** Those who wait with the same signal. */
interface Stops {
  readonly all: Set<() => void>;
  readonly end: () => void;
}

/** How long a call waits for its turn before it is told to come again. */
export const longestTurnMs = 5_000;
const lookAgainMs = 25;
/** Those who were sent away together don't come back together. */
const spreadMs = 2_000;
const longestSpreadMs = 60_000;
/** Enough to lose no slot while we ask for the next ones; a party that joins waits no longer. */
const ahead = { aloneMs: 200, sharedMs: 20 };
/**
 * A call that leaves later than this after its slot would crowd those that are due then. Half of
 * what a rate a tenth under the vendor's leaves free in a second; the other half is the network's.
 */
const lateMs = 50;
/** Where every slot comes too late, standing in line for another does not help. */
const mostLateSlots = 2;
const effectsWithoutDatabase: readonly Effect[] = ['read', 'upsert'];

/**
 * Lets callers through as the gate allows, at most 5 s of waiting each. In one process those of a
 * key stand in line, and whoever stands there is served by one question to the database.
 *
 * @returns for each caller a lease that it has to settle; @throws `RateLimited` with the time after
 * which to come again, `DatabaseUnavailable` for what must not go on without it. Both are retried.
 */
export function createTurns(gate: Gate): TakeTurn {
  const lines = new Map<string, Line>();
  const stops = new WeakMap<AbortSignal, Stops>();

  /** Asks for all in line until nobody is left in it. */
  async function serve(
    key: string,
    whenAway: WhenAway,
    line: Line,
    leave: () => void,
  ): Promise<void> {
    try {
      await Promise.resolve(); // those of the same moment belong to the same question
      while (line.waiting.size > 0) await serveOnce(key, whenAway, line);
    } catch (error) {
      for (const each of line.waiting) each.refuse(error);
    } finally {
      leave(); // in the same moment, or somebody would wait where nobody asks
    }
  }

  async function serveOnce(key: string, whenAway: WhenAway, line: Line): Promise<void> {
    const { waiting } = line;
    const asking = [...waiting];
    const said = await gate.reserve(key, line.limits, {
      wants: wantsOf(asking),
      maxWaitMs: Math.max(0, ...asking.map(({ giveUpAt }) => giveUpAt - Date.now())),
      holdMs: Math.max(...asking.map(({ holdMs }) => holdMs)),
      whenAway,
      ahead,
    });
    if (said.kind === 'go') await handOut(said.slots, line);
    const later = said.kind === 'go' ? said.rest : said;
    if (!later) return;
    const left = asking.filter((each) => waiting.has(each));
    sendAway(key, left, later, line);
    if (waiting.size === 0) return;
    if (later.because === 'at-once') await gate.wait(key, 'freed', lookAgainMs);
    if (later.because === 'ahead') await gate.wait(key, 'closed', later.inMs);
  }

  /**
   * Hundreds wait with the signal of one activity. It hears one listener, because a signal goes
   * through all it has to add one, or to take it away.
   *
   * @returns what takes `stop` away.
   */
  function whenStopped(signal: AbortSignal, stop: () => void): () => void {
    const line = stops.get(signal) ?? listen(signal);
    line.all.add(stop);
    return () => {
      line.all.delete(stop);
      if (line.all.size === 0) line.end();
    };
  }

  function listen(signal: AbortSignal): Stops {
    const all = new Set<() => void>();
    const tell = (): void => all.forEach((each) => each());
    const end = (): void => {
      signal.removeEventListener('abort', tell);
      stops.delete(signal); // one that is heard is kept as long as the process
    };
    signal.addEventListener('abort', tell);
    stops.set(signal, { all, end });
    return { all, end };
  }

  /** Each slot goes to the first of its party that can wait for it; what nobody takes goes back. */
  async function handOut(slots: readonly Slot[], { waiting }: Line): Promise<void> {
    const byParty = Map.groupBy(waiting, ({ party }) => party);
    const unused: Slot[] = [];
    const now = Date.now();
    for (const slot of slots) {
      const callers = byParty.get(slot.party) ?? [];
      let taker = callers.shift();
      while (taker && now + slot.inMs > Math.max(taker.giveUpAt, now)) taker = callers.shift();
      if (!taker) unused.push(slot);
      else if (waiting.delete(taker)) taker.take(slot);
    }
    await Promise.all(unused.map(({ lease }) => gate.settle(lease, { kind: 'given-back' })));
  }

  /** Those whose turn is too far away come again later, each of a party after the one before it. */
  function sendAway(
    key: string,
    asking: readonly Waiting[],
    later: Later,
    { waiting }: Line,
  ): void {
    const places = new Map<string, number>();
    const mayWait = later.because === 'at-once' || later.because === 'ahead';
    for (const caller of asking) {
      const place = places.get(caller.party) ?? 0;
      places.set(caller.party, place + 1);
      const leftMs = caller.giveUpAt - Date.now();
      const inMs = later.inMs + Math.min(place * later.everyMs, longestSpreadMs);
      if (mayWait && leftMs > 0 && (later.because === 'at-once' || inMs <= leftMs)) continue;
      waiting.delete(caller);
      caller.refuse(refusal(key, { ...later, inMs }));
    }
  }

  /** @param isBack whether it has stood here before, and goes before those who came after it. */
  async function inLine(
    flow: Flow,
    caller: Caller,
    giveUpAt: number,
    isBack: boolean,
  ): Promise<Slot> {
    const { key, limits, effect } = flow;
    const { stopped } = caller;
    stopped.throwIfAborted();
    const whenAway = whenAwayFor(effect);
    const name = `${whenAway} ${key}`;
    const { promise, resolve: take, reject: refuse } = Promise.withResolvers<Slot>();
    const waiting = { ...caller, giveUpAt, take, refuse };
    const line = lines.get(name) ?? { waiting: new Set<Waiting>(), limits };
    line.limits = limits;
    const behind = isBack ? [...line.waiting].filter((each) => each.giveUpAt > giveUpAt) : [];
    for (const each of behind) line.waiting.delete(each);
    for (const each of [waiting, ...behind]) line.waiting.add(each);
    if (!lines.has(name)) {
      lines.set(name, line);
      void serve(key, whenAway, line, () => lines.delete(name));
    }
    const stop = (): void => {
      line.waiting.delete(waiting);
      refuse(stopped.reason);
    };
    const forget = whenStopped(stopped, stop);
    try {
      return await promise;
    } finally {
      forget();
    }
  }

  return async (flow, caller) => {
    const { key, effect } = flow;
    const { stopped } = caller;
    const giveUpAt = Date.now() + longestTurnMs;
    for (let lateSlots = 0, tries = 0; ; tries += 1) {
      const { lease, inMs } = await inLine(flow, caller, giveUpAt, tries > 0);
      const dueAt = performance.now() + inMs;
      // the row may have been closed while its answer was on the way to us
      if (inMs <= 0 && !gate.hasClosedSince(lease)) return lease;
      try {
        const hasClosed =
          gate.hasClosedSince(lease) || (await gate.wait(key, 'closed', inMs, stopped));
        const isOpen = !hasClosed && (await gate.isOpen(key, whenAwayFor(effect)));
        if (isOpen && !gate.hasClosedSince(lease)) {
          const isLate = performance.now() - dueAt > lateMs;
          if (!isLate || lateSlots >= mostLateSlots) return lease;
          lateSlots += 1;
        }
      } catch (error) {
        await gate.settle(lease, { kind: 'given-back' });
        throw error;
      }
      await gate.settle(lease, { kind: 'given-back' });
    }
  };
}

function wantsOf(asking: readonly Waiting[]): Wants {
  const slots = new Map<string, number>();
  for (const { party } of asking) slots.set(party, (slots.get(party) ?? 0) + 1);
  return [...slots].map(([party, count]) => ({ party, slots: count }));
}

const whenAwayFor = (effect: Effect): WhenAway =>
  effectsWithoutDatabase.includes(effect) ? 'go-slowly' : 'stop';

function refusal(key: string, { inMs, because, why }: Later): ApplicationFailure {
  return ApplicationFailure.create({
    message: `No call of ${key} is due yet: ${why}`,
    type: because === 'no-database' ? FailureType.DatabaseUnavailable : FailureType.RateLimited,
    nextRetryDelay: Math.ceil(inMs + Math.random() * spreadMs),
  });
}

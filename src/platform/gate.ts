import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { z } from 'zod';
import type { FlowLimits } from '../contracts/flow-keys.ts';
import { dueMs, guessMs, shareStep, takeTurns, type Slots } from '../rules/flow.ts';
import { isDatabaseAway, type Database } from './database.ts';
import { createGateRows, type Ahead, type Closing, type Grant, type Told } from './gate-rows.ts';
import { createTogether } from './together.ts';

/** The right to call, until it is settled or its time is over. Calls let go together share its id. */
export interface Lease {
  readonly key: string;
  /** Null when it was given without the database. */
  readonly id: string | null;
  /** What the row said of the vendor as the lease was given. */
  readonly troubles: number;
  readonly guesses: number;
  /** How many closings this process had heard of when it asked. */
  readonly heard: number;
}

/** One call's turn. */
export interface Slot {
  readonly inMs: number;
  readonly party: string;
  readonly lease: Lease;
}

/** Why there is no slot, or not one more. */
export interface Later {
  readonly kind: 'later';
  /** Asking before this is over is of no use. */
  readonly inMs: number;
  /** After the first that is possible then, each further call has to wait so much longer, about. */
  readonly everyMs: number;
  /** `ahead`: enough slots are booked for now, and the rest are for later or for others. */
  readonly because: 'rate' | 'ahead' | 'at-once' | 'closed' | 'paused' | 'no-database';
  /** For people. */
  readonly why: string;
}

/** What the gate says to those who want to call. */
export type Reservation =
  | {
      readonly kind: 'go';
      /** At least one, by when they are due; those of several parties alternate. */
      readonly slots: readonly [Slot, ...Slot[]];
      /** Why there are not as many as were asked for; null when there are. */
      readonly rest: Later | null;
    }
  | Later;

/** How a call ended, or that it was not made. */
export type Settlement =
  | { readonly kind: 'answered' | 'failed' | 'given-back' }
  /** `forMs` is the vendor's own time; without one it is guessed. */
  | { readonly kind: 'refused'; readonly forMs: number | undefined; readonly why: string };

/** What to do while the database is away: one call a second in each process, or none. */
export type WhenAway = 'go-slowly' | 'stop';

/** How many slots each party would like, most urgent first; a name stands in it once. */
export type Wants = readonly { readonly party: string; readonly slots: number }[];

interface Wish {
  readonly wants: Wants;
  /** Slots further away than this are not taken. */
  readonly maxWaitMs: number;
  /** After its slot and this time a lease counts as lost. */
  readonly holdMs: number;
  readonly whenAway: WhenAway;
  /** Bounds how far ahead slots are booked, so that parties who come later are served soon. */
  readonly ahead?: Ahead;
}

/** Flow control by flow key, over all processes that share the database. */
export interface Gate {
  /**
   * Takes the next slots within the limits, in one statement. `limits` are those of the agent; a
   * person's go before.
   */
  reserve(key: string, limits: FlowLimits, wish: Wish): Promise<Reservation>;
  /**
   * Gives the lease of one call back, and lets all callers know what the call has shown of the
   * vendor. What comes together is written by one statement, and its trouble counts once.
   */
  settle(lease: Lease, end: Settlement): Promise<void>;
  /** Stops all calls for a while, at most an hour. A vendor's longer closing stays; its word goes before a guess. */
  close(key: string, forMs: number, why: string, by: 'vendor' | 'guess'): Promise<void>;
  /** Whether the key is neither closed nor paused, as its row says at this moment. */
  isOpen(key: string, whenAway: WhenAway): Promise<boolean>;
  /** Whether this process has heard of a closing since it asked for the lease. Costs nothing. */
  hasClosedSince(lease: Lease): boolean;
  /**
   * Waits, but not longer than until the key closes, or until this process frees a lease of it.
   *
   * @returns whether that happened before the time was over. @throws the signal's reason.
   */
  wait(key: string, event: 'closed' | 'freed', ms: number, stopped?: AbortSignal): Promise<boolean>;
}

/** Where closings and openings are told to all processes. */
export const flowChannel = 'flow_keys';
const Told = z.object({
  key: z.string(),
  forMs: z.number(),
  /** The gate that closed it, which knew first. */
  from: z.string().optional(),
});

const longestClosingMs = 3_600_000;
const answersWithinMs = 2_000;
const askAgainAfterMs = 1_000;
const lookAgainMs = { paused: 10_000, 'no-database': 2_000, 'at-once': 1_000 };
const slowlyEveryMs = 1_000;
const partyLength = 12;

/** @param database where the table `flow_keys` is; its clock counts. */
export function createGate({ sql, follow }: Pick<Database, 'sql' | 'follow'>): Gate {
  const rows = createGateRows({ sql });
  const closedHere = new Map<string, number>();
  const closingsHeard = new Map<string, number>();
  /** Closings of this process that the row may not have yet. */
  const unwritten = new Map<string, Promise<unknown>>();
  const slowlyFree = new Map<string, number>();
  const events = new EventEmitter().setMaxListeners(0);
  let isFollowing = false;
  let awayUntil = 0;

  const me = randomBytes(6).toString('base64url');
  const take = ({ key, forMs }: z.infer<typeof Told>): void => {
    const until = Date.now() + forMs;
    closedHere.set(key, forMs > 0 ? Math.max(until, closedHere.get(key) ?? 0) : until);
    if (forMs <= 0) return;
    closingsHeard.set(key, heardOf(key) + 1);
    events.emit(`closed ${key}`);
  };
  const listen = (message: string): void => {
    const told = Told.parse(JSON.parse(message));
    if (told.from !== me) take(told);
  };
  const heardOf = (key: string): number => closingsHeard.get(key) ?? 0;

  /** What this process knows before the row does must not be asked of the row. */
  async function allWritten(key: string): Promise<void> {
    while (unwritten.has(key)) await unwritten.get(key);
  }

  /** `undefined` when the database does not answer; it is then left alone for a second. */
  async function asked<T>(ask: () => Promise<T>): Promise<T | undefined> {
    if (Date.now() < awayUntil) return undefined;
    const { promise: silence, resolve: giveUp } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => giveUp(undefined), answersWithinMs);
    try {
      const answer = await Promise.race([ask(), silence]);
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
    } finally {
      clearTimeout(timer);
    }
    awayUntil = Date.now() + askAgainAfterMs;
    return undefined;
  }

  const isOpen = createTogether<undefined, boolean | undefined>((key) =>
    asked(() => rows.isOpen(key)),
  );

  const close = createTogether<Closing, unknown>((key, closings) => {
    const closing = strongest(closings);
    const message = JSON.stringify({ key, forMs: closing.forMs, from: me });
    return asked(() => rows.close(key, closing, flowChannel, message));
  });

  const settle = createTogether<readonly [string, Lease, Settlement], unknown>((key, all) => {
    const done: Record<string, number> = {};
    for (const [id] of all) done[id] = (done[id] ?? 0) + 1;
    return asked(() => rows.settle(key, done, heardFrom(all)));
  });

  function reserveSlowly(key: string, { wants, maxWaitMs }: Wish): Reservation {
    const now = Date.now();
    const slots: Slot[] = [];
    for (const index of takeTurns(wants.map((want) => want.slots))) {
      const at = Math.max(now, closedHere.get(key) ?? 0, slowlyFree.get(key) ?? 0);
      if (at - now > maxWaitMs) break;
      slowlyFree.set(key, at + slowlyEveryMs);
      const lease = { key, id: null, troubles: 0, guesses: 0, heard: heardOf(key) };
      slots.push({ inMs: at - now, party: wants[index]?.party ?? '', lease });
    }
    const inMs = Math.max(closedHere.get(key) ?? 0, slowlyFree.get(key) ?? 0) - now;
    const why = 'the database is away, and without it there is one call a second';
    return reservationOf(wants, slots, {
      ...{ kind: 'later', because: 'rate', inMs, everyMs: slowlyEveryMs, why },
    });
  }

  const gate: Gate = {
    async reserve(key, limits, wish) {
      if (!isFollowing) follow(flowChannel, listen);
      isFollowing = true;
      const id = randomBytes(6).toString('base64url');
      const wants = wish.wants.map(({ party, slots }, index) => ({
        lease: index === 0 ? id : `${id}.${index}`,
        party: createHash('sha256').update(party).digest('base64url').slice(0, partyLength),
        slots,
      }));
      const ask = { ...wish, wants, ahead: wish.ahead ?? null };
      await allWritten(key);
      const heard = heardOf(key);
      const grant = await asked(async () => {
        const known = await rows.reserve(key, limits, ask);
        if (known) return known;
        await rows.create(key, limits);
        return rows.reserve(key, limits, ask);
      });
      if (grant) {
        const { troubles, guesses } = grant;
        const order = takeTurns(wants.map(({ lease }) => grant.granted[lease] ?? 0));
        const due = slotsOf(grant);
        const slots = order.map((index, nth) => ({
          inMs: dueMs(due, nth),
          party: wish.wants[index]?.party ?? '',
          lease: { key, id: wants[index]?.lease ?? '', troubles, guesses, heard },
        }));
        return reservationOf(wish.wants, slots, laterBy(grant, slots.length));
      }
      if (wish.whenAway === 'go-slowly') return reserveSlowly(key, wish);
      const why = 'our database can’t be reached, and without it nothing is sent or paid for';
      const inMs = lookAgainMs['no-database'];
      return { kind: 'later', because: 'no-database', inMs, everyMs: 0, why };
    },

    async settle(lease, end) {
      const { key, id, guesses } = lease;
      if (end.kind === 'refused') {
        const [forMs, by] =
          end.forMs === undefined
            ? ([guessMs(guesses), 'guess'] as const)
            : ([end.forMs, 'vendor'] as const);
        await gate.close(key, forMs, end.why, by);
      }
      if (id !== null) await settle(key, [id, lease, end]);
      events.emit(`freed ${key}`);
    },

    async close(key, wantedMs, why, by) {
      const forMs = Math.min(wantedMs, longestClosingMs);
      take({ key, forMs });
      const written = close(key, { forMs, why, by }).finally(() => {
        if (unwritten.get(key) === written) unwritten.delete(key);
      });
      unwritten.set(key, written);
      await written;
    },

    hasClosedSince: ({ key, heard }) => heardOf(key) !== heard,

    async isOpen(key, whenAway) {
      await allWritten(key);
      const said = await isOpen(key, undefined);
      return said ?? (whenAway === 'go-slowly' && Date.now() >= (closedHere.get(key) ?? 0));
    },

    async wait(key, event, ms, stopped) {
      const { promise, resolve, reject } = Promise.withResolvers<boolean>();
      const name = `${event} ${key}`;
      const happened = (): void => resolve(true);
      const stop = (): void => reject(stopped?.reason);
      // a timer may be a millisecond early
      const timer = setTimeout(() => resolve(false), Math.ceil(ms) + 1);
      events.once(name, happened);
      stopped?.addEventListener('abort', stop);
      try {
        stopped?.throwIfAborted();
        return await promise;
      } finally {
        clearTimeout(timer);
        events.off(name, happened);
        stopped?.removeEventListener('abort', stop);
      }
    },
  };
  return gate;
}

function reservationOf(
  wants: Wants,
  [first, ...others]: readonly Slot[],
  later: Later,
): Reservation {
  if (!first) return later;
  const wanted = wants.reduce((sum, { slots }) => sum + slots, 0);
  return { kind: 'go', slots: [first, ...others], rest: others.length + 1 < wanted ? later : null };
}

const slotsOf = (grant: Grant): Slots => ({
  firstMs: grant.firstMs,
  lanes: [
    { fromMs: grant.secondFromMs, everyMs: grant.secondEveryMs },
    { fromMs: grant.minuteFromMs, everyMs: grant.minuteEveryMs },
  ],
});

/** Why a row gave no more than `got` slots. */
function laterBy(grant: Grant, got: number): Later {
  const { pausedWhy, closedWhy, aheadInMs } = grant;
  const everyMs = Math.max(grant.secondEveryMs, grant.minuteEveryMs) * grant.parties;
  if (grant.isPaused) {
    const why = `a person has paused it${pausedWhy && `: ${pausedWhy}`}`;
    return { kind: 'later', because: 'paused', inMs: lookAgainMs.paused, everyMs: 0, why };
  }
  if (got >= grant.dueInTime) {
    const inMs = dueMs(slotsOf(grant), got);
    return grant.closedForMs > 0
      ? { kind: 'later', because: 'closed', inMs, everyMs, why: closedWhy }
      : { kind: 'later', because: 'rate', inMs, everyMs, why: 'calls before it fill the rate' };
  }
  if (aheadInMs !== null) {
    const why = 'enough calls are booked for now';
    return { kind: 'later', because: 'ahead', inMs: Math.max(aheadInMs, 1), everyMs, why };
  }
  const why = 'as many calls as may be are under way';
  return { kind: 'later', because: 'at-once', inMs: lookAgainMs['at-once'], everyMs: 0, why };
}

/** The closing that stays when all of them come one after the other: a vendor's word, or the longest. */
const strongest = (closings: readonly Closing[]): Closing =>
  closings.reduce((before, next) => {
    if (before.by !== next.by) return before.by === 'vendor' ? before : next;
    return before.forMs >= next.forMs ? before : next;
  });

/** What settlements tell together, by the troubles that their leases knew of. */
function heardFrom(all: readonly (readonly [string, Lease, Settlement])[]): Record<number, Told> {
  const ends = new Map<number, Exclude<Settlement, { kind: 'given-back' }>[]>();
  for (const [, { troubles }, end] of all) {
    if (end.kind === 'given-back') continue;
    const told = ends.get(troubles);
    if (told) told.push(end);
    else ends.set(troubles, [end]);
  }
  return Object.fromEntries(
    [...ends].map(([troubles, told]) => {
      const hasFailed = told.some(({ kind }) => kind !== 'answered');
      const hasGuessed = told.some((end) => end.kind === 'refused' && !end.forMs);
      const step = shareStep(told.map(({ kind }) => (kind === 'answered' ? kind : 'failed')));
      const guess = hasGuessed ? 1 : hasFailed ? null : 0;
      return [troubles, { ...step, hasFailed, guess }];
    }),
  );
}

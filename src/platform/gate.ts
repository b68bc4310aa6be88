import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { FlowLimits } from '../contracts/flow-keys.ts';
import { guessMs, nextShare } from '../rules/flow.ts';
import { isDatabaseAway, type Database } from './database.ts';

/** The right to call, until it is settled or its time is over. */
export interface Lease {
  readonly key: string;
  /** Null when it was given without the database. */
  readonly id: string | null;
  /** What the row said of the vendor as the lease was given. */
  readonly share: number;
  readonly guesses: number;
}

/** What the gate says to one who wants to call. */
export type Reservation =
  | {
      readonly kind: 'go';
      /** The first call may start so much later, each further one `everyMs` after the one before. */
      readonly inMs: number;
      readonly everyMs: number;
      readonly lease: Lease;
    }
  | {
      readonly kind: 'later';
      /** Nothing was reserved; asking before this is over is of no use. */
      readonly inMs: number;
      readonly because: 'rate' | 'at-once' | 'closed' | 'paused' | 'no-database';
      /** For people. */
      readonly why: string;
    };

/** How a call ended, or that it was not made. */
export type Settlement =
  | { readonly kind: 'answered' | 'failed' | 'given-back' }
  /** `forMs` is the vendor's own time; without one it is guessed. */
  | { readonly kind: 'refused'; readonly forMs: number | undefined; readonly why: string };

/** What to do while the database is away: one call a second in each process, or none. */
export type WhenAway = 'go-slowly' | 'stop';

interface Wish {
  /** Calls that will be made one after the other under one lease. */
  readonly count?: number;
  /** A slot further away than this is not taken. */
  readonly maxWaitMs: number;
  /** After its slot and this time a lease counts as lost. */
  readonly holdMs: number;
  readonly whenAway: WhenAway;
}

/** Flow control by flow key, over all processes that share the database. */
export interface Gate {
  /** Takes the next slot within the limits, in one statement. `limits` are those of the agent; a person's go before. */
  reserve(key: string, limits: FlowLimits, wish: Wish): Promise<Reservation>;
  /** Gives the lease back, and lets all callers know what the call has shown of the vendor. */
  settle(lease: Lease, end: Settlement): Promise<void>;
  /** Stops all calls for a while, at most an hour. A vendor's longer closing stays; its word goes before a guess. */
  close(key: string, forMs: number, why: string, by: 'vendor' | 'guess'): Promise<void>;
  /** Whether the key is neither closed nor paused, as its row says at this moment. */
  isOpen(key: string, whenAway: WhenAway): Promise<boolean>;
  /**
   * Waits, but not longer than until the key closes, or until this process frees a lease of it.
   *
   * @returns whether that happened before the time was over. @throws the signal's reason.
   */
  wait(key: string, event: 'closed' | 'freed', ms: number, stopped: AbortSignal): Promise<boolean>;
}

/** Where closings and openings are told to all processes. */
export const flowChannel = 'flow_keys';
const Told = z.object({ key: z.string(), forMs: z.number() });

const longestClosingMs = 3_600_000;
const answersWithinMs = 2_000;
const askAgainAfterMs = 1_000;
const lookAgainMs = { paused: 10_000, 'no-database': 2_000, 'at-once': 1_000 };
const slowlyEveryMs = 1_000;

interface Row {
  readonly isTaken: boolean;
  readonly waitMs: number;
  readonly everyMs: number;
  readonly isFull: boolean;
  readonly isPaused: boolean;
  readonly pausedWhy: string;
  readonly closedForMs: number;
  readonly closedWhy: string;
  readonly share: number;
  readonly guesses: number;
}

/** @param database where the table `flow_keys` is; its clock counts. */
export function createGate({ sql, follow }: Pick<Database, 'sql' | 'follow'>): Gate {
  const closedHere = new Map<string, number>();
  const slowlyFree = new Map<string, number>();
  const events = new EventEmitter().setMaxListeners(0);
  let isFollowing = false;
  let awayUntil = 0;

  const take = (message: string): void => {
    const { key, forMs } = Told.parse(JSON.parse(message));
    const until = Date.now() + forMs;
    closedHere.set(key, forMs > 0 ? Math.max(until, closedHere.get(key) ?? 0) : until);
    if (forMs > 0) events.emit(`closed ${key}`);
  };

  /** `undefined` when the database does not answer; it is then left alone for a second. */
  async function asked<T>(ask: () => Promise<T>): Promise<T | undefined> {
    if (Date.now() < awayUntil) return undefined;
    const over = new AbortController();
    const silence = sleep(answersWithinMs, undefined, { signal: over.signal });
    try {
      const answer = await Promise.race([ask(), silence]);
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
    } finally {
      over.abort();
    }
    awayUntil = Date.now() + askAgainAfterMs;
    return undefined;
  }

  /**
   * The generic cell rate algorithm, for seconds and minutes at once: a slot is as far behind the
   * last one as the rate says, less a slack of a twentieth of the limit. The gap is shortened by
   * that slack, so that not even a burst puts more than the limit into any window.
   */
  const reserveRow = async (
    key: string,
    limits: FlowLimits,
    { count = 1, maxWaitMs, holdMs }: Wish,
    lease: string,
  ): Promise<Row | null> => {
    const [row] = await sql<Row[]>`
      with held as materialized (
        select * from flow_keys where key = ${key} for update
      ), terms as materialized (
        select held.*, rate.*,
          extract(epoch from clock_timestamp())::float8 * 1000 as now_ms,
          -- a crash takes back a moment's reservations, and a restart takes longer than that moment
          set_config('synchronous_commit', 'off', true)
        from held, lateral (select
          case when limits_by is null then ${limits.perSecond}::float8 else per_second end as a_second,
          case when limits_by is null then ${limits.perMinute}::float8 else per_minute end as a_minute,
          case when limits_by is null then ${limits.atOnce}::int else at_once end as most
        ) rate
      ), pace as (
        select *,
          1000 / (a_second - second_burst + 1) / share as second_gap,
          60000 / (a_minute - minute_burst + 1) / share as minute_gap,
          (select coalesce(jsonb_object_agg(id, ends), '{}') from jsonb_each(leases) as l(id, ends)
            where ends::float8 > now_ms) as live
        from terms, lateral (select
          greatest(1, floor(a_second / 20)) as second_burst,
          greatest(1, floor(a_minute / 20)) as minute_burst
        ) burst
      ), slot as (
        select *, (select count(*) from jsonb_object_keys(live)) >= most as is_full,
          greatest(now_ms, closed_until_ms,
            second_free_ms - (second_burst - 1) * second_gap,
            minute_free_ms - (minute_burst - 1) * minute_gap) as at_ms
        from pace
      ), taken as (
        update flow_keys f set
          per_second = a_second, per_minute = a_minute, at_once = most,
          second_free_ms = greatest(slot.second_free_ms, at_ms) + ${count}::int * second_gap,
          minute_free_ms = greatest(slot.minute_free_ms, at_ms) + ${count}::int * minute_gap,
          leases = live || jsonb_build_object(${lease}::text, at_ms + ${holdMs}::float8)
        from slot
        where f.key = slot.key and slot.paused_at is null and not is_full
          and at_ms - now_ms <= ${maxWaitMs}::float8
        returning 1
      )
      select exists (select from taken) as "isTaken", at_ms - now_ms as "waitMs",
        greatest(second_gap, minute_gap) as "everyMs", is_full as "isFull",
        paused_at is not null as "isPaused", paused_why as "pausedWhy",
        closed_until_ms - now_ms as "closedForMs", closed_why as "closedWhy", share, guesses
      from slot`;
    return row ?? null;
  };

  function reserveSlowly(key: string, { maxWaitMs }: Wish): Reservation {
    const now = Date.now();
    const at = Math.max(now, closedHere.get(key) ?? 0, slowlyFree.get(key) ?? 0);
    if (at - now > maxWaitMs) {
      const why = 'the database is away, and without it there is one call a second';
      return { kind: 'later', inMs: at - now, because: 'rate', why };
    }
    slowlyFree.set(key, at + slowlyEveryMs);
    const lease = { key, id: null, share: 1, guesses: 0 };
    return { kind: 'go', inMs: at - now, everyMs: slowlyEveryMs, lease };
  }

  const gate: Gate = {
    async reserve(key, limits, wish) {
      if (!isFollowing) follow(flowChannel, take);
      isFollowing = true;
      const id = randomUUID();
      const row = await asked(async () => {
        const known = await reserveRow(key, limits, wish, id);
        if (known) return known;
        await sql`insert into flow_keys (key, per_second, per_minute, at_once)
          values (${key}, ${limits.perSecond}, ${limits.perMinute}, ${limits.atOnce})
          on conflict do nothing`;
        return reserveRow(key, limits, wish, id);
      });
      if (row?.isTaken) {
        const { waitMs: inMs, everyMs, share, guesses } = row;
        return { kind: 'go', inMs, everyMs, lease: { key, id, share, guesses } };
      }
      if (row) return laterBy(row, wish);
      if (wish.whenAway === 'go-slowly') return reserveSlowly(key, wish);
      const why = 'our database can’t be reached, and without it nothing is sent or paid for';
      return { kind: 'later', because: 'no-database', inMs: lookAgainMs['no-database'], why };
    },

    async settle(lease, end) {
      const { key, id, share, guesses } = lease;
      if (end.kind === 'refused') {
        const [forMs, by] =
          end.forMs === undefined
            ? ([guessMs(guesses), 'guess'] as const)
            : ([end.forMs, 'vendor'] as const);
        await gate.close(key, forMs, end.why, by);
      }
      if (id !== null) {
        // calls that were let go together tell of the same trouble: only the first of them counts
        const next =
          end.kind === 'given-back'
            ? share
            : nextShare(share, end.kind === 'answered' ? 'answered' : 'failed');
        const guessed =
          end.kind === 'answered' ? 0 : guesses + (end.kind === 'refused' && !end.forMs ? 1 : 0);
        await asked(
          () => sql`
            with quick as (select set_config('synchronous_commit', 'off', true))
            update flow_keys set leases = leases - ${id}::text,
              share = case when share = ${share}::float8 then ${next}::float8 else share end,
              guesses = case when guesses = ${guesses}::int then ${guessed}::int else guesses end
            from quick where key = ${key}`,
        );
      }
      events.emit(`freed ${key}`);
    },

    async close(key, wantedMs, why, by) {
      const forMs = Math.min(wantedMs, longestClosingMs);
      take(JSON.stringify({ key, forMs }));
      await asked(
        () => sql`
          with closed as (
            update flow_keys set
              closed_until_ms = extract(epoch from clock_timestamp()) * 1000 + ${forMs}::float8,
              closed_why = ${why}, closed_by = ${by}
            where key = ${key} and (
              closed_until_ms < extract(epoch from clock_timestamp()) * 1000 + ${forMs}::float8
              or (closed_by = 'guess' and ${by}::text = 'vendor'))
            returning 1
          )
          select pg_notify(${flowChannel}, ${JSON.stringify({ key, forMs })}) from closed`,
      );
    },

    async isOpen(key, whenAway) {
      const rows = await asked(
        () => sql<{ isOpen: boolean }[]>`
          select paused_at is null
            and closed_until_ms <= extract(epoch from clock_timestamp()) * 1000 as "isOpen"
          from flow_keys where key = ${key}`,
      );
      if (rows) return rows[0]?.isOpen ?? true;
      return whenAway === 'go-slowly' && Date.now() >= (closedHere.get(key) ?? 0);
    },

    async wait(key, event, ms, stopped) {
      const over = new AbortController();
      const signal = AbortSignal.any([stopped, over.signal]);
      try {
        return await Promise.race([
          sleep(Math.ceil(ms) + 1, false, { signal }), // a timer may be a millisecond early
          once(events, `${event} ${key}`, { signal }).then(() => true),
        ]);
      } catch (error) {
        stopped.throwIfAborted();
        throw error;
      } finally {
        over.abort();
      }
    },
  };
  return gate;
}

function laterBy(row: Row, { maxWaitMs }: Wish): Reservation {
  const { waitMs: inMs, pausedWhy, closedWhy } = row;
  if (row.isPaused) {
    const why = `a person has paused it${pausedWhy && `: ${pausedWhy}`}`;
    return { kind: 'later', because: 'paused', inMs: lookAgainMs.paused, why };
  }
  if (row.isFull && inMs <= maxWaitMs) {
    const why = 'as many calls as may be are under way';
    return { kind: 'later', because: 'at-once', inMs: lookAgainMs['at-once'], why };
  }
  return row.closedForMs > 0
    ? { kind: 'later', because: 'closed', inMs, why: closedWhy }
    : { kind: 'later', because: 'rate', inMs, why: 'calls before it fill the rate' };
}

import type { FlowLimits } from '../contracts/flow-keys.ts';
import { shareBounds, type ShareStep } from '../rules/flow.ts';
import type { Database } from './database.ts';

/** What a row says to those who ask for slots. */
export interface Grant {
  /** Slots by lease; who got none is not in it. */
  readonly granted: Readonly<Record<string, number>>;
  /** As many slots are due in time, whoever gets them. */
  readonly dueInTime: number;
  readonly firstMs: number;
  readonly secondFromMs: number;
  readonly secondEveryMs: number;
  readonly minuteFromMs: number;
  readonly minuteEveryMs: number;
  /** How many parties share the key now, the askers included. */
  readonly parties: number;
  /** When more may be booked ahead; null when nobody who asks has reached that bound. */
  readonly aheadInMs: number | null;
  readonly isPaused: boolean;
  readonly pausedWhy: string;
  readonly closedForMs: number;
  readonly closedWhy: string;
  readonly troubles: number;
  readonly guesses: number;
}

/** What one party asks for, and the name of the lease that its slots will stand under. */
interface Want {
  readonly lease: string;
  readonly party: string;
  readonly slots: number;
}

/** How far ahead slots may be booked, by one party alone or by each of several. */
export interface Ahead {
  readonly aloneMs: number;
  readonly sharedMs: number;
}

interface Ask {
  readonly wants: readonly Want[];
  readonly maxWaitMs: number;
  readonly holdMs: number;
  readonly ahead: Ahead | null;
}

/** What calls told of the vendor that had all seen the same troubles before. */
export interface Told extends ShareStep {
  readonly hasFailed: boolean;
  /** Null leaves the guesses as they are, 0 forgets them, 1 is one more. */
  readonly guess: 0 | 1 | null;
}

/** The rows of flow keys as calls use them, each time in one statement. */
export interface GateRows {
  /** @returns `undefined` for a key without a row. */
  reserve(key: string, limits: FlowLimits, ask: Ask): Promise<Grant | undefined>;
  create(key: string, limits: FlowLimits): Promise<unknown>;
  /** Takes calls off their leases, and what they told, by the troubles they knew of. */
  settle(
    key: string,
    done: Readonly<Record<string, number>>,
    told: Readonly<Record<number, Told>>,
  ): Promise<unknown>;
  /** Closes it unless it is closed for longer, and says `message` to all processes if it did. */
  close(key: string, closing: Closing, channel: string, message: string): Promise<unknown>;
  isOpen(key: string): Promise<boolean>;
}

/** For how long a vendor is left alone, and who said so. */
export interface Closing {
  readonly forMs: number;
  readonly why: string;
  readonly by: 'vendor' | 'guess';
}

/** A party that has not asked for so long no longer counts. */
const partyForMs = 5_000;
/** Who waits for a place asks again at least this often. */
const waitingForMs = 100;
/** Slots so far apart are booked one by one; closer ones by twos, so that none passes unused. */
const closeSlotsMs = 250;

/** @param database where the table `flow_keys` is; its clock counts. */
export const createGateRows = ({ sql }: Pick<Database, 'sql'>): GateRows => ({
  /**
   * The generic cell rate algorithm, for seconds and minutes at once: a slot is as far behind the
   * last one as the rate says, less a slack of a twentieth of the limit. The gap is shortened by
   * that slack, so that not even a burst puts more than the limit into any window.
   *
   * Parties share the places evenly: each may have its part, and what the others have not asked for.
   * How far ahead each may book is bounded, so that who comes later does not stand behind everybody
   * else's bookings. Who holds least, and then who waits longest, is first; a place that a waiting
   * party of another process should have is left free for it.
   */
  async reserve(key, limits, { wants, maxWaitMs, holdMs, ahead }) {
    const [row] = await sql<Grant[]>`
      with held as materialized (
        select * from flow_keys where key = ${key} for update
      ), pace as materialized (
        select held.*, rate.*, burst.*,
          extract(epoch from clock_timestamp())::float8 * 1000 as now_ms,
          1000 / (a_second - second_burst + 1) / share as second_gap,
          60000 / (a_minute - minute_burst + 1) / share as minute_gap,
          (second_burst - 1) * 1000 / (a_second - second_burst + 1) as second_slack,
          (minute_burst - 1) * 60000 / (a_minute - minute_burst + 1) as minute_slack,
          -- a crash takes back a moment's reservations, and a restart takes longer than that moment
          set_config('synchronous_commit', 'off', true)
        from held, lateral (select
          case when limits_by is null then ${limits.perSecond}::float8 else per_second end as a_second,
          case when limits_by is null then ${limits.perMinute}::float8 else per_minute end as a_minute,
          case when limits_by is null then ${limits.atOnce}::int else at_once end as most
        ) rate, lateral (select
          greatest(1, floor(a_second / 20)) as second_burst,
          greatest(1, floor(a_minute / 20)) as minute_burst
        ) burst
      ), lane as materialized (
        select pace.*, first.at_ms, late.*, greatest(second_gap, minute_gap) as gap,
          case when at_ms > now_ms then 0 else 1 + least(floor((now_ms - second_from) / second_gap),
            floor((now_ms - minute_from) / minute_gap)) end as due_now,
          case when paused_at is not null or at_ms - now_ms > ${maxWaitMs}::float8 then 0
            else 1 + least(floor((now_ms + ${maxWaitMs}::float8 - second_from) / second_gap),
              floor((now_ms + ${maxWaitMs}::float8 - minute_from) / minute_gap)) end as due_in_time
        from pace, lateral (select greatest(now_ms, closed_until_ms,
          second_free_ms - second_slack, minute_free_ms - minute_slack) as at_ms
        ) first, lateral (select
          greatest(second_free_ms, at_ms) - second_slack as second_from,
          greatest(minute_free_ms, at_ms) - minute_slack as minute_from
        ) late
      ), lease as materialized (
        select id, entry, (entry ->> 1)::int as n, entry ->> 2 as name,
          (entry ->> 3)::float8 as last_ms, (entry ->> 4)::float8 as every
        from lane, jsonb_each(leases) as l(id, entry) where (entry ->> 0)::float8 > now_ms
      ), want as materialized (
        select lease, party as name, slots, nth
        from rows from (jsonb_to_recordset(${JSON.stringify(wants)}::text::jsonb)
          as (lease text, party text, slots int)) with ordinality as w(lease, party, slots, nth)
      ), party as materialized (
        select name, lease, slots, nth, coalesce(places, 0) as places, coalesce(h.ahead, 0) as ahead,
          h.last_ms, case when lease is null then p.asked else now_ms end as asked,
          coalesce(since, now_ms) as since, coalesce(served, 0) as served,
          case when lease is null then demand else coalesce(places, 0) + slots end as demand,
          unserved
        from lane, (
          select p.name, (entry ->> 0)::float8 as asked, (entry ->> 1)::float8 as since,
            (entry ->> 2)::float8 as served, (entry ->> 3)::int as demand, (entry ->> 4)::int as unserved
          from lane, jsonb_each(parties) as p(name, entry)
          where (entry ->> 0)::float8 > now_ms - ${partyForMs}::float8
        ) p full join want using (name) left join (
          select name, sum(n)::int as places, max(lease.last_ms) as last_ms,
            sum(least(n, greatest(0, ceil((lease.last_ms - now_ms) / every))))::int as ahead
          from lane, lease group by name
        ) h using (name)
        where lease is not null or places > 0 or unserved > 0 or p.asked > since
      ), crowd as materialized (
        select active, each, greatest(ceil(case when active = 1 then ${ahead?.aloneMs ?? 1e12}::float8
            else ${ahead?.sharedMs ?? 1e12}::float8 end / gap / active),
            case when gap < ${closeSlotsMs}::float8 then 2 else 1 end) as most_ahead,
          ceil(due_now / asking) as now_each,
          greatest(0, most - coalesce((select sum(n) from lease), 0)) as free
        from lane, (select count(*) as active, count(lease) as asking from party) c,
          lateral (select ceil(most::float8 / active) as each) e
      ), quota as materialized (
        select party.*, room, greatest(0, most_ahead - ahead) + now_each as bookable
        from lane, crowd, (
          select party.*, sum(least(demand, each)) over () - least(demand, each) as of_others
          from party, crowd
        ) party, lateral (select greatest(each, most - of_others) - places as room) r
      ), ranked as (
        select lease, row_number() over (order by places + k, served, nth) as rank
        from lane, quota, generate_series(1, case
          when lease is not null then least(slots, room, bookable, due_in_time)
          when unserved > 0 and asked > now_ms - ${waitingForMs}::float8 then least(1, room)
          else 0 end::bigint) k
      ), granted as materialized (
        select lease, count(*)::int as n from lane, (
          select lease, row_number() over (order by rank) as nth
          from ranked, crowd where rank <= free and lease is not null
        ) g where nth <= due_in_time group by lease
      ), total as materialized (
        select n, case when n = 0 then null else greatest(at_ms,
          second_from + (n - 1) * second_gap, minute_from + (n - 1) * minute_gap) end as last_ms
        from lane, (select coalesce(sum(n), 0) as n from granted) t
      ), next as materialized (
        select lane.*, total.n, second_from + second_slack + total.n * second_gap as second_next,
          minute_from + minute_slack + total.n * minute_gap as minute_next,
          coalesce((select jsonb_object_agg(id, entry) from lease), '{}')
            || coalesce((select jsonb_object_agg(lease, jsonb_build_array(
              total.last_ms + ${holdMs}::float8, g.n, name, total.last_ms, gap * total.n / g.n))
              from granted g join party using (lease)), '{}') as leases_next,
          (select jsonb_object_agg(name, jsonb_build_array(asked, since,
              case when g.n > 0 then now_ms else served end, demand,
              case when lease is null then unserved else slots - coalesce(g.n, 0) end))
              from party left join granted g using (lease)) as parties_next
        from lane, total
      ), taken as (
        update flow_keys f set
          per_second = a_second, per_minute = a_minute, at_once = most,
          second_free_ms = case when n = 0 then next.second_free_ms else second_next end,
          minute_free_ms = case when n = 0 then next.minute_free_ms else minute_next end,
          leases = leases_next, parties = parties_next
        from next where f.key = next.key and next.paused_at is null
      )
      select coalesce((select jsonb_object_agg(lease, n) from granted), '{}') as granted,
        due_in_time as "dueInTime", at_ms - now_ms as "firstMs",
        second_from - now_ms as "secondFromMs", second_gap as "secondEveryMs",
        minute_from - now_ms as "minuteFromMs", minute_gap as "minuteEveryMs",
        active::int as parties,
        (select min((greatest(q.last_ms, total.last_ms) - now_ms) * ceil(most_ahead / 2) / most_ahead)
          from quota q left join granted g using (lease), total
          where lease is not null and coalesce(g.n, 0) < least(slots, room) and total.n < free
        ) as "aheadInMs",
        paused_at is not null as "isPaused", paused_why as "pausedWhy",
        closed_until_ms - now_ms as "closedForMs", closed_why as "closedWhy", troubles, guesses
      from lane, crowd`;
    return row;
  },

  create: (key, { perSecond, perMinute, atOnce }) => sql`
    insert into flow_keys (key, per_second, per_minute, at_once)
    values (${key}, ${perSecond}, ${perMinute}, ${atOnce}) on conflict do nothing`,

  settle: (key, done, told) => sql`
    with heard as (
      select ${JSON.stringify(done)}::text::jsonb as done, ${JSON.stringify(told)}::text::jsonb as told,
        set_config('synchronous_commit', 'off', true)
    )
    update flow_keys set
      leases = coalesce((
        select jsonb_object_agg(id, case when n is null then entry
          else jsonb_set(entry, '{1}', to_jsonb((entry ->> 1)::int - n::int)) end)
        from (select id, entry, done ->> id as n from jsonb_each(leases) as l(id, entry)) l
        where (entry ->> 1)::int > coalesce(n::int, 0)
      ), '{}'),
      share = least(${shareBounds.most}::float8, greatest(${shareBounds.least}::float8,
        share * coalesce((told -> troubles::text ->> 'times')::float8, 1)
          + coalesce((told -> troubles::text ->> 'plus')::float8, 0))),
      troubles = troubles + coalesce((told -> troubles::text ->> 'hasFailed')::boolean::int, 0),
      guesses = case told -> troubles::text ->> 'guess'
        when '0' then 0 when '1' then guesses + 1 else guesses end
    from heard where key = ${key}`,

  close: (key, { forMs, why, by }, channel, message) => sql`
    with closed as (
      update flow_keys set
        closed_until_ms = extract(epoch from clock_timestamp()) * 1000 + ${forMs}::float8,
        closed_why = ${why}, closed_by = ${by}
      where key = ${key} and (
        closed_until_ms < extract(epoch from clock_timestamp()) * 1000 + ${forMs}::float8
        or (closed_by = 'guess' and ${by}::text = 'vendor'))
      returning key, closed_until_ms
    ), noted as (
      insert into flow_events (key, kind, by, why, until)
      select key, 'closed', ${by}::text, ${why}::text, to_timestamp(closed_until_ms / 1000)
      from closed
    )
    select pg_notify(${channel}, ${message}) from closed`,

  async isOpen(key) {
    const [row] = await sql<{ isOpen: boolean }[]>`
      select paused_at is null
        and closed_until_ms <= extract(epoch from clock_timestamp()) * 1000 as "isOpen"
      from flow_keys where key = ${key}`;
    return row?.isOpen ?? true;
  },
});

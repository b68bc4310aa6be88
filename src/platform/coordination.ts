import type { BarrierInfo, LeaseInfo, LeaseWish } from '../contracts/coordination.ts';
import type { Database } from './database.ts';

/** What somebody who asks for a lease is told. */
type LeaseAnswer =
  | {
      readonly kind: 'granted';
      /** Grows with every holder of this name: whoever writes under a lower one is late. */
      readonly token: number;
    }
  | {
      readonly kind: 'ticket';
      /** 1 is the first in line. */
      readonly place: number;
      /** Ask again after this; whoever doesn't within 20 s loses the place. */
      readonly retryInMs: number;
    };

/** What a member of a barrier is told. */
type Arrival =
  | { readonly kind: 'open' }
  | { readonly kind: 'waiting'; readonly missing: number; readonly retryInMs: number };

/** A lease that was granted. */
export interface Holding {
  readonly name: string;
  readonly holder: string;
  readonly token: number;
}

/**
 * Leases, semaphores and barriers for everything that shares the database. Each function is one
 * statement on one locked row and answers at once: nobody waits inside it, and no connection is
 * held between two questions. Repeating a question is harmless.
 */
export interface Coordination {
  /**
   * Takes a place, if one is free and nobody in line before: those who keep asking get theirs in
   * the order in which they first asked. A holder who asks again keeps its token, and gets more time.
   */
  acquire(wish: LeaseWish): Promise<LeaseAnswer>;
  /** Gives a holder more time from now on. @returns false when its time was over, or somebody took it away. */
  renew(holding: Holding, forMs: number): Promise<boolean>;
  /**
   * Gives back a lease, or a place in line; without a token, whatever this holder has.
   *
   * @returns what it was: `held`, `waited`, or `lost` when it was neither any more.
   */
  release(
    holding: Pick<Holding, 'name' | 'holder'> & { readonly token?: number | undefined },
  ): Promise<'held' | 'waited' | 'lost'>;
  /**
   * Says that a member is there. The barrier opens once so many are there at the same time, for
   * good: another round needs another name. Whoever does not ask again within 20 s is not there.
   */
  arrive(
    barrier: string,
    wish: { readonly parties: number; readonly member: string },
  ): Promise<Arrival>;
  /** Leases that somebody holds or waits for, by name. */
  list(): Promise<LeaseInfo[]>;
  /** Barriers that somebody waits at, and those of the last day that have opened, newest first. */
  barriers(): Promise<BarrierInfo[]>;
}

/** How long a place in line, or an arrival, is kept for one who does not ask again. */
const patienceMs = 20_000;
const retry = { leastMs: 50, perPlaceMs: 1_000, mostMs: 10_000 };

/** @param database where the tables `leases` and `barriers` are; its clock counts. */
export const createCoordination = ({ sql }: Pick<Database, 'sql'>): Coordination => {
  const nowMs = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

  interface AcquireRow {
    readonly isGranted: boolean;
    readonly token: number;
    readonly place: number;
    readonly retryInMs: number;
  }

  const acquireRow = async ({ name, places, holder, forMs }: LeaseWish) => {
    const [row] = await sql<AcquireRow[]>`
      with held as materialized (
        select * from leases where name = ${name} for update
      ), clock as materialized (
        select *, ${nowMs} as now_ms from held
      ), live as materialized (
        select *,
          (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(holders)
            where (value->>'until')::bigint > now_ms) as holds,
          (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(waiting)
            where (value->>'until')::bigint > now_ms) as line
        from clock
      ), mine as (
        select *, holds -> ${holder}::text as hold,
          coalesce((line #>> array[${holder}::text, 'ticket'])::bigint, ticket + 1) as my_ticket,
          coalesce((line #>> array[${holder}::text, 'since'])::bigint, now_ms) as my_since
        from live
      ), place as (
        select *,
          (select count(*)::int from jsonb_each(line)
            where (value->>'ticket')::bigint < my_ticket) as ahead,
          ${places}::int - (select count(*)::int from jsonb_object_keys(holds)) as free,
          (select min((value->>'until')::bigint) - now_ms from jsonb_each(holds)) as first_end_ms
        from mine
      ), decided as (
        select *,
          hold is not null or ahead < free as is_granted,
          -- never less than the time, so that it grows also over the row's own end
          coalesce((hold->>'token')::bigint, greatest(token + 1, now_ms)) as my_token,
          greatest(${retry.leastMs}::int, least(${retry.mostMs}::int,
            ${retry.perPlaceMs}::int * (ahead + 1 - greatest(free, 0)), first_end_ms))::int as retry_ms
        from place
      ), changed as (
        update leases set
          places = ${places}, used_at = clock_timestamp(),
          token = case when is_granted then greatest(leases.token, my_token) else leases.token end,
          ticket = greatest(leases.ticket, my_ticket),
          holders = case when not is_granted then holds else holds || jsonb_build_object(
            ${holder}::text, jsonb_build_object('token', my_token,
              'since', coalesce((hold->>'since')::bigint, now_ms),
              'until', greatest((hold->>'until')::bigint, now_ms + ${forMs}::bigint))) end,
          waiting = case when is_granted then line - ${holder}::text else line || jsonb_build_object(
            ${holder}::text, jsonb_build_object('ticket', my_ticket,
              'since', my_since, 'until', now_ms + ${patienceMs}::bigint)) end
        from decided where leases.name = decided.name
      )
      select is_granted as "isGranted", my_token::float8 as token, ahead + 1 as place,
        retry_ms as "retryInMs"
      from decided`;
    return row;
  };

  const arriveRow = async (name: string, parties: number, member: string) => {
    const [row] = await sql<{ readonly isOpen: boolean; readonly missing: number }[]>`
      with held as materialized (
        select * from barriers where name = ${name} for update
      ), clock as materialized (
        select *, ${nowMs} as now_ms from held
      ), there as materialized (
        select *, (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(members)
            where value::bigint > now_ms)
          || jsonb_build_object(${member}::text, now_ms + ${patienceMs}::bigint) as present
        from clock
      ), counted as (
        select *, greatest(0, case when opened_at is null
          then ${parties}::int - (select count(*)::int from jsonb_object_keys(present)) else 0 end) as missing
        from there
      ), changed as (
        update barriers set parties = ${parties}, members = present, used_at = clock_timestamp(),
          opened_at = case when missing = 0 then coalesce(barriers.opened_at, clock_timestamp()) end
        from counted where barriers.name = counted.name
      )
      select missing = 0 as "isOpen", missing from counted`;
    return row;
  };

  /** Asks a row that may not be there yet. */
  async function ofRow<T>(ask: () => Promise<T | undefined>, make: () => Promise<unknown>) {
    for (;;) {
      const row = await ask();
      if (row !== undefined) return row;
      await make();
    }
  }

  return {
    async acquire(wish) {
      const row = await ofRow(
        () => acquireRow(wish),
        () => sql`insert into leases (name, places) values (${wish.name}, ${wish.places})
          on conflict do nothing`,
      );
      const { isGranted, token, place, retryInMs } = row;
      return isGranted ? { kind: 'granted', token } : { kind: 'ticket', place, retryInMs };
    },

    async renew({ name, holder, token }, forMs) {
      const renewed = await sql`
        update leases set used_at = clock_timestamp(),
          holders = jsonb_set(holders, array[${holder}::text, 'until'],
            to_jsonb(greatest((holders #>> array[${holder}::text, 'until'])::bigint,
              ${nowMs} + ${forMs}::bigint)))
        where name = ${name}
          and (holders #>> array[${holder}::text, 'token'])::bigint = ${token}::bigint
          and (holders #>> array[${holder}::text, 'until'])::bigint > ${nowMs}`;
      return renewed.count === 1;
    },

    async release({ name, holder, token = null }) {
      const [row] = await sql<{ readonly was: 'held' | 'waited' | 'lost' }[]>`
        with held as materialized (
          select * from leases where name = ${name} for update
        ), found as materialized (
          select name, holders -> ${holder}::text as hold, waiting -> ${holder}::text as waits,
            ${nowMs} as now_ms from held
        ), mine as (
          select *, (hold->>'token')::bigint = coalesce(${token}::bigint, (hold->>'token')::bigint)
            as is_mine
          from found
        ), changed as (
          update leases set used_at = clock_timestamp(), waiting = waiting - ${holder}::text,
            holders = case when is_mine then holders - ${holder}::text else holders end
          from mine where leases.name = mine.name
        )
        select case
          when is_mine and (hold->>'until')::bigint > now_ms then 'held'
          when (waits->>'until')::bigint > now_ms then 'waited'
          else 'lost' end as was
        from mine`;
      return row?.was ?? 'lost';
    },

    async arrive(barrier, { parties, member }) {
      const { isOpen, missing } = await ofRow(
        () => arriveRow(barrier, parties, member),
        () => sql`insert into barriers (name, parties) values (${barrier}, ${parties})
          on conflict do nothing`,
      );
      return isOpen ? { kind: 'open' } : { kind: 'waiting', missing, retryInMs: retry.perPlaceMs };
    },

    async barriers() {
      return sql<BarrierInfo[]>`
        select name, parties, here.list as members,
          to_char(opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "openedAt"
        from barriers, (select ${nowMs} as now_ms) clock, lateral (
          select coalesce(json_agg(key order by key), '[]') as list from jsonb_each(members)
          where value::bigint > now_ms
        ) here
        where json_array_length(here.list) > 0 or opened_at > now() - interval '1 day'
        order by used_at desc limit 200`;
    },

    async list() {
      const utc = (key: string) =>
        sql`to_char(to_timestamp((value->>${key})::float8 / 1000) at time zone 'UTC',
          'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
      return sql<LeaseInfo[]>`
        select name, places, held.list as holders, line.list as waiting
        from leases, (select ${nowMs} as now_ms) clock, lateral (
          select coalesce(json_agg(json_build_object('holder', key,
            'token', (value->>'token')::bigint, 'since', ${utc('since')}, 'until', ${utc('until')})
            order by value->'token'), '[]') as list
          from jsonb_each(holders) where (value->>'until')::bigint > now_ms
        ) held, lateral (
          select coalesce(json_agg(json_build_object('holder', key, 'since', ${utc('since')})
            order by value->'ticket'), '[]') as list
          from jsonb_each(waiting) where (value->>'until')::bigint > now_ms
        ) line
        where json_array_length(held.list) + json_array_length(line.list) > 0
        order by name`;
    },
  };
};

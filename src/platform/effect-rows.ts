import { z } from 'zod';
import { EffectDetail, EffectEntry, EffectState } from '../contracts/effects.ts';
import type { EffectFacts } from '../rules/effect.ts';
import type { Database } from './database.ts';

/** A row as it stood when it was read or moved. */
export interface Seen extends EffectFacts {
  readonly owner: string | null;
  /** Until lease and quarantine are over; 0 when they are. */
  readonly leaseMs: number;
  readonly quarantineMs: number;
  readonly result: unknown;
  readonly reason: string;
}

/** A transition: from where it may start, and what it leaves behind. */
export interface Move {
  readonly key: string;
  readonly from: {
    readonly owner: string | null;
    readonly states: readonly EffectState[];
    /** What the lease must be at this moment: nobody's any more, still the owner's, or either. */
    readonly lease: 'over' | 'live' | 'either';
  };
  readonly to: EffectState;
  readonly owner: string | null;
  /** How long it is held; 0 lets go of it. */
  readonly leaseMs: number;
  /** Begins a quarantine; left out, the last one stays. */
  readonly quarantineMs?: number;
  readonly result?: unknown;
  /** Puts another request behind the key; left out, the last one stays. */
  readonly request?: unknown;
  readonly why: string;
}

/** Something that is to happen once, before it is in the ledger. */
interface NewEffect {
  readonly key: string;
  readonly effect: 'send' | 'spend';
  readonly request: unknown;
  readonly owner: string;
  readonly leaseMs: number;
}

/** Which rows a list shows. */
export interface EffectQuery {
  readonly state?: EffectState | undefined;
  /** What the keys begin with. */
  readonly prefix?: string | undefined;
  readonly limit: number;
}

/**
 * The rows of the ledger. A change of any number of rows is one statement, conditional for each of
 * them. No list names a key twice.
 */
export interface EffectRows {
  /** Takes keys nobody has used. @returns those it took. */
  open(effects: readonly NewEffect[]): Promise<ReadonlySet<string>>;
  /** A request that is left out is the same as any. @returns the rows of keys that somebody has used. */
  read(
    keys: readonly { readonly key: string; readonly request?: unknown }[],
  ): Promise<ReadonlyMap<string, Seen>>;
  /** @returns the rows afterwards, but for those that were not, or no longer, as `from` says. */
  move(moves: readonly Move[]): Promise<ReadonlyMap<string, Seen>>;
  /** Makes `unknown` what nobody holds and has asked about for so long. @returns how many. */
  abandon(idleMs: number, why: string): Promise<number>;
  show(key: string): Promise<EffectDetail | undefined>;
  /** Newest first. */
  list(query: EffectQuery): Promise<readonly EffectEntry[]>;
}

const Row = z.object({
  state: EffectState,
  owner: z.string().nullable(),
  leaseUntil: z.date(),
  quarantinedUntil: z.date(),
  now: z.date(),
  result: z.unknown(),
  reason: z.string(),
  isSameRequest: z.boolean(),
});

function seen(row: unknown): Seen {
  const { leaseUntil, quarantinedUntil, now, ...facts } = Row.parse(row);
  const leaseMs = leaseUntil.getTime() - now.getTime();
  const quarantineMs = quarantinedUntil.getTime() - now.getTime();
  return {
    ...facts,
    leaseMs: Math.max(leaseMs, 0),
    quarantineMs: Math.max(quarantineMs, 0),
    isLeased: leaseMs > 0,
    isQuarantined: quarantineMs >= 0, // a Date has no microseconds: in doubt it is not over
  };
}

const longestReason = 500;

/** One line that every column takes. */
const inShort = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, longestReason);

const jsonOf = (value: unknown): string | null =>
  value === undefined ? null : JSON.stringify(value);

/** A row as it crosses the wire: times as ISO 8601. */
const wired = (row: unknown): unknown => JSON.parse(JSON.stringify(row));

/**
 * A host's clock may jump, so only the database's counts. Requests are compared by the hash of
 * their `jsonb` text, in which the order of fields makes no difference.
 *
 * @param database where the table `effects` is.
 */
export const createEffectRows = ({ sql }: Database): EffectRows => ({
  async open(effects) {
    const wanted = effects.map(({ request, ...effect }) => ({
      ...effect,
      request: jsonOf(request),
    }));
    const rows = await sql<{ key: string }[]>`
      insert into effects (key, effect, state, request_hash, owner, lease_until,
        quarantined_until, reason, history, created_at, updated_at)
      select key, effect, 'intent',
        encode(sha256(convert_to(request::jsonb::text, 'UTF8')), 'hex'),
        owner, t + "leaseMs" * interval '1 ms', t, 'new', jsonb_build_array(
          jsonb_build_object('at', t, 'state', 'intent', 'owner', owner, 'why', 'new')),
        t, t
      from clock_timestamp() t, jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb)
        as wanted (key text, effect text, request text, owner text, "leaseMs" float8)
      order by key
      on conflict (key) do nothing
      returning key`;
    return new Set(rows.map(({ key }) => key));
  },

  async read(keys) {
    const asked = keys.map(({ key, request }) => ({ key, request: jsonOf(request) }));
    const rows = await sql<{ key: string }[]>`
      select key, state, owner, lease_until as "leaseUntil",
        quarantined_until as "quarantinedUntil", clock_timestamp() as now, result, reason,
        coalesce(request_hash =
          encode(sha256(convert_to(request::jsonb::text, 'UTF8')), 'hex'), true)
          as "isSameRequest"
      from jsonb_to_recordset(${JSON.stringify(asked)}::text::jsonb)
        as asked (key text, request text) join effects using (key)`;
    return new Map(rows.map((row) => [row.key, seen(row)]));
  },

  async move(moves) {
    const wanted = moves.map(({ from, result, request, why, ...move }) => ({
      ...{ ...move, ...from, fromOwner: from.owner, owner: move.owner },
      ...{ result: jsonOf(result), request: jsonOf(request), reason: inShort(why) },
    }));
    // rows are locked in one order, so that two who move some of the same never wait for each other
    const rows = await sql<{ key: string }[]>`
      with wanted as materialized (
        select * from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as wanted (
          key text, "fromOwner" text, states text[], lease text, "to" text, owner text,
          "leaseMs" float8, "quarantineMs" float8, result text, request text, reason text)
      ), held as materialized (
        select key from effects where key in (select key from wanted) order by key for update
      )
      update effects set
        state = wanted.to, owner = wanted.owner, reason = wanted.reason, updated_at = t,
        lease_until = t + wanted."leaseMs" * interval '1 ms',
        quarantined_until =
          coalesce(t + wanted."quarantineMs" * interval '1 ms', quarantined_until),
        result = wanted.result::json,
        request_hash = coalesce(
          encode(sha256(convert_to(wanted.request::jsonb::text, 'UTF8')), 'hex'),
          request_hash),
        history = jsonb_path_query_array(history || jsonb_build_object(
            'at', t, 'state', wanted.to, 'owner', wanted.owner, 'why', wanted.reason),
          '$[last - 19 to last]')
      from clock_timestamp() t, wanted join held using (key)
      where effects.key = wanted.key and effects.owner is not distinct from wanted."fromOwner"
        and effects.state = any(wanted.states)
        and (wanted.lease = 'either' or (effects.lease_until > t) = (wanted.lease = 'live'))
      returning effects.key, effects.state, effects.owner, lease_until as "leaseUntil",
        quarantined_until as "quarantinedUntil", t as now, effects.result, effects.reason,
        true as "isSameRequest"`;
    return new Map(rows.map((row) => [row.key, seen(row)]));
  },

  async abandon(idleMs, why) {
    const rows = await sql`
      update effects set
        state = 'unknown', reason = ${inShort(why)} || ' (before: ' || reason || ')',
        lease_until = t, updated_at = t,
        history = jsonb_path_query_array(history || jsonb_build_object(
            'at', t, 'state', 'unknown', 'owner', owner, 'why', ${inShort(why)}::text),
          '$[last - 19 to last]')
      from clock_timestamp() t
      where state = 'sending'
        and greatest(lease_until, quarantined_until, updated_at)
          < t - ${idleMs} * interval '1 ms'`;
    return rows.count;
  },

  async show(key) {
    const [row] = await sql`
      select key, effect, state, reason, owner, lease_until as "leaseUntil",
        quarantined_until as "quarantinedUntil", created_at as "createdAt",
        updated_at as "updatedAt", result, history
      from effects where key = ${key}`;
    return row && EffectDetail.parse(wired(row));
  },

  async list({ state, prefix = '', limit }) {
    const rows = await sql`
      select key, effect, state, reason, owner, lease_until as "leaseUntil",
        quarantined_until as "quarantinedUntil", created_at as "createdAt",
        updated_at as "updatedAt"
      from effects
      where state = coalesce(${state ?? null}, state) and starts_with(key, ${prefix})
      order by created_at desc nulls last, key limit ${limit}`;
    return rows.map((row) => EffectEntry.parse(wired(row)));
  },
});

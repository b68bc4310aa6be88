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
interface Move {
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

/** The rows of the ledger. A change is one conditional statement, or it is none. */
export interface EffectRows {
  /** Takes a key nobody has used. @returns whether it did. */
  open(effect: NewEffect): Promise<boolean>;
  /**
   * @param request left out, any is the same.
   * @returns `undefined` for a key nobody has used.
   */
  read(key: string, request?: unknown): Promise<Seen | undefined>;
  /** @returns the row afterwards; `undefined` when it was not, or no longer, as `from` says. */
  move(key: string, move: Move): Promise<Seen | undefined>;
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
  async open({ key, effect, request, owner, leaseMs }) {
    const rows = await sql`
      insert into effects (key, effect, state, request_hash, owner, lease_until,
        quarantined_until, reason, history, created_at, updated_at)
      select ${key}, ${effect}, 'intent',
        encode(sha256(convert_to(${jsonOf(request)}::text::jsonb::text, 'UTF8')), 'hex'),
        ${owner}, t + ${leaseMs} * interval '1 ms', t, 'new', jsonb_build_array(
          jsonb_build_object('at', t, 'state', 'intent', 'owner', ${owner}::text, 'why', 'new')),
        t, t
      from clock_timestamp() t
      on conflict (key) do nothing
      returning key`;
    return rows.length === 1;
  },

  async read(key, request) {
    const [row] = await sql`
      select state, owner, lease_until as "leaseUntil", quarantined_until as "quarantinedUntil",
        clock_timestamp() as now, result, reason, coalesce(request_hash =
          encode(sha256(convert_to(${jsonOf(request)}::text::jsonb::text, 'UTF8')), 'hex'), true)
          as "isSameRequest"
      from effects where key = ${key}`;
    return row && seen(row);
  },

  async move(key, { from, to, owner, leaseMs, quarantineMs, result, request, why }) {
    const reason = inShort(why);
    const rows = await sql`
      update effects set
        state = ${to}, owner = ${owner}, reason = ${reason}, updated_at = t,
        lease_until = t + ${leaseMs} * interval '1 ms',
        quarantined_until =
          coalesce(t + ${quarantineMs ?? null}::float8 * interval '1 ms', quarantined_until),
        result = ${jsonOf(result)}::text::json,
        request_hash = coalesce(
          encode(sha256(convert_to(${jsonOf(request)}::text::jsonb::text, 'UTF8')), 'hex'),
          request_hash),
        history = jsonb_path_query_array(history || jsonb_build_object(
            'at', t, 'state', ${to}::text, 'owner', ${owner}::text, 'why', ${reason}::text),
          '$[last - 19 to last]')
      from clock_timestamp() t
      where key = ${key} and owner is not distinct from ${from.owner}
        and state = any(${[...from.states]})
        and (${from.lease} = 'either' or (lease_until > t) = (${from.lease} = 'live'))
      returning state, owner, lease_until as "leaseUntil",
        quarantined_until as "quarantinedUntil", t as now, result, reason,
        true as "isSameRequest"`;
    return rows[0] && seen(rows[0]);
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

import { agents } from '../contracts/agents.ts';
import { AccountName } from '../contracts/capability.ts';
import { FlowKey, type FlowLimits } from '../contracts/flow-keys.ts';
import type { Database } from './database.ts';
import { flowChannel } from './gate.ts';

/** Nobody has such a flow key. */
export class UnknownFlowKey extends Error {
  override readonly name = 'UnknownFlowKey';
}

/** The vendor itself has closed this key, and nobody confirmed that it is to be opened all the same. */
export class ClosedByVendor extends Error {
  override readonly name = 'ClosedByVendor';
}

type SomeLimits = { readonly [Name in keyof FlowLimits]?: FlowLimits[Name] | undefined };

/** Who changes a flow key, as the audit names them, and why. */
interface Person {
  readonly by: string;
  readonly reason: string;
}

/**
 * Flow keys as people see and steer them. Every change works at once in all processes and stands in
 * the key's own history; the caller notes it in the audit log. @throws {UnknownFlowKey} for a key that no agent's login can have.
 */
export interface FlowKeys {
  /** All that were used or changed so far, by name. */
  list(): Promise<FlowKey[]>;
  /** Lets no more calls start until it is resumed. */
  pause(key: string, person: Person): Promise<void>;
  resume(key: string, person: Person): Promise<void>;
  /**
   * Ends a closing before its time, and goes back to the full rate.
   *
   * @throws {ClosedByVendor} when the vendor named the time and `isConfirmed` is false.
   */
  open(key: string, person: Person & { readonly isConfirmed: boolean }): Promise<void>;
  /** Sets limits in place of the declared ones; what is left out stays. */
  setLimits(key: string, limits: SomeLimits, person: Person): Promise<LimitsChange>;
  /** Begins with no more than this share of the rate, 0.1 to 1; it grows by itself from there. */
  startAt(key: string, share: number): Promise<void>;
  /** Goes back to the limits that the agent declares, now and whenever they change. */
  resetLimits(key: string, person: Person): Promise<LimitsChange>;
}

/** The limits of a key before and after somebody changed them. */
export interface LimitsChange {
  readonly before: FlowLimits;
  readonly after: FlowLimits;
}

/** @param database where the table `flow_keys` is. */
export const createFlowKeys = ({ sql }: Pick<Database, 'sql'>): FlowKeys => {
  /** The limits that the agent of a key declares. */
  function declaredLimits(key: string): FlowLimits {
    const [vendor, account] = key.split(/:(.*)/s);
    const agent = agents.find((each) => each.vendor === vendor);
    if (!agent || !AccountName.safeParse(account).success) {
      const vendors = [...new Set(agents.map((each) => each.vendor))].join(', ');
      throw new UnknownFlowKey(
        `There is no flow key “${key}”: expected vendor:account, with a vendor of ${vendors}`,
      );
    }
    return agent.limits;
  }

  /** There is a row after this, also for a login that was never used. */
  async function known(key: string): Promise<string> {
    const { perSecond, perMinute, atOnce } = declaredLimits(key);
    await sql`insert into flow_keys (key, per_second, per_minute, at_once)
      values (${key}, ${perSecond}, ${perMinute}, ${atOnce}) on conflict do nothing`;
    return key;
  }

  /** Changes the limits that are given; @param limitsBy whose they are, null for the declared ones. */
  async function limit(
    key: string,
    { perSecond, perMinute, atOnce }: SomeLimits,
    limitsBy: string | null,
    { by, reason }: Person,
  ): Promise<LimitsChange> {
    const limits = sql`jsonb_build_object(
      'perSecond', per_second, 'perMinute', per_minute, 'atOnce', at_once)`;
    const name = await known(key);
    const [change] = await sql<LimitsChange[]>`
      with old as (select ${limits} as limits from flow_keys where key = ${name}),
      limited as (
        update flow_keys set per_second = coalesce(${perSecond ?? null}::float8, per_second),
          per_minute = coalesce(${perMinute ?? null}::float8, per_minute),
          at_once = coalesce(${atOnce ?? null}::int, at_once), limits_by = ${limitsBy}
        where key = ${name} returning *
      ),
      noted as (
        insert into flow_events (key, kind, by, why, limits)
        select key, 'limits', ${by}::text, ${reason}::text, ${limits} from limited
        returning limits
      )
      select old.limits as before, noted.limits as after from old, noted`;
    if (!change) throw new Error(`The flow key ${key} went away while it was limited`);
    return change;
  }

  return {
    async list() {
      const rows = await sql`
        select key, limits_by as "limitsBy", share,
          json_build_object('perSecond', per_second, 'perMinute', per_minute, 'atOnce', at_once) as limits,
          (select coalesce(sum((entry ->> 1)::int), 0)::int from jsonb_each(leases) as l(id, entry)
            where (entry ->> 0)::float8 > now_ms) as "underWay",
          case when closed_until_ms > now_ms then json_build_object(
            'until', ${utc(sql`to_timestamp(closed_until_ms / 1000)`)},
            'why', closed_why, 'by', closed_by) end as closed,
          case when paused_at is not null then json_build_object(
            'since', ${utc(sql`paused_at`)}, 'by', paused_by, 'why', paused_why) end as paused
        from flow_keys, (select extract(epoch from clock_timestamp())::float8 * 1000 as now_ms) clock
        order by key`;
      return rows.map((row) => FlowKey.parse(row));

      function utc(time: ReturnType<typeof sql>) {
        return sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
      }
    },

    async pause(key, { by, reason }) {
      await sql`
        with paused as (
          update flow_keys set paused_at = clock_timestamp(), paused_by = ${by},
            paused_why = ${reason} where key = ${await known(key)} returning key
        )
        insert into flow_events (key, kind, by, why)
        select key, 'paused', ${by}::text, ${reason}::text from paused`;
    },

    async resume(key, { by, reason }) {
      await sql`
        with resumed as (
          update flow_keys set paused_at = null, paused_by = null, paused_why = ''
          where key = ${await known(key)} and paused_at is not null returning key
        )
        insert into flow_events (key, kind, by, why)
        select key, 'resumed', ${by}::text, ${reason}::text from resumed`;
    },

    async open(key, { by, reason, isConfirmed }) {
      const { count } = await sql`
        with opened as (
          update flow_keys set closed_until_ms = 0, closed_by = null, closed_why = '',
            guesses = 0, share = 1, troubles = troubles + 1
          where key = ${await known(key)} and (${isConfirmed} or closed_by is distinct from 'vendor'
            or closed_until_ms <= extract(epoch from clock_timestamp()) * 1000)
          returning key
        )
        insert into flow_events (key, kind, by, why)
        select key, 'opened', ${by}::text, ${reason}::text from opened`;
      if (count === 0) {
        throw new ClosedByVendor(
          `The vendor itself named the time until which ${key} stays closed: confirm with the key’s name to open it all the same`,
        );
      }
      await sql.notify(flowChannel, JSON.stringify({ key, forMs: 0 }));
    },

    async startAt(key, share) {
      await sql`update flow_keys set share = least(share, ${share}::float8)
        where key = ${await known(key)}`;
    },

    setLimits: (key, limits, person) => limit(key, limits, person.by, person),

    resetLimits: async (key, person) => limit(key, declaredLimits(key), null, person),
  };
};

import { agents } from '../contracts/agents.ts';
import { FlowEvent, type FlowKeyDetail } from '../contracts/flow-history.ts';
import type { FlowKeyInUse } from '../contracts/flow-keys.ts';
import { stopsOf } from '../rules/flow-stops.ts';
import { flowKeyOf } from '../rules/flow.ts';
import type { Database } from './database.ts';
import { createFlowKeys } from './flow-keys.ts';

/** Flow keys with what their work did lately. Reads the database only. */
export interface FlowKeyReader {
  /** All that were used or changed so far, by name. */
  list(): Promise<FlowKeyInUse[]>;
  /** One with its last hours; `undefined` when it was never used. */
  read(key: string): Promise<Omit<FlowKeyDetail, 'waitingRuns'> | undefined>;
  /** How many are closed or paused now. */
  held(): Promise<number>;
}

const sliceMs = 300_000;
const slicesShown = 72;
const mostEvents = 200;
const mostTries = 2_000;
const answersShown = 20;
const dayMs = 86_400_000;

/** Runs of one login, whose tries are calls under its flow key. */
interface Login {
  readonly agent: string | null;
  readonly account: string | null;
}

interface TryRow extends Login {
  readonly at: Date;
  readonly outcome: string;
  readonly failure: string | null;
  readonly message: string | null;
  readonly status: string | null;
  readonly workflowId: string;
  readonly runId: string;
  readonly title: string;
}

/** @param database where flow keys, their events, runs and attempts are. */
export function createFlowKeyReader({ sql }: Pick<Database, 'sql'>): FlowKeyReader {
  const keys = createFlowKeys({ sql });

  /** A try that was sent away by the gate made no call. */
  const isSentAway = sql`(outcome = 'failed' and vendor_answer is null
    and failure in ('RateLimited', 'DatabaseUnavailable'))`;
  const hasCalled = sql`(outcome = 'completed' or (outcome = 'failed' and not ${isSentAway}
    and (vendor_answer is not null
      or failure in ('VendorSilent', 'VendorUnavailable', 'VendorUnreachable'))))`;

  const columns = sql`key, id::float8 as id, at, kind, by, why, until, limits`;

  const eventsSince = async (since: Date) => {
    const rows = await sql<{ key: string }[]>`
      select * from (select ${columns} from flow_events where at > ${since} order by flow_events.id desc
        limit ${mostEvents * 10}) newest order by id`;
    return rows.map((row) => ({ key: row.key, event: eventOf(row) }));
  };

  /** Tries of the last hour that called a vendor, newest first. */
  const lastTries = () => sql<TryRow[]>`
    select r.agent, r.account, r.title, a.*
    from (select ended_at as at, outcome, failure, message, vendor_answer ->> 'status' as status,
        workflow_id as "workflowId", run_id as "runId" from attempts
      where started_at > now() - interval '1 hour' and ended_at is not null and ${hasCalled}
      order by started_at desc limit ${mostTries}) a
    join runs r on r.workflow_id = a."workflowId" and r.run_id = a."runId"
    order by a.at desc`;

  /** Open runs by why their last try failed, where another one follows. */
  const waits = () => sql<(Login & { limited: number; unavailable: number })[]>`
    select r.agent, r.account,
      count(*) filter (where a.failure in ('RateLimited', 'DatabaseUnavailable'))::int as limited,
      count(*) filter (where a.failure in ('VendorUnavailable', 'VendorUnreachable'))::int as unavailable
    from runs r join lateral (
      select outcome, failure, next_attempt_at from attempts where run_id = r.run_id
      order by started_at desc, attempt desc limit 1
    ) a on a.outcome = 'failed' and a.next_attempt_at is not null
    where r.closed_at is null group by r.agent, r.account`;

  const slicesOf = async (vendorAgents: readonly string[], account: string) => {
    const rows = await sql<(Omit<FlowKeyDetail['slices'][number], 'at'> & { at: Date })[]>`
      select slice as at, coalesce(answered, 0)::int as answered,
        coalesce(failed, 0)::int as failed, coalesce(away, 0)::int as "sentAway"
      from generate_series(
        date_bin(${sliceMs} * interval '1 ms', now(), 'epoch')
          - ${sliceMs * (slicesShown - 1)} * interval '1 ms',
        now(), ${sliceMs} * interval '1 ms') slice
      left join (
        select date_bin(${sliceMs} * interval '1 ms', a.started_at, 'epoch') as slice,
          count(*) filter (where outcome = 'completed') as answered,
          count(*) filter (where outcome = 'failed' and not ${isSentAway}) as failed,
          count(*) filter (where ${isSentAway}) as away
        from attempts a join (select workflow_id, run_id, agent, account from runs) r
          using (workflow_id, run_id)
        where a.started_at > now() - ${sliceMs * slicesShown} * interval '1 ms'
          and r.agent = any(${[...vendorAgents]}) and r.account = ${account}
        group by 1
      ) tries using (slice)
      order by slice`;
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  };

  async function list(): Promise<FlowKeyInUse[]> {
    const since = new Date(Date.now() - dayMs);
    const [flowKeys, happened, tries, waiting] = await Promise.all([
      keys.list(),
      eventsSince(since),
      lastTries(),
      waits(),
    ]);
    return flowKeys.map((flowKey) => {
      const isOwn = (login: Login): boolean => keyOf(login) === flowKey.key;
      const own = happened.filter(({ key }) => key === flowKey.key).map(({ event }) => event);
      const last = tries.find(isOwn);
      return {
        ...flowKey,
        closings: stopsOf(own).filter(({ kind }) => kind === 'closed').length,
        waiting: waiting
          .filter(isOwn)
          .reduce((all, each) => all + each.limited + (flowKey.closed ? each.unavailable : 0), 0),
        lastAnswer: last
          ? { at: last.at.toISOString(), isGood: isGood(last), words: markOf(last) }
          : null,
      };
    });
  }

  return {
    list,

    async read(key) {
      const [vendor, account = ''] = key.split(/:(.*)/s);
      const vendorAgents = agents.filter((each) => each.vendor === vendor);
      const declared = vendorAgents[0]?.limits;
      const flowKey = (await list()).find((each) => each.key === key);
      if (!flowKey || !declared) return undefined;
      const [slices, rows, tries] = await Promise.all([
        slicesOf(
          vendorAgents.map(({ id }) => id),
          account,
        ),
        sql`select ${columns} from flow_events where key = ${key}
          order by flow_events.id desc limit ${mostEvents}`,
        lastTries(),
      ]);
      const events = rows.map(eventOf);
      const from = slices[0]?.at ?? '';
      return {
        flowKey,
        declared,
        slices,
        sliceMs,
        stops: stopsOf(events.toReversed()).filter(({ to }) => to === null || to > from),
        events: events.slice(0, 50),
        answers: tries
          .filter((each) => keyOf(each) === key)
          .slice(0, answersShown)
          .map((each) => ({
            at: each.at.toISOString(),
            isGood: isGood(each),
            words: isGood(each) ? markOf(each) : (each.message ?? markOf(each)),
            workflowId: each.workflowId,
            runId: each.runId,
            title: each.title,
          })),
      };
    },

    async held() {
      const [row] = await sql<{ held: number }[]>`
        select count(*)::int as held from flow_keys where paused_at is not null
          or closed_until_ms > extract(epoch from clock_timestamp()) * 1000`;
      return row?.held ?? 0;
    },
  };
}

function keyOf({ agent, account }: Login): string | undefined {
  const vendor = agents.find((each) => each.id === agent)?.vendor;
  return vendor === undefined || account === null ? undefined : flowKeyOf(vendor, account);
}

const eventOf = (row: unknown): FlowEvent => FlowEvent.parse(JSON.parse(JSON.stringify(row)));

const isGood = ({ outcome }: TryRow): boolean => outcome === 'completed';

/** What a try is called in a few letters: the vendor's status, or the failure's type. */
const markOf = (row: TryRow): string =>
  isGood(row) ? 'answered' : (row.status ?? row.failure ?? 'failed');

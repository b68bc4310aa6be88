import { z } from 'zod';
import { findCapability } from '../contracts/agents.ts';
import { numbersOf } from '../contracts/capability.ts';
import { FailureType } from '../contracts/failures.ts';
import { SwarmStart, type Observation, type World } from '../contracts/memory.ts';
import { errorClassOf } from '../rules/classify.ts';
import { isSameScope } from '../rules/lesson.ts';
import type { Database } from './database.ts';
import type { MemoryOwner } from './memory-store.ts';
import { withRates } from './rates-seen.ts';

/** How tries of one method went in an activity of a swarm, added up. */
export interface SwarmTries {
  readonly agent: string;
  readonly world: World;
  readonly capability: string;
  readonly account: string;
  readonly method: string;
  /** Null when they went well. */
  readonly failure: string | null;
  readonly tasks: number;
  readonly tookMs: number;
  readonly tunables: Readonly<Record<string, number>>;
  readonly accepted: Readonly<Record<string, number>>;
  readonly obeyed: readonly string[];
  /** They were tries for all others, whose numbers are not those of the rest. */
  readonly isCanary: boolean;
  /** ISO moment at which the last of them ended. */
  readonly lastAt: string;
}

/** What a run that is over has shown, and what is to be marked as read with it. */
export interface ClosedRun {
  readonly workflowId: string;
  readonly runId: string;
  /** So many rows were read of it. */
  readonly rows: number;
  /** Without the event ids, which only the history knows. */
  readonly seen: readonly (Observation & { readonly activityId: string | null })[];
}

/** What runs have shown, as our own tables keep it, and what memory has not taken note of yet. */
export interface Evidence {
  /** Writes what an activity has counted so far; what it wrote before is replaced. */
  noteTries(swarm: string, carrier: string, tries: readonly SwarmTries[]): Promise<void>;
  /** Memories for which a run or a swarm is over that they know nothing of. */
  waiting(): Promise<readonly MemoryOwner[]>;
  /** Tasks and swarms that are over and not taken note of, oldest first, at most so many of each. */
  closed(of: MemoryOwner, limit: number): Promise<readonly ClosedRun[]>;
  /** Marks runs as read, but for those of which more was written since. */
  markRead(of: MemoryOwner, runs: readonly ClosedRun[]): Promise<void>;
}

/** How a task worked, as the recorder of attempts notes it. */
export const How = z.object({
  tunables: z.record(z.string(), z.number()),
  obeyed: z.array(z.string()),
});

/** Runs that ended, and swarms none of whose runs is open. */
const isOver = 'closed_at is not null';

/** @param database where the tables of runs, attempts and swarms are. */
export const createEvidence = ({ sql }: Pick<Database, 'sql'>): Evidence => {
  /** Swarms that are over: the last run of the id has ended, and no other one is open. */
  const swarmIsOver = sql`exists (
    select from swarms s join runs r on r.workflow_id = s.workflow_id
    where s.id = t.swarm and r.started_at >= s.created_at - interval '1 minute'
    having bool_and(r.closed_at is not null) and count(*) > 0)`;

  async function tasksOf(
    { agent, world }: MemoryOwner,
    limit: number,
  ): Promise<readonly ClosedRun[]> {
    const rows = await sql<(AttemptRow & { output: unknown; account: string })[]>`
      with over as (
        select workflow_id, run_id, account, output, started_at, closed_at from runs
        where agent = ${agent} and world = ${world} and ${sql.unsafe(isOver)}
          and distilled_at is null
        order by closed_at limit ${limit}
      )
      select o.workflow_id as "workflowId", o.run_id as "runId", o.account, o.output,
        a.activity, a.activity_id as "activityId", a.method, a.outcome, a.failure, a.how,
        max(a.ended_at) as "endedAt", o.started_at as "beganAt",
        avg(extract(epoch from a.ended_at - a.started_at) * 1000)::float8 as "tookMs",
        count(a.run_id)::int as rows
      from over o left join attempts a on a.run_id = o.run_id and a.ended_at is not null
      group by o.workflow_id, o.run_id, o.account, o.output, o.started_at, o.closed_at,
        a.activity, a.activity_id, a.method, a.outcome, a.failure, a.how
      order by o.closed_at, "endedAt"`;
    const runs = [...Map.groupBy(rows, ({ runId }) => runId)].map(([runId, tries]) => ({
      ...{ runId, ...placeOf(tries) },
      seen: tries.flatMap((row) => seenInTask(row)),
    }));
    return withRates(sql, agent, runs);
  }

  async function swarmsOf(
    { agent, world }: MemoryOwner,
    limit: number,
  ): Promise<readonly ClosedRun[]> {
    const rows = await sql<SwarmRow[]>`
      with over as (
        select distinct t.swarm from swarm_tries t
        where t.agent = ${agent} and t.world = ${world} and t.distilled_at is null
          and ${swarmIsOver}
        limit ${limit}
      )
      select t.swarm, s.workflow_id as "workflowId", t.capability, t.account, t.method, t.failure,
        t.tunables, t.obeyed, s.starts, s.created_at as "beganAt",
        sum(t.tasks)::int as tasks, sum(t.took_ms)::float8 as "tookMs", max(t.last_at) as "lastAt",
        count(*)::int as rows, (array_agg(t.accepted order by t.last_at desc))[1] as accepted,
        s.broken -> t.capability ? t.method as "isBroken"
      from over join swarm_tries t using (swarm) join swarms s on s.id = t.swarm
      where t.agent = ${agent} and t.world = ${world}
      group by t.swarm, s.workflow_id, t.capability, t.account, t.method, t.failure, t.tunables,
        t.obeyed, s.starts, s.created_at, s.broken
      order by "lastAt"`;
    const runs = [...Map.groupBy(rows, ({ swarm }) => swarm)].map(([runId, tries]) => ({
      ...{ runId, ...placeOf(tries) },
      seen: brokenAfterAll(tries).map(seenInSwarm),
    }));
    return withRates(sql, agent, runs);
  }

  return {
    async noteTries(swarm, carrier, tries) {
      if (tries.length === 0) return;
      const rows = tries.map((each) => ({ ...each, failure: each.failure ?? '' }));
      await sql`
        insert into swarm_tries (swarm, carrier, agent, world, capability, account, method, failure,
          tasks, took_ms, tunables, accepted, obeyed, last_at)
        select ${swarm}, ${carrier} || case when "isCanary" then '/canary' else '' end, agent,
          world, capability, account, method, failure, tasks, "tookMs", tunables, accepted, obeyed, "lastAt"
        from json_to_recordset(${JSON.stringify(rows)}::text::json) as r (agent text, world text,
          capability text, account text, method text, failure text, "isCanary" boolean, tasks int,
          "tookMs" real, tunables jsonb, accepted jsonb, obeyed jsonb, "lastAt" timestamptz)
        on conflict (swarm, carrier, capability, account, method, failure) do update set
          tasks = excluded.tasks, took_ms = excluded.took_ms, tunables = excluded.tunables,
          accepted = excluded.accepted, obeyed = excluded.obeyed, last_at = excluded.last_at`;
    },

    waiting: () => sql<MemoryOwner[]>`
      select distinct agent, world from runs
      where ${sql.unsafe(isOver)} and distilled_at is null and agent is not null
        and world is not null
      union
      select distinct t.agent, t.world from swarm_tries t
      where t.distilled_at is null and ${swarmIsOver}`,

    async closed(of, limit) {
      return [...(await tasksOf(of, limit)), ...(await swarmsOf(of, limit))];
    },

    async markRead({ agent, world }, read) {
      const ids = ['', ...read.map(({ runId }) => runId)];
      const counts = JSON.stringify(read.map(({ runId, rows }) => ({ runId, rows })));
      await sql.begin(async (db) => {
        // a try that ends meanwhile waits here, and takes the mark away again
        await db`select from runs
          where agent = ${agent} and world = ${world} and run_id in ${db(ids)} for update`;
        const counted = db`json_to_recordset(${counts}::text::json) as c ("runId" text, rows int)`;
        await db`update runs r set distilled_at = now() from ${counted}
          where r.agent = ${agent} and r.world = ${world} and r.run_id = c."runId" and c.rows =
            (select count(*) from attempts a where a.run_id = r.run_id and a.ended_at is not null)`;
        await db`update swarm_tries t set distilled_at = now() from ${counted}
          where t.agent = ${agent} and t.world = ${world} and t.swarm::text = c."runId" and c.rows =
            (select count(*) from swarm_tries o
              where o.swarm = t.swarm and o.agent = ${agent} and o.world = ${world})`;
      });
    },
  };
};

/** Whose rows these are, since when it ran, and how many there are. */
const placeOf = (groups: readonly Pick<AttemptRow, 'workflowId' | 'beganAt' | 'rows'>[]) => ({
  workflowId: groups[0]?.workflowId ?? '',
  beganAt: groups[0]?.beganAt ?? new Date(0),
  rows: groups.reduce((sum, { rows }) => sum + rows, 0),
});

interface AttemptRow {
  readonly workflowId: string;
  readonly beganAt: Date;
  readonly runId: string;
  readonly activity: string | null;
  readonly activityId: string | null;
  readonly method: string | null;
  readonly outcome: string | null;
  readonly failure: string | null;
  readonly how: unknown;
  readonly endedAt: Date | null;
  readonly tookMs: number | null;
  readonly rows: number;
}

interface SwarmRow {
  readonly swarm: string;
  readonly workflowId: string;
  readonly beganAt: Date;
  readonly capability: string;
  readonly account: string;
  readonly method: string;
  readonly failure: string;
  readonly tunables: Record<string, number>;
  readonly accepted: Record<string, number>;
  readonly obeyed: string[];
  /** What memory had the swarm begin with: a list of `SwarmStart`. */
  readonly starts: unknown;
  readonly tasks: number;
  readonly tookMs: number;
  readonly lastAt: Date;
  readonly rows: number;
  /** The swarm found the method to be plainly broken. */
  readonly isBroken: boolean | null;
}

/** A call that was under way when its method broke may still end well, so late at most. */
const underWayMs = 60_000;

/**
 * The breaker's finding counts: what was under way when a method broke and went well a moment later
 * does not bring it back to life.
 */
function brokenAfterAll(rows: readonly SwarmRow[]): readonly SwarmRow[] {
  return rows.map((row) => {
    if (row.isBroken !== true || row.failure !== '') return row;
    const failedAt = rows
      .filter(
        ({ capability, account, method, failure }) =>
          failure !== '' &&
          capability === row.capability &&
          account === row.account &&
          method === row.method,
      )
      .map(({ lastAt }) => lastAt.getTime());
    const brokeAt = Math.max(...failedAt);
    const isLate = row.lastAt.getTime() > brokeAt + underWayMs;
    return failedAt.length === 0 || isLate
      ? row
      : { ...row, lastAt: new Date(Math.min(row.lastAt.getTime(), brokeAt - 1)) };
  });
}

/** Tries that failed alike are one observation: the task was one, however often it was repeated. */
function seenInTask({
  workflowId,
  runId,
  account,
  output,
  ...row
}: AttemptRow & { readonly account: string; readonly output: unknown }): ClosedRun['seen'] {
  const { activity, activityId, method, outcome, failure, endedAt } = row;
  const capability = findCapability(activity ?? '')?.capability;
  const how = How.safeParse(row.how);
  const isWaiting = failure === FailureType.NotReady; // a job under way is nobody's failure
  const isTold = outcome === 'completed' || (outcome === 'failed' && !isWaiting);
  if (!capability || !how.success || !isTold || method === null || !endedAt) return [];
  const given = how.data.tunables;
  const result = z.object({ result: z.unknown() }).safeParse(output);
  const numbers =
    outcome === 'completed'
      ? numbersOf(capability, given, result.data?.result)
      : { tunables: given, accepted: {} };
  return [
    {
      id: `${runId}/${activityId}/${failure ?? ''}`,
      at: endedAt.toISOString(),
      seenIn: { workflowId, runId, eventId: null },
      capability: capability.id,
      account,
      method,
      tasks: 1,
      tookMs: Math.max(0, row.tookMs ?? 0),
      failure: failureOf(failure),
      tunables: { ...numbers.tunables },
      accepted: { ...numbers.accepted },
      obeyed: how.data.obeyed,
      activityId,
    },
  ];
}

const seenInSwarm = ({
  swarm: runId,
  workflowId,
  lastAt,
  ...row
}: SwarmRow): ClosedRun['seen'][number] => ({
  id: idOf(runId, row),
  at: lastAt.toISOString(),
  seenIn: { workflowId, runId, eventId: null },
  capability: row.capability,
  account: row.account,
  method: row.method,
  tasks: row.tasks,
  tookMs: row.tookMs,
  failure: failureOf(row.failure === '' ? null : row.failure),
  tunables: row.tunables,
  accepted: row.accepted,
  obeyed: [...row.obeyed, ...startsOf(row)],
  activityId: null,
});

/** Lessons that said with which numbers tasks of this scope began. */
const startsOf = ({
  starts,
  capability,
  account,
}: Pick<SwarmRow, 'starts' | 'capability' | 'account'>): readonly string[] =>
  z
    .array(SwarmStart)
    .parse(starts)
    .filter((each) => isSameScope(each, { capability, account }))
    .map(({ lesson }) => lesson);

/** Of all that tells groups of a swarm apart. */
const idOf = (
  swarm: string,
  {
    capability,
    account,
    method,
    failure,
    ...as
  }: Omit<SwarmRow, 'swarm' | 'workflowId' | 'beganAt' | 'lastAt' | 'rows'>,
): string =>
  [
    ...[swarm, capability, account, method, failure],
    ...[JSON.stringify(as.tunables), as.obeyed.join(',')],
  ].join('/');

const failureOf = (type: string | null): Observation['failure'] =>
  type === null ? null : { type, class: errorClassOf(type) };

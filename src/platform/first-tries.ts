import { FirstTries } from '../contracts/memory-views.ts';
import type { Database } from './database.ts';
import type { MemoryOwner } from './memory-store.ts';

/**
 * Whether the first thing that was tried worked, by day of the last thirty: of a run its first try,
 * of a swarm each try that its activities counted. A try that only waited for its turn is none.
 */
export async function firstTries(
  { sql }: Database,
  { agent, world }: MemoryOwner,
): Promise<FirstTries> {
  const [days, marks] = await Promise.all([
    sql`
      with days as (
        select generate_series(date_trunc('day', now() at time zone 'UTC') - interval '29 days',
          date_trunc('day', now() at time zone 'UTC'), interval '1 day') as day
      ), tries as (
        (select distinct on (a.run_id) a.started_at as at, 1 as tasks,
          (a.outcome = 'completed')::int as worked
        from attempts a join runs r on r.run_id = a.run_id and r.type = 'task'
        where r.agent = ${agent} and r.world = ${world} and a.method is not null
          and a.outcome in ('completed', 'failed') and a.started_at > now() - interval '31 days'
          and not (a.vendor_answer is null and a.outcome = 'failed'
            and a.failure in ('RateLimited', 'DatabaseUnavailable'))
        order by a.run_id, a.started_at)
        union all
        select last_at, tasks, case when failure = '' then tasks else 0 end from swarm_tries
        where agent = ${agent} and world = ${world} and last_at > now() - interval '31 days'
      )
      select to_char(day, 'YYYY-MM-DD') as date, coalesce(sum(tasks), 0)::int as tasks,
        coalesce(sum(worked), 0)::int as worked
      from days left join tries on date_trunc('day', at at time zone 'UTC') = day
      group by day order by day`,
    sql`
      with said as (
        select seq, at, hash, jsonb_path_query_array(memory, '$.lessons[*].rule') as rules
        from memory_snapshots where agent = ${agent} and world = ${world} and refused is null
          and at > now() - interval '31 days'
      ), changed as (
        select *, lag(rules, 1, '[]'::jsonb) over (order by seq) as before from said
      )
      select distinct on (date) to_char(at at time zone 'UTC', 'YYYY-MM-DD') as date, seq, hash
      from changed where rules <> before
        and at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - interval '29 days'
      order by date, seq desc`,
  ]);
  return FirstTries.parse({ agent, world, days: [...days], marks: [...marks] });
}

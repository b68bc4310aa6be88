import type { PendingQuery, Row, Sql } from 'postgres';

type Fragment = PendingQuery<Row[]>;

/**
 * SQL: the swarm of the row `r` of `runs`. A run that went on from another one has the swarm that
 * stood before it.
 */
export const swarmOfRun = (sql: Sql): Fragment => sql`
  select s.* from swarms s
  where r.type = 'swarm' and s.workflow_id = r.workflow_id
    and (s.id::text = r.run_id or s.created_at < r.started_at and 'continued_as_new' = (
      select p.status from runs p where p.workflow_id = r.workflow_id
        and p.started_at < r.started_at order by p.started_at desc limit 1))
  order by s.id::text = r.run_id desc, s.created_at desc limit 1`;

/**
 * SQL: how many tasks of a swarm are completed, failed and retrying. Both counts come from indexes
 * alone: all rows from the primary key, problems from the partial one.
 */
export const countsOfSwarm = (sql: Sql, swarm: Fragment): Fragment => sql`
  select written - failed - retrying as completed, failed, retrying from (
    select count(*) filter (where state = 'failed')::int as failed,
      count(*) filter (where state = 'retrying')::int as retrying,
      (select count(*)::int from swarm_outcomes where swarm = ${swarm}) as written
    from swarm_outcomes where swarm = ${swarm} and state <> 'completed'
  ) counted`;

import { agents } from '../../src/contracts/agents.ts';
import type { Database } from '../../src/platform/database.ts';

/** What was stored for the pages to show. */
export interface Filled {
  readonly runs: number;
  readonly tasks: number;
  readonly accounts: readonly string[];
  /** The swarm's workflow id. */
  readonly swarm: string;
}

const accounts = ['default', 'acme', 'berlin'];
const requesters = ['person', 'cli', 'schedule', 'tour', 'temporal'];
const list = '00000000-0000-4000-8000-00000000be0c';
const swarm = '00000000-0000-4000-8000-00000000be0d';
const workflowId = 'swarm/bench/stored';
const needs = {
  ...{ at: 1, count: 1 },
  open: [
    { step: 'send', decision: 'approval', question: 'Send it?', deadline: '2100-01-01T00:00:00Z' },
  ],
};
/** Temporal knows none of these runs; a row that was compared in the future is left as it is. */
const comparedAt = new Date(Date.now() + 365 * 86_400_000);

/**
 * Stores runs of the last 30 days with their attempts, one in a hundred of them open, and a swarm
 * that is still at work: all in the tables that the pages read, as real work leaves them.
 */
export async function fill(
  { sql }: Database,
  { runs, tasks }: { readonly runs: number; readonly tasks: number },
): Promise<Filled> {
  const capabilities = agents.flatMap(({ id: agent, capabilities: own }) =>
    own.map(({ id, title }) => ({ agent, id, title })),
  );
  await sql`
    insert into runs (workflow_id, run_id, type, status, title, capability, agent, account,
      requested_by_kind, requested_by_name, input, output, failure, message, needs, world,
      started_at, closed_at, history_length, seen_at)
    select c ->> 'id' || '/' || account || '/stored-' || n, md5('run' || n)::uuid::text,
      case when n % 40 = 0 then 'starter' else 'task' end, status,
      c ->> 'title' || ' · ' || n, c ->> 'id', c ->> 'agent', account,
      (${requesters}::text[])[1 + n % 5], 'mara', jsonb_build_object('label', 'lead-' || n),
      case when status = 'completed' then jsonb_build_object('text', repeat('done ', 20)) end,
      case when status = 'failed' then (array['ServiceUnavailable', 'RateLimited', 'Gone'])[1 + n % 3] end,
      case when status = 'failed' then 'The service answered ' || 400 + n % 100 end,
      case when status = 'running' and n % 200 = 0 then ${sql.json(needs)}::jsonb end,
      'stand-in', started, case when status <> 'running' then started + interval '40 seconds' end,
      23, ${comparedAt}
    from generate_series(1, ${runs}::int) n,
      lateral (select ${sql.json(capabilities)}::jsonb -> (n * 7919 % ${capabilities.length}) as c,
        (${accounts}::text[])[1 + n % 3] as account,
        now() - (${runs} - n) * interval '30 days' / ${runs} as started,
        case when n % 100 = 0 or n = ${runs} then 'running'
          else (array['completed', 'completed', 'completed', 'completed', 'completed', 'completed',
            'completed', 'completed', 'failed', 'failed', 'cancelled', 'terminated'])[1 + n % 12]
          end as status) row`;
  await sql`
    insert into attempts (workflow_id, run_id, activity_id, attempt, activity, method, queued_at,
      started_at, ended_at, outcome, failure, error_class, message, worker)
    select workflow_id, run_id, '1', attempt, capability, 'bulk', started_at, started_at,
      started_at + interval '20 seconds', case when status = 'running' then 'running'
        when status = 'completed' and attempt = 2 then 'completed' else 'failed' end,
      failure, null, message, '1@bench'
    from runs, generate_series(1, 2) attempt where type = 'task'`;
  await fillSwarm({ sql }, tasks);
  await sql`vacuum analyze`; // as the server does by itself after a while
  return { runs, tasks, accounts, swarm: workflowId };
}

async function fillSwarm({ sql }: Pick<Database, 'sql'>, tasks: number): Promise<void> {
  await sql`
    insert into task_lists (id, total, agents, origin)
    values (${list}, ${tasks}, ${sql.json({ practice: tasks })}, 'leads.csv')`;
  await sql`
    insert into swarm_tasks (list, agent, seq, index, capability, account, input)
    select ${list}, 'practice', n, n, 'practice.wait', 'default',
      jsonb_build_object('label', 'lead-' || n, 'ms', 0)
    from generate_series(0, ${tasks}::int - 1) n`;
  await sql`
    insert into swarms (id, workflow_id, list, total, "window")
    values (${swarm}, ${workflowId}, ${list}, ${tasks}, 100)`;
  await sql`
    insert into swarm_outcomes (swarm, index, state, capability, method, failure, error_class,
      message, result, took_ms, workflow_id, at)
    select ${swarm}, n, state, 'practice.wait', 'wait',
      case state when 'failed' then 'InvalidRequest' when 'retrying' then 'RateLimited' end,
      case state when 'failed' then 'data' when 'retrying' then 'transient' end,
      case when state <> 'completed' then 'The service refused lead-' || n end,
      case when state = 'completed' then jsonb_build_object('label', 'lead-' || n) end,
      12, 'squad/bench/' || n / 1000, now() - (${tasks} - n) * interval '1 hour' / ${tasks}
    from generate_series(0, ${tasks}::int - 1) n,
      lateral (select case when n % 200 = 0 then 'failed' when n % 5000 = 1 then 'retrying'
        else 'completed' end as state) row
    where n % 20 <> 7 and n < ${tasks}::int * 0.97`;
  await sql`
    insert into runs (workflow_id, run_id, type, status, title, requested_by_kind,
      requested_by_name, input, started_at, seen_at)
    values (${workflowId}, ${swarm}, 'swarm', 'running', 'A stored swarm', 'person', 'mara',
      ${sql.json({ title: 'A stored swarm' })}, now() - interval '1 hour', ${comparedAt})`;
}

import type { EffectEntry } from '../contracts/effects.ts';
import { RunNeeds, type NeedList } from '../contracts/needs.ts';
import { needItemsOf, type NeedFacts } from '../rules/needs.ts';
import { itself } from '../rules/swarm.ts';
import type { Database } from './database.ts';
import { countsOfSwarm, swarmOfRun } from './swarm-counts.ts';

/** What waits for a person, from all tables that know of it. */
export interface NeedsReader {
  read(): Promise<NeedList>;
}

const mostRuns = 500;
const mostShown = 200;

/** @param deps the tables; `unknownEffects` are effects that only a person can tell of. */
export function createNeedsReader({
  database: { sql },
  unknownEffects,
}: {
  readonly database: Pick<Database, 'sql'>;
  readonly unknownEffects: () => Promise<readonly EffectEntry[]>;
}): NeedsReader {
  /** Open decisions; of a run with more than it told of, the rest only counts. */
  async function decisions() {
    const rows = await sql<
      { workflowId: string; runId: string; run: string; needs: unknown; count: number }[]
    >`
      select workflow_id as "workflowId", run_id as "runId", title as run, needs,
        (needs ->> 'count')::int as count
      from runs where closed_at is null and (needs ->> 'count')::int > 0 limit ${mostRuns}`;
    const told = rows.flatMap(({ needs, count, ...run }) => {
      const { open } = RunNeeds.catch({ at: 0, count, open: [] }).parse(needs);
      return open.map((need) => ({ ...run, ...need }));
    });
    return { told, count: rows.reduce((all, { count }) => all + count, 0) };
  }

  const halts = () => sql<NeedFacts['halts'][number][]>`
    select r.workflow_id as "workflowId", r.title, s.paused ->> 'reason' as reason,
      s.total - c.completed - c.failed as open
    from runs r
    cross join lateral (${swarmOfRun(sql)}) s
    cross join lateral (${countsOfSwarm(sql, sql`s.id`)}) c
    where r.type = 'swarm' and r.closed_at is null and s.paused ->> 'by' = ${itself}
    order by r.started_at limit ${mostShown}`;

  async function refusedLogins(): Promise<NeedFacts['refusedLogins']> {
    const rows = await sql<
      (Omit<NeedFacts['refusedLogins'][number], 'checkedAt'> & { checkedAt: Date })[]
    >`
      select agent, account, message, checked_at as "checkedAt"
      from credential_checks where state = 'refused'`;
    return rows.map((row) => ({ ...row, checkedAt: row.checkedAt.toISOString() }));
  }

  return {
    async read() {
      const [{ told, count }, stopped, refused, effects] = await Promise.all([
        decisions(),
        halts(),
        refusedLogins(),
        unknownEffects(),
      ]);
      const needs = needItemsOf({
        ...{ decisions: told, halts: stopped, refusedLogins: refused, effects },
      });
      return {
        needs: needs.slice(0, mostShown),
        total: needs.length - told.length + count,
      };
    },
  };
}

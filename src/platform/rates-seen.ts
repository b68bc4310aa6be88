import type { Sql } from 'postgres';
import { agents } from '../contracts/agents.ts';
import { flowKeyOf } from '../rules/flow.ts';
import type { Observation } from '../contracts/memory.ts';

/** A run that is over, and what it showed. */
interface SeenRun {
  readonly runId: string;
  readonly beganAt: Date;
  readonly seen: readonly Observation[];
}

/** Closed once it may have been chance, or somebody else's doing. */
const oftenClosed = 2;

/**
 * The same runs, and in what went well at which share of the rate the vendor took their calls, as
 * the number `rate`: where the flow key was closed more than once meanwhile, what was left of the
 * whole rate was accepted. Keys that were never closed have nothing to tell.
 */
export async function withRates<Run extends SeenRun>(
  sql: Sql,
  agent: string,
  runs: readonly Run[],
): Promise<readonly Run[]> {
  const vendor = agents.find(({ id }) => id === agent)?.vendor;
  if (vendor === undefined || runs.length === 0) return runs;
  const asked = runs.flatMap(({ runId, beganAt, seen }) =>
    [...new Set(seen.map(({ account }) => account))].map((account) => ({
      ...{ runId, account, beganAt, key: flowKeyOf(vendor, account) },
      endedAt: seen.map(({ at }) => at).reduce((a, b) => (a > b ? a : b)),
    })),
  );
  const told = await sql<{ runId: string; account: string; share: number; closings: number }[]>`
    select "runId", account, round(share::numeric, 2)::float8 as share,
      count(*) filter (where e.at between "beganAt" and "endedAt")::int as closings
    from json_to_recordset(${JSON.stringify(asked)}::text::json) as r ("runId" text, account text,
      key text, "beganAt" timestamptz, "endedAt" timestamptz)
    join flow_keys k using (key) join flow_events e on e.key = k.key and e.kind = 'closed'
    group by "runId", account, share`;
  return runs.map((run) => ({
    ...run,
    seen: run.seen.map((each) => {
      const rate = told.find(
        ({ runId, account }) => runId === run.runId && account === each.account,
      );
      if (!rate || each.failure !== null) return each;
      const isShrunk = rate.closings >= oftenClosed && rate.share < 1;
      return {
        ...each,
        tunables: { ...each.tunables, rate: isShrunk ? 1 : rate.share },
        accepted: isShrunk ? { ...each.accepted, rate: rate.share } : each.accepted,
      };
    }),
  }));
}

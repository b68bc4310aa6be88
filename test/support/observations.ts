import type { Observation } from '../../src/contracts/memory.ts';
import { errorClassOf } from '../../src/rules/classify.ts';

interface Seen {
  readonly run: string;
  readonly at?: string;
  readonly capability?: string;
  readonly account?: string;
  readonly method?: string;
  /** How it failed; it went well when left out. */
  readonly failure?: string;
}

/** What a run showed: one task that went well with the first method of the daily pull. */
export function observation({ run, failure, ...seen }: Seen): Observation {
  const method = seen.method ?? 'whole-workspace';
  return {
    id: `${run}/${method}/${failure ?? ''}`,
    at: '2026-05-05T06:00:00.000Z',
    seenIn: { workflowId: `daily/${run}`, runId: run, eventId: 5 },
    capability: 'instantly.daily-analytics',
    account: 'tour',
    tasks: 1,
    tookMs: 100,
    failure: failure === undefined ? null : { type: failure, class: errorClassOf(failure) },
    tunables: {},
    accepted: {},
    obeyed: [],
    ...seen,
    method,
  };
}

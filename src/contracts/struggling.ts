/** Work that does not go the straight way: what it waits for or is tried again for, grouped by cause. */
import { z } from 'zod';

const Time = z.iso.datetime();
const text = z.string().max(200).optional();

/** Query of `GET /api/struggling`; without any, all of it. */
export const StrugglingQuery = z.object({
  agent: text,
  /** A flow key: `vendor:account`. */
  key: text,
  class: z.enum(['transient', 'auth', 'contract', 'data', 'unknown']).optional(),
  /** Only work whose next try is at least this one. */
  'min-attempt': z.coerce.number().int().min(1).max(1_000).optional(),
});
export type StrugglingQuery = z.infer<typeof StrugglingQuery>;

/** Query of `GET /api/struggling/runs`: one page of the runs below a cause, or of all. */
export const StrugglingRunsQuery = StrugglingQuery.extend({
  /** Id of a cause. */
  cause: z.string().max(300).optional(),
  /** What the page before gave as `next`. */
  cursor: z.string().max(800).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type StrugglingRunsQuery = z.infer<typeof StrugglingRunsQuery>;

const common = {
  /** `waiting` is held back by its flow key, `retrying` goes on by itself at its time. */
  state: z.enum(['waiting', 'retrying']),
  capability: z.string(),
  /** What the capability is called. */
  title: z.string(),
  agent: z.string(),
  account: z.string(),
  flowKey: z.string(),
  failure: z.string(),
  class: z.string(),
  /** The vendor's status; null when no vendor answered. */
  status: z.int().nullable(),
  /** What the vendor said last, or else we: at most 200 characters. */
  words: z.string(),
  tasks: z.int(),
  /** Which try comes next: the least and the most of these tasks. */
  attempts: z.object({ least: z.int(), most: z.int() }),
  /** When the first of them goes on; null when nobody has named a time. */
  nextAt: Time.nullable(),
  /** Why it can't be tried again now; null when it can. */
  blocked: z.string().nullable(),
};
const run = {
  workflowId: z.string(),
  runId: z.string(),
  /** `task`, or `swarm` with these of its tasks. */
  type: z.string(),
  /** What people call the run. */
  run: z.string(),
};

/** Tasks that struggle alike: same capability, login, failure, and status of the vendor. */
export const StrugglingCause = z.object({
  /** Stays the same while it lasts. */
  id: z.string(),
  ...common,
  runs: z.int(),
  /** How many of the runs are swarms, which can be paused. */
  swarms: z.int(),
  /** One of its runs. */
  first: z.object(run),
});
export type StrugglingCause = z.infer<typeof StrugglingCause>;

/** What of one run struggles for one cause. */
export const StrugglingRun = z.object({ cause: z.string(), ...common, ...run });
export type StrugglingRun = z.infer<typeof StrugglingRun>;

/** `GET /api/struggling/runs`. */
export const StrugglingRuns = z.object({
  runs: z.array(StrugglingRun),
  next: z.string().nullable(),
});
export type StrugglingRuns = z.infer<typeof StrugglingRuns>;

/** `GET /api/struggling` and topic `struggling`, or `struggling?<query>`. */
export const Struggling = z.object({
  /** The largest first, at most 100. */
  causes: z.array(StrugglingCause),
  /** How many causes there are, and tasks in all of them. */
  total: z.int(),
  tasks: z.int(),
  /** What holds most of it up, and what would help; null while nothing struggles. */
  main: z
    .object({
      kind: z.enum(['waiting', 'retrying']),
      title: z.string(),
      text: z.string(),
      link: z.object({ label: z.string(), to: z.string() }),
    })
    .nullable(),
  /** Tasks that workers have in their hands now. */
  atWork: z.int(),
});
export type Struggling = z.infer<typeof Struggling>;

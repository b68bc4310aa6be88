/** Swarms: what is asked of one, how far it has come, and how it may be steered while it runs. */
import { z } from 'zod';
import { AccountName } from './capability.ts';
import { Requester } from './runs.ts';

/** The most tasks that travel inside a request; longer lists are loaded first and named by id. */
export const mostInlineTasks = 500;
/** The largest input of one task, as JSON. */
export const mostInputBytes = 262_144;

/** One task of a swarm. */
export const SwarmTask = z.strictObject({
  /** `agent.name`, as `agentic agents` lists them. */
  capability: z.string(),
  account: AccountName.default('default'),
  /** Checked against the capability's own schema. */
  input: z.record(z.string(), z.unknown()).default({}),
});
export type SwarmTask = z.infer<typeof SwarmTask>;

/** Why tasks of a swarm failed: a class of errors, or one type of failure. */
export const FailureFilter = z.strictObject({
  class: z.enum(['transient', 'auth', 'contract', 'data', 'unknown']).optional(),
  failure: z.string().max(120).optional(),
});
export type FailureFilter = z.infer<typeof FailureFilter>;

/** Where a swarm's tasks come from. */
export const TaskSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('inline'),
    tasks: z
      .array(SwarmTask)
      .min(1, 'expected at least one task')
      .max(mostInlineTasks, `expected at most ${mostInlineTasks} tasks; load longer lists first`),
  }),
  /** A list that was loaded before: from a JSONL or CSV file, or the rows of a query. */
  z.strictObject({ kind: z.literal('list'), list: z.uuid('expected the id of a task list') }),
  /** The tasks of an earlier swarm that failed. */
  z.strictObject({
    kind: z.literal('failed'),
    /** The swarm's workflow id; its latest run counts. */
    swarm: z.string(),
    of: FailureFilter.default({}),
  }),
]);
export type TaskSource = z.infer<typeof TaskSource>;

/** Input of the workflow `swarm`, as people write it by hand too. */
export const SwarmRequest = z.strictObject({
  /** What people read instead of an id. */
  title: z.string().trim().min(1).max(120),
  source: TaskSource,
  /** The most tasks in flight; as many as the workers take when left out. */
  window: z.int().min(1).max(10_000).optional(),
  /** Share of failed tasks, 0 to 1, above which the swarm itself counts as failed. */
  failureThreshold: z.number().min(0).max(1).default(0.1),
  /** Tasks carried by one activity; chosen from what tasks take when left out. */
  grain: z.int().min(1).max(1_000).optional(),
  /** Seconds after which retries of a task that failed stop; six hours when left out. */
  giveUpAfterSeconds: z.int().min(1).max(604_800).optional(),
  /** Where the tasks' inputs come from: a live vendor is sent nothing that a stand-in made up. */
  provenance: z.enum(['live', 'stand-in']).optional(),
  requestedBy: Requester.default({ kind: 'temporal', name: 'temporal workflow start' }),
});
export type SwarmRequest = z.infer<typeof SwarmRequest>;
/** What may be left out when a swarm is asked for. */
export type NewSwarm = z.input<typeof SwarmRequest>;

const count = z.int().nonnegative();

/** How many tasks are where; they add up to `total`. */
export const SwarmCounts = z.object({
  total: count,
  completed: count,
  failed: count,
  /** Tried, failed, and to be tried again. */
  retrying: count,
  /** Neither done nor failed: queued or running, or left undone when the swarm ended. */
  open: count,
});
export type SwarmCounts = z.infer<typeof SwarmCounts>;

/** Failed tasks of one kind, with the first few of them. */
export const FailureGroup = z.object({
  capability: z.string(),
  method: z.string().nullable(),
  failure: z.string(),
  class: z.string(),
  count,
  /** Up to five task indices. */
  samples: z.array(count),
  /** What the first of them said. */
  message: z.string(),
});
export type FailureGroup = z.infer<typeof FailureGroup>;

/** Result of the workflow `swarm`; also the detail of its failure when the threshold is passed. */
export const SwarmOutcome = z.object({
  state: z.enum(['completed', 'completed-with-failures', 'failed', 'cancelled']),
  counts: SwarmCounts,
  /** How many tasks each method did. */
  methods: z.array(z.object({ capability: z.string(), method: z.string(), count })),
  failures: z.array(FailureGroup),
});
export type SwarmOutcome = z.infer<typeof SwarmOutcome>;

const word = {
  /** Who says so. */
  by: z.string().max(120),
  reason: z.string().trim().min(1, 'expected a reason, for those who look later').max(500),
};

/** Arguments of the swarm's Updates: `pause`, `resume`, `cancel`, `window`, `add`, `retry-failed`. */
export const SwarmWord = z.strictObject(word);
export type SwarmWord = z.infer<typeof SwarmWord>;
export const SwarmWindow = z.strictObject({ ...word, window: z.int().min(1).max(10_000) });
export type SwarmWindow = z.infer<typeof SwarmWindow>;
export const SwarmAddition = z.strictObject({ ...word, source: TaskSource });
export type SwarmAddition = z.infer<typeof SwarmAddition>;
export const SwarmRetry = z.strictObject({ ...word, of: FailureFilter.default({}) });
export type SwarmRetry = z.infer<typeof SwarmRetry>;

/** Answer of the swarm's query `progress`; exact numbers of the tasks stand in the outcome rows. */
export interface SwarmProgress {
  readonly phase: 'planning' | 'working' | 'paused' | 'cancelling' | 'closing' | 'closed';
  /** By whom and why it was paused. */
  readonly paused: { readonly by: string; readonly reason: string } | null;
  readonly total: number;
  /** Tasks of squads that have ended. */
  readonly settled: number;
  readonly window: number;
  readonly squads: { readonly open: number; readonly ended: number };
  /** Tasks that no squad has taken. */
  readonly waiting: number;
}

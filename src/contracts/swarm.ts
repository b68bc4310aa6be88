/** Swarms: what is asked of one, how far it has come, and how it may be steered while it runs. */
import { z } from 'zod';
import { Attempt, RunSummary, StartedRun } from './api.ts';
import { AccountName } from './capability.ts';
import { SwarmStart } from './memory.ts';
import { Requester } from './requester.ts';

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
  /** How it is cut, where its own choice does not suit: smaller squads, a shorter history. */
  squads: z
    .strictObject({
      /** Tasks a squad carries at most; 5,000 when left out. */
      tasks: z.int().min(1).max(5_000).optional(),
      /** Squads after which it goes on as a new run; 500 when left out. */
      aRun: z.int().min(1).max(500).optional(),
    })
    .optional(),
  /** Seconds after which retries of a task that failed stop; six hours when left out. */
  giveUpAfterSeconds: z.int().min(1).max(604_800).optional(),
  /**
   * Seconds that it waits for a person after it stopped by itself; a week when left out. Then the
   * tasks that are left are given up, and it ends.
   */
  waitForPersonSeconds: z.int().min(1).max(7_776_000).optional(),
  /** Where the tasks' inputs come from: a live vendor is sent nothing that a stand-in made up. */
  provenance: z.enum(['live', 'stand-in']).optional(),
  /** The text by which a person confirms tasks that can't be taken back: `delete-lead 120`. */
  confirm: z.string().max(500).optional(),
  /** Why it is done, for those who look later; needed beside `confirm`. */
  reason: z
    .string()
    .trim()
    .min(1, 'expected a reason, for those who look later')
    .max(500)
    .optional(),
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
export const SwarmAddition = z.strictObject({
  ...word,
  source: TaskSource,
  /** As `SwarmRequest` has it, for the tasks that are added. */
  confirm: SwarmRequest.shape.confirm,
});
export type SwarmAddition = z.infer<typeof SwarmAddition>;
export const SwarmRetry = z.strictObject({ ...word, of: FailureFilter.default({}) });
export type SwarmRetry = z.infer<typeof SwarmRetry>;

/** By whom and why a swarm is paused. */
export interface SwarmPause {
  readonly by: string;
  readonly reason: string;
  /** When a swarm that stopped by itself gives up waiting for a person; ISO 8601, UTC. */
  readonly until?: string | undefined;
}

/** Answer of the swarm's query `progress`; exact numbers of the tasks stand in the outcome rows. */
export interface SwarmProgress {
  readonly phase: 'planning' | 'working' | 'paused' | 'cancelling' | 'closing' | 'closed';
  /** By whom and why it was paused. */
  readonly paused: SwarmPause | null;
  readonly total: number;
  /** Tasks of squads that have ended. */
  readonly settled: number;
  readonly window: number;
  readonly squads: { readonly open: number; readonly ended: number };
  /** Tasks that no squad has taken. */
  readonly waiting: number;
}

/*
 * The HTTP API of swarms. `:workflowId` is the swarm's id, encoded; `?run=` names an older
 * execution. The topics `swarm:<id>` and `tiles:<id>` (each also with `?run=`) send what the routes
 * of the same name answer.
 */

/** `GET /api/swarms?state=&cursor=&limit=`: newest first; the same rows as `GET /api/runs`. */
export const SwarmList = z.object({
  swarms: z.array(RunSummary),
  next: z.string().nullable(),
  total: count,
});
export type SwarmList = z.infer<typeof SwarmList>;

/** Where a task stands; `open` is queued or running, or left undone when the swarm ended. */
export const TaskState = z.enum(['open', 'completed', 'failed', 'retrying']);
export type TaskState = z.infer<typeof TaskState>;

/** `GET /api/swarms/:workflowId?run=`, and topic `swarm:<id>`. */
export const SwarmDetail = z.object({
  run: RunSummary,
  /** First run id of the swarm; its rows carry it. */
  swarm: z.string(),
  request: z.object({
    title: z.string(),
    /** What the tasks are from: `leads.csv`, `the request`, `failed tasks of swarm/…`. */
    origin: z.string(),
    window: count.nullable(),
    failureThreshold: z.number(),
    grain: count.nullable(),
    giveUpAfterSeconds: count.nullable(),
    waitForPersonSeconds: count.nullable(),
  }),
  counts: SwarmCounts,
  /** What it does; read from its rows when no worker answers for it. */
  phase: z.enum(['planning', 'working', 'paused', 'cancelling', 'closing', 'closed']),
  /** By whom and why; `isHalt` when the swarm stopped by itself, for a person to mend something. */
  paused: z
    .object({
      by: z.string(),
      reason: z.string(),
      isHalt: z.boolean(),
      /** When it gives up waiting; null of one that waits for ever. */
      until: z.iso.datetime().nullable(),
    })
    .nullable(),
  /** Tasks that may be in flight; null when nobody has said so yet. */
  window: count.nullable(),
  /** Squads at work; how many have ended, and tasks that no squad has taken, while a worker answers. */
  squads: z.object({
    open: z.array(z.object({ workflowId: z.string(), runId: z.string() })),
    ended: count.nullable(),
    waiting: count.nullable(),
  }),
  methods: z.array(z.object({ capability: z.string(), method: z.string(), count })),
  /** Most tasks first, at most 20 groups. */
  failures: z.array(FailureGroup),
  /** Methods that are plainly broken and come last now. */
  broken: z.array(z.object({ capability: z.string(), method: z.string(), failure: z.string() })),
  /** What memory had it begin with: the grain and the rate of earlier swarms. */
  starts: z.array(SwarmStart),
  /** Tasks settled a second, over the last 10 s; zero when it has ended. */
  rate: z.number(),
  /** Null while nobody can tell. */
  secondsLeft: z.number().nullable(),
  /** One sentence: how far it is, and what holds it up. */
  why: z.string(),
  /** The command line that shows the same. */
  cli: z.string(),
});
export type SwarmDetail = z.infer<typeof SwarmDetail>;

/** The most tasks whose states come one byte each. */
export const mostTaskBytes = 20_000;

/** Query of `GET /api/swarms/:workflowId/tiles`: all tasks, or those of a part. */
export const TilesQuery = z
  .object({
    run: z.string().max(80).optional(),
    tiles: z.coerce.number().int().min(1).max(2_000).default(1_000),
    /** First index, and the one after the last. */
    from: z.coerce.number().int().min(0).default(0),
    to: z.coerce.number().int().min(1).optional(),
  })
  .refine(({ from, to }) => to === undefined || from < to, {
    path: ['to'],
    error: 'expected more than “from”',
  });
export type TilesQuery = z.infer<typeof TilesQuery>;

/**
 * Tasks by place in the list, in tiles of equal size. Tile `i` has the indices from
 * `from + i * size` up to, not including, `from + (i + 1) * size`, and none from `to` on.
 */
export const SwarmTiles = z.object({
  from: count,
  to: count,
  /** Tasks in each tile but the last. */
  size: count,
  /** One number a tile; what is in none of them is open. */
  completed: z.array(count),
  failed: z.array(count),
  retrying: z.array(count),
  /**
   * One byte a task, in base64: 0 open, 1 completed, 2 failed, 3 retrying; null for more than
   * 20,000 tasks.
   */
  states: z.string().nullable(),
});
export type SwarmTiles = z.infer<typeof SwarmTiles>;

/** Query of `GET /api/swarms/:workflowId/tasks`. */
export const TasksQuery = z.object({
  run: z.string().max(80).optional(),
  /** The first index that may be on the page. */
  from: z.coerce.number().int().min(0).default(0),
  state: TaskState.optional(),
  failure: z.string().max(120).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type TasksQuery = z.infer<typeof TasksQuery>;

/** A task of a swarm and how it went. In lists, input and result above 2 KB are cut. */
export const SwarmTaskRow = z.object({
  index: count,
  capability: z.string(),
  account: z.string(),
  state: TaskState,
  /** Null until it was tried. */
  method: z.string().nullable(),
  failure: z.string().nullable(),
  class: z.string().nullable(),
  message: z.string().nullable(),
  tookMs: z.number().nullable(),
  at: z.iso.datetime().nullable(),
  /** The run that carried it. */
  squad: z.string().nullable(),
  input: z.unknown(),
  result: z.unknown(),
});
export type SwarmTaskRow = z.infer<typeof SwarmTaskRow>;

/** Its answer, by index; give `next` back as `from`. */
export const SwarmTasks = z.object({ tasks: z.array(SwarmTaskRow), next: count.nullable() });
export type SwarmTasks = z.infer<typeof SwarmTasks>;

/** `GET /api/swarms/:workflowId/tasks/:index`: input and result whole up to 64 KB. */
export const SwarmTaskDetail = SwarmTaskRow.extend({ vendorAnswer: Attempt.shape.vendorAnswer });
export type SwarmTaskDetail = z.infer<typeof SwarmTaskDetail>;

/** `GET /api/swarms/:workflowId/export.jsonl` or `export.csv`, `?run=&state=`: a stream. */
export const ExportQuery = z.object({
  run: z.string().max(80).optional(),
  state: TaskState.optional(),
});

const settings = SwarmRequest.omit({ source: true, requestedBy: true }).shape;
/**
 * Body of `POST /api/swarms`: either `tasks`, as many as 1 MB holds, or a `source`. Answered with
 * `StartedRun`: 201, or 200 when the same tasks were under way under this title and it joined.
 */
export const StartSwarm = z
  .strictObject({
    ...settings,
    tasks: z.array(z.unknown()).min(1, 'expected at least one task').optional(),
    source: TaskSource.optional(),
  })
  .refine(({ tasks, source }) => (tasks === undefined) !== (source === undefined), {
    path: ['tasks'],
    error: 'expected either tasks or source',
  });

/**
 * Query of `POST /api/swarms` with a list as its body, up to 50 MB: `application/x-ndjson` (one
 * task a line, or one input a line when `capability` is given) or `text/csv` (a header, one input a
 * line).
 */
export const UploadSwarm = z.strictObject({
  title: settings.title,
  capability: z.string().max(120).optional(),
  account: AccountName.optional(),
  /** Name of the file, for errors: `leads.csv, line 3: …`. */
  file: z.string().max(200).default('the upload'),
  window: z.coerce.number().pipe(z.int().min(1).max(10_000)).optional(),
  failureThreshold: z.coerce.number().pipe(z.number().min(0).max(1)).optional(),
  grain: z.coerce.number().pipe(z.int().min(1).max(1_000)).optional(),
  giveUpAfterSeconds: z.coerce.number().pipe(z.int().min(1).max(604_800)).optional(),
  waitForPersonSeconds: z.coerce.number().pipe(z.int().min(1).max(7_776_000)).optional(),
  confirm: settings.confirm,
  reason: settings.reason,
});

const { reason } = word;
const { confirm } = settings;
/** Bodies of `POST /api/swarms/:workflowId/(pause|resume|cancel|window|add|retry-failed)`. */
export const SwarmChange = {
  pause: z.strictObject({ reason }),
  resume: z.strictObject({ reason }),
  cancel: z.strictObject({ reason }),
  window: SwarmWindow.omit({ by: true }),
  add: z.strictObject({
    reason,
    confirm,
    tasks: z.array(z.unknown()).min(1, 'expected at least one task'),
  }),
  /** `confirm` only for a swarm that has ended: a new one does its tasks. */
  'retry-failed': SwarmRetry.omit({ by: true }).extend({ confirm }),
} as const;
/** How far the swarm is after a change; or, for a swarm that had ended, the one that was started. */
export const SwarmChanged = z.object({
  progress: z.unknown().describe('SwarmProgress').nullable(),
  started: StartedRun.nullable(),
});

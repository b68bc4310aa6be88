/** One act on many runs: what it would do, what was asked for, and how each run took it. */
import { z } from 'zod';
import { RunQuery } from './api.ts';
import { Effect } from './capability.ts';
import { StrugglingQuery } from './struggling.ts';

/**
 * What is done to each run. `retry` starts what has ended badly again, of a swarm the failed tasks
 * alone; `retry-now` begins the next try of what waits for it; only swarms pause and resume.
 */
export const BulkAct = z.enum(['cancel', 'retry', 'retry-now', 'pause', 'resume']);
export type BulkAct = z.infer<typeof BulkAct>;

/** The most runs that one act takes. */
export const mostBulkItems = 10_000;

/** Which runs are meant: these, all that match a filter, or all that struggle for some causes. */
export const BulkSelection = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('runs'),
    runs: z
      .array(z.strictObject({ workflowId: z.string().max(1_000), runId: z.string().max(80) }))
      .min(1, 'expected at least one run')
      .max(500, 'expected at most 500 runs; select more by a filter'),
  }),
  z.strictObject({
    kind: z.literal('filter'),
    filter: z.strictObject(RunQuery.omit({ cursor: true, limit: true }).shape),
  }),
  z.strictObject({
    kind: z.literal('causes'),
    causes: z.array(z.string().max(300)).min(1, 'expected at least one cause').max(100),
    filter: z.strictObject(StrugglingQuery.shape).default({}),
  }),
]);
export type BulkSelection = z.infer<typeof BulkSelection>;

/** Body of `POST /api/bulk/preview`. */
export const BulkQuestion = z.strictObject({ act: BulkAct, selection: BulkSelection });
export type BulkQuestion = z.infer<typeof BulkQuestion>;

const count = z.int().nonnegative();

/** Its answer: to how many runs it would be done, counted exactly. */
export const BulkPreview = z.object({
  total: count,
  /** Selected, but in no state for it: ended already, or of a kind that knows no such act. */
  leftOut: count,
  /** By Temporal's workflow type: `task`, `swarm`. */
  kinds: z.array(z.object({ type: z.string(), count })),
  /** What repeating the tasks among them means. */
  effects: z.array(z.object({ effect: Effect, count })),
  /** Titles of the first five. */
  examples: z.array(z.string()),
});
export type BulkPreview = z.infer<typeof BulkPreview>;

/** Body of `POST /api/bulk`. */
export const NewBulk = BulkQuestion.extend({
  /** Chosen by who asks: the same id is done once, however often it is sent. */
  id: z.uuid(),
  reason: z.string().trim().min(1, 'expected a reason, for those who look later').max(500),
  /** How many were shown; refused when it is more than a tenth off by now. */
  expected: z.int().min(1),
});
export type NewBulk = z.input<typeof NewBulk>;

/** Input of the workflow `bulk`. */
export const BulkRequest = z.strictObject({ id: z.uuid() });
export type BulkRequest = z.infer<typeof BulkRequest>;

/** How far it is; its result once nothing is open. */
export const BulkCounts = z.object({
  total: count,
  done: count,
  /** There was nothing to do: it had ended, or somebody was faster. */
  skipped: count,
  failed: count,
  open: count,
});
export type BulkCounts = z.infer<typeof BulkCounts>;

/** How one run took it; null while its turn has not come. */
const BulkResult = z.enum(['done', 'skipped', 'failed']);

/** Query of `GET /api/bulk/:id`. */
export const BulkItemsQuery = z.object({
  result: z.enum([...BulkResult.options, 'open']).optional(),
  /** The number of the first item; what the page before gave as `next`. */
  from: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
export type BulkItemsQuery = z.input<typeof BulkItemsQuery>;

/** `GET /api/bulk/:id` and topic `bulk:<id>`. */
export const BulkView = z.object({
  id: z.uuid(),
  act: BulkAct,
  reason: z.string(),
  by: z.string(),
  createdAt: z.iso.datetime(),
  counts: BulkCounts,
  items: z.array(
    z.object({
      seq: count,
      workflowId: z.string(),
      runId: z.string(),
      type: z.string(),
      title: z.string(),
      result: BulkResult.nullable(),
      message: z.string(),
      at: z.iso.datetime().nullable(),
    }),
  ),
  next: count.nullable(),
});
export type BulkView = z.infer<typeof BulkView>;
export type BulkItem = BulkView['items'][number];

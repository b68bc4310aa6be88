/** One flow key with what happened to it and what its work did. */
import { z } from 'zod';
import { RunSummary } from './api.ts';
import { FlowKeyInUse, FlowLimits } from './flow-keys.ts';

const Time = z.iso.datetime();

/** What happened to a flow key: written once, never altered. */
export const FlowEvent = z.object({
  id: z.int(),
  at: Time,
  kind: z.enum(['closed', 'opened', 'paused', 'resumed', 'limits']),
  /** `vendor`, `guess`, or the person who did it. */
  by: z.string(),
  why: z.string(),
  /** The end of a closing, as it was named then. */
  until: Time.nullable(),
  /** The limits after a change of them. */
  limits: FlowLimits.nullable(),
});
export type FlowEvent = z.infer<typeof FlowEvent>;

/** A stretch in which nothing was let through. */
export const FlowStop = z.object({
  kind: z.enum(['closed', 'paused']),
  from: Time,
  /** Null while a pause lasts. */
  to: Time.nullable(),
  by: z.string(),
  why: z.string(),
});
export type FlowStop = z.infer<typeof FlowStop>;

/** `GET /api/flow-keys/:key` and topic `flow-key:<key>`. */
export const FlowKeyDetail = z.object({
  flowKey: FlowKeyInUse,
  /** Limits the agent declares, which apply until a person sets others. */
  declared: FlowLimits,
  /** The last hours, oldest first: tries that began in each slice, by how they ended. */
  slices: z.array(
    z.object({
      at: Time,
      answered: z.int(),
      failed: z.int(),
      /** Sent away before a call was made, to come again later. */
      sentAway: z.int(),
    }),
  ),
  sliceMs: z.int(),
  /** Closings and pauses that reach into those hours, oldest first. */
  stops: z.array(FlowStop),
  /** Open runs that wait for it, newest first, at most 50. */
  waitingRuns: z.array(RunSummary),
  /** Newest first. */
  events: z.array(FlowEvent),
  /** Newest first: tries that reached the vendor. */
  answers: z.array(
    z.object({
      at: Time,
      isGood: z.boolean(),
      words: z.string(),
      workflowId: z.string(),
      runId: z.string(),
      title: z.string(),
    }),
  ),
});
export type FlowKeyDetail = z.infer<typeof FlowKeyDetail>;

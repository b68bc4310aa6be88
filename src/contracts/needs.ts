/** What waits for a person: decisions of runs, and everything else that only a person can mend. */
import { z } from 'zod';
import { EffectEntry } from './effects.ts';
import { Obeyed } from './memory.ts';

/** A decision that a run waits for. */
export const Need = z.object({
  step: z.string(),
  decision: z.enum(['approval', 'repair', 'method']),
  /** What a person is asked, or what went wrong. */
  question: z.string(),
  deadline: z.iso.datetime(),
  /** Of a task that memory refuses: the memory that does, and its lessons. */
  memory: Obeyed.optional(),
});
export type Need = z.infer<typeof Need>;

/** The decisions a run waits for, soonest deadline first, at one moment of its own clock. */
export const RunNeeds = z.object({
  /** Milliseconds since 1970; of two reports the later one counts. */
  at: z.number(),
  count: z.int().nonnegative(),
  /** At most ten of them. */
  open: z.array(Need),
});
export type RunNeeds = z.infer<typeof RunNeeds>;

const Time = z.iso.datetime();
const said = {
  /** Stays the same while it waits: `step/<run>/<step>`, `effect/<key>`. */
  id: z.string(),
  /** What waits, as a sentence or a question. */
  title: z.string(),
  /** Because of what, and what happens until somebody acts. */
  text: z.string(),
  /** When somebody has to have acted; null when it waits for good. */
  deadline: Time.nullable(),
  /** Since when it waits, where that is known. */
  since: Time.nullable(),
};
const step = {
  ...said,
  workflowId: z.string(),
  runId: z.string(),
  /** Title of the run. */
  run: z.string(),
  step: z.string(),
  question: z.string(),
  deadline: Time,
};

/** One thing that waits for a person, and the sentence that says why. */
export const NeedItem = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('approval'), ...step }),
  z.object({ kind: z.literal('repair'), ...step }),
  /** Memory refuses every method of a task that nobody repeats lightly. */
  z.object({ kind: z.literal('method'), ...step }),
  z.object({ kind: z.literal('unknown-outcome'), ...said, effect: EffectEntry }),
  /** A swarm that stopped by itself, for a person to mend something first. */
  z.object({ kind: z.literal('halted-swarm'), ...said, workflowId: z.string() }),
  z.object({
    kind: z.literal('refused-login'),
    ...said,
    agent: z.string(),
    account: z.string(),
  }),
]);
export type NeedItem = z.infer<typeof NeedItem>;

/** `GET /api/needs`, and topic `needs`. */
export const NeedList = z.object({
  /** What has a deadline first, the soonest first; then what waits longest. At most 200. */
  needs: z.array(NeedItem),
  total: z.int().nonnegative(),
});
export type NeedList = z.infer<typeof NeedList>;

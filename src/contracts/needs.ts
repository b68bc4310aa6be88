import { z } from 'zod';

/** A decision that a run waits for. */
export const Need = z.object({
  step: z.string(),
  decision: z.enum(['approval', 'repair']),
  /** What a person is asked, or what went wrong. */
  question: z.string(),
  deadline: z.iso.datetime(),
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

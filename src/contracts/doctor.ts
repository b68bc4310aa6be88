/** What `agentic doctor` finds. */
import { z } from 'zod';

/** One thing that was looked at. */
export const Finding = z.object({
  /** `hint`: worth knowing, but nothing has to be done. */
  state: z.enum(['ok', 'hint', 'wrong']),
  /** What was looked at: `database`, `login instantly/default`. */
  about: z.string(),
  /** What was found; for what is wrong, also what to do. */
  message: z.string(),
});
export type Finding = z.infer<typeof Finding>;

/** `agentic doctor --json`. */
export const Diagnosis = z.object({
  /** Nothing is wrong. */
  isWell: z.boolean(),
  findings: z.array(Finding),
});
export type Diagnosis = z.infer<typeof Diagnosis>;

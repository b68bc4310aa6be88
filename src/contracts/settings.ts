/** What the pages of settings show. */
import { z } from 'zod';
import { Overdue, TableSize } from './database.ts';
import { Diagnosis } from './doctor.ts';

/** The checks of `agentic doctor`, as a page asks for them. */
export const ChecksQuery = z.object({
  /** Look again now, also when the last look was a moment ago. */
  again: z.enum(['yes']).optional(),
});

/** What the checks found, and when. */
export const Checks = Diagnosis.extend({ at: z.iso.datetime(), tookMs: z.int() });
export type Checks = z.infer<typeof Checks>;

/** What is stored, how long it stays, and what is past its time. */
export const DataView = z.object({
  at: z.iso.datetime(),
  keep: z.array(
    z.object({
      setting: z.string(),
      days: z.int(),
      /** What stays so long, for people. */
      what: z.string(),
    }),
  ),
  tables: z.array(TableSize),
  /** What workers delete within the hour. */
  overdue: z.array(Overdue),
  /** Tables of older scripts that were set aside. */
  older: z.array(Overdue),
});
export type DataView = z.infer<typeof DataView>;

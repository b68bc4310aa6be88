/** Schedules, as the dashboard, the command line and programs see them. */
import { z } from 'zod';

const Time = z.iso.datetime();

/** Outcome of one firing of a schedule. */
export const Firing = z.object({
  at: Time,
  workflowId: z.string().nullable(),
  state: z.enum(['completed', 'failed', 'running', 'missed', 'unknown']),
});
export const ScheduleInfo = z.object({
  id: z.string(),
  title: z.string(),
  capability: z.string(),
  account: z.string(),
  isStandIn: z.boolean(),
  cron: z.string(),
  /** The cron expression in words. */
  when: z.string(),
  timeZone: z.string(),
  next: z.array(Time),
  /** Newest last, at most 10. */
  recent: z.array(Firing),
  missed: z.int(),
  overlap: z.string(),
  catchupSeconds: z.int(),
  isPaused: z.boolean(),
  /** Who paused it and why, as Temporal keeps it. */
  note: z.string(),
});
export type ScheduleInfo = z.infer<typeof ScheduleInfo>;
/** `GET /api/schedules`. */
export const ScheduleList = z.object({ schedules: z.array(ScheduleInfo) });
export type ScheduleList = z.infer<typeof ScheduleList>;

/** Body of `POST /api/schedules/:id/backfill`: the days whose work is done again or made up. */
export const Backfill = z
  .strictObject({ from: z.iso.date(), to: z.iso.date() })
  .refine((range) => range.from <= range.to, {
    path: ['from'],
    error: 'expected a day not after "to"',
  });
/** Its answer: how many days were handed to the schedule. */
export const BackfillStarted = z.object({ days: z.int() });

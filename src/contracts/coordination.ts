/** Leases, semaphores and barriers: how runs, processes and hosts keep out of each other's way. */
import { z } from 'zod';

const Time = z.iso.datetime();

/** What a lease or a barrier is about: `sheet:leads-2026`. */
export const CoordinationName = z
  .string()
  .regex(
    /^[a-zA-Z0-9][a-zA-Z0-9.:/_-]{0,119}$/,
    'expected letters, digits and . : / _ - , at most 120',
  );

/** What somebody who wants a lease asks for. */
export const LeaseWish = z.strictObject({
  name: CoordinationName,
  /** How many may hold it at once; more than one makes it a semaphore. */
  places: z.int().min(1).max(10_000).default(1),
  /** Who asks: another one for each holding, the same for each repeat of the question. */
  holder: z.string().min(1).max(1_100),
  /** After this time without renewal the holder counts as dead. */
  forMs: z.int().min(1_000).max(86_400_000),
});
export type LeaseWish = z.infer<typeof LeaseWish>;

/** Who holds a lease, under which fencing token, and until when unless it is renewed. */
const LeaseHolder = z.object({
  holder: z.string(),
  /** Grows with every holder: what was written under a higher one is newer. */
  token: z.int(),
  since: Time,
  until: Time,
});
/** One lease: its holders, and who waits, first in line first. */
export const LeaseInfo = z.object({
  name: z.string(),
  places: z.int(),
  holders: z.array(LeaseHolder),
  waiting: z.array(z.object({ holder: z.string(), since: Time })),
});
export type LeaseInfo = z.infer<typeof LeaseInfo>;

/** One barrier: who is there, and since when it is open. */
export const BarrierInfo = z.object({
  name: z.string(),
  /** How many it opens for. */
  parties: z.int(),
  /** Those there now, while it is closed. */
  members: z.array(z.string()),
  openedAt: Time.nullable(),
});
export type BarrierInfo = z.infer<typeof BarrierInfo>;

/** `GET /api/leases`: leases that are held or waited for, and barriers of the last day. */
export const LeaseList = z.object({
  leases: z.array(LeaseInfo),
  barriers: z.array(BarrierInfo),
});
export type LeaseList = z.infer<typeof LeaseList>;

const reason = z.string().trim().min(1, 'expected a reason, for those who look later').max(500);

/** Body of `POST /api/leases/:name/release`: takes the lease, or the place in line, from somebody. */
export const LeaseRelease = z.strictObject({ holder: z.string().min(1).max(1_100), reason });

/** Videos that are cut into shorts, as tables, pages and programs see them. */
import { z } from 'zod';
import { AccountName } from './capability.ts';

/** An id of the vendor's; it goes into addresses and names of files. */
export const VendorId = z
  .string()
  .regex(/^[\w-]{1,100}$/, 'expected letters, digits, _ and -, at most 100');

/**
 * How far a clip has come. `exported`: the vendor has made the file; `downloaded`: it is here, whole.
 * `unknown`: whether its export was started and paid, only a person can tell.
 */
export const ClipState = z.enum([
  'generated',
  'exporting',
  'exported',
  'downloaded',
  'failed',
  'unknown',
]);
export type ClipState = z.infer<typeof ClipState>;

/** How far a video has come, its clips included. `partial`: some clips are here, others failed. */
export const ShortsState = z.enum([
  'pending',
  'processing',
  'generated',
  'exporting',
  'downloaded',
  'partial',
  'failed',
  'unknown',
]);
export type ShortsState = z.infer<typeof ShortsState>;

const Time = z.iso.datetime();
const count = z.int().nonnegative();

/** One short of a video. */
export const Clip = z.object({
  id: VendorId,
  folder: VendorId,
  /** Its place in the vendor's list, from 1. */
  position: count,
  name: z.string(),
  state: ClipState,
  /** Why it failed or stands where it stands; null where there is nothing to say. */
  why: z.string().nullable(),
  /** Virality from 0 to 100, whatever scale the vendor used; null where it says none. */
  score: z.number().min(0).max(100).nullable(),
  scoreWhy: z.string().nullable(),
  /** Texts for publication, by platform. */
  captions: z.record(z.string(), z.string()),
  transcript: z.string().nullable(),
  /** Of the file that is here; null until it is. */
  bytes: count.nullable(),
  sha256: z.string().nullable(),
  /** Where it is, below the folder of media. */
  file: z.string().nullable(),
  /** Bytes that have arrived while it is on its way. */
  arrived: count,
  /** The key of its export in the ledger; null while nobody wanted one. */
  effect: z.string().nullable(),
  /** The run that exports it, or did. */
  run: z.string().nullable(),
  updatedAt: Time,
});
export type Clip = z.infer<typeof Clip>;

/** One video, and how many of its clips are where. */
export const ShortsJob = z.object({
  account: AccountName,
  id: VendorId,
  state: ShortsState,
  why: z.string().nullable(),
  /** What came of it, as a sentence for a notice. */
  summary: z.string(),
  /** Null of a folder that was cut elsewhere. */
  videoUrl: z.string().nullable(),
  name: z.string(),
  folder: VendorId.nullable(),
  taskId: z.string().nullable(),
  isStandIn: z.boolean(),
  clips: z.record(ClipState, count).and(z.object({ total: count })),
  bestScore: z.number().nullable(),
  effect: z.string().nullable(),
  run: z.string().nullable(),
  createdAt: Time,
  updatedAt: Time,
});
export type ShortsJob = z.infer<typeof ShortsJob>;

/** What may be asked of the list of videos. */
export const ShortsQuery = z.strictObject({
  account: AccountName.optional(),
  state: ShortsState.optional(),
  folder: VendorId.optional(),
  cursor: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ShortsQuery = z.infer<typeof ShortsQuery>;

/** `GET /api/shorts`: the newest first. */
export const ShortsPage = z.object({
  jobs: z.array(ShortsJob),
  next: z.string().nullable(),
});
export type ShortsPage = z.infer<typeof ShortsPage>;

/** `GET /api/shorts/:id`: one video with its clips, best first, and what happened to it. */
export const ShortsView = z.object({
  job: ShortsJob,
  clips: z.array(Clip),
  /** Newest first. */
  log: z.array(z.object({ at: Time, clip: z.string().nullable(), line: z.string() })),
});
export type ShortsView = z.infer<typeof ShortsView>;

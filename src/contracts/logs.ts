/** The log of all processes as people search it. */
import { z } from 'zod';
import { LogLine } from './api.ts';

/** How loud a line is, from the quietest on. */
export const LogLevel = LogLine.shape.level;
export type LogLevel = z.infer<typeof LogLevel>;

const Words = z.string().trim().min(1).max(200);

/** Which lines: all that are left out match everything. */
export const LogFilter = z.object({
  /** Beginnings of words, all of which are in the line. */
  q: Words.optional(),
  /** The quietest that is shown. */
  level: LogLevel.optional(),
  agent: z.string().max(80).optional(),
  /** A run by its id, or one execution of it by its own. */
  run: z.string().min(1).max(1_000).optional(),
  /** One field of the line and its whole value: `activityType:klap.export`. */
  field: z
    .string()
    .max(300)
    .regex(/^[^:]+:./s, 'expected a field and its value, such as activityType:klap.export')
    .optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
});
export type LogFilter = z.infer<typeof LogFilter>;

/** `GET /api/logs`: one page. */
export const LogQuery = LogFilter.extend({
  /** Lines before this one, newest first; from the newest on when left out. */
  before: z.coerce.number().int().min(1).optional(),
  /** Lines that came after this one, oldest first; goes before `before`. */
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});
export type LogQuery = z.infer<typeof LogQuery>;

/** One line with what it was about. */
export const LogEntry = LogLine.extend({
  agent: z.string().nullable(),
  workflowId: z.string().nullable(),
  runId: z.string().nullable(),
});
export type LogEntry = z.infer<typeof LogEntry>;

/** One page of lines. */
export const LogPage = z.object({
  lines: z.array(LogEntry),
  /** What to ask for as `before` to read on; null when this is the end. */
  next: z.int().nullable(),
  /** What to ask for as `after` to follow: nothing up to there was left out. */
  last: z.int(),
});
export type LogPage = z.infer<typeof LogPage>;

/** `GET /api/logs/histogram`: how many lines when. */
export const LogHistogram = z.object({
  /** Length of a slice. */
  sliceMs: z.int(),
  /** One after the other without a gap; at most 81. Empty when no line matches. */
  slices: z.array(
    z.object({
      at: z.iso.datetime(),
      debug: z.int(),
      info: z.int(),
      warn: z.int(),
      error: z.int(),
    }),
  ),
  /** Lines counted. */
  total: z.int(),
  /** False when more match than are counted: then it shows the newest of them. */
  isWhole: z.boolean(),
});
export type LogHistogram = z.infer<typeof LogHistogram>;

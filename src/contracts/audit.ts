/** Who did what, to what, why and from where, as people read it. */
import { z } from 'zod';

const Text = z.string().min(1).max(300);

/** Which rows: all that are left out match everything. */
export const AuditFilter = z.object({
  /** Who, whole: `dashboard:mara@example.com`, `cli:mara@host`, `token:nightly`. */
  by: Text.optional(),
  /** What was done, or all that begins so: `run.cancel`, `run`. */
  action: z
    .string()
    .max(80)
    .regex(/^[\w-]+(\.[\w-]+)*$/, 'expected an action such as run.cancel, or its beginning, run')
    .optional(),
  /** Part of what it was done to. */
  target: Text.optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

/** `GET /api/audit`: one page, newest first. */
export const AuditQuery = AuditFilter.extend({
  /** What the page before gave as `next`. */
  cursor: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

/** One thing that somebody did. */
export const AuditRow = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  /** Who, as Temporal knows them too. */
  by: z.string(),
  /** Through what: `dashboard`, `cli`, `token`, `file`. */
  from: z.string(),
  action: z.string(),
  target: z.string(),
  /** In their words; empty where none were asked for. */
  reason: z.string(),
  /** What else was noted; where a value was changed, `before` and `after`. */
  detail: z.record(z.string(), z.unknown()),
});
export type AuditRow = z.infer<typeof AuditRow>;

/** One page of rows. */
export const AuditPage = z.object({
  rows: z.array(AuditRow),
  /** What to ask for as `cursor` to read on; null when this is the end. */
  next: z.int().nullable(),
  total: z.int(),
  /** False above 10,000. */
  isTotalExact: z.boolean(),
});
export type AuditPage = z.infer<typeof AuditPage>;

/** `GET /api/audit/choices`: who is in the audit, and with what. */
export const AuditChoices = z.object({ by: z.array(z.string()), actions: z.array(z.string()) });
export type AuditChoices = z.infer<typeof AuditChoices>;

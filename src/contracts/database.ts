/** What `agentic database` and the page of settings tell of the tables. */
import { z } from 'zod';

/** Rows of one table that retention lets go. */
export const Overdue = z.object({
  table: z.string(),
  rows: z.int(),
  /** As they lie in the table, without its indexes. */
  bytes: z.number(),
});
export type Overdue = z.infer<typeof Overdue>;

/** A table, and how much is in it. */
export const TableSize = z.object({
  name: z.string(),
  /** `ours`; `older`: of the scripts before this system, set aside; `foreign`: of somebody else. */
  owner: z.enum(['ours', 'older', 'foreign']),
  rows: z.number(),
  /** False for an estimate of the server's, where counting took too long. */
  isExact: z.boolean(),
  /** With its indexes. */
  bytes: z.number(),
  /** The latest time in any row; null without rows or times. */
  lastWriteAt: z.iso.datetime().nullable(),
});
export type TableSize = z.infer<typeof TableSize>;

/** `agentic database explore --json`. */
export const TableList = z.object({ tables: z.array(TableSize) });
export type TableList = z.infer<typeof TableList>;

/** A table held against what this checkout expects. */
export const TableCheck = z.object({
  name: z.string(),
  owner: TableSize.shape.owner,
  columns: z.array(z.object({ name: z.string(), type: z.string(), isNullable: z.boolean() })),
  /** What is missing, too much or of another kind; empty when all is as expected. */
  differences: z.array(z.string()),
  /** A few rows, newest first where a time tells; what they say is hidden unless it was asked for. */
  sample: z.array(z.record(z.string(), z.unknown())),
});
export type TableCheck = z.infer<typeof TableCheck>;

/** The migrations a database lacks. */
export const MigrationState = z.object({
  /** Names of those this checkout has and the database lacks, in order. */
  pending: z.array(z.string()),
  /** The database has been migrated by a newer checkout. */
  isNewer: z.boolean(),
  /** Tables of older scripts that have names of ours and are set aside first. */
  setAside: z.array(z.string()),
});
export type MigrationState = z.infer<typeof MigrationState>;

/** Rows that were taken over from a table of older scripts. */
export const TakenOver = z.object({ table: z.string(), rows: z.int(), taken: z.int() });
export type TakenOver = z.infer<typeof TakenOver>;

/** `agentic database migrate --json`. */
export const Migrated = MigrationState.extend({
  /** False after a look only. */
  isDone: z.boolean(),
  takenOver: z.array(TakenOver),
});
export type Migrated = z.infer<typeof Migrated>;

/** `agentic database cleanup --json`. */
export const Cleanup = z.object({
  /** What retention lets go. */
  overdue: z.array(Overdue),
  /** Tables of older scripts, which go only with `--older-tables`. */
  older: z.array(Overdue),
  /** Rows that went, by table; null after a look only. */
  removed: z.record(z.string(), z.int()).nullable(),
});
export type Cleanup = z.infer<typeof Cleanup>;

/** The tables of bulk actions: what a person had done to many runs at once, and how each went. */
import { sql } from 'drizzle-orm';
import {
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });

/** One act on many runs, asked for by one person. Its items are written with it, or not at all. */
export const bulkActions = pgTable('bulk_actions', {
  id: uuid().primaryKey(),
  /** cancel, retry, retry-now, pause, resume. */
  act: text().notNull(),
  reason: text().notNull(),
  /** Who, as the audit names them. */
  by: text().notNull(),
  /** The same, as runs name who asked for them: a `Requester`. */
  requestedBy: jsonb('requested_by').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
});

/** The runs it is done to, in the order in which it is. */
export const bulkItems = pgTable(
  'bulk_items',
  {
    bulk: uuid().notNull(),
    seq: integer().notNull(),
    workflowId: text('workflow_id').notNull(),
    runId: text('run_id').notNull(),
    type: text().notNull(),
    title: text().notNull(),
    /** done, skipped, failed; null until its turn has come. */
    result: text(),
    /** What came of it, in words. */
    message: text().notNull().default(''),
    at: time('at'),
  },
  (table) => [
    primaryKey({ columns: [table.bulk, table.seq] }),
    index('bulk_items_open')
      .on(table.bulk, table.seq)
      .where(sql`result is null`),
  ],
);

/** The tables of swarms: lists of tasks, and how each task went. */
import { sql } from 'drizzle-orm';
import {
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });

/** Lists of tasks that were loaded whole; one without a row here was given up half-way and counts for nothing. */
export const taskLists = pgTable('task_lists', {
  id: uuid().primaryKey(),
  /** Tasks in it; those added later count too. */
  total: integer().notNull(),
  /** How many tasks each agent has in it, those tried again included: `{ "instantly": 412 }`. */
  agents: jsonb().notNull(),
  /** What the list was made from, for people: `leads.csv`. */
  origin: text().notNull(),
  /**
   * The list it was added to, and what that had before; null while it is a list of its own. A row
   * of no tasks of its own stands for tasks of that list that were put in line again.
   */
  added: jsonb(),
  createdAt: time('created_at').notNull().defaultNow(),
});

/** The tasks of lists, in the order in which their agents take them. */
export const swarmTasks = pgTable(
  'swarm_tasks',
  {
    list: uuid().notNull(),
    agent: text().notNull(),
    /** Place in the line of its agent. A task that is tried again stands in line twice. */
    seq: integer().notNull(),
    /** Place in the list, from 0. */
    index: integer().notNull(),
    capability: text().notNull(),
    account: text().notNull(),
    /** Checked, with defaults filled in. */
    input: jsonb().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.list, table.agent, table.seq] }),
    index('swarm_tasks_index').on(table.list, table.index),
  ],
);

/** Swarms, by the first run id of their root. */
export const swarms = pgTable(
  'swarms',
  {
    id: uuid().primaryKey(),
    workflowId: text('workflow_id').notNull(),
    list: uuid().notNull(),
    /** The tasks of the list that are this swarm's: all below this index. */
    total: integer().notNull(),
    /** `stand-in` when the tasks' inputs were made up. */
    provenance: text(),
    /** Methods that are plainly broken, by capability: `{ "instantly.daily-analytics": { "bulk": "Gone" } }`. */
    broken: jsonb().notNull().default({}),
    /** What memory had it begin with: a list of `SwarmStart`. */
    starts: jsonb().notNull().default([]),
    /** Tasks that may be in flight. */
    window: integer(),
    /** By whom and why it waits: `{ "by": "mara", "reason": "a look first" }`; null while it works. */
    paused: jsonb(),
    /** Exact totals, written when it ends. */
    totals: jsonb(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [index('swarms_workflow').on(table.workflowId, table.createdAt.desc())],
);

/**
 * How each task of a swarm went: the checkpoint from which a swarm goes on. A row is written as its
 * task finishes, by upsert; a task without a row is queued or running.
 */
export const swarmOutcomes = pgTable(
  'swarm_outcomes',
  {
    swarm: uuid().notNull(),
    index: integer().notNull(),
    /** completed, failed, retrying. */
    state: text().notNull(),
    capability: text().notNull(),
    method: text(),
    failure: text(),
    errorClass: text('error_class'),
    message: text(),
    vendorAnswer: jsonb('vendor_answer'),
    result: jsonb(),
    /** What its last try took; milliseconds. */
    tookMs: real('took_ms').notNull(),
    /** The run that carried it, and its activity there. */
    workflowId: text('workflow_id').notNull(),
    at: time('at').notNull().defaultNow(),
    /** Not tried again before this, as its vendor asked. */
    retryAt: time('retry_at'),
  },
  (table) => [
    primaryKey({ columns: [table.swarm, table.index] }),
    index('swarm_outcomes_problems')
      .on(table.swarm, table.index, table.state)
      .where(sql`state <> 'completed'`),
    // a few bytes for each hundred pages: what was settled of late, for the rate
    index('swarm_outcomes_at').using('brin', table.at).with({ autosummarize: true }),
  ],
);

/**
 * The tables that all parts share; swarms, coordination and Instantly have a file of their own.
 * Migrations in `migrations/` are generated from these files by drizzle-kit and are append-only.
 * Every table of business data carries the vendor account in its unique key.
 */
import { sql } from 'drizzle-orm';
import {
  bigint,
  customType,
  doublePrecision,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });
const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/**
 * What Temporal says of each run, kept for search, sorting and the time after the server has
 * dropped it. Written when a run starts and ends, and compared with Temporal every few seconds.
 */
export const runs = pgTable(
  'runs',
  {
    workflowId: text('workflow_id').notNull(),
    runId: text('run_id').notNull(),
    type: text().notNull(),
    /** Temporal's status in small letters: running, completed, failed, cancelled, terminated, timed_out. */
    status: text().notNull(),
    title: text().notNull(),
    capability: text(),
    agent: text(),
    account: text(),
    requestedByKind: text('requested_by_kind'),
    requestedByName: text('requested_by_name'),
    input: jsonb(),
    output: jsonb(),
    failure: text(),
    message: text(),
    /** The decisions it waits for, and when it said so. */
    needs: jsonb(),
    /** Of a task: `live`, or `stand-in`. */
    world: text(),
    /** Of a task: what memory decided for it before it began, an `Obeyed`; null when no lesson changed anything. */
    memory: jsonb(),
    /** When memory took note of how it went. */
    distilledAt: time('distilled_at'),
    startedAt: time('started_at').notNull(),
    closedAt: time('closed_at'),
    historyLength: integer('history_length').notNull().default(0),
    seenAt: time('seen_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.workflowId, table.runId] }),
    index('runs_started').on(table.startedAt.desc(), table.runId),
    index('runs_open')
      .on(table.status)
      .where(sql`closed_at is null`),
    index('runs_closed').on(table.closedAt),
    index('runs_to_distil')
      .on(table.agent, table.world)
      .where(sql`closed_at is not null and distilled_at is null`),
  ],
);

/** Every try of an activity; Temporal's history keeps only the last one. */
export const attempts = pgTable(
  'attempts',
  {
    workflowId: text('workflow_id').notNull(),
    runId: text('run_id').notNull(),
    activityId: text('activity_id').notNull(),
    attempt: integer().notNull(),
    activity: text().notNull(),
    method: text(),
    /** Of a capability: the numbers it worked with, and the lessons it obeyed. */
    how: jsonb(),
    queuedAt: time('queued_at').notNull(),
    startedAt: time('started_at').notNull(),
    endedAt: time('ended_at'),
    outcome: text().notNull(),
    failure: text(),
    errorClass: text('error_class'),
    message: text(),
    vendorAnswer: jsonb('vendor_answer'),
    nextAttemptAt: time('next_attempt_at'),
    /** Of a try of a swarm's squad that waits for its next one: the tasks it carries, a `Carried`. */
    carried: jsonb(),
    worker: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.activityId, table.attempt] }),
    index('attempts_started').on(table.startedAt),
    index('attempts_next')
      .on(table.nextAttemptAt)
      .where(sql`outcome = 'failed' and next_attempt_at is not null`),
  ],
);

/** Log lines of all processes. Their ids grow in the order in which readers come to see them. */
export const logLines = pgTable(
  'log_lines',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: time('at').notNull(),
    level: text().notNull(),
    message: text().notNull(),
    workflowId: text('workflow_id'),
    runId: text('run_id'),
    /** Whose work it was about, where it was one agent's. */
    agent: text(),
    fields: jsonb().notNull(),
    /** What a search looks in: letters and digits of message, ids and fields, in small letters. */
    words: tsvector('words')
      .notNull()
      .generatedAlwaysAs(
        sql`to_tsvector('simple', regexp_replace(message || ' ' || coalesce(workflow_id, '')
          || ' ' || fields::text, '[^[:alnum:]]+', ' ', 'g'))`,
      ),
  },
  (table) => [
    index('log_lines_run').on(table.runId, table.id),
    index('log_lines_workflow').on(table.workflowId, table.at, table.id),
    // with what counts over time ask for, so that they need no row
    index('log_lines_at').on(table.at, table.id, table.level, table.agent),
    index('log_lines_agent').on(table.agent, table.at, table.id, table.level),
    index('log_lines_trouble')
      .on(table.at, table.id, table.level, table.agent)
      .where(sql`level in ('warn', 'error')`),
    index('log_lines_words').using('gin', table.words),
  ],
);

/** Worker processes, as they announce themselves every 5 s. */
export const workers = pgTable('workers', {
  identity: text().primaryKey(),
  host: text().notNull(),
  pid: integer().notNull(),
  version: text().notNull(),
  queues: text().array().notNull(),
  capabilities: text().array().notNull(),
  state: text().notNull(),
  inFlight: integer('in_flight').notNull(),
  slots: integer().notNull(),
  memoryMb: doublePrecision('memory_mb').notNull(),
  cpu: doublePrecision().notNull(),
  /** 99 of 100 turns of the event loop were no later than this. */
  loopDelayMs: doublePrecision('loop_delay_ms').notNull().default(0),
  /** What it has done for each agent, as it counts itself. */
  loads: jsonb().notNull().default([]),
  startedAt: time('started_at').notNull(),
  seenAt: time('seen_at').notNull(),
});

/** What the last look at each login said. */
export const credentialChecks = pgTable(
  'credential_checks',
  {
    agent: text().notNull(),
    account: text().notNull(),
    state: text().notNull(),
    message: text().notNull(),
    checkedAt: time('checked_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.agent, table.account] })],
);

/** Who changed what, and why: one row for each mutation of dashboard and command line. */
export const audit = pgTable(
  'audit',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: time('at').notNull().defaultNow(),
    by: text().notNull(),
    from: text().notNull(),
    action: text().notNull(),
    target: text().notNull(),
    reason: text().notNull(),
    detail: jsonb().notNull(),
  },
  (table) => [
    index('audit_at').on(table.at),
    index('audit_by').on(table.by, table.id),
    index('audit_action').on(table.action, table.id),
    index('audit_target').on(table.target, table.id),
  ],
);

/** When each projection was last compared with its source, and whose turn it is. */
export const reconciliations = pgTable('reconciliations', {
  name: text().primaryKey(),
  at: time('at'),
  claimedUntil: time('claimed_until').notNull(),
});

/**
 * What may go to a vendor for one login, and when: one row for each flow key. Moments that calls
 * are reckoned with are milliseconds since 1970 by the database's clock. Leases stand in the row
 * itself, because only the row that a statement has locked is read as it is now.
 */
export const flowKeys = pgTable('flow_keys', {
  /** `vendor:account` */
  key: text().primaryKey(),
  perSecond: doublePrecision('per_second').notNull(),
  perMinute: doublePrecision('per_minute').notNull(),
  atOnce: integer('at_once').notNull(),
  /** Who set these limits; null while they are the declared ones. */
  limitsBy: text('limits_by'),
  /** Share of the rate that is used, 0.1 to 1: trouble at the vendor shrinks it. */
  share: doublePrecision().notNull().default(1),
  secondFreeMs: doublePrecision('second_free_ms').notNull().default(0),
  minuteFreeMs: doublePrecision('minute_free_ms').notNull().default(0),
  closedUntilMs: doublePrecision('closed_until_ms').notNull().default(0),
  closedWhy: text('closed_why').notNull().default(''),
  closedBy: text('closed_by'),
  /** Closings by guess since the last call that went well. */
  guesses: integer().notNull().default(0),
  pausedAt: time('paused_at'),
  pausedBy: text('paused_by'),
  pausedWhy: text('paused_why').notNull().default(''),
  /** How often trouble has shrunk the share: what calls from before the last time tell is old news. */
  troubles: integer().notNull().default(0),
  /**
   * Calls under way, those let go together as one entry by the lease's id: when they are taken for
   * lost, how many, whose they are, when the last is due, how far apart; times in ms since 1970.
   */
  leases: jsonb().notNull().default({}),
  /**
   * Who asked in the last seconds, by party: when last, since when, when it last got a slot, how
   * many places it wanted, and how many slots it was still waiting for.
   */
  parties: jsonb().notNull().default({}),
});

/** What happened to flow keys: closings, pauses, new limits. Rows are never altered. */
export const flowEvents = pgTable(
  'flow_events',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    key: text().notNull(),
    at: time('at').notNull().defaultNow(),
    /** closed, opened, paused, resumed, limits. */
    kind: text().notNull(),
    /** `vendor`, `guess`, or a person. */
    by: text().notNull(),
    why: text().notNull(),
    /** The end of a closing, as it was named then. */
    until: time('until'),
    /** The limits after a change of them. */
    limits: jsonb(),
  },
  (table) => [index('flow_events_key').on(table.key, table.at)],
);

/**
 * The ledger: one row for each thing a vendor was to do once. The key is made of the business,
 * `lead:<account>:<campaign>:<email>`, so that the same intention finds the same row.
 */
export const effects = pgTable(
  'effects',
  {
    key: text().primaryKey(),
    effect: text().notNull(),
    /** intent, sending, done, refused, unknown. */
    state: text().notNull(),
    requestHash: text('request_hash').notNull(),
    /** Who holds it, or held it last: `pid@host/uuid`, another one for each try. */
    owner: text(),
    leaseUntil: time('lease_until').notNull(),
    /** Before this, an effect the vendor does not show may still arrive there. */
    quarantinedUntil: time('quarantined_until').notNull(),
    /** The vendor's answer as it came: `json` also keeps what `jsonb` refuses, such as a NUL. */
    result: json(),
    /** Why it is where it is. */
    reason: text().notNull(),
    /** The last 20 transitions: when, to which state, by whom, why. */
    history: jsonb().notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  // No column that a transition changes: an update then touches no index.
  (table) => [index('effects_created').on(table.createdAt.desc(), table.key)],
);

/**
 * Arguments and results of runs that are too large for a history, which refers to them by their
 * hash. The same bytes are kept once.
 */
export const payloads = pgTable(
  'payloads',
  {
    /** SHA-256 over metadata and bytes. */
    hash: text().primaryKey(),
    /** `json/plain` and the like. */
    encoding: text().notNull(),
    metadata: jsonb().notNull(),
    size: integer().notNull(),
    data: bytea().notNull(),
    /** When it was last put into a history. */
    storedAt: time('stored_at').notNull().defaultNow(),
  },
  (table) => [index('payloads_stored').on(table.storedAt)],
);

/** Addresses and domains (with all below them) that nothing is sent to. */
export const suppressions = pgTable('suppressions', {
  /** Small letters, domains in ASCII: `mara@example.com`, `example.com`. */
  pattern: text().primaryKey(),
  reason: text().notNull(),
  by: text().notNull(),
  at: time('at').notNull().defaultNow(),
});

/** The tables of memory: what was seen, what was made of it, and who tries for all others. */
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
/** Whose memory: an agent's, of live vendors or of stand-ins. */
const whose = () => ({ agent: text().notNull(), world: text().notNull() });

/** The log of each memory. Rows are never altered or deleted: it is what memory is made of. */
export const memoryEntries = pgTable(
  'memory_entries',
  {
    ...whose(),
    /** From 1, without gaps. */
    seq: integer().notNull(),
    at: time('at').notNull(),
    /** A `MemoryEntry`. */
    entry: jsonb().notNull(),
  },
  (table) => [primaryKey({ columns: [table.agent, table.world, table.seq] })],
);

/** Which observation stands in which entry, so that none is ever counted twice. */
export const memoryObservations = pgTable(
  'memory_observations',
  { ...whose(), id: text().notNull(), seq: integer().notNull() },
  (table) => [primaryKey({ columns: [table.agent, table.world, table.id] })],
);

/** Memory as it was after each entry. The newest that nothing speaks against is live. */
export const memorySnapshots = pgTable(
  'memory_snapshots',
  {
    ...whose(),
    seq: integer().notNull(),
    /** SHA-256 of the memory. */
    hash: text().notNull(),
    /** The version of the rules that made it from the log. */
    rules: integer().notNull(),
    memory: jsonb().notNull(),
    /** Why it did not go live; null when it did. */
    refused: text(),
    at: time('at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.agent, table.world, table.seq] }),
    index('memory_snapshots_live')
      .on(table.agent, table.world, table.seq.desc())
      .where(sql`refused is null`),
  ],
);

/** Who tries something for all others: at most one run for a capability and account. */
export const memoryCanaries = pgTable(
  'memory_canaries',
  {
    ...whose(),
    capability: text().notNull(),
    account: text().notNull(),
    /** A `Canary`. */
    canary: jsonb().notNull(),
    /** The workflow that tries; null when it is over. */
    owner: text(),
    claimedAt: time('claimed_at').notNull(),
    /** From then on somebody else may try. */
    expires: time('expires').notNull(),
    /** When a method that nobody knew was last tried. */
    exploredAt: time('explored_at'),
  },
  (table) => [
    primaryKey({ columns: [table.agent, table.world, table.capability, table.account] }),
    index('memory_canaries_owner').on(table.owner),
  ],
);

/**
 * How methods went in a swarm: each activity counts the tries of its tasks, those that were left
 * for another method included, which outcomes do not show.
 */
export const swarmTries = pgTable(
  'swarm_tries',
  {
    swarm: uuid().notNull(),
    /** The try of an activity that counted: `<run id>/<activity>/<attempt>`, and `/canary` for what it tried for all others. */
    carrier: text().notNull(),
    ...whose(),
    capability: text().notNull(),
    account: text().notNull(),
    method: text().notNull(),
    /** Empty when they went well. */
    failure: text().notNull(),
    tasks: integer().notNull(),
    tookMs: real('took_ms').notNull(),
    tunables: jsonb().notNull(),
    accepted: jsonb().notNull(),
    /** Ids of the lessons that were obeyed. */
    obeyed: jsonb().notNull(),
    /** When the last of them ended. */
    lastAt: time('last_at').notNull(),
    /** When memory took note of it. */
    distilledAt: time('distilled_at'),
  },
  (table) => [
    primaryKey({
      columns: [
        table.swarm,
        table.carrier,
        table.capability,
        table.account,
        table.method,
        table.failure,
      ],
    }),
    index('swarm_tries_open')
      .on(table.agent, table.world, table.swarm)
      .where(sql`distilled_at is null`),
  ],
);

/** The files that memories are written to: what people have written there, and what can't be read. */
export const memoryFiles = pgTable(
  'memory_files',
  {
    ...whose(),
    /** Where it is, as the process sees it that writes it. */
    path: text().notNull(),
    /** The file as it was last written or read. */
    content: text().notNull(),
    /** Why it is neither read nor written now: `[{ "line": 7, "reason": "…" }]`; null when all is well. */
    trouble: jsonb(),
    /** Who wants the section written anew, and so what can't be read thrown away; null when nobody does. */
    restoreFor: text('restore_for'),
    at: time('at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.agent, table.world] })],
);

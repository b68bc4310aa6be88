/** The tables of leases, barriers and topics. */
import {
  bigint,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });
const number = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0);

/**
 * Leases and semaphores: one row for each name. Holders and those in line stand in the row itself,
 * because only the row that a statement has locked is read as it is now. Moments in them are
 * milliseconds since 1970 by the database's clock.
 */
export const leases = pgTable('leases', {
  name: text().primaryKey(),
  /** How many may hold it at once, as whoever asked last said. */
  places: integer().notNull(),
  /** The last fencing token. */
  token: number('token'),
  /** The last ticket. */
  ticket: number('ticket'),
  /** `{ "<holder>": { "token": 1, "since": 0, "until": 0 } }` */
  holders: jsonb().notNull().default({}),
  /** `{ "<who waits>": { "ticket": 1, "since": 0, "until": 0 } }` */
  waiting: jsonb().notNull().default({}),
  usedAt: time('used_at').notNull().defaultNow(),
});

/** Barriers: who has arrived, and until when each arrival counts. */
export const barriers = pgTable('barriers', {
  name: text().primaryKey(),
  parties: integer().notNull(),
  /** `{ "<member>": 0 }` */
  members: jsonb().notNull().default({}),
  openedAt: time('opened_at'),
  usedAt: time('used_at').notNull().defaultNow(),
});

/** Topics, and whether the workflow of each is on its way to new messages. */
export const topics = pgTable('topics', {
  name: text().primaryKey(),
  /** Of the last message. */
  seq: number('seq'),
  /** When the topic was woken for messages that its workflow has not heard of yet; null when it has. */
  wokenAt: time('woken_at'),
  lastAt: time('last_at').notNull().defaultNow(),
});

/** What was published, in the order in which subscribers get it. */
export const topicMessages = pgTable(
  'topic_messages',
  {
    topic: text().notNull(),
    seq: bigint({ mode: 'number' }).notNull(),
    /** The publisher's own: publishing it again changes nothing. */
    id: text().notNull(),
    at: time('at').notNull().defaultNow(),
    by: text().notNull(),
    payload: jsonb().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.topic, table.seq] }),
    unique('topic_messages_id').on(table.topic, table.id),
  ],
);

/** Who gets the messages of a topic, and how far each has come. Written by the topic's workflow alone. */
export const topicSubscribers = pgTable(
  'topic_subscribers',
  {
    topic: text().notNull(),
    /** `run/<workflow id>`, `task/<capability>/<account>` */
    id: text().notNull(),
    /** What is done with a message. */
    target: jsonb().notNull(),
    /** The last message that was delivered. */
    cursor: number('cursor'),
    /** Messages that it can't take, and that were passed over. */
    refused: integer().notNull().default(0),
    /** Why the last delivery failed, or the last message was passed over; null when all went well. */
    trouble: text(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.topic, table.id] })],
);

/** The tables of sign-in: people, the browsers they signed in with, and tokens of programs. */
import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });
const id = () => bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity();

/** Who has signed in, or may by an admin's word. Known by Google's `sub`; an address may change hands. */
export const people = pgTable('people', {
  id: id(),
  /** Small letters, as of the last sign-in. */
  email: text().notNull().unique(),
  /** Null until the first sign-in. */
  sub: text().unique(),
  name: text().notNull().default(''),
  /** The organisation that Google says the account belongs to. */
  domain: text(),
  /** viewer, operator, admin, none; null while no admin has said anything. */
  role: text(),
  addedBy: text('added_by').notNull(),
  addedAt: time('added_at').notNull().defaultNow(),
  signedInAt: time('signed_in_at'),
});

/** Browsers: one row for each id that a cookie holds. Ids are kept as hashes. */
export const sessions = pgTable(
  'sessions',
  {
    /** SHA-256 of the id. */
    hash: text().primaryKey(),
    /** The same for all ids that one sign-in has had; null before somebody has signed in. */
    family: text(),
    person: bigint({ mode: 'number' }).references(() => people.id, { onDelete: 'cascade' }),
    data: jsonb().notNull(),
    address: text().notNull(),
    browser: text().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    seenAt: time('seen_at').notNull().defaultNow(),
    /** Since when another id stands in its place. */
    replacedAt: time('replaced_at'),
    endsAt: time('ends_at').notNull(),
  },
  (table) => [
    index('sessions_person').on(table.person),
    index('sessions_family').on(table.family),
    index('sessions_ends').on(table.endsAt),
  ],
);

/** Programs that may call the HTTP API. Only the hash of a secret is kept. */
export const apiTokens = pgTable(
  'api_tokens',
  {
    id: id(),
    name: text().notNull(),
    /** SHA-256 of the secret. */
    hash: text().notNull().unique(),
    role: text().notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    expiresAt: time('expires_at').notNull(),
    lastUsedAt: time('last_used_at'),
    revokedAt: time('revoked_at'),
  },
  (table) => [
    uniqueIndex('api_tokens_name')
      .on(table.name)
      .where(sql`revoked_at is null`),
  ],
);

/** The table of posts that a model has drafted. */
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });

/** One row for each thing that was asked for, whatever came of it. */
export const posts = pgTable(
  'posts',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    account: text().notNull(),
    /** The first part of its keys in the ledger: what was asked, and its edition. */
    key: text().notNull(),
    /** writing, draft, approved, refused, blocked, unusable. */
    state: text().notNull(),
    videoUrl: text('video_url').notNull(),
    platform: text().notNull(),
    language: text().notNull(),
    prompt: text().notNull(),
    promptHash: text('prompt_hash').notNull(),
    /** The model that was asked. */
    model: text().notNull(),
    /** The parts of the draft as the model gave them, a `PostDraft`; null without one. */
    draft: jsonb(),
    doubts: jsonb().notNull().default([]),
    /** Each answer of the model with its tokens and cost: `[PostAnswer]`. */
    answers: jsonb().notNull().default([]),
    promptTokens: integer('prompt_tokens').notNull().default(0),
    outputTokens: integer('output_tokens').notNull().default(0),
    costUsd: doublePrecision('cost_usd'),
    /** The price that the cost was reckoned with, a `TokenPrice`. */
    price: jsonb(),
    /** The run that asked for it first. */
    run: text().notNull(),
    isStandIn: boolean('is_stand_in').notNull(),
    decidedBy: text('decided_by'),
    decidedWhy: text('decided_why'),
    decidedAt: time('decided_at'),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [
    unique('posts_key').on(table.account, table.key),
    index('posts_state').on(table.state, table.id.desc()),
  ],
);

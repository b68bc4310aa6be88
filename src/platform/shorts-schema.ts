/** The tables of videos that become shorts: each video, its clips, and what happened to them. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });

/** One row a video, or a folder that was cut elsewhere. */
export const shortsJobs = pgTable(
  'shorts_jobs',
  {
    account: text().notNull(),
    /** Made of the key in the ledger, or of the folder. */
    id: text().notNull(),
    videoUrl: text('video_url'),
    name: text().notNull(),
    /** What the vendor says of the task: pending, processing, generated, failed. */
    state: text().notNull(),
    why: text(),
    taskId: text('task_id'),
    folder: text(),
    /** The key in the ledger; null of a folder that was cut elsewhere. */
    effect: text(),
    run: text(),
    isStandIn: boolean('is_stand_in').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.account, table.id] }),
    uniqueIndex('shorts_jobs_folder')
      .on(table.account, table.folder)
      .where(sql`folder is not null`),
    index('shorts_jobs_created').on(table.createdAt.desc(), table.account.desc(), table.id.desc()),
  ],
);

/** One row a clip. */
export const shortsClips = pgTable(
  'shorts_clips',
  {
    account: text().notNull(),
    folder: text().notNull(),
    id: text().notNull(),
    job: text().notNull(),
    position: integer().notNull(),
    name: text().notNull(),
    score: doublePrecision(),
    /** The score as the vendor tells it. */
    rawScore: doublePrecision('raw_score'),
    scoreWhy: text('score_why'),
    captions: jsonb().notNull(),
    transcript: text(),
    /** generated, exporting, exported, downloaded, failed. */
    state: text().notNull().default('generated'),
    why: text(),
    effect: text(),
    run: text(),
    exportId: text('export_id'),
    /** Exports that the vendor said have failed, and the execution that saw the last of them. */
    failedExports: integer('failed_exports').notNull().default(0),
    failedIn: text('failed_in'),
    arrived: bigint({ mode: 'number' }).notNull().default(0),
    bytes: bigint({ mode: 'number' }),
    sha256: text(),
    file: text(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.account, table.folder, table.id] }),
    index('shorts_clips_job').on(table.account, table.job),
  ],
);

/** What happened to each video and clip, a line each. */
export const shortsLog = pgTable(
  'shorts_log',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    account: text().notNull(),
    job: text().notNull(),
    clip: text(),
    line: text().notNull(),
    at: time('at').notNull().defaultNow(),
  },
  (table) => [index('shorts_log_job').on(table.account, table.job, table.id.desc())],
);

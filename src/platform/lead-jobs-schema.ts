/** The tables of what vendors do for leads: their jobs, and the websites that were asked about. */
import {
  boolean,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });
const count = (name: string) => integer(name).notNull().default(0);

/** How far the data set of each search has been copied, so that whoever goes on begins there. */
export const leadScrapes = pgTable(
  'lead_scrapes',
  {
    account: text().notNull(),
    /** The vendor's. */
    runId: text('run_id').notNull(),
    /** Items that are stored. */
    copied: count('copied'),
    unreadable: count('unreadable'),
    closed: count('closed'),
    created: count('created'),
    changed: count('changed'),
    unchanged: count('unchanged'),
    leftOut: count('left_out'),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.account, table.runId] })],
);

/**
 * Each website that is or was asked about, once an edition. Those of one batch are asked about in
 * one run, and stay together whatever becomes of the leads meanwhile.
 */
export const crawledSites = pgTable(
  'crawled_sites',
  {
    account: text().notNull(),
    edition: text().notNull(),
    /** The website without what may differ in its spelling: `kunde.de/berlin`. */
    site: text().notNull(),
    /** The address that is asked for. */
    url: text().notNull(),
    list: text().notNull(),
    /** Null while it stands in line. */
    batch: integer(),
    isStandIn: boolean('is_stand_in').notNull(),
    /** The rest is null until its run is over and stored. */
    runId: text('run_id'),
    runStatus: text('run_status'),
    /** What the whole run cost. */
    runCostUsd: doublePrecision('run_cost_usd'),
    /** Leads that the whole run gave something new. */
    runChanged: integer('run_changed'),
    /** found, empty, unreached or missed. */
    outcome: text(),
    askedAt: time('asked_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.account, table.edition, table.site] }),
    index('crawled_sites_list').on(table.account, table.list, table.edition, table.batch),
  ],
);

/** The tables of leads: what is known of each, the lists they are in, and what became of them in campaigns. */
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
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true });
const texts = (name: string) => text(name).array().notNull().default([]);

/** One row a lead. Within an account it is known by one key: its place, its site or its address. */
export const leads = pgTable(
  'leads',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    account: text().notNull(),
    /** `place:<id>`, `site:<domain>` or `email:<address>`. */
    key: text().notNull(),
    placeId: text('place_id'),
    businessName: text('business_name'),
    category: text(),
    address: text(),
    street: text(),
    city: text(),
    state: text(),
    postalCode: text('postal_code'),
    countryCode: text('country_code'),
    website: text(),
    site: text(),
    phones: texts('phones'),
    emails: texts('emails'),
    rating: doublePrecision(),
    reviews: integer(),
    linkedIn: texts('linked_in'),
    twitter: texts('twitter'),
    facebook: texts('facebook'),
    instagram: texts('instagram'),
    youTube: texts('you_tube'),
    tikTok: texts('tik_tok'),
    firstName: text('first_name'),
    lastName: text('last_name'),
    jobTitle: text('job_title'),
    custom: jsonb().notNull().default({}),
    /** By field, who had a part in it: `{ "city": [{ kind, ref, isStandIn, at }] }`. */
    sources: jsonb().notNull().default({}),
    isStandIn: boolean('is_stand_in')
      .notNull()
      .generatedAlwaysAs(sql`jsonb_path_exists(sources, '$.*[*].isStandIn ? (@ == true)')`),
    /** What a search looks in, in small letters. */
    search: text().notNull().default(''),
    /** Why it is left out for good, by whom, and when; null while it is not. */
    excluded: jsonb(),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [
    unique('leads_key').on(table.account, table.key),
    index('leads_account').on(table.account, table.id),
    index('leads_site').on(table.account, table.site),
    // whoever imports looks up a thousand addresses a chunk, and each would read the list of what is pending
    index('leads_emails').using('gin', table.emails).with({ fastupdate: false }),
    index('leads_created').on(table.account, table.createdAt),
    // a page of the few that a filter asks for must not read the many others
    index('leads_excluded')
      .on(table.account, table.id)
      .where(sql`excluded is not null`),
    index('leads_stand_in')
      .on(table.account, table.id)
      .where(sql`is_stand_in`),
    index('leads_search').using('gin', table.search.op('gin_trgm_ops')),
  ],
);

/** Which leads a list names. A list is there as long as it has a lead. */
export const leadLists = pgTable(
  'lead_lists',
  {
    account: text().notNull(),
    list: text().notNull(),
    leadId: bigint('lead_id', { mode: 'number' })
      .notNull()
      .references(() => leads.id, { onDelete: 'cascade' }),
    addedAt: time('added_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.account, table.list, table.leadId] }),
    index('lead_lists_lead').on(table.leadId),
  ],
);

/** What became of each address in each campaign. */
export const leadPushes = pgTable(
  'lead_pushes',
  {
    account: text().notNull(),
    campaignId: text('campaign_id').notNull(),
    email: text().notNull(),
    leadId: bigint('lead_id', { mode: 'number' })
      .notNull()
      .references(() => leads.id, { onDelete: 'cascade' }),
    /** intent, pushed, skipped, refused, unknown. */
    state: text().notNull(),
    reason: text().notNull(),
    at: time('at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.account, table.campaignId, table.email] }),
    index('lead_pushes_lead').on(table.leadId, table.account, table.state),
    index('lead_pushes_campaign').on(table.account, table.campaignId, table.leadId),
    index('lead_pushes_campaign_state').on(
      ...([table.account, table.campaignId, table.state, table.leadId] as const),
    ),
    index('lead_pushes_state').on(table.account, table.state, table.leadId),
  ],
);

/** Files of leads that were loaded whole, by a hash of what is in them. */
export const leadFiles = pgTable('lead_files', {
  id: text().primaryKey(),
  /** What people call it: `leads.csv`. */
  name: text().notNull(),
  /** Under which its rows are. */
  upload: uuid().notNull(),
  lines: integer().notNull(),
  loadedAt: time('loaded_at').notNull().defaultNow(),
});

/** Their rows, and those of uploads that were given up half-way. */
export const leadFileRows = pgTable(
  'lead_file_rows',
  {
    upload: uuid().notNull(),
    line: integer().notNull(),
    /** What the row says of a lead; null when it says nothing that can be read. */
    found: jsonb(),
    /** Why it can't be read. */
    why: text(),
    loadedAt: time('loaded_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.upload, table.line] })],
);

/** How far runs are that take a file into a list: where another try goes on. */
export const leadImports = pgTable(
  'lead_imports',
  {
    run: text().notNull(),
    account: text().notNull(),
    list: text().notNull(),
    file: text().notNull(),
    /** The last line that was taken in. */
    line: integer().notNull().default(0),
    created: integer().notNull().default(0),
    changed: integer().notNull().default(0),
    unchanged: integer().notNull().default(0),
    bad: integer().notNull().default(0),
    at: time('at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.run, table.account, table.list, table.file] })],
);

/** Lines that made no lead, import by import. */
export const leadImportLines = pgTable(
  'lead_import_lines',
  {
    run: text().notNull(),
    account: text().notNull(),
    list: text().notNull(),
    file: text().notNull(),
    line: integer().notNull(),
    why: text().notNull(),
    at: time('at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.run, table.account, table.list, table.file, table.line] }),
  ],
);

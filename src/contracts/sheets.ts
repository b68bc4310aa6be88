import { z } from 'zod';
import { defineAgent, defineCapability } from './capability.ts';
import { spreadsheet, tab } from './sheets-fields.ts';
import {
  appendRows,
  createSpreadsheet,
  createTab,
  upsertLeads,
  upsertRows,
} from './sheets-writes.ts';

const mostRows = 20_000;

export const ReadInput = z.strictObject({
  spreadsheet,
  tab,
  range: z
    .string()
    .regex(
      /^[A-Za-z]{0,3}[1-9]?\d*(:[A-Za-z]{0,3}[1-9]?\d*)?$/,
      'expected cells such as A1:F200, without the tab',
    )
    .optional()
    .meta({
      title: 'Range',
      description: 'Only these cells; the whole tab when left out',
      examples: ['A1:F200'],
    }),
  asLists: z.boolean().default(false).meta({
    title: 'As lists',
    description: 'Rows come as plain lists; otherwise by the titles in the first row',
  }),
  maxRows: z.int().min(1).max(mostRows).default(5_000).meta({
    title: 'Most rows',
    description: 'Rows below that are left out, and the result says so',
  }),
});
export type ReadInput = z.infer<typeof ReadInput>;

export const ReadOutput = z.strictObject({
  spreadsheetId: z.string(),
  tab: z.string(),
  /** Titles of the columns; none where the first row names none. */
  columns: z.array(z.string()),
  /** As people see them: all values are text. Blank cells of named columns are empty texts. */
  rows: z.array(z.union([z.record(z.string(), z.string()), z.array(z.string())])),
  /** There are more rows than were asked for. */
  isCut: z.boolean(),
});
export type ReadOutput = z.infer<typeof ReadOutput>;

const readRows = defineCapability({
  id: 'sheets.read',
  verb: 'read',
  title: 'Read a tab',
  description: 'Reads the rows of a tab, as people see them',
  effect: 'read',
  input: ReadInput,
  output: ReadOutput,
  methods: [{ id: 'values', description: 'One call' }],
  tunables: {},
  period: ({ spreadsheet: id = 'default', tab: title, range, asLists, maxRows }) =>
    [id, title, range ?? [], asLists ? 'lists' : [], maxRows].flat().join('/'),
});

export const VerifyInput = z.strictObject({
  spreadsheet,
  tab: tab.optional(),
  columns: z
    .array(z.string().trim().min(1))
    .optional()
    .meta({
      title: 'Columns',
      description: 'Titles that the tab should have; those of leads when left out',
      examples: [['Business Name', 'Website']],
    }),
});
export type VerifyInput = z.infer<typeof VerifyInput>;

export const VerifyOutput = z.strictObject({
  spreadsheetId: z.string(),
  title: z.string(),
  url: z.string(),
  /** The address to share it with; null for the login of a person. */
  shareWith: z.string().nullable(),
  tabs: z.array(
    z.strictObject({
      title: z.string(),
      rows: z.int(),
      columns: z.int(),
      header: z.array(z.string()),
    }),
  ),
  /** The tab that was asked about; null when none was. */
  asked: z
    .strictObject({
      isThere: z.boolean(),
      /** Columns that are not there, and that a write would add at the right. */
      missing: z.array(z.string()),
      /** Columns beside those that were asked about, which no write touches. */
      others: z.array(z.string()),
      /** Titles that stand there more than once; only the first of each is used. */
      doubled: z.array(z.string()),
    })
    .nullable(),
});
export type VerifyOutput = z.infer<typeof VerifyOutput>;

const verify = defineCapability({
  id: 'sheets.verify',
  verb: 'verify',
  title: 'Verify access',
  description:
    'Looks whether a spreadsheet can be read, and which tabs and columns it has; writes nothing',
  effect: 'read',
  input: VerifyInput,
  output: VerifyOutput,
  methods: [{ id: 'look', description: 'The spreadsheet, then the first row of each tab' }],
  tunables: {},
  period: ({ spreadsheet: id = 'default', tab: title = [], columns = [] }) =>
    [id, title, columns.join(',') || []].flat().join('/'),
});

/** Rows in Google's spreadsheets. */
export const sheets = defineAgent({
  id: 'sheets',
  title: 'Google Sheets',
  description: 'Rows in spreadsheets that people work with, at Google',
  vendor: 'google',
  // It allows 60 reads and 60 writes a minute and user. A key counts both together, so that neither can
  // come near; the seconds only keep a burst apart.
  limits: { perSecond: 5, perMinute: 54, atOnce: 5 },
  capabilities: [
    readRows,
    verify,
    appendRows,
    upsertRows,
    upsertLeads,
    createTab,
    createSpreadsheet,
  ],
});

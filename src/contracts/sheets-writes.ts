/** What changes spreadsheets: rows that are added and brought up to date, tabs and files that are made. */
import { z } from 'zod';
import { defineCapability } from './capability.ts';
import { digestOf } from './digest.ts';
import { ListName } from './leads.ts';
import { Column, Row, spreadsheet, tab, TabChanges } from './sheets-fields.ts';

const mostRows = 10_000;

const rows = z
  .array(Row)
  .min(1, 'expected at least one row')
  .max(mostRows, `expected at most ${mostRows} rows; larger lists go into a tab in parts`)
  .meta({
    title: 'Rows',
    description: 'Rows by the titles of their columns, as JSON',
    examples: [[{ Email: 'mara@kunde.de', City: 'Berlin' }]],
  });
const needsTab = z.boolean().default(false).meta({
  title: 'Tab must be there',
  description: 'Fails where there is no tab of this title, instead of making it',
});
const keyed = {
  title: 'Key columns',
  examples: [['Email']],
};

interface Keyed {
  readonly key: readonly string[];
  readonly rows: readonly Row[];
}

/** A row whose key is blank could never be found again. */
function blankKeys({ key, rows: given }: Keyed): { row: number; column: string } | undefined {
  for (const [row, cells] of given.entries()) {
    const column = key.find((title) => String(cells[title] ?? '').trim() === '');
    if (column !== undefined) return { row, column };
  }
  return undefined;
}

const hasKeys = (ctx: z.core.ParsePayload<Keyed>): void => {
  const wrong = blankKeys(ctx.value);
  if (!wrong) return;
  ctx.issues.push({
    code: 'custom',
    path: ['rows', wrong.row, wrong.column],
    message: 'expected a value in this key column: without it the row could not be found again',
    input: ctx.value,
  });
};

const period = (input: {
  readonly spreadsheet?: string | undefined;
  readonly tab: string;
  readonly key: readonly string[];
  readonly rows: readonly Row[];
}): string =>
  `${input.spreadsheet ?? 'default'}/${input.tab}/${input.rows.length} rows ${digestOf([input.key, input.rows])}`;

export const UpsertInput = z
  .strictObject({
    spreadsheet,
    tab,
    key: z
      .array(Column)
      .min(1, 'expected at least one column')
      .meta({ ...keyed, description: 'Columns that tell rows apart, such as Email' }),
    rows,
    needsTab,
  })
  .check(hasKeys);
export type UpsertInput = z.infer<typeof UpsertInput>;

export const TabWriteOutput = z.strictObject(TabChanges);
export type TabWriteOutput = z.infer<typeof TabWriteOutput>;

export const upsertRows = defineCapability({
  id: 'sheets.upsert',
  verb: 'upsert',
  title: 'Bring rows up to date',
  description:
    'Writes rows into a tab by their key: changes those that are there, adds the others below, leaves all else alone',
  effect: 'upsert',
  input: UpsertInput,
  output: TabWriteOutput,
  methods: [
    { id: 'fixed-cells', description: 'Reads the tab, then writes only the cells that differ' },
  ],
  tunables: {},
  period,
});

export const AppendInput = z
  .strictObject({
    spreadsheet,
    tab,
    key: z
      .array(Column)
      .default([])
      .meta({ ...keyed, description: 'Columns that tell rows apart; the whole row when left out' }),
    rows,
    needsTab,
  })
  .check(hasKeys);
export type AppendInput = z.infer<typeof AppendInput>;

export const appendRows = defineCapability({
  id: 'sheets.append',
  verb: 'append',
  title: 'Add rows',
  description:
    'Adds rows below those of a tab, except those whose key stands there already; changes none that is there',
  effect: 'upsert',
  input: AppendInput,
  output: TabWriteOutput,
  methods: [
    { id: 'fixed-cells', description: 'Reads the tab, then writes only the rows that are missing' },
  ],
  tunables: {},
  period,
});

const columns = z
  .array(Column)
  .default([])
  .meta({
    title: 'Columns',
    description: 'Titles for its first row',
    examples: [['Business Name', 'Website']],
  });

export const CreateTabInput = z.strictObject({ spreadsheet, tab, columns });
export type CreateTabInput = z.infer<typeof CreateTabInput>;

export const CreateTabOutput = z.strictObject({
  spreadsheetId: z.string(),
  tab: z.string(),
  url: z.string(),
  /** False when it was there. */
  isNew: z.boolean(),
  /** Columns it added at the right, by title. */
  newColumns: z.array(z.string()),
});
export type CreateTabOutput = z.infer<typeof CreateTabOutput>;

export const createTab = defineCapability({
  id: 'sheets.create-tab',
  verb: 'create-tab',
  title: 'Make a tab',
  description: 'Makes a tab with these columns in a spreadsheet, or adds the columns it lacks',
  effect: 'upsert',
  input: CreateTabInput,
  output: CreateTabOutput,
  methods: [{ id: 'by-title', description: 'Looks whether it is there, then makes it' }],
  tunables: {},
  period: ({ spreadsheet: id = 'default', tab: title, columns: titles }) =>
    `${id}/${title}/${titles.join(',')}`,
});

export const UpsertLeadsInput = z.strictObject({
  list: ListName.meta({
    title: 'List',
    description: 'The list of leads that goes into the tab; a tab holds one list',
    examples: ['plumbers-berlin'],
  }),
  spreadsheet,
  tab: tab.default('Leads'),
  clearGone: z.boolean().default(false).meta({
    title: 'Empty rows of leads that left',
    description:
      'Empties our cells in rows whose lead is no longer in the list; they are named anyway',
  }),
});
export type UpsertLeadsInput = z.infer<typeof UpsertLeadsInput>;

export const UpsertLeadsOutput = z.strictObject({
  ...TabChanges,
  list: z.string(),
  /** Rows whose lead is not in the list, or was left out for good: all counted, the first 20 named. */
  gone: z.strictObject({
    count: z.int().nonnegative(),
    first: z.array(z.strictObject({ row: z.int(), leadId: z.string(), name: z.string() })),
  }),
  /** How many of those were emptied. */
  cleared: z.int().nonnegative(),
});
export type UpsertLeadsOutput = z.infer<typeof UpsertLeadsOutput>;

export const upsertLeads = defineCapability({
  id: 'sheets.upsert-leads',
  verb: 'push-leads',
  title: 'Put leads into a tab',
  description:
    'Brings a tab up to date with a list of leads: their rows then say what our table says, and people’s own columns stay',
  effect: 'upsert',
  input: UpsertLeadsInput,
  output: UpsertLeadsOutput,
  methods: [
    { id: 'fixed-cells', description: 'Reads the tab, then writes only the cells that differ' },
  ],
  tunables: {},
  period: ({ spreadsheet: id = 'default', tab: title, list, clearGone }) =>
    [id, title, list, clearGone ? 'clear' : []].flat().join('/'),
});

const CreateInput = z.strictObject({
  title: z
    .string()
    .trim()
    .min(1, 'expected a title')
    .max(200)
    .meta({
      title: 'Title',
      description: 'Title of the new spreadsheet; one login makes one of each title, once',
      examples: ['Leads Berlin'],
    }),
  tab: tab.default('Leads'),
});

const CreateOutput = z.strictObject({
  /** Null when only a person says that it was made. */
  spreadsheetId: z.string().nullable(),
  title: z.string(),
  url: z.string().nullable(),
});

export const createSpreadsheet = defineCapability({
  id: 'sheets.create',
  verb: 'create',
  title: 'Make a spreadsheet',
  description: 'Makes a spreadsheet that belongs to the login, once for each title',
  effect: 'send',
  input: CreateInput,
  output: CreateOutput,
  methods: [{ id: 'create', description: 'One call' }],
  tunables: {},
  period: ({ title }) => title,
});

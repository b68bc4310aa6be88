/** The fields that work on spreadsheets shares: which one, which tab, what rows look like. */
import { z } from 'zod';

/** The id in an address such as `https://docs.google.com/spreadsheets/d/<id>/edit`; anything else as it is. */
const idIn = (text: string): string => /\/spreadsheets\/d\/([\w-]+)/.exec(text)?.[1] ?? text.trim();

/** A spreadsheet by its id or its address; the settings' when left out. */
export const spreadsheet = z
  .string()
  .max(500)
  .overwrite(idIn)
  .regex(
    /^[\w-]{5,120}$/,
    'expected the id of a spreadsheet, or its address https://docs.google.com/spreadsheets/d/…',
  )
  .optional()
  .meta({
    title: 'Spreadsheet',
    description: 'Id or address of the spreadsheet; the one of the settings when left out',
    examples: ['https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz/edit'],
  });

/** A tab by its title. */
export const tab = z
  .string()
  .min(1, 'expected the title of a tab')
  .max(100, 'expected the title of a tab, at most 100 letters')
  .meta({ title: 'Tab', description: 'Title of the tab', examples: ['Leads'] });

const longestText = 50_000;

/** What a cell holds. Null leaves a cell as it is, an empty text clears it; text is never a formula. */
export const Cell = z.union([
  z.string().max(longestText, `expected at most ${longestText} letters, which is all a cell holds`),
  z.number(),
  z.boolean(),
  z.null(),
]);
export type Cell = z.infer<typeof Cell>;

/** Title of a column, as its first row has it. */
export const Column = z.string().trim().min(1, 'expected the title of a column').max(500);

/** A row by the titles of its columns; what it does not name stays as it is. */
export const Row = z.record(Column, Cell);
export type Row = z.infer<typeof Row>;

/** What was done to a tab. */
export const TabChanges = {
  spreadsheetId: z.string(),
  tab: z.string(),
  /** Where people see it. */
  url: z.string(),
  /** Rows that were handed over, those with the same key as one. */
  rows: z.int().nonnegative(),
  /** Of those: rows that the last try added below. */
  added: z.int().nonnegative(),
  /** Rows in which it changed at least one cell. */
  changed: z.int().nonnegative(),
  /** Rows that stood there already, just so. */
  unchanged: z.int().nonnegative(),
  /** Columns it added at the right, by title. */
  newColumns: z.array(z.string()),
  /** Keys that stand in more than one row of the tab, of which the first was taken; at most 20. */
  doubledKeys: z.array(z.string()),
};

/** What Google Sheets answers, as far as it is used. Lenient: fields that come later do no harm. */
import { z } from 'zod';

const TabProperties = z.object({
  sheetId: z.int(),
  title: z.string(),
  /** Missing for tabs that are no grid, such as charts. */
  gridProperties: z
    .object({ rowCount: z.int().default(0), columnCount: z.int().default(0) })
    .default({ rowCount: 0, columnCount: 0 }),
});

/** A spreadsheet with its tabs. */
export const SpreadsheetAnswer = z.object({
  spreadsheetId: z.string().min(1),
  properties: z.object({ title: z.string() }),
  sheets: z.array(z.object({ properties: TabProperties })).default([]),
  spreadsheetUrl: z.string().optional(),
});

/** A rectangle of values; a blank one has no values at all. */
const ValueRange = z.object({
  values: z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))).default([]),
});

export const BatchValues = z.object({ valueRanges: z.array(ValueRange).default([]) });
export const WrittenValues = z.object({ totalUpdatedCells: z.int().default(0) });
export const ChangedSpreadsheet = z.object({ spreadsheetId: z.string() });

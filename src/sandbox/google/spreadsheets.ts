import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Tab } from './grid.ts';
import { Refusal } from './refusal.ts';

/** A spreadsheet with its tabs, in their order. */
export interface Spreadsheet {
  readonly id: string;
  /** False where nobody has shared it with the login. */
  readonly isShared: boolean;
  title: string;
  tabs: readonly Tab[];
}

const mostCells = 10_000_000;
const GridSize = z.object({
  rowCount: z.int().positive().optional(),
  columnCount: z.int().positive().optional(),
});
const NewTab = z.object({
  title: z.string().min(1).optional(),
  gridProperties: GridSize.optional(),
});
const NewSpreadsheet = z.object({
  properties: z.object({ title: z.string().default('Untitled spreadsheet') }).optional(),
  sheets: z.array(z.object({ properties: NewTab.optional() })).optional(),
});

/** The requests of `spreadsheets.batchUpdate` that are known here. */
const Change = z.union([
  z.strictObject({ addSheet: z.object({ properties: NewTab.optional() }) }),
  z.strictObject({
    updateSheetProperties: z.object({
      properties: NewTab.extend({ sheetId: z.int() }),
      fields: z.string(),
    }),
  }),
  z.strictObject({
    deleteDimension: z.object({
      range: z.object({
        sheetId: z.int(),
        dimension: z.literal('ROWS'),
        startIndex: z.int(),
        endIndex: z.int(),
      }),
    }),
  }),
]);
type Change = z.infer<typeof Change>;

/** The spreadsheets of one workspace: those it begins with, and those that were made since. */
export class Spreadsheets {
  readonly #workspace: string;
  readonly #all = new Map<string, Spreadsheet>();

  constructor(workspace: string) {
    this.#workspace = workspace;
    for (const each of seeded(workspace)) this.#all.set(each.id, each);
  }

  /** @throws {Refusal} 404 for an id that nobody has, 403 for one that is not shared. */
  open(id: string): Spreadsheet {
    const found = this.#all.get(id);
    if (found?.isShared) return found;
    const isSomebodyElses = /^[a-z0-9][a-z0-9-]*_(leads|private)$/.test(id);
    if (found || isSomebodyElses) {
      throw new Refusal(403, 'The caller does not have permission');
    }
    throw new Refusal(404, 'Requested entity was not found.');
  }

  /** Makes a new one each time. */
  create(body: unknown): Spreadsheet {
    const { properties, sheets } = read(NewSpreadsheet, body);
    const id = createHash('sha256')
      .update(`${this.#workspace} ${this.#all.size}`)
      .digest('base64url')
      .padEnd(44, '0');
    const made: Spreadsheet = {
      id,
      isShared: true,
      title: properties?.title ?? 'Untitled spreadsheet',
      tabs: [],
    };
    for (const { properties: tab } of sheets ?? [{}]) addTab(made, tab ?? {});
    this.#all.set(id, made);
    return made;
  }
}

/** Makes all changes, or none. @returns what each answers. @throws {Refusal} 400 */
export function change(spreadsheet: Spreadsheet, body: unknown): readonly unknown[] {
  const { requests } = read(z.object({ requests: z.array(z.unknown()) }), body);
  const changes = requests.map((request, index) => {
    const parsed = Change.safeParse(request);
    if (parsed.success) return parsed.data;
    throw new Refusal(400, `Invalid requests[${index}]: it is not known here, or incomplete`);
  });
  return changes.map((each, index) => apply(spreadsheet, each, index));
}

function apply(spreadsheet: Spreadsheet, each: Change, index: number): unknown {
  if ('addSheet' in each) {
    const { title } = each.addSheet.properties ?? {};
    if (spreadsheet.tabs.some((tab) => tab.title === title)) {
      throw new Refusal(
        400,
        `Invalid requests[${index}].addSheet: A sheet with the name "${title ?? ''}" already exists. Please enter another name.`,
      );
    }
    const tab = addTab(spreadsheet, each.addSheet.properties ?? {});
    return { addSheet: propertiesOf(tab, spreadsheet.tabs.length - 1) };
  }
  if ('deleteDimension' in each) {
    const { sheetId, startIndex, endIndex } = each.deleteDimension.range;
    tabById(spreadsheet, sheetId, index).deleteRows(startIndex, endIndex);
    return {};
  }
  const { properties, fields } = each.updateSheetProperties;
  const tab = tabById(spreadsheet, properties.sheetId, index);
  const { rowCount, columnCount } = properties.gridProperties ?? {};
  const asked = fields.split(',');
  const size = {
    rowCount: asked.includes('gridProperties.rowCount') ? rowCount : undefined,
    columnCount: asked.includes('gridProperties.columnCount') ? columnCount : undefined,
  };
  const { rowCount: rows = tab.rowCount, columnCount: columns = tab.columnCount } = size;
  checkSize(spreadsheet, rows * columns - tab.rowCount * tab.columnCount);
  Object.assign(tab, { rowCount: rows, columnCount: columns });
  if (asked.includes('title') && properties.title !== undefined) tab.title = properties.title;
  return {};
}

/** A tab as Google describes it. */
export const propertiesOf = (tab: Tab, index: number) => ({
  properties: {
    sheetId: tab.sheetId,
    title: tab.title,
    index,
    sheetType: 'GRID',
    gridProperties: { rowCount: tab.rowCount, columnCount: tab.columnCount },
  },
});

/** @throws {Refusal} 400 when the whole spreadsheet would be too large. */
export function checkSize({ tabs }: Spreadsheet, more: number): void {
  const cells = tabs.reduce((sum, { rowCount, columnCount }) => sum + rowCount * columnCount, more);
  if (cells <= mostCells) return;
  throw new Refusal(
    400,
    `This action would increase the number of cells in the workbook above the limit of ${mostCells} cells.`,
  );
}

function addTab(spreadsheet: Spreadsheet, { title, gridProperties }: z.infer<typeof NewTab>): Tab {
  const { rowCount = 1_000, columnCount = 26 } = gridProperties ?? {};
  checkSize(spreadsheet, rowCount * columnCount);
  const nth = spreadsheet.tabs.length;
  const seed = createHash('sha256').update(`${spreadsheet.id} ${nth}`).digest();
  const sheetId = nth === 0 ? 0 : seed.readUInt32BE() % 2_000_000_000;
  const tab = new Tab(sheetId, title ?? `Sheet${nth + 1}`, rowCount, columnCount);
  spreadsheet.tabs = [...spreadsheet.tabs, tab];
  return tab;
}

function tabById({ tabs }: Spreadsheet, sheetId: number, index: number): Tab {
  const tab = tabs.find((each) => each.sheetId === sheetId);
  if (tab) return tab;
  throw new Refusal(400, `Invalid requests[${index}]: No grid with id: ${sheetId}`);
}

/** @throws {Refusal} 400 naming the first field that is wrong. */
function read<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refusal(
    400,
    `Invalid JSON payload received. Invalid value at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? ''}`,
  );
}

const header = ['Business Name', 'Address', 'Website', 'Phone', 'Rating', 'Emails', 'Notes'];
const places = ['Café Anker', 'Zahnarztpraxis am Markt', 'Floristerie Rose', 'Garage Vogt'];

/** `<workspace>_leads` is shared, `<workspace>_private` is not. */
function seeded(workspace: string): readonly Spreadsheet[] {
  const leads: Spreadsheet = {
    id: `${workspace}_leads`,
    isShared: true,
    title: `Leads of ${workspace}`,
    tabs: [],
  };
  addTab(leads, { title: 'Sheet1' });
  const people = addTab(leads, { title: 'Known leads' });
  const rows = places.map((place, index) => [
    place,
    `Hauptstraße ${index + 1}, Berlin`,
    `https://place-${index + 1}.example.com/`,
    `030 555 01${index + 10}`,
    4 + index / 10,
    `hello@place-${index + 1}.example.com`,
    index === 0 ? 'Called on Monday' : null,
  ]);
  const whole = { fromRow: 0, fromColumn: 0, toRow: undefined, toColumn: undefined };
  people.write(whole, [header, ...rows], 'RAW');
  return [
    leads,
    { id: `${workspace}_private`, isShared: false, title: 'Nobody shared this', tabs: [] },
  ];
}

import { Readable } from 'node:stream';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { FileRow } from './csv-rows.ts';
import { createTextTable, type TextTable } from './text-table.ts';
import { attributeOf, createXmlScanner, scanXml, type XmlListener } from './xml-scan.ts';
import { openZip, type ZipFile } from './zip-file.ts';

/** What cells mean beside what stands in them. */
interface Meanings {
  /** Texts that cells name by number. */
  readonly texts: TextTable;
  /** Which styles are those of days and times. */
  readonly isDate: readonly boolean[];
  /** Day 0 as a time in milliseconds. */
  readonly epochMs: number;
}

const mostColumns = 16_384;
const longestCell = 1_048_576;
const dayMs = 86_400_000;

/**
 * Reads the rows of a workbook's first sheet as they come, as texts; days in ISO 8601. A workbook may
 * be of any size: its table of texts goes to a file beside, and the rest is read as a stream.
 *
 * @throws {BadRequest} for what is no workbook.
 */
export async function* xlsxRows(name: string, path: string): AsyncGenerator<FileRow> {
  const texts = createTextTable();
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(path);
    const { sheet, ...parts } = await placesIn(zip);
    await readTexts(zip, parts.texts, texts);
    const isDate = await dateStyles(zip, parts.styles);
    const bytes = await zip.part(sheet);
    if (!bytes) throw new Error(`it has no part ${sheet}`);
    yield* rowsIn(bytes, { texts, isDate, epochMs: parts.epochMs });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `${name}: is not a workbook that can be read: ${why}`;
    throw new BadRequest(FailureType.InvalidInput, message);
  } finally {
    texts.close();
    await zip?.close();
  }
}

const isOf = (type: string | undefined, kind: string): boolean =>
  type?.endsWith(`/${kind}`) === true;

/** A path as another part names it. */
const pathFrom = (folder: string, target: string): string =>
  new URL(target, `zip:///${folder}`).pathname.slice(1);

interface Relation {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly path: string;
}

async function relationsIn(
  zip: ZipFile,
  part: string,
  folder: string,
): Promise<readonly Relation[]> {
  const relations: Relation[] = [];
  await scanXml((await zip.part(part)) ?? none(), {
    open(name, tag) {
      const target = attributeOf(tag, 'Target');
      if (name !== 'Relationship' || target === undefined) return;
      const [id, type] = [attributeOf(tag, 'Id'), attributeOf(tag, 'Type')];
      relations.push({ id, type, path: pathFrom(folder, target) });
    },
  });
  return relations;
}

/** Where the first sheet is, and what belongs to it. */
async function placesIn(zip: ZipFile) {
  const roots = await relationsIn(zip, '_rels/.rels', '');
  const workbook = roots.find(({ type }) => isOf(type, 'officeDocument'))?.path;
  const bytes = workbook === undefined ? undefined : await zip.part(workbook);
  if (workbook === undefined || !bytes) throw new Error('it has no list of sheets');
  const sheets: (string | undefined)[] = [];
  let epochMs = Date.UTC(1899, 11, 30);
  await scanXml(bytes, {
    open(name, tag) {
      if (name === 'sheet') sheets.push(attributeOf(tag, 'r:id') ?? /:id="([^"]*)"/.exec(tag)?.[1]);
      if (name === 'workbookPr' && /^(1|true)$/.test(attributeOf(tag, 'date1904') ?? ''))
        epochMs = Date.UTC(1904, 0, 1);
    },
  });
  const folder = workbook.slice(0, workbook.lastIndexOf('/') + 1);
  const parts = await relationsIn(
    zip,
    `${folder}_rels/${workbook.slice(folder.length)}.rels`,
    folder,
  );
  const sheet = parts.find(({ id }) => id !== undefined && id === sheets[0])?.path;
  if (sheet === undefined) throw new Error('it has no sheet');
  const pathOf = (kind: string) => parts.find(({ type }) => isOf(type, kind))?.path;
  return { sheet, texts: pathOf('sharedStrings'), styles: pathOf('styles'), epochMs };
}

const none = (): AsyncIterable<Buffer> => Readable.from([]);

async function partOf(zip: ZipFile, path: string | undefined): Promise<AsyncIterable<Buffer>> {
  return (path === undefined ? undefined : await zip.part(path)) ?? none();
}

/** Hears the texts between tags of a name, without how they are pronounced. */
function textListener(element: string, heard: (text: string) => void): XmlListener {
  let text = '';
  let [isIn, isText, isSound] = [false, false, false];
  return {
    open(name) {
      if (name === element) [isIn, text] = [true, ''];
      if (name === 't') isText = true;
      if (name === 'rPh') isSound = true;
    },
    text(some) {
      if (!isIn || !isText || isSound) return;
      text += some;
      if (text.length > longestCell) throw new Error('a text in it is longer than a megabyte');
    },
    close(name) {
      if (name === 't') isText = false;
      if (name === 'rPh') isSound = false;
      if (name !== element || !isIn) return;
      isIn = false;
      heard(unescaped(text));
    },
  };
}

const readTexts = async (zip: ZipFile, path: string | undefined, texts: TextTable): Promise<void> =>
  scanXml(
    await partOf(zip, path),
    textListener('si', (text) => {
      texts.add(text);
    }),
  );

/** `_x000D_` is how a workbook writes what XML has no letter for. */
const unescaped = (text: string): string =>
  text.includes('_x')
    ? text.replaceAll(/_x([0-9a-f]{4})_/gi, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      )
    : text;

/** Which of the styles of cells are those of days and times, by what is built in and by their formats. */
async function dateStyles(zip: ZipFile, path: string | undefined): Promise<readonly boolean[]> {
  const own = new Map<number, boolean>();
  const styles: boolean[] = [];
  let isInCells = false;
  await scanXml(await partOf(zip, path), {
    open(name, tag) {
      const format = Number(attributeOf(tag, 'numFmtId') ?? 0);
      if (name === 'numFmt') own.set(format, isDateFormat(attributeOf(tag, 'formatCode') ?? ''));
      if (name === 'cellXfs') isInCells = true;
      if (name === 'xf' && isInCells) styles.push(own.get(format) ?? isBuiltInDate(format));
    },
    close(name) {
      if (name === 'cellXfs') isInCells = false;
    },
  });
  return styles;
}

const builtInDates = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
] as const;
const isBuiltInDate = (format: number): boolean =>
  builtInDates.some(([from, to]) => format >= from && format <= to);

/** Letters of days and times outside of quotes, colours and conditions. */
const isDateFormat = (format: string): boolean =>
  /[ymdhs]/i.test(format.replaceAll(/"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, ''));

/** Rows that have anything, as the bytes of their sheet come. */
async function* rowsIn(bytes: AsyncIterable<Buffer>, meanings: Meanings): AsyncGenerator<FileRow> {
  const rows: FileRow[] = [];
  const scanner = createXmlScanner(rowListener(meanings, (row) => rows.push(row)));
  for await (const some of bytes) {
    scanner.feed(some);
    yield* rows.splice(0);
  }
}

function rowListener(meanings: Meanings, heard: (row: FileRow) => void): XmlListener {
  let line = 0;
  let cells: string[] = [];
  let cell = { column: -1, type: '', style: -1 };
  let value = '';
  let isValue = false;
  let inline = '';
  const texts = textListener('is', (text) => (inline = text));
  return {
    open(name, tag) {
      texts.open?.(name, tag);
      if (name === 'row') {
        line = Number(attributeOf(tag, 'r') ?? line + 1);
        cells = [];
        cell = { ...cell, column: -1 };
      } else if (name === 'c') {
        const column = columnOf(attributeOf(tag, 'r')) ?? cell.column + 1;
        if (column >= mostColumns)
          throw new Error(`row ${line} has more than ${mostColumns} columns`);
        const style = Number(attributeOf(tag, 's') ?? -1);
        cell = { column, type: attributeOf(tag, 't') ?? '', style };
        [value, inline] = ['', ''];
      } else if (name === 'v') isValue = true;
    },
    text(some) {
      texts.text?.(some);
      if (isValue) value += some;
      if (value.length > longestCell) throw new Error('a text in it is longer than a megabyte');
    },
    close(name) {
      texts.close?.(name);
      if (name === 'v') isValue = false;
      if (name === 'c') {
        while (cells.length < cell.column) cells.push('');
        cells[cell.column] = cell.type === 'inlineStr' ? inline : textOf(cell, value, meanings);
      }
      if (name === 'row' && cells.some((each) => each.trim() !== '')) heard({ line, cells });
    },
  };
}

/** `BC12` stands in column 54, counted from 0. */
function columnOf(place: string | undefined): number | undefined {
  const [letters] = /^[A-Z]+/.exec(place ?? '') ?? [];
  if (letters === undefined) return undefined;
  return Array.from(letters).reduce((sum, each) => sum * 26 + each.charCodeAt(0) - 64, 0) - 1;
}

/** What a person sees in a cell that is no text of its own. */
function textOf(
  { type, style }: { readonly type: string; readonly style: number },
  value: string,
  { texts, isDate, epochMs }: Meanings,
): string {
  if (type === 's') return texts.at(Number(value)) ?? '';
  if (type === 'str') return unescaped(value);
  if (type === 'b') return String(value === '1' || value.toLowerCase() === 'true');
  const number = Number(value);
  if (value === '' || type === 'e' || Number.isNaN(number)) return value;
  if (isDate[style] !== true) return String(number);
  const day = new Date(Math.round(epochMs + number * dayMs));
  return Number.isNaN(day.getTime()) ? String(number) : day.toISOString();
}

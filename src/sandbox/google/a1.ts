import { Refusal } from './refusal.ts';

/** A rectangle of a tab; rows and columns count from 0, an end that is left out is the grid's. */
export interface Area {
  readonly fromRow: number;
  readonly fromColumn: number;
  readonly toRow: number | undefined;
  readonly toColumn: number | undefined;
}

/** A range as somebody wrote it. */
interface Range {
  /** Undefined stands for the first tab. */
  readonly tab: string | undefined;
  readonly area: Area;
}

const wholeTab: Area = { fromRow: 0, fromColumn: 0, toRow: undefined, toColumn: undefined };
const cellPattern = /^\$?([A-Za-z]{1,3})?\$?([1-9]\d*)?$/;

/**
 * Reads `Tab`, `Tab!A1:B2`, `'my tab'!A2:C`, `A1`, `Tab!3:5`. A text without `!` is the name of a tab
 * if there is one.
 *
 * @throws {Refusal} 400 for everything else, as Google words it.
 */
export function rangeOf(text: string, tabs: readonly string[]): Range {
  const whole = unquoted(text);
  if (tabs.includes(whole)) return { tab: whole, area: wholeTab };
  const [, quoted, cells] = /^(.*)!([^!]*)$/s.exec(text) ?? [];
  const tab = quoted === undefined ? undefined : unquoted(quoted);
  const area = areaOf(cells ?? text);
  if (!area || (tab !== undefined && !tabs.includes(tab))) {
    throw new Refusal(400, `Unable to parse range: ${text}`);
  }
  return { tab, area };
}

/** The rectangle in A1 notation, with the tab's name in quotes where it needs them. */
export function nameOf(
  tab: string,
  area: Required<{ readonly [K in keyof Area]: number }>,
): string {
  const title = /^[A-Za-z_][A-Za-z0-9_]*$/.test(tab) ? tab : `'${tab.replaceAll("'", "''")}'`;
  const first = `${columnName(area.fromColumn)}${area.fromRow + 1}`;
  const last = `${columnName(area.toColumn)}${area.toRow + 1}`;
  return `${title}!${first === last ? first : `${first}:${last}`}`;
}

/** `A` for 0, `AA` for 26. */
function columnName(index: number): string {
  const rest = Math.floor(index / 26);
  return `${rest > 0 ? columnName(rest - 1) : ''}${String.fromCharCode(65 + (index % 26))}`;
}

const unquoted = (text: string): string =>
  /^'.*'$/s.test(text) ? text.slice(1, -1).replaceAll("''", "'") : text;

function areaOf(cells: string): Area | undefined {
  const [first = '', second = first, ...more] = cells.split(':');
  const from = cellPattern.exec(first);
  const to = cellPattern.exec(second);
  if (!from || !to || more.length > 0 || first === '' || second === '') return undefined;
  if (!cells.includes(':') && (!from[1] || !from[2])) return undefined;
  return {
    fromColumn: from[1] ? columnIndex(from[1]) : 0,
    fromRow: from[2] ? Number(from[2]) - 1 : 0,
    toColumn: to[1] ? columnIndex(to[1]) : undefined,
    toRow: to[2] ? Number(to[2]) - 1 : undefined,
  };
}

const columnIndex = (name: string): number =>
  Buffer.from(name.toUpperCase()).reduce((sum, letter) => sum * 26 + letter - 64, 0) - 1;

/** `A` for column 0, `AA` for 26. */
export function columnName(index: number): string {
  const rest = Math.floor(index / 26);
  return `${rest > 0 ? columnName(rest - 1) : ''}${String.fromCharCode(65 + (index % 26))}`;
}

/** A tab's title as ranges have it. */
export const quoted = (tab: string): string => `'${tab.replaceAll("'", "''")}'`;

/** Cells of a tab in A1 notation: `'Leads'!A2:C9`. Rows and columns count from 0, both ends included. */
export const rangeOf = (
  tab: string,
  from: { readonly row: number; readonly column: number },
  to: { readonly row: number; readonly column: number },
): string =>
  `${quoted(tab)}!${columnName(from.column)}${from.row + 1}:${columnName(to.column)}${to.row + 1}`;

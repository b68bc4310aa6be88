/** A cell that a spreadsheet would take for a formula, marked as text; an import takes the mark away again. */
export const harmless = <T extends string | number | null>(cell: T): T | string =>
  typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;

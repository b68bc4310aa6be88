import { decodeHTML } from 'entities';

const longest = 1_000;
/** What most texts are, so that the long way is gone only by the others. */
const isPlain = /^[!-%'-~]+(?: [!-%'-~]+)*$/;

/** A text without what pages put around it: entities, control characters, spaces in a row. */
export function plain(text: string): string {
  if (text.length <= longest && isPlain.test(text)) return text;
  const decoded = text.includes('&') ? decodeHTML(text) : text;
  if (decoded !== text) return plain(decoded); // `&amp;eacute;` was encoded twice
  return decoded
    .replaceAll(/[\p{Cc}\p{Cs}\p{Zs}\p{Zl}\p{Zp}\u200B\uFEFF]+/gu, ' ')
    .trim()
    .slice(0, longest)
    .trim();
}

const blanks = /^(?:n\/?a|none|null|undefined|unknown|-+|–|\?+|#n\/a|#ref!)$/i;

/** One clean line; null for nothing, and for the words that sheets have instead of nothing. */
export function textOf(raw: string | null | undefined): string | null {
  const text = plain(raw ?? '').replace(/^'(?=[=+@-])/, ''); // a cell that was kept from being a formula
  return text === '' || blanks.test(text) ? null : text;
}

/** The texts of one value or many. */
export const textsOf = (raw: string | readonly string[] | null | undefined): readonly string[] =>
  typeof raw === 'string' ? [raw] : (raw ?? []);

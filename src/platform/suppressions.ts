import { domainToASCII } from 'node:url';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { Suppression } from '../contracts/effects.ts';
import type { Database } from './database.ts';

/** Something in a list is neither an address nor a domain; the message names each. Nothing was added. */
export class NotSuppressible extends Error {
  override readonly name = 'NotSuppressible';
}

/** Why nothing is sent to this address. */
interface Refusal {
  readonly address: string;
  /** The entry that stands against it; null when it is not an address at all. */
  readonly pattern: string | null;
  readonly reason: string;
}

/**
 * Who nothing is ever sent to: addresses, and domains with all domains below them. Whoever sends
 * asks `refuse` right before the write, with every recipient.
 */
export interface Suppressions {
  /** Entries that are there already stay as they are. @throws {NotSuppressible} @returns how many are new. */
  add(patterns: readonly string[], word: { by: string; reason: string }): Promise<number>;
  /** @throws {NotSuppressible} @returns the entry that went; `undefined` when there was none. */
  remove(pattern: string): Promise<Suppression | undefined>;
  /** @param having only entries with this text in them; @param limit at most so many, all if left out. */
  list(having?: string, limit?: number): Promise<readonly Suppression[]>;
  /** @param having only entries with this text in them. */
  count(having?: string): Promise<number>;
  /** CSV with a head; `add` takes its lines back through `patternsIn`. */
  export(): Promise<string>;
  /** The addresses nothing may be sent to, in the order given; what is not an address is one of them. */
  refuse(addresses: readonly string[]): Promise<readonly Refusal[]>;
}

const head = ['pattern', 'reason', 'by', 'at'] as const;
const Address = z.email().max(254);
const Domain = z.hostname().regex(/\./).max(253);

/** The first column of each line of a text or CSV file; a head and empty lines are left out. */
export const patternsIn = (text: string): readonly string[] =>
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line) => (line.split(/[,;\t]/)[0] ?? '').trim().replaceAll('"', ''))
    .filter((cell) => cell !== '' && cell !== head[0]);

/** Small letters, the domain in ASCII without a dot at its end; null for what is neither. */
function patternOf(text: string): string | null {
  const trimmed = text.trim().toLowerCase();
  const at = trimmed.lastIndexOf('@');
  const domain = domainToASCII(trimmed.slice(at + 1).replace(/\.$/, ''));
  const pattern = at > 0 ? `${trimmed.slice(0, at)}@${domain}` : domain; // `@example.com` is a domain
  return (at > 0 ? Address : Domain).safeParse(pattern).success ? pattern : null;
}

/** The entries that would stand against an address: itself, its domain, and every domain above. */
function against(address: string): readonly string[] {
  const labels = address.slice(address.lastIndexOf('@') + 1).split('.');
  return [address, ...labels.map((_, from) => labels.slice(from).join('.'))];
}

const entryOf = (row: { readonly at: Date }): Suppression =>
  Suppression.parse({ ...row, at: row.at.toISOString() });

/** @param database where the table `suppressions` is. */
export function createSuppressions({ sql }: Database): Suppressions {
  const list = async (having = '', limit?: number): Promise<readonly Suppression[]> => {
    const rows = await sql<{ at: Date }[]>`
      select pattern, reason, by, at from suppressions
      where strpos(pattern, ${having.trim().toLowerCase()}) > 0
      order by pattern limit ${limit ?? null}`;
    return rows.map(entryOf);
  };

  return {
    list,

    async count(having = '') {
      const [row] = await sql<{ found: number }[]>`select count(*)::int as found
        from suppressions where strpos(pattern, ${having.trim().toLowerCase()}) > 0`;
      return row?.found ?? 0;
    },

    async add(patterns, { by, reason }) {
      const read = patterns.map((text) => ({ text, pattern: patternOf(text) }));
      const wrong = read.filter(({ pattern }) => pattern === null);
      if (wrong.length > 0) throw notSuppressible(wrong.map(({ text }) => text));
      const entries = [...new Set(read.flatMap(({ pattern }) => pattern ?? []))];
      const rows = await sql`
        insert into suppressions (pattern, reason, by)
        select pattern, ${reason.replaceAll(/\s+/g, ' ')}, ${by}
        from unnest(${entries}::text[]) as pattern
        on conflict (pattern) do nothing`;
      return rows.count;
    },

    async remove(text) {
      const pattern = patternOf(text);
      if (pattern === null) throw notSuppressible([text]);
      const [row] = await sql<{ at: Date }[]>`
        delete from suppressions where pattern = ${pattern} returning pattern, reason, by, at`;
      return row && entryOf(row);
    },

    // a cell that a spreadsheet would take for a formula is marked as text
    export: async () =>
      stringify([...(await list())], { header: true, columns: [...head], escape_formulas: true }),

    async refuse(addresses) {
      const read = addresses.map((address) => {
        const pattern = patternOf(address);
        return { address, entries: pattern?.includes('@') ? against(pattern) : [] };
      });
      const rows = await sql<{ pattern: string; reason: string }[]>`
        select pattern, reason from suppressions
        where pattern = any(${[...new Set(read.flatMap(({ entries }) => entries))]}::text[])`;
      const reasons = new Map(rows.map(({ pattern, reason }) => [pattern, reason]));
      return read.flatMap(({ address, entries }): readonly Refusal[] => {
        if (entries.length === 0)
          return [{ address, pattern: null, reason: 'this is not an e-mail address' }];
        const pattern = entries.find((entry) => reasons.has(entry));
        return pattern === undefined
          ? []
          : [{ address, pattern, reason: reasons.get(pattern) ?? '' }];
      });
    },
  };
}

function notSuppressible(texts: readonly string[]): NotSuppressible {
  const shown = texts.slice(0, 10).map((text) => `“${text.slice(0, 80)}”`);
  const more = texts.length > shown.length ? `, and ${texts.length - shown.length} more` : '';
  return new NotSuppressible(
    `Neither an address such as mara@example.com nor a domain such as example.com: ${shown.join(', ')}${more}`,
  );
}

import { parse } from 'tldts';
import { z } from 'zod';
import { plain } from './clean-text.ts';

const Address = z.email().max(254);

/** Addresses that templates and tracking scripts leave on pages; the domain itself, or one below it. */
const nobodysDomains: readonly string[] = [
  'example.com',
  'example.net',
  'example.org',
  'mysite.com',
  'yoursite.com',
  'yourwebsite.com',
  'yourdomain.com',
  'yourcompany.com',
  'mydomain.com',
  'domain.com',
  'website.com',
  'company.com',
  'test.com',
  'sentry.io',
  'wixpress.com',
  'sentry.wixpress.com',
  'schema.org',
  'w3.org',
];
const nobodys: readonly string[] = [
  'filler@godaddy.com',
  'name@email.com',
  'your@email.com',
  'you@email.com',
  'email@email.com',
  'user@email.com',
  'impallari@gmail.com', // the author of fonts that many pages embed
];

/** Ends of domains that no registry gives away: stand-ins and tests use them. */
const madeUp: readonly string[] = ['test', 'example'];

/**
 * The addresses in a text as pages and sheets have them: several in one, encoded, with names and
 * `mailto:`. In small letters, each once; placeholders and names of images are left out.
 */
export const emailsIn = (texts: readonly string[]): readonly string[] => [
  ...new Set(texts.flatMap((text) => piecesOf(text)).flatMap((piece) => addressOf(piece) ?? [])),
];

/** The address, clean; undefined for what nobody reads, or is none. */
function addressOf(piece: string): string | undefined {
  const address = piece.toLowerCase().replace(/^(?:mailto:|[^\p{L}\p{N}])+|[^\p{L}\p{N}]+$/gu, '');
  if (!Address.safeParse(address).success) return undefined;
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const { domain: registered, isIcann, publicSuffix } = parse(domain);
  const isReal = isIcann === true || madeUp.includes(publicSuffix ?? '');
  if (registered === null || !isReal) return undefined;
  const isNobodys =
    nobodys.includes(address) ||
    nobodysDomains.some((each) => domain === each || domain.endsWith(`.${each}`));
  return isNobodys ? undefined : address;
}

function piecesOf(text: string): readonly string[] {
  if (!/@|%40|&/.test(text)) return [];
  const readable = plain(unescaped(text).replaceAll(/\\?u003[ce]|\\[nrt]/gi, ' '));
  return readable
    .split(/[\s,;|<>()[\]"]+/)
    .map((piece) => piece.replace(/\?.*$/, '')) // mailto:a@b.com?subject=…
    .filter((piece) => piece.includes('@'));
}

/** `%20info%40acme.com` is what links have. */
function unescaped(text: string): string {
  if (!/%[0-9a-f]{2}/i.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

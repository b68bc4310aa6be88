import { getDomain } from 'tldts';
import { plain } from './clean-text.ts';

/** Networks that a lead may have a page on. */
export type Network = 'linkedIn' | 'twitter' | 'facebook' | 'instagram' | 'youTube' | 'tikTok';

interface NetworkRule {
  readonly network: Network;
  readonly domains: readonly string[];
  /** What of the path tells whose page it is. */
  readonly page: RegExp;
  /** First parts of paths that are nobody's page. */
  readonly nobodys?: RegExp;
  readonly link: (page: string) => string;
}

const networks: readonly NetworkRule[] = [
  {
    network: 'linkedIn',
    domains: ['linkedin.com'],
    page: /^\/((?:in|company|school|showcase)\/[^/&]+)/,
    link: (page) => `https://www.linkedin.com/${page.toLowerCase()}`,
  },
  {
    network: 'twitter',
    domains: ['twitter.com', 'x.com'],
    page: /^\/@?(\w{1,15})(?=\/|$)/,
    nobodys: /^(?:share|intent|home|hashtag|search|i|widgets|login|privacy|tos)$/i,
    link: (page) => `https://x.com/${page.toLowerCase()}`,
  },
  {
    network: 'facebook',
    domains: ['facebook.com', 'fb.com'],
    page: /^\/((?:pages|people|groups)\/[^/&]+(?:\/\d+)?|[\w.-]+)/,
    nobodys:
      /^(?:sharer|sharer\.php|share|share\.php|dialog|tr|plugins|login|login\.php|policy\.php|privacy|events|watch|2008)$/i,
    link: (page) =>
      `https://www.facebook.com/${/^[\w.-]+$/.test(page) ? page.toLowerCase() : page}`,
  },
  {
    network: 'instagram',
    domains: ['instagram.com'],
    page: /^\/@?([\w.]{1,30})(?=\/|$)/,
    nobodys: /^(?:p|reel|reels|explore|accounts|stories|tv|about|developer)$/i,
    link: (page) => `https://www.instagram.com/${page.toLowerCase()}`,
  },
  {
    network: 'youTube',
    domains: ['youtube.com'],
    page: /^\/(@[^/&]+|(?:channel|c|user)\/[^/&]+)/,
    link: (page) => `https://www.youtube.com/${page.startsWith('@') ? page.toLowerCase() : page}`,
  },
  {
    network: 'tikTok',
    domains: ['tiktok.com'],
    page: /^\/(@[\w.]+)/,
    link: (page) => `https://www.tiktok.com/${page.toLowerCase()}`,
  },
];

/** Domains where what stands below is not one business: they make no site. */
const shared: readonly string[] = [
  ...networks.flatMap(({ domains }) => domains),
  'youtu.be',
  'fb.me',
  'google.com',
  'goo.gl',
  'g.page',
  'bit.ly',
  'linktr.ee',
  'linkin.bio',
  'beacons.ai',
  'yelp.com',
  'tripadvisor.com',
  'booking.com',
  'whatsapp.com',
  'wa.me',
  't.me',
  'pinterest.com',
  'etsy.com',
  'amazon.com',
  'ebay.com',
  'doordash.com',
  'ubereats.com',
  'opentable.com',
];

/** Domains that give each of their customers a name below them. */
const hosting: readonly string[] = [
  'business.site',
  'negocio.site',
  'godaddysites.com',
  'square.site',
];

/** A link that can be opened: `https://` is added, marks of advertising and fragments are taken away. */
export function linkOf(raw: string): URL | undefined {
  const text = plain(raw);
  if (text === '' || text.length > 900 || /\s/.test(text)) return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '') return undefined;
  if (getDomain(url.hostname) === null) return undefined;
  url.hash = '';
  for (const name of [...url.searchParams.keys()]) {
    if (/^(?:utm_|fbclid$|gclid$|igsh|mc_)/i.test(name)) url.searchParams.delete(name);
  }
  return url;
}

/** The link as text, without a slash that says nothing. */
export const textOfLink = (url: URL): string =>
  url.pathname === '/' && url.search === '' ? url.href.replace(/\/$/, '') : url.href;

/** The registrable domain; null where many businesses share one. */
export function siteOf({ hostname }: URL): string | null {
  const domain = getDomain(hostname, { allowPrivateDomains: true });
  if (domain !== null && hosting.includes(domain)) return hostname.replace(/^www\./, '');
  return domain === null || shared.includes(domain) ? null : domain;
}

/** Whose page a link is, in the one form that all ways to write it have in common. */
export function pageOf(url: URL): { readonly network: Network; readonly link: string } | undefined {
  const domain = getDomain(url.hostname);
  const rule = networks.find(({ domains }) => domain !== null && domains.includes(domain));
  if (!rule) return undefined;
  const { network, page, nobodys, link } = rule;
  if (network === 'facebook' && url.pathname === '/profile.php') {
    const id = url.searchParams.get('id') ?? '';
    return /^\d+$/.test(id)
      ? { network, link: `https://www.facebook.com/profile.php?id=${id}` }
      : undefined;
  }
  const found = page.exec(url.pathname)?.[1];
  if (found === undefined || nobodys?.test(found) === true) return undefined;
  const made = link(found);
  return URL.parse(made)?.href === made ? { network, link: made } : undefined; // dots alone lead elsewhere
}

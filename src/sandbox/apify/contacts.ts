import { seedOf } from '../seed.ts';

/** Whose site is crawled, and how. */
export interface Crawl {
  readonly startUrls: readonly string[];
  /** One item a site instead of one a page. */
  readonly isMerged: boolean;
  readonly maxPages: number;
}

type Links = Readonly<Record<string, readonly string[]>>;

/** Addresses that stand in templates and belong to nobody. */
const placeholders = ['info@mysite.com', 'name@example.com', 'logo@2x.png'];
const noLinks = Object.fromEntries(
  'threads telegrams reddits whatsapps pinterests discords snapchats'
    .split(' ')
    .map((name): [string, readonly string[]] => [name, []]),
);

/**
 * What the crawler finds: it follows from the addresses alone. Every seventh site cannot be reached
 * and has no item, every fifth has nothing on it. Where it merges nothing, each page is an item.
 */
export const contactsOf = (crawl: Crawl): readonly Record<string, unknown>[] =>
  crawl.startUrls.flatMap((url) => itemsOf(url, crawl));

function itemsOf(startUrl: string, { isMerged, maxPages }: Crawl): Record<string, unknown>[] {
  const url = new URL(startUrl);
  const domain = url.hostname.replace(/^www\./, '');
  const seed = seedOf('site', domain);
  if (seed % 7 === 6) return [];
  const pages = Array.from({ length: Math.min(1 + (seed % 4), maxPages) }, (_, depth) => ({
    url: new URL(['/', '/contact', '/about', '/team'][depth] ?? '/', url).href,
    depth,
    found: seed % 5 === 4 ? {} : linksOn(domain, seed, depth),
  }));
  const empty = linksOn(domain, seed, -1);
  const base = { originalStartUrl: url.href, domain, ...noLinks };
  if (!isMerged) {
    return pages.map((page) => ({
      ...base,
      ...empty,
      ...page.found,
      url: page.url,
      depth: page.depth,
    }));
  }
  const merged = Object.keys(empty).map((name): [string, readonly string[]] => [
    name,
    [...new Set(pages.flatMap(({ found }) => found[name] ?? []))],
  ]);
  return [
    {
      ...base,
      ...Object.fromEntries(merged),
      scrapedUrls: pages.map((page) => page.url),
      depth: 0,
    },
  ];
}

/** What stands on one page; nothing on page -1. The list of LinkedIn links has two spellings. */
function linksOn(domain: string, seed: number, depth: number): Links {
  const name = domain.split('.')[0] ?? '';
  const handle = name.replaceAll('-', '_');
  const on = (page: number, ...links: readonly string[]): readonly string[] =>
    depth === page || (depth === 0 && page > seed % 4) ? links : [];
  const linkedIn = seed % 3 === 0 ? 'linkedins' : 'linkedIns';
  return {
    emails: [
      ...on(0, `info@${domain}`, placeholders[seed % placeholders.length] ?? ''),
      ...on(1, `office&#64;${domain}`, `Info@${domain.toUpperCase()}`),
      ...on(2, `mailto:team@${domain}, jobs@${domain}`),
    ],
    phones: on(0, `+49 30 ${seed % 9_000_000}`),
    phonesUncertain: on(1, String(seed % 100_000)),
    [linkedIn]: on(0, `https://www.linkedin.com/company/${name}/`, `linkedin.com/company/${name}`),
    twitters: on(1, `https://twitter.com/${handle}`),
    facebooks: on(0, `https://www.facebook.com/${name}/?ref=page`),
    instagrams: on(1, `https://instagram.com/${handle}`),
    youtubes: on(2, `https://www.youtube.com/@${name}`),
    tiktoks: on(2, `https://www.tiktok.com/@${handle}`),
  };
}

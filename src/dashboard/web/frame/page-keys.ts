import { pages } from './navigation.ts';

/** What of a page is open besides its list, by the parameters that say so: the innermost first. */
const openParts = [['task'], ['tile', 'size'], ['selected'], ['topic']] as const;
/** Pages whose list stays beside what is open, with its filters. */
const keepsSearch = ['/leads'];

/**
 * Where `Esc` leads from an address: what is open on the page closes, else to the page above it;
 * `undefined` at the top.
 */
export function addressAbove({ pathname, search }: Pick<Location, 'pathname' | 'search'>) {
  const query = new URLSearchParams(search);
  const open = openParts.find(([key]) => query.has(key));
  if (open) {
    for (const key of open) query.delete(key);
    return addressOf(pathname, query);
  }
  if (/\/lessons\/[^/]+$/.test(pathname)) return pathname.replace(/\/lessons\/[^/]+$/, '');
  const [, above = ''] = /^(\/[^/]+)\/[^/]+$/.exec(pathname) ?? [];
  if (above !== '/new' && !pages.some((page) => page.to === above)) return undefined;
  return addressOf(above, keepsSearch.includes(above) ? query : new URLSearchParams());
}

const addressOf = (path: string, query: URLSearchParams): string =>
  query.size === 0 ? path : `${path}?${query.toString()}`;

/** Opens the tab beside the one that is open, if the page has tabs. */
export function stepTab(by: 1 | -1): void {
  const tabs = [...document.querySelectorAll<HTMLAnchorElement>('#page .tabs a')];
  const open = tabs.findIndex((tab) => tab.getAttribute('aria-current') === 'page');
  if (open >= 0) tabs[open + by]?.click();
}

/** Opens the row under the keys beside this page. */
export function openRowInTab(): void {
  const link = document.querySelector<HTMLAnchorElement>('#page :is(.cur, .sel) a[href]');
  if (link) window.open(link.href, '_blank', 'noopener');
}

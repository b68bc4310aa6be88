/** A browser without a screen: it keeps cookies by site and follows redirects. */
export interface Surfer {
  /** Where it ended, and what was there. */
  go(url: string, init?: RequestInit): Promise<Place>;
  /** Signs in as the account; answers where that led. @param change alters an address on the way. */
  signIn(dashboard: string, account: string | null, change?: (url: URL) => void): Promise<Place>;
  /** What it would send to a site, as one header. */
  cookiesFor(url: string): string;
}

interface Place {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
}

/** One with no cookies yet. */
export function createSurfer(): Surfer {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (url: string) => {
    const { origin } = new URL(url);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    return jar;
  };
  const cookiesFor = (url: string) =>
    [...jarOf(url)].map(([name, value]) => `${name}=${value}`).join('; ');

  async function go(
    url: string,
    init: RequestInit = {},
    change: (url: URL) => void = () => undefined,
  ): Promise<Place> {
    const headers = new Headers(init.headers);
    headers.set('cookie', cookiesFor(url));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/expires=Thu, 01 Jan 1970/i.test(cookie) || value === '') jarOf(url).delete(name);
      else jarOf(url).set(name, value);
    }
    const to = response.headers.get('location');
    if (to === null) {
      return { url: new URL(url), status: response.status, text: await response.text() };
    }
    await response.body?.cancel();
    const next = new URL(to, url);
    change(next);
    return go(next.href, {}, change);
  }

  return {
    go: (url, init) => go(url, init),
    cookiesFor,
    async signIn(dashboard, account, change) {
      const choice = await go(`${dashboard}/sign-in/google?return-to=/runs`, {}, change);
      if (!choice.url.pathname.startsWith('/choose/')) return choice;
      const body = new URLSearchParams(account === null ? { cancel: '' } : { account });
      return go(choice.url.href, { method: 'POST', body }, change);
    },
  };
}

import { z } from 'zod';
import { Role, type Allowed } from '../contracts/sign-in.ts';
import { ConfigError, type Config } from './config.ts';

/** How people sign in to the dashboard. */
export interface SignInSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Google, or a provider on this machine that stands in for it. */
  readonly issuer: URL;
  /** Where browsers find the dashboard: `https://agents.example.com`. */
  readonly origin: string;
  readonly allowed: readonly Allowed[];
}

const google = 'https://accounts.google.com';
const Entry = z
  .string()
  .trim()
  .toLowerCase()
  .transform((text) => text.split('=').map((part) => part.trim()))
  .pipe(z.tuple([z.email().or(z.hostname().regex(/\./)), Role]))
  .transform(([who, role]): Allowed => ({ who, role }));

/**
 * What the settings say of sign-in; `undefined` while they name no Google client.
 *
 * @param isLoopback whether only this machine reaches a host.
 * @throws {ConfigError} naming what is missing or can't be.
 */
export function signInOf(
  config: Config,
  isLoopback: (host: string) => boolean,
): SignInSettings | undefined {
  const { GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret } = config;
  if (clientId === undefined && clientSecret === undefined) return undefined;
  const problems: string[] = [];
  if (clientId === undefined || clientSecret === undefined) {
    problems.push(
      `GOOGLE_CLIENT_${clientId === undefined ? 'ID' : 'SECRET'}: expected it too, as the other half is set`,
    );
  }

  const allowed = (config.SIGN_IN_ALLOW ?? '').split(',').flatMap((text): Allowed[] => {
    if (text.trim() === '') return [];
    const entry = Entry.safeParse(text);
    if (entry.success) return [entry.data];
    problems.push(
      `SIGN_IN_ALLOW: expected mara@example.com=admin or example.com=viewer, not “${text.trim()}”`,
    );
    return [];
  });
  if (!allowed.some(({ role }) => role === 'admin')) {
    problems.push('SIGN_IN_ALLOW: expected at least one admin, such as mara@example.com=admin');
  }

  const { DASHBOARD_PUBLIC_URL: url, DASHBOARD_HOST: host, DASHBOARD_PORT: port } = config;
  const address = new URL(url ?? `http://localhost:${port}`);
  if (url === undefined && !isLoopback(host)) {
    problems.push(
      'DASHBOARD_PUBLIC_URL: expected the address that browsers open, as DASHBOARD_HOST is not of this machine',
    );
  } else if (address.protocol !== 'https:' && !isLoopback(address.hostname)) {
    problems.push(`DASHBOARD_PUBLIC_URL: expected https, not ${address.href}`);
  }

  const issuer = new URL(config.SIGN_IN_ISSUER);
  const isTrial = isLoopback(issuer.hostname) && process.env.NODE_ENV !== 'production';
  if (issuer.origin !== google && !isTrial) {
    problems.push(`SIGN_IN_ISSUER: expected ${google}; others only on this machine, to try out`);
  }
  if (problems.length > 0) throw new ConfigError(...problems);
  return {
    clientId: clientId ?? '',
    clientSecret: clientSecret ?? '',
    issuer,
    origin: address.origin,
    allowed,
  };
}

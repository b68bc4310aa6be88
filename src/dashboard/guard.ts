import { randomUUID } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { HttpError } from './http-error.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** True for names and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const family = isIP(name);
  return family !== 0 && loopback.check(name, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Response headers: only our own scripts and hosts, in no frame.
 *
 * @param origin where browsers find us when people sign in.
 */
export const headersFor = (origin = ''): RequestHandler =>
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        // the component library writes style attributes and one style element
        'style-src': ["'self'", "'unsafe-inline'"],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // on this machine we speak plain HTTP, and other programs may have other ports of its name
    strictTransportSecurity: origin.startsWith('https:') && { includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  });

/** Gives each request an id that its answer, its error and the log carry. */
export const identify: RequestHandler = (_request, response, next) => {
  response.locals.requestId = randomUUID();
  response.setHeader('x-request-id', String(response.locals.requestId));
  next();
};

/**
 * Refuses names that lead here from outside, so that a foreign page can't rebind one to us.
 *
 * @param origin where browsers find us when people sign in.
 */
export const onlyOwnHosts =
  (origin?: string): RequestHandler =>
  ({ headers: { host = '' } }, _response, next) => {
    const address = `http://${host}`;
    const isLocal = URL.canParse(address) && isLoopback(new URL(address).hostname);
    if (!isLocal && (origin === undefined || host !== new URL(origin).host)) {
      const where = origin ?? 'a name of this machine, such as localhost';
      throw new HttpError(403, 'foreign-host', `The dashboard answers only under ${where}`);
    }
    next();
  };

/** Refuses calls that another site's page makes, and changes that a plain form could send. */
export const onlyOwnPages =
  (own?: string): RequestHandler =>
  (request, _response, next) => {
    const { origin, host = '' } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const isOwn = origin === undefined || origin === own || origin === `http://${host}`;
    if (isForeign || (!isRead && !isOwn)) {
      throw new HttpError(403, 'foreign-page', 'Only the dashboard’s own pages may do this');
    }
    if (!isRead && !request.is(['application/json', 'application/x-ndjson', 'text/csv'])) {
      throw new HttpError(415, 'not-json', 'Send the body as application/json');
    }
    next();
  };

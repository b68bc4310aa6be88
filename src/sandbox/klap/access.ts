import type { Request } from 'express';
import { Refusal } from './refusal.ts';

/** What a key opens. */
interface Access {
  readonly workspace: string;
  /** There are credits left for videos and exports. */
  readonly hasCredit: boolean;
}

/** `stand-in-acme` opens workspace `acme`; the ending `.no-credit` takes its credits away. */
function accessOf(request: Pick<Request, 'get'>): Access | undefined {
  const [, workspace, ending] =
    /^Bearer stand-in-([a-z0-9][a-z0-9-]{0,39})(\.no-credit)?$/i.exec(
      request.get('authorization') ?? '',
    ) ?? [];
  return workspace === undefined ? undefined : { workspace, hasCredit: ending === undefined };
}

/** Whose key the request carries; files are open to all, and tell it by their address. */
export const workspaceOf = (request: Request): string | undefined =>
  accessOf(request)?.workspace ?? /\/files\/([a-z0-9-]+)\//.exec(request.path)?.[1];

/** @throws {Refusal} 401 for a key that is missing or opens nothing. */
export function requireAccess(request: Pick<Request, 'get'>): Access {
  const access = accessOf(request);
  if (access) return access;
  throw new Refusal(401, 'Invalid API key');
}

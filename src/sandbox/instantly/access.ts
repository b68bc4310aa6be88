import type { Request } from 'express';
import { Refusal } from './query.ts';

/** A key that opens a workspace, and what it may do there. */
export interface Access {
  readonly workspace: string;
  readonly scopes: readonly string[];
  readonly hasPlan: boolean;
}

/**
 * What the request's key opens. `stand-in-acme` opens workspace `acme` with all scopes; endings
 * take away: `.read-only`, `.scopes=campaigns:read,accounts:read`, `.no-plan`.
 */
export function accessOf(request: Request): Access | undefined {
  const key = /^Bearer stand-in-([a-z0-9][a-z0-9-]{0,39})((?:\.[^.\s]+)*)$/i.exec(
    request.get('authorization') ?? '',
  );
  const [, workspace, endings = ''] = key ?? [];
  if (workspace === undefined) return undefined;
  let access: Access = { workspace, scopes: ['all:all'], hasPlan: true };
  for (const ending of endings.split('.').slice(1)) {
    if (ending === 'no-plan') access = { ...access, hasPlan: false };
    else if (ending === 'read-only') access = { ...access, scopes: ['all:read'] };
    else if (ending.startsWith('scopes=')) {
      access = { ...access, scopes: ending.slice('scopes='.length).split(',') };
    } else return undefined;
  }
  return access;
}

/** @throws {Refusal} 403 unless one of the key's scopes covers `resource:action`. */
export function requireScope({ scopes }: Access, scope: `${string}:${string}`): void {
  const [resource, action] = scope.split(':');
  const enough = [scope, `${resource ?? ''}:all`, `all:${action ?? ''}`, 'all:all'];
  if (!enough.some((one) => scopes.includes(one))) {
    throw new Refusal(403, `This API key lacks the scope ${scope}`);
  }
}

/** The edge turns away callers that do not say who they are, before any key is looked at. */
export function isTurnedAway(request: Request): boolean {
  const agent = request.get('user-agent') ?? '';
  return agent === '' || /^(node|undici)(\/|$)/i.test(agent);
}

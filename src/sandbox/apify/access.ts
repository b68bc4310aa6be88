import type { Request } from 'express';
import { Refusal } from './refusal.ts';

/** A token that opens an account, and what it may do there. */
export interface Access {
  readonly workspace: string;
  /** The account has money for runs. */
  readonly hasCredit: boolean;
  readonly mayStart: boolean;
}

/**
 * What the request's token opens, from the header or, as the vendor also allows, from `?token=`.
 * `stand-in-acme` opens account `acme`; endings take away: `.no-credit`, `.read-only`.
 */
export function accessOf(request: Request): Access | undefined {
  const token = tokenOf(request);
  const [, workspace, endings = ''] =
    /^stand-in-([a-z0-9][a-z0-9-]{0,39})((?:\.[^.\s]+)*)$/i.exec(token ?? '') ?? [];
  if (workspace === undefined) return undefined;
  const taken = endings.split('.').slice(1);
  if (taken.some((each) => each !== 'no-credit' && each !== 'read-only')) return undefined;
  return {
    workspace,
    hasCredit: !taken.includes('no-credit'),
    mayStart: !taken.includes('read-only'),
  };
}

/** @throws {Refusal} 401 for a token that is missing or opens nothing. */
export function requireAccess(request: Request): Access {
  const access = accessOf(request);
  if (access) return access;
  throw tokenOf(request) === undefined
    ? new Refusal(401, 'token-not-provided', 'Authentication token was not provided')
    : new Refusal(401, 'user-or-token-not-found', 'User was not found or token is not valid');
}

function tokenOf(request: Request): string | undefined {
  const [, bearer] = /^Bearer (\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
  const { searchParams } = new URL(request.originalUrl, 'http://stand-in');
  return bearer ?? searchParams.get('token') ?? undefined;
}

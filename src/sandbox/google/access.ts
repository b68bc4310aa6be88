import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import { Refusal, errorInfo } from './refusal.ts';

/** Who calls, and what the token lets them do. */
export interface Access {
  readonly workspace: string;
  readonly mayWrite: boolean;
}

const name = '[a-z0-9][a-z0-9-]{0,39}';
const sheetsScope = 'https://www.googleapis.com/auth/spreadsheets';

/**
 * What the request's token opens. `stand-in-acme` opens workspace `acme`, and so do tokens of the
 * token endpoint; the ending `.read-only` takes the right to write away.
 */
export function accessOf(request: Request): Access | undefined {
  const [, workspace, ending] =
    new RegExp(`^Bearer (?:ya29\\.[\\da-f]+\\.)?stand-in-(${name})(\\.read-only)?$`).exec(
      request.get('authorization') ?? '',
    ) ?? [];
  return workspace === undefined ? undefined : { workspace, mayWrite: ending === undefined };
}

/** @throws {Refusal} 401 for a caller whose token opens nothing. */
export function authenticated(request: Request): Access {
  const access = accessOf(request);
  if (access) return access;
  throw new Refusal(
    401,
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  );
}

/** @throws {Refusal} 403 for a token that may only read. */
export function requireWriting({ mayWrite }: Access): void {
  if (mayWrite) return;
  throw new Refusal(403, 'Request had insufficient authentication scopes.', [
    errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT'),
  ]);
}

const Form = z.discriminatedUnion('grant_type', [
  z.object({
    grant_type: z.literal('refresh_token'),
    refresh_token: z.string(),
    client_id: z.string(),
    client_secret: z.string(),
  }),
  z.object({
    grant_type: z.literal('urn:ietf:params:oauth:grant-type:jwt-bearer'),
    assertion: z.string(),
  }),
]);
const Claims = z.object({
  iss: z.string(),
  scope: z.string(),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
});
/** How far a caller's clock may be off. */
const skewSeconds = 300;
const tokenSeconds = 3_599;

/** What the token endpoint answers. */
interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const refused = (status: number, error: string, description: string): TokenAnswer => ({
  status,
  body: { error, error_description: description },
});

/**
 * Gives out tokens. The refresh token `stand-in-acme` opens workspace `acme` for a client whose
 * secret is not `wrong`; so does a service account `robot@acme.iam.gserviceaccount.com`, unless it is
 * called `gone`. Signatures are not checked.
 */
export function tokenFor(form: unknown, now: number): TokenAnswer {
  const parsed = Form.safeParse(form);
  if (!parsed.success) return refused(400, 'invalid_request', 'Required parameter is missing');
  const { data } = parsed;
  if (data.grant_type === 'refresh_token') {
    if (data.client_secret === 'wrong') {
      return refused(401, 'invalid_client', 'The provided client secret is invalid.');
    }
    const [, workspace] = new RegExp(`^stand-in-(${name})$`).exec(data.refresh_token) ?? [];
    if (workspace === undefined) {
      return refused(400, 'invalid_grant', 'Token has been expired or revoked.');
    }
    return given(workspace, now, sheetsScope);
  }
  const claims = claimsIn(data.assertion);
  if (!claims) return refused(400, 'invalid_grant', 'Invalid JWT: it can not be read.');
  const seconds = now / 1_000;
  if (claims.iat > seconds + skewSeconds || claims.exp < seconds - skewSeconds) {
    return refused(
      400,
      'invalid_grant',
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    );
  }
  const [, robot, workspace] =
    new RegExp(`^([^@]+)@(${name})\\.iam\\.gserviceaccount\\.com$`).exec(claims.iss) ?? [];
  if (workspace === undefined || robot === 'gone') {
    return refused(400, 'invalid_grant', 'Invalid grant: account not found');
  }
  return given(workspace, now, claims.scope);
}

function given(workspace: string, now: number, scope: string): TokenAnswer {
  const mark = createHash('sha256').update(`${workspace} ${now}`).digest('hex').slice(0, 12);
  const ending = scope.split(' ').includes(sheetsScope) ? '' : '.read-only';
  const access_token = `ya29.${mark}.stand-in-${workspace}${ending}`;
  return { status: 200, body: { access_token, expires_in: tokenSeconds, token_type: 'Bearer' } };
}

function claimsIn(assertion: string): z.infer<typeof Claims> | undefined {
  try {
    const payload = Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString();
    return Claims.parse(JSON.parse(payload));
  } catch {
    return undefined;
  }
}

import * as client from 'openid-client';
import { z } from 'zod';
import type { Refusal } from '../../contracts/sign-in.ts';
import type { Account } from '../../platform/people.ts';
import type { SignInSettings } from '../../platform/sign-in-settings.ts';

/** What one sign-in has to come back with; each is used once. */
export const Flow = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
});
export type Flow = z.infer<typeof Flow>;

/** Nobody was signed in. The message is for the log. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
  readonly code: Refusal;
  readonly email: string | null;

  constructor(code: Refusal, message: string, email: string | null = null, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.email = email;
  }
}

/** Google, as it says who somebody is. */
export interface Google {
  /** Where to send the browser, and what to remember meanwhile. @throws {SignInRefused} */
  begin(returnTo: string): Promise<{ readonly url: URL; readonly flow: Flow }>;
  /**
   * Who came back, after all checks: state, signature, issuer, audience, times, nonce, PKCE, and
   * that Google has verified the address.
   *
   * @param search what the browser came back with, behind the question mark.
   * @throws {SignInRefused}
   */
  end(search: string, flow: Flow): Promise<Account>;
}

/** Where Google sends browsers back to. */
export const callbackPath = '/sign-in/callback';

const Claims = z.object({
  sub: z.string().min(1).max(255),
  email: z.email().max(254).toLowerCase(),
  email_verified: z.boolean(),
  name: z.string().max(200).catch(''),
  hd: z.string().toLowerCase().optional(),
});
const timeoutSeconds = 10;
const skewSeconds = 10;

/** Asks Google for its addresses and keys with the first sign-in, so that the dashboard starts without it. */
export function createGoogle({ clientId, clientSecret, issuer, origin }: SignInSettings): Google {
  let known: Promise<client.Configuration> | undefined;
  const configuration = () => {
    known ??= discover().catch((error: unknown) => {
      known = undefined;
      const message = `${issuer.host} could not be asked how to sign in`;
      throw new SignInRefused('unreachable', message, null, error);
    });
    return known;
  };

  async function discover(): Promise<client.Configuration> {
    const metadata = {
      id_token_signed_response_alg: 'RS256',
      [client.clockTolerance]: skewSeconds,
    };
    const found = await client.discovery(
      issuer,
      clientId,
      metadata,
      client.ClientSecretPost(clientSecret),
      {
        timeout: timeoutSeconds,
        // settings allow plain HTTP on this machine only
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- how the library marks what is only for trials
        execute: issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [],
      },
    );
    client.enableNonRepudiationChecks(found); // without it, signatures are not looked at
    return found;
  }

  return {
    async begin(returnTo) {
      const verifier = client.randomPKCECodeVerifier();
      const flow = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        ...{ verifier, returnTo },
      };
      const url = client.buildAuthorizationUrl(await configuration(), {
        redirect_uri: origin + callbackPath,
        scope: 'openid email profile',
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        prompt: 'select_account',
      });
      return { url, flow };
    },

    async end(search, { state, nonce, verifier }) {
      const config = await configuration();
      const tokens = await client
        .authorizationCodeGrant(config, new URL(callbackPath + search, origin), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        .catch((error: unknown) => {
          throw refusalIn(error);
        });
      const claims = Claims.safeParse(tokens.claims());
      if (!claims.success) {
        throw new SignInRefused('invalid', 'The token lacks an address', null, claims.error);
      }
      const { sub, email, email_verified: isVerified, name, hd } = claims.data;
      if (!isVerified) {
        throw new SignInRefused('not-verified', `Google has not verified ${email}`, email);
      }
      return { sub, email, name, domain: hd ?? null };
    },
  };
}

function refusalIn(error: unknown): SignInRefused {
  if (error instanceof client.AuthorizationResponseError && error.error === 'access_denied') {
    return new SignInRefused('denied', 'The person said no', null, error);
  }
  const isAway =
    error instanceof TypeError ||
    (error instanceof Error && 'code' in error && error.code === 'OAUTH_TIMEOUT');
  if (isAway) return new SignInRefused('unreachable', 'Google gave no answer', null, error);
  const detail = error instanceof Error ? error.message : String(error);
  return new SignInRefused(
    'invalid',
    `What came back is not to be trusted: ${detail}`,
    null,
    error,
  );
}

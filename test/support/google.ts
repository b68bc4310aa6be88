import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider, { interactionPolicy } from 'oidc-provider';
import { z } from 'zod';
import type { SignInSettings } from '../../src/platform/sign-in-settings.ts';

/** Somebody who has an account there. */
export interface GoogleAccount {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
  /** The organisation it belongs to. */
  readonly hd?: string;
}

/** A certified OpenID Connect provider on this machine that people sign in with as with Google. */
export interface Google {
  readonly settings: (origin: string) => SignInSettings;
  /** Changes claims of the tokens that are given out from now on, signed anew. */
  forge(claims?: Readonly<Record<string, unknown>>, key?: 'own' | 'foreign'): void;
  close(): Promise<void>;
}

const client = { id: 'dashboard', secret: 'a secret of the test' };
const keys = () => generateKeyPairSync('rsa', { modulusLength: 2_048 });
const kid = 'first';

/** @param accounts whom its page lets choose; @param allowed who may come in. */
export async function startGoogle(
  accounts: readonly GoogleAccount[],
  allowed: SignInSettings['allowed'],
): Promise<Google> {
  const own = keys();
  const foreign = keys();
  let forged: { claims: Readonly<Record<string, unknown>>; key: KeyObject } | undefined;
  let provider: Provider | undefined;
  const server = createServer((request, response) => void provider?.callback()(request, response));
  const url = await listening(server);

  function start(redirect: string) {
    provider = new Provider(url, {
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          redirect_uris: [redirect],
          token_endpoint_auth_method: 'client_secret_post',
        },
      ],
      jwks: {
        keys: [{ ...own.privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }],
      },
      cookies: { keys: ['cookies of the test'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'hd'] },
      conformIdTokenClaims: false,
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, { uid }) => `/choose/${uid}`, policy: choosing() },
      pkce: { required: () => true },
      ttl: { AccessToken: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
      findAccount(_context, sub) {
        const account = accounts.find((each) => each.sub === sub);
        return account && { accountId: sub, claims: () => ({ ...account }) };
      },
      async loadExistingGrant({ oidc }) {
        const grant = new oidc.provider.Grant({
          clientId: client.id,
          accountId: oidc.session?.accountId ?? '',
        });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
    });
    const at = provider;
    at.use(async (context, next) => {
      const isChoice = context.path.startsWith('/choose/');
      if (isChoice && context.method === 'GET') {
        context.body = page(accounts, context.path);
      } else if (isChoice) {
        const chosen = new URLSearchParams(await text(context.req)).get('account');
        context.respond = false;
        const result = chosen
          ? { select_account: {}, login: { accountId: chosen } }
          : { error: 'access_denied', error_description: 'said no' };
        await at.interactionFinished(context.req, context.res, result);
      } else await next();
      const body = Answer.safeParse(context.body);
      if (forged && context.path === '/token' && body.success) {
        context.body = { ...body.data, id_token: signed(body.data.id_token, forged) };
      }
    });
  }

  return {
    settings(origin) {
      start(`${origin}/sign-in/callback`);
      const { id: clientId, secret: clientSecret } = client;
      return { clientId, clientSecret, issuer: new URL(url), origin, allowed };
    },
    forge(claims, key = 'own') {
      const { privateKey } = key === 'own' ? own : foreign;
      forged = claims && { claims, key: privateKey };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const Answer = z.looseObject({ id_token: z.string() });

/** As Google does when it is asked to, it lets people choose an account each time. */
function choosing() {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  return policy;
}

const page = (accounts: readonly GoogleAccount[], path: string): string =>
  `<!doctype html><title>Choose an account</title><form method="post" action="${path}">${accounts
    .map(({ sub, email }) => `<button name="account" value="${sub}">${email}</button>`)
    .join('')}<button name="cancel">Cancel</button></form>`;

/** The same token with other claims. */
function signed(
  token: string,
  { claims, key }: { claims: Readonly<Record<string, unknown>>; key: KeyObject },
): string {
  const [, payload = ''] = token.split('.');
  const was = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${part({ alg: 'RS256', typ: 'JWT', kid })}.${part({ ...was, ...claims })}`;
  return `${content}.${createSign('RSA-SHA256').update(content).sign(key, 'base64url')}`;
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
}

import { existsSync, readFileSync } from 'node:fs';
import { ApplicationFailure } from '@temporalio/common';
import type { JWT, OAuth2Client } from 'google-auth-library';
import { z } from 'zod';
import { FailureType } from '../../contracts/failures.ts';
import type { Account } from '../../platform/config.ts';

/** How a login gets at its tokens. */
interface Login {
  /** The address to share spreadsheets with; null for a person's own login. */
  readonly email: string | null;
  /** A token that is good for now; asked for once an hour. @throws {TokenRefused} */
  token(): Promise<string>;
}

/** The logins of this process; credentials are read and tokens kept once for each. */
export interface Logins {
  /** @throws `CredentialRejected` (not retried) for credentials that can't be used, with what to do. */
  of(account: Account): Promise<Login>;
  /** Asks for a new token next time: the vendor no longer takes this one. @returns whether there can be another. */
  forget(account: Account): boolean;
}

/** What the token endpoint said. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

const ServiceAccount = z.object({
  type: z.literal('service_account'),
  client_email: z.email(),
  private_key: z.string().includes('PRIVATE KEY'),
});
const AuthorizedUser = z.object({
  type: z.literal('authorized_user'),
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  refresh_token: z.string().min(1),
});
const Credentials = z.discriminatedUnion('type', [ServiceAccount, AuthorizedUser]);
type Credentials = z.infer<typeof Credentials>;

const scopes = ['https://www.googleapis.com/auth/spreadsheets'];
const googleHost = 'googleapis.com';
const howToMend =
  'create a key of a service account (or an authorized user with a refresh token) in the Google Cloud console, enable the Google Sheets API there, and set GOOGLE_SHEETS_CREDENTIALS to its JSON or to a file with it';

/** Makes the logins of this process. */
export function createLogins(): Logins {
  const known = new Map<string, Promise<Login>>();
  const keyOf = ({ name, apiKey }: Account): string => `${name} ${apiKey}`;
  return {
    of(account) {
      const login = known.get(keyOf(account)) ?? open(account);
      known.set(keyOf(account), login);
      login.catch(() => known.delete(keyOf(account))); // a file may be mended
      return login;
    },
    forget(account) {
      known.delete(keyOf(account));
      return !account.isStandIn;
    },
  };
}

async function open(account: Account): Promise<Login> {
  if (account.isStandIn) {
    const email = `robot@${account.name}.iam.gserviceaccount.com`;
    return { email, token: () => Promise.resolve(account.apiKey) };
  }
  const credentials = credentialsOf(account);
  const google = await import('google-auth-library');
  const transporter = new google.gaxios.Gaxios({ fetchImplementation: fetch });
  transporter.interceptors.request.add({
    /** Tokens come from where the API is; and tries are ours to count, so the client makes one. */
    resolved(config) {
      config.retry = false;
      delete config.retryConfig;
      const base = new URL(account.baseUrl);
      if (!base.hostname.endsWith(googleHost)) config.url = new URL('/token', base);
      return Promise.resolve(config);
    },
  });
  const auth: JWT | OAuth2Client =
    credentials.type === 'service_account'
      ? new google.JWT({
          email: credentials.client_email,
          key: credentials.private_key,
          scopes,
          transporter,
        })
      : new google.OAuth2Client({
          clientId: credentials.client_id,
          clientSecret: credentials.client_secret,
          transporter,
        });
  if (credentials.type === 'authorized_user') {
    auth.setCredentials({ refresh_token: credentials.refresh_token });
  }
  return {
    email: credentials.type === 'service_account' ? credentials.client_email : null,
    async token() {
      try {
        const { token } = await auth.getAccessToken();
        if (token) return token;
      } catch (error) {
        throw new TokenRefused('Google gave no token', { cause: error });
      }
      throw new TokenRefused('Google gave no token');
    },
  };
}

/** @throws `CredentialRejected` (not retried), without a word of what they hold. */
function credentialsOf({ name, apiKey }: Account): Credentials {
  const refuse = (why: string): ApplicationFailure =>
    ApplicationFailure.nonRetryable(
      `The Google credentials of account “${name}” can’t be used: ${why}. To mend it: ${howToMend}`,
      FailureType.CredentialRejected,
    );
  const isJson = apiKey.trimStart().startsWith('{');
  if (!isJson && !existsSync(apiKey))
    throw refuse('they are neither JSON nor a file that is there');
  const parsed = Credentials.safeParse(jsonOf(isJson ? apiKey : textOf(apiKey)));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole').join(', ');
  throw refuse(
    `expected the JSON of a service_account or an authorized_user, and this is wrong or missing: ${fields}`,
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

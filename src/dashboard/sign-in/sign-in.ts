import type { Client } from '@temporalio/client';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { SessionView, SignInQuery, SignOut } from '../../contracts/sign-in.ts';
import { createApiTokens } from '../../platform/api-tokens.ts';
import { createAuditLog } from '../../platform/audit.ts';
import type { Database } from '../../platform/database.ts';
import { AddressTaken, createPeople, type Account, type People } from '../../platform/people.ts';
import { createSessions, type Sessions } from '../../platform/sessions.ts';
import type { SignInSettings } from '../../platform/sign-in-settings.ts';
import type { Health } from '../health.ts';
import { HttpError } from '../http-error.ts';
import type { Call, Routes } from '../routes.ts';
import type { Who } from '../who.ts';
import { createAccess, type Access } from './access.ts';
import { callbackPath, createGoogle, SignInRefused } from './google.ts';
import { peopleRoutes } from './people.ts';
import { newSession, savedSession, sessionCookies } from './session-store.ts';
import { tokenRoutes } from './tokens.ts';

interface AddSignInDeps {
  readonly client: Client;
  readonly database: Database;
  readonly health: Health;
  readonly logger: Pick<Logger, 'warn'>;
  /** Who sits before the pages where nobody has to sign in. */
  readonly user: string;
  readonly signIn?: SignInSettings | undefined;
}

/** Sign-in with its routes, what decides who may do what, and what reads cookies before that. */
export function addSignIn(
  routes: Routes,
  { client, database, health, logger, user, signIn: settings }: AddSignInDeps,
): { readonly access: Access; readonly cookies: RequestHandler | undefined } {
  const allowed = settings?.allowed ?? [];
  const people = createPeople(database, allowed);
  const sessions = createSessions(database);
  const tokens = createApiTokens(database);
  const { identity } = client.options;
  const local: Who | undefined = settings
    ? undefined
    : {
        ...{ name: user, identity, from: 'dashboard', role: 'admin' },
        isStill: () => Promise.resolve(true),
      };
  const access = createAccess({ health, tokens, people, sessions, local });
  signInRoutes(routes, { database, health, access, people, sessions, logger, settings, local });
  peopleRoutes(routes, { health, people, sessions, allowed });
  tokenRoutes(routes, { health, tokens });
  return { access, cookies: settings && sessionCookies(settings, sessions, health) };
}

interface SignInDeps {
  readonly database: Database;
  readonly health: Health;
  readonly access: Access;
  readonly people: People;
  readonly sessions: Sessions;
  readonly logger: Pick<Logger, 'warn'>;
  /** `undefined` where nobody has to sign in. */
  readonly settings: SignInSettings | undefined;
  /** Who acts there. */
  readonly local: Who | undefined;
}

/** Signing in with Google, who has, and signing out. */
function signInRoutes(routes: Routes, deps: SignInDeps): void {
  const { health, people, sessions, settings, local } = deps;

  routes.get(
    '/api/session',
    { does: 'Say who has signed in', role: 'anyone', answer: SessionView },
    async ({ request }) => {
      if (!settings) {
        const who = local && { name: local.name, role: local.role };
        return { signIn: 'off' as const, who: who ?? null, csrf: null, refusal: null };
      }
      const { person, refusal = null } = request.session;
      const known = person && (await health.during(people.find(person.id)));
      const who = known?.role ? { name: known.email, role: known.role } : null;
      return { signIn: 'google' as const, who, csrf: (who && person?.csrf) ?? null, refusal };
    },
  );

  routes.post(
    '/api/session/sign-out',
    { does: 'Sign out, here or everywhere', role: 'viewer', body: SignOut },
    async ({ body: { everywhere }, request, who, note }) => {
      if (!settings) throw new HttpError(409, 'sign-in-off', 'Nobody has to sign in here');
      const { person } = request.session;
      if (!person) throw new HttpError(409, 'no-session', 'Only a person can sign out');
      await health.during(sessions.revoke(person.id, everywhere ? undefined : person.family));
      await newSession(request);
      await note({
        action: 'session.sign-out',
        target: who.name,
        reason: '',
        detail: { everywhere },
      });
    },
  );

  if (settings) googleRoutes(routes, settings, deps);
}

function googleRoutes(routes: Routes, settings: SignInSettings, deps: SignInDeps): void {
  const { database, health, access, people } = deps;
  const google = createGoogle(settings);
  const audit = createAuditLog(database);
  const page = { role: 'anyone', file: 'text/html' } as const;

  routes.get(
    '/sign-in/google',
    { does: 'Go to Google to sign in', ...page, query: SignInQuery },
    (call) =>
      orBack(call, async ({ request, response }) => {
        await access.limit(request);
        const returnTo = localPath(call.query['return-to'], settings.origin);
        const { url, flow } = await google.begin(returnTo);
        request.session.flow = flow;
        delete request.session.refusal;
        await savedSession(request);
        response.redirect(303, url.href);
      }),
  );

  routes.get(callbackPath, { does: 'Come back from Google', ...page }, (call) =>
    orBack(call, async ({ request, response }) => {
      const { flow } = request.session;
      if (!flow) throw new SignInRefused('expired', 'No sign-in is under way in this browser');
      delete request.session.flow; // a second use finds nothing
      await savedSession(request);
      const { search } = new URL(request.originalUrl, settings.origin);
      const { id, email } = await admitted(await google.end(search, flow));
      await access.signIn(request, id);
      const entry = { action: 'session.sign-in', target: email, reason: '' };
      const detail = { address: request.ip ?? '' };
      const by = `dashboard:${email}`;
      await health.during(audit.note({ ...entry, by, from: 'dashboard', detail }));
      response.redirect(303, flow.returnTo);
    }),
  );

  /** Who may come in. @throws {SignInRefused} */
  async function admitted(account: Account) {
    const { email } = account;
    if ((await health.during(people.roleFor(account))) === null) {
      throw new SignInRefused('not-on-list', `${email} is not on the list`, email);
    }
    return health.during(people.signIn(account)).catch((error: unknown) => {
      if (!(error instanceof AddressTaken)) throw error;
      throw new SignInRefused('other-account', error.message, email, error);
    });
  }

  /** What goes wrong leads to the page of sign-in, which says what it was. */
  async function orBack(call: Call, act: (call: Call) => Promise<void>): Promise<void> {
    const { request, response } = call;
    try {
      await act(call).catch(async (error: unknown) => {
        if (!(error instanceof SignInRefused)) throw error;
        const { code, email, message, cause } = error;
        const address = request.ip;
        deps.logger.warn({ code, email, address, err: cause }, `Sign-in refused: ${message}`);
        await access.limit(request);
        request.session.refusal = { code, email };
        await savedSession(request);
        response.redirect(303, '/sign-in');
      });
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 429) throw error;
      response.redirect(303, '/sign-in?refused=too-many');
    }
  }
}

/** An address of this dashboard, whatever was asked for: `//example.com` leads elsewhere. */
function localPath(asked: string, origin: string): string {
  const url = URL.canParse(asked, origin) ? new URL(asked, origin) : undefined;
  return url?.origin === origin && asked.startsWith('/')
    ? url.pathname + url.search + url.hash
    : '/';
}

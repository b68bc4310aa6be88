import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Role } from '../../contracts/sign-in.ts';
import type { ApiTokens } from '../../platform/api-tokens.ts';
import type { People } from '../../platform/people.ts';
import type { Sessions } from '../../platform/sessions.ts';
import { isEnough } from '../../rules/roles.ts';
import type { Health } from '../health.ts';
import { HttpError } from '../http-error.ts';
import type { Route } from '../routes.ts';
import type { Who } from '../who.ts';
import { newSession, savedSession } from './session-store.ts';

/** Who a request comes from, and what they may. */
export interface Access {
  /** @throws {HttpError} 401 without sign-in, 403 without the role or the proof that our own page asks. */
  readonly whoMay: (route: Route, request: Request) => Promise<Who>;
  /** Signs a person in on this browser, under a new id. */
  signIn(request: Request, person: number): Promise<void>;
  /** Counts a try that may be a guess. @throws {HttpError} 429 after too many from one address. */
  limit(request: Request): Promise<void>;
}

interface AccessDeps {
  readonly health: Health;
  readonly tokens: ApiTokens;
  readonly people: People;
  readonly sessions: Sessions;
  /** Who acts where nobody has to sign in; `undefined` where one has to. */
  readonly local: Who | undefined;
}

const hourMs = 3_600_000;
const signedInForMs = 7 * 24 * hourMs;
const mostTries = { points: 60, duration: 600 };
const nobody: Who = {
  ...{ name: 'nobody', identity: 'dashboard:nobody', from: 'dashboard', role: 'viewer' },
  isStill: () => Promise.resolve(true),
};

/** @param deps where people, their browsers and tokens are looked up, with each request anew. */
export function createAccess({ health, tokens, people, sessions, local }: AccessDeps): Access {
  const tries = new RateLimiterMemory(mostTries);

  async function limit({ ip = '' }: Request): Promise<void> {
    try {
      await tries.consume(ip);
    } catch (error) {
      if (error instanceof Error) throw error;
      const message = 'Too many tries from this address: wait ten minutes';
      throw new HttpError(429, 'too-many-tries', message);
    }
  }

  async function byToken(request: Request, header: string): Promise<Who> {
    const secret = /^Bearer (agentic_[\w-]{43})$/.exec(header)?.[1];
    const token = secret === undefined ? undefined : await health.during(tokens.find(secret));
    if (secret === undefined || !token) {
      await limit(request);
      const message = 'The token is unknown, expired or revoked: make one in Settings, Tokens';
      throw new HttpError(401, 'invalid-token', message);
    }
    return {
      name: `token ${token.name}`,
      identity: `token:${token.name}`,
      from: 'token',
      role: token.role,
      isStill: async () => (await health.during(tokens.find(secret))) !== undefined,
    };
  }

  async function bySession(request: Request): Promise<Who> {
    const { person } = request.session;
    if (!person) throw new HttpError(401, 'sign-in-required', 'Sign in first');
    const known = await health.during(people.find(person.id));
    if (!known?.role) {
      const message = `${known?.email ?? 'This address'} is not on the list. Ask an admin to add you`;
      throw new HttpError(401, 'not-on-list', message);
    }
    if (Date.now() - person.rotatedAt > hourMs) await rotate(request, person);
    const { email, role } = known;
    return {
      ...{ name: email, identity: `dashboard:${email}`, from: 'dashboard', role },
      isStill: async () =>
        (await health.during(sessions.isAlive(person.family))) &&
        (await health.during(people.find(person.id)))?.role === role,
    };
  }

  /** Gives the session another id now and then, so that one that leaked is soon worth nothing. */
  async function rotate(
    request: Request,
    person: NonNullable<Request['session']['person']>,
  ): Promise<void> {
    if (!(await health.during(sessions.replace(request.sessionID)))) return; // another request does it
    await begin(request, { ...person, rotatedAt: Date.now() });
  }

  async function begin(
    request: Request,
    person: NonNullable<Request['session']['person']>,
  ): Promise<void> {
    await newSession(request);
    request.session.person = person;
    request.session.address = request.ip ?? '';
    request.session.browser = request.get('user-agent') ?? '';
    await savedSession(request);
  }

  return {
    limit,

    async whoMay({ role, method }, request) {
      if (role === 'anyone') return nobody;
      const { authorization } = request.headers;
      if (authorization !== undefined) return enough(await byToken(request, authorization), role);
      if (local) return local;
      const who = enough(await bySession(request), role);
      if (method !== 'get') refuseWithoutProof(request);
      return who;
    },

    async signIn(request, id) {
      const now = Date.now();
      const secret = randomBytes(32).toString('base64url');
      const person = { id, family: randomUUID(), csrf: secret, rotatedAt: now };
      await begin(request, { ...person, endsAt: now + signedInForMs });
    },
  };
}

function enough(who: Who, least: Role): Who {
  if (isEnough(who.role, least)) return who;
  throw new HttpError(403, 'role-needed', `Needs the role ${least}. ${who.name} is ${who.role}`);
}

/** A foreign page can make a browser send its cookie, but can't read what our own pages read. */
function refuseWithoutProof(request: Request): void {
  const given = Buffer.from(request.get('x-csrf-token') ?? '');
  const own = Buffer.from(request.session.person?.csrf ?? '');
  if (own.length > 0 && given.length === own.length && timingSafeEqual(given, own)) return;
  const message =
    'A change needs the header x-csrf-token as /api/session tells it: reload the page';
  throw new HttpError(403, 'missing-proof', message);
}

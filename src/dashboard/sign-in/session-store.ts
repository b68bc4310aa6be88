import { createHmac } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import type { Refusal } from '../../contracts/sign-in.ts';
import type { Sessions } from '../../platform/sessions.ts';
import type { SignInSettings } from '../../platform/sign-in-settings.ts';
import type { Health } from '../health.ts';
import type { Flow } from './google.ts';

declare module 'express-session' {
  interface SessionData {
    /** Who has signed in. */
    person?: {
      readonly id: number;
      /** The same for all ids of this sign-in. */
      readonly family: string;
      /** Changes carry it. */
      readonly csrf: string;
      readonly rotatedAt: number;
      readonly endsAt: number;
    };
    /** A sign-in under way. */
    flow?: Flow;
    /** How the last one ended. */
    refusal?: { readonly code: Refusal; readonly email: string | null };
    address?: string;
    browser?: string;
  }
}

const signInTakesMs = 15 * 60_000;

/** Cookies with a random id, and everything else in Postgres. */
export function sessionCookies(
  { clientSecret, origin }: SignInSettings,
  sessions: Sessions,
  health: Health,
): RequestHandler {
  const isSecure = origin.startsWith('https:');
  const handler = session({
    name: cookieName(origin),
    // ids can't be guessed, so that signing them protects nothing more; the library wants it
    secret: createHmac('sha256', clientSecret).update('session ids').digest('hex'),
    store: new PostgresStore(sessions, health),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, secure: isSecure, sameSite: 'lax', path: '/' },
  });
  return (request, response, next) => {
    // browsers open our address by https: what ends that before us need not say so in each request
    if (isSecure) Object.defineProperty(request, 'secure', { value: true });
    handler(request, response, next);
  };
}

/** Browsers send a cookie of the first name only to the very host that set it, and only by https. */
const cookieName = (origin: string): string =>
  origin.startsWith('https:') ? '__Host-agentic' : 'agentic';

/** Gives a session another id; what it knows is forgotten. */
export const newSession = (request: Request): Promise<void> =>
  new Promise((resolve, reject) => {
    request.session.regenerate((error?: Error | null) => (error ? reject(error) : resolve()));
  });

/** Stores a session now, not at the end of the answer, which a stream may never reach. */
export const savedSession = (request: Request): Promise<void> =>
  new Promise((resolve, reject) => {
    request.session.save((error?: Error | null) => (error ? reject(error) : resolve()));
  });

const isSessionData = (data: unknown): data is session.SessionData =>
  typeof data === 'object' && data !== null && 'cookie' in data;

type Done = (error?: unknown) => void;

class PostgresStore extends session.Store {
  readonly #sessions: Sessions;
  readonly #health: Health;

  constructor(sessions: Sessions, health: Health) {
    super();
    this.#sessions = sessions;
    this.#health = health;
  }

  override get(
    id: string,
    done: (error: unknown, data?: session.SessionData | null) => void,
  ): void {
    this.#health
      .during(this.#sessions.read(id))
      .then((data) => done(null, isSessionData(data) ? data : null), done);
  }

  override set(id: string, data: session.SessionData, done: Done = () => undefined): void {
    const { person, address = '', browser = '' } = data;
    const row = {
      data: JSON.stringify(data),
      person: person?.id ?? null,
      family: person?.family ?? null,
      endsAt: new Date(person?.endsAt ?? Date.now() + signInTakesMs),
      ...{ address, browser },
    };
    this.#run(this.#sessions.write(id, row), done);
  }

  override destroy(id: string, done: Done = () => undefined): void {
    this.#run(this.#sessions.end(id), done);
  }

  override touch(id: string, _data: session.SessionData, done: Done = () => undefined): void {
    this.#run(this.#sessions.touch(id), done);
  }

  #run(work: Promise<void>, done: Done): void {
    this.#health.during(work).then(() => done(), done);
  }
}

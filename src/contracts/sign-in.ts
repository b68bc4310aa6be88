/** Who may use the dashboard and its HTTP API: roles, people, sessions and tokens as they cross the wire. */
import { z } from 'zod';

/** What somebody may do, each role all that the one before it may: look, work, and decide who else may. */
export const Role = z.enum(['viewer', 'operator', 'admin']);
export type Role = z.infer<typeof Role>;

const Time = z.iso.datetime();
const reason = z.string().trim().min(1, 'expected a reason, for those who look later').max(500);

/** Why a sign-in was refused. */
export const Refusal = z.enum([
  'denied',
  'expired',
  'invalid',
  'not-verified',
  'not-on-list',
  'other-account',
  'unreachable',
]);
export type Refusal = z.infer<typeof Refusal>;

/** `GET /api/session`: whether one has to sign in here, and who has. */
export const SessionView = z.object({
  /** `off`: everybody on this machine is an admin. */
  signIn: z.enum(['off', 'google']),
  who: z.object({ name: z.string(), role: Role }).nullable(),
  /** Every change by a session carries it in the header `x-csrf-token`. */
  csrf: z.string().nullable(),
  /** How the last try to sign in ended, and as whom. */
  refusal: z.object({ code: Refusal, email: z.string().nullable() }).nullable(),
});
export type SessionView = z.infer<typeof SessionView>;

/** Query of `GET /sign-in/google`. */
export const SignInQuery = z.object({
  /** Where to go afterwards: an address of this dashboard without its origin. */
  'return-to': z.string().max(2_000).default('/'),
});

/** Body of `POST /api/session/sign-out`. */
export const SignOut = z.strictObject({
  /** Ends all sessions of the person, not only this one. */
  everywhere: z.boolean().default(false),
});

/** One browser in which somebody has signed in. */
export const BrowserSession = z.object({
  id: z.string(),
  since: Time,
  seenAt: Time,
  /** Where it came from, and what it says it is. */
  address: z.string(),
  browser: z.string(),
  isYours: z.boolean(),
});
export type BrowserSession = z.infer<typeof BrowserSession>;

/** Somebody who has signed in, or was let in by an admin. */
export const Person = z.object({
  id: z.int(),
  email: z.string(),
  name: z.string(),
  /** Null: may not sign in. */
  role: Role.nullable(),
  /** What the role comes from: an address or domain in the settings, or this list. */
  by: z.enum(['settings', 'domain', 'list', 'nobody']),
  addedBy: z.string(),
  addedAt: Time,
  signedInAt: Time.nullable(),
  sessions: z.array(BrowserSession),
});
export type Person = z.infer<typeof Person>;

/** An address or a domain that settings let in. */
export const Allowed = z.object({ who: z.string(), role: Role });
export type Allowed = z.infer<typeof Allowed>;

/** `GET /api/people`: by address. */
export const PeopleList = z.object({
  people: z.array(Person),
  /** What `SIGN_IN_ALLOW` says. */
  allowed: z.array(Allowed),
});
export type PeopleList = z.infer<typeof PeopleList>;

/** Body of `POST /api/people`: lets somebody in, changes their role, or keeps them out. */
export const PersonChange = z.strictObject({
  email: z.email('expected an e-mail address').max(254).toLowerCase(),
  role: z.enum([...Role.options, 'none']),
  reason,
});
export type PersonChange = z.infer<typeof PersonChange>;

/** Body of `DELETE /api/people/:id`. */
export const PersonRemoval = z.strictObject({ reason });

/** Body of `POST /api/people/:id/sign-out`. */
export const PersonSignOut = z.strictObject({
  /** Only this session; all of the person's when left out. */
  session: z.string().max(80).optional(),
  reason,
});

/** A program's way in. Its secret is told once. */
export const ApiToken = z.object({
  id: z.int(),
  name: z.string(),
  role: Role,
  createdBy: z.string(),
  createdAt: Time,
  expiresAt: Time,
  lastUsedAt: Time.nullable(),
  revokedAt: Time.nullable(),
});
export type ApiToken = z.infer<typeof ApiToken>;

/** `GET /api/tokens`: newest first. */
export const TokenList = z.object({ tokens: z.array(ApiToken) });

/** Body of `POST /api/tokens`. */
export const NewToken = z.strictObject({
  name: z
    .string()
    .trim()
    .regex(/^[\w. -]{1,60}$/, 'expected 1 to 60 letters, digits, spaces or ._-'),
  role: Role,
  /** Days until it expires. */
  days: z.int().min(1).max(365).default(90),
  reason,
});
export type NewToken = z.infer<typeof NewToken>;

/** Its answer; `secret` is shown this once. */
export const CreatedToken = ApiToken.extend({ secret: z.string() });
export type CreatedToken = z.infer<typeof CreatedToken>;

/** Body of `DELETE /api/tokens/:id`. */
export const TokenRemoval = z.strictObject({ reason });

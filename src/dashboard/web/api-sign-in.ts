/** Who has signed in, people and tokens, as the browser reads and changes them. */
import { z } from 'zod';
import {
  CreatedToken,
  PeopleList,
  SessionView,
  TokenList,
  type NewToken,
  type PersonChange,
} from '../../contracts/sign-in.ts';
import { post, remove, resource, type Resource } from './api.ts';
import { rememberProof } from './proof.ts';

const everyMs = 10_000;
const session = resource('/api/session', SessionView);

/** Who has signed in here; reading it also tells this page how to prove its changes. */
export const sessionResource: Resource<SessionView> = {
  ...session,
  everyMs: 60_000,
  async read(signal) {
    const view = await session.read(signal);
    rememberProof(view.csrf);
    return view;
  },
};

/** Everybody who has signed in or may, for admins. */
export const peopleResource: Resource<PeopleList> = {
  ...resource('/api/people', PeopleList),
  everyMs,
};

/** All tokens, for admins. */
export const tokensResource: Resource<z.infer<typeof TokenList>> = {
  ...resource('/api/tokens', TokenList),
  everyMs,
};

/** Where the browser goes to sign in. */
export const signInAddress = (returnTo: string): string =>
  `/sign-in/google?${new URLSearchParams({ 'return-to': returnTo }).toString()}`;

/** Ends the session of this browser, or all of this person. */
export const signOut = (everywhere: boolean): Promise<unknown> =>
  post('/api/session/sign-out', { everywhere }, z.unknown());

/** Lets somebody in, changes their role, or keeps them out. */
export const setPerson = (change: PersonChange): Promise<unknown> =>
  post('/api/people', change, z.unknown());

/** Forgets somebody and ends their sessions. */
export const removePerson = (id: number, reason: string): Promise<unknown> =>
  remove(`/api/people/${id}`, { reason });

/** Ends one session of somebody, or all. */
export const signOutPerson = (
  id: number,
  session: string | undefined,
  reason: string,
): Promise<unknown> => post(`/api/people/${id}/sign-out`, { session, reason }, z.unknown());

/** Makes a token; its secret is in this answer and nowhere else. */
export const createToken = (wish: NewToken): Promise<CreatedToken> =>
  post('/api/tokens', wish, CreatedToken);

/** Ends a token at once. */
export const revokeToken = (id: number, reason: string): Promise<unknown> =>
  remove(`/api/tokens/${id}`, { reason });

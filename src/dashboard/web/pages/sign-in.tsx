import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { SessionView } from '../../../contracts/sign-in.ts';
import { sessionResource, signInAddress } from '../api-sign-in.ts';
import { useResource } from '../live.ts';
import { Icon } from '../parts/icon.tsx';
import { useTitle } from '../parts/title.ts';
import { View } from '../parts/view.tsx';

const route = getRouteApi('/sign-in');

/** The way in: one button, and why the last try was refused. */
export const SignInPage = (): ReactNode => {
  useTitle('Sign in');
  const query = useResource(sessionResource);
  return (
    <main className="sign-in">
      <div className="card">
        <h1 className="brand">
          <span className="mark">
            <Icon name="mark" size="m" />
          </span>
          Agentic OS
        </h1>
        <View query={query} what="Who has signed in" rows={2}>
          {(session) => <Way session={session} />}
        </View>
      </div>
    </main>
  );
};

const Way = ({ session: { signIn, who, refusal } }: { session: SessionView }) => {
  const { refused, 'return-to': returnTo = '/' } = route.useSearch();
  if (signIn === 'off' || who) {
    return (
      <>
        <p className="t2">
          {signIn === 'off'
            ? 'Nobody has to sign in here: everybody on this machine is an admin.'
            : `You have signed in as ${who?.name ?? ''}.`}
        </p>
        <a className="btn p" href="/">
          Go to the overview
        </a>
      </>
    );
  }
  const trouble = refused === 'too-many' ? tooMany : refusal && wordsFor(refusal);
  return (
    <>
      {trouble && (
        <p className="failed row wrap" role="alert">
          <Icon name="warning" /> {trouble}
        </p>
      )}
      <a className="btn p" href={signInAddress(returnTo)}>
        Sign in with Google
      </a>
      <p className="t3 s12">Only people on the list of this installation get in.</p>
    </>
  );
};

const tooMany = 'Too many tries from your address. Wait ten minutes, then try again.';

function wordsFor({ code, email }: NonNullable<SessionView['refusal']>): string {
  const who = email ?? 'This account';
  switch (code) {
    case 'denied':
      return 'Google says that you did not want to sign in. Nothing was changed.';
    case 'expired':
      return 'The sign-in took too long, or began in another browser. Begin again.';
    case 'invalid':
      return 'What came back from Google could not be trusted, so nobody was signed in. Begin again; if it stays so, ask an admin to look at the log.';
    case 'not-verified':
      return `Google has not verified that ${who} is yours. Verify it with Google, then sign in.`;
    case 'not-on-list':
      return `${who} is not on the list. Ask an admin to add you.`;
    case 'other-account':
      return `${who} belonged to another Google account. Ask an admin to remove that one first.`;
    case 'unreachable':
      return 'Google could not be reached from here. Try again in a minute.';
  }
}

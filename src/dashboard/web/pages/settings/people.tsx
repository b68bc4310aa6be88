import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { Allowed, PeopleList, Person, SessionView } from '../../../../contracts/sign-in.ts';
import { peopleResource, removePerson, sessionResource, signOutPerson } from '../../api-sign-in.ts';
import { useResource } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Ago } from '../../parts/ago.tsx';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { useTitle } from '../../parts/title.ts';
import { Empty, View } from '../../parts/view.tsx';
import { PersonDialog } from './person-dialog.tsx';
import { SettingsHead } from './settings-head.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** Who may sign in, as what, and where they have. */
export const PeoplePage = (): ReactNode => {
  useTitle('People', 'Settings');
  const [changed, setChanged] = useState<Partial<Person>>();
  const session = useResource(sessionResource).data;
  const query = useResource(peopleResource);
  return (
    <>
      <SettingsHead about="Who may sign in, as what, and where they have.">
        <ActButton needs="admin" className="btn" onClick={() => setChanged({})}>
          <Icon name="plus" size="m" />
          Let somebody in…
        </ActButton>
      </SettingsHead>
      {session?.signIn === 'off' && <SignInIsOff />}
      <View query={query} what="The list of people">
        {(list) => <Content list={list} session={session} change={setChanged} />}
      </View>
      <PersonDialog person={changed} onClose={() => setChanged(undefined)} />
    </>
  );
};

const SignInIsOff = () => (
  <div className="why">
    <Icon name="warning" />
    <p>
      <b>Sign-in is not set up.</b> Everybody on this machine is an admin, and nobody else reaches
      the dashboard. Set <code>GOOGLE_CLIENT_ID</code>, <code>GOOGLE_CLIENT_SECRET</code> and{' '}
      <code>SIGN_IN_ALLOW</code> to change that; docs/sign-in.md says how.
    </p>
  </div>
);

const Content = ({
  list: { people, allowed },
  session,
  change,
}: {
  list: PeopleList;
  session: SessionView | undefined;
  change: (person: Person) => void;
}) => {
  const client = useQueryClient();
  const [act, setAct] = useState<Act>();
  const done = async (work: Promise<unknown>) => {
    await work;
    await client.invalidateQueries();
  };
  const removal = ({ id, email, sessions }: Person): Act => ({
    title: `Remove ${email}?`,
    consequence: `${counted(sessions.length, 'session')} will end. Whoever settings let in may sign in again; “may not sign in” keeps them out.`,
    verb: 'Remove',
    isDangerous: true,
    isReasonNeeded: true,
    run: (reason) => done(removePerson(id, reason)),
  });
  const signOut = ({ id, email, sessions }: Person): Act => ({
    title: `Sign ${email} out?`,
    consequence: `${counted(sessions.length, 'session')} will end at once. They may sign in again.`,
    verb: 'Sign out',
    isReasonNeeded: true,
    run: (reason) => done(signOutPerson(id, undefined, reason)),
  });
  const ending = ({ id, email }: Person, session: string): Act => ({
    title: `End this session of ${email}?`,
    consequence: 'That browser is signed out at once. They may sign in again.',
    verb: 'End it',
    isReasonNeeded: true,
    run: (reason) => done(signOutPerson(id, session, reason)),
  });
  return (
    <>
      {people.length === 0 ? (
        <div className="card">
          <Empty>
            <p>Nobody has signed in yet, and nobody was let in here.</p>
          </Empty>
        </div>
      ) : (
        <Card title="People" tag={people.length} line>
          <table className="cards">
            <thead>
              <tr>
                <th scope="col">Address</th>
                <th scope="col">Role</th>
                <th scope="col">Because of</th>
                <th scope="col">Signed in</th>
                <th scope="col" className="r">
                  <span className="hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {people.map((person) => (
                <Row
                  key={person.id}
                  person={person}
                  isYou={person.email === session?.who?.name}
                  change={() => change(person)}
                  signOut={() => setAct(signOut(person))}
                  end={(session) => setAct(ending(person, session))}
                  remove={() => setAct(removal(person))}
                />
              ))}
            </tbody>
          </table>
        </Card>
      )}
      {allowed.length > 0 && <FromSettings allowed={allowed} />}
      <ReasonDialog act={act} onClose={() => setAct(undefined)} />
    </>
  );
};

const because = {
  settings: 'address in the settings',
  domain: 'organisation in the settings',
  list: 'this list',
  nobody: 'not on any list',
} as const;

const Row = ({
  person: { email, name, role, by, signedInAt, sessions },
  isYou,
  ...doing
}: {
  person: Person;
  isYou: boolean;
  change: () => void;
  signOut: () => void;
  end: (session: string) => void;
  remove: () => void;
}) => (
  <tr>
    <th scope="row" className="full cut" title={email}>
      {email} {isYou && <span className="tag">you</span>}
      {name && <div className="t3 s12 cut">{name}</div>}
    </th>
    <td>{role ?? 'may not sign in'}</td>
    <td className="t2">{because[by]}</td>
    <td className="t2">
      {signedInAt === null ? 'never signed in' : <Ago at={signedInAt} />}
      {sessions.map((each) => (
        <div key={each.id} className="t3 s12 row" title={each.browser}>
          <span className="cut">
            {each.isYours ? 'here' : `from ${each.address}`}, seen <Ago at={each.seenAt} />
          </span>
          <ActButton
            needs="admin"
            className="btn q xs"
            aria-label={`End the session of ${email} from ${each.address}…`}
            onClick={() => doing.end(each.id)}
          >
            End…
          </ActButton>
        </div>
      ))}
    </td>
    <td className="r">
      <span className="row w end">
        {by !== 'settings' && !isYou && (
          <ActButton needs="admin" className="btn xs" onClick={doing.change}>
            Change…
          </ActButton>
        )}
        {sessions.length > 0 && (
          <ActButton needs="admin" className="btn xs" onClick={doing.signOut}>
            Sign out…
          </ActButton>
        )}
        {!isYou && (
          <ActButton needs="admin" className="btn xs" onClick={doing.remove}>
            Remove…
          </ActButton>
        )}
      </span>
    </td>
  </tr>
);

const FromSettings = ({ allowed }: { allowed: readonly Allowed[] }) => (
  <Card title="Let in by the settings" tag={allowed.length} line>
    <table className="cards">
      <thead>
        <tr>
          <th scope="col">Address or organisation</th>
          <th scope="col">Role</th>
        </tr>
      </thead>
      <tbody>
        {allowed.map(({ who, role }) => (
          <tr key={who}>
            <th scope="row" className="mono full cut">
              {who}
            </th>
            <td>{role}</td>
          </tr>
        ))}
      </tbody>
    </table>
    <p className="hint pad">
      SIGN_IN_ALLOW says so, and is changed where the dashboard is started.
    </p>
  </Card>
);

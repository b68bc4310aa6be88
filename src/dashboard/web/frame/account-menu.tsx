import { Menu } from '@mantine/core';
import { sessionResource, signOut } from '../api-sign-in.ts';
import { useResource } from '../live.ts';
import { Icon } from '../parts/icon.tsx';
import { say } from '../parts/toast.tsx';

/** Who has signed in and as what, with the ways out; nothing where nobody has to sign in. */
export const AccountMenu = () => {
  const session = useResource(sessionResource).data;
  if (session?.signIn !== 'google' || !session.who) return null;
  const { name, role } = session.who;
  const leave = (everywhere: boolean) => {
    signOut(everywhere).then(
      () => location.assign('/sign-in'),
      (error: unknown) => say(error instanceof Error ? error.message : String(error)),
    );
  };
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <button type="button" className="btn q" aria-label={`Account: ${name}, ${role}`}>
          <Icon name="person" />
          <span className="hide-m cut account">{name}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {name}, {role}
        </Menu.Label>
        <Menu.Item onClick={() => leave(false)}>Sign out</Menu.Item>
        <Menu.Item onClick={() => leave(true)}>Sign out everywhere</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};

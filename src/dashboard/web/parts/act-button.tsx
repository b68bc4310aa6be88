import type { ComponentProps } from 'react';
import { Role } from '../../../contracts/sign-in.ts';
import { sessionResource } from '../api-sign-in.ts';
import { useResource } from '../live.ts';

/** Why whoever has signed in may not do what needs this role; `undefined` when they may. */
export function useLackOf(needs: Role): string | undefined {
  const role = useResource(sessionResource).data?.who?.role;
  const isEnough = role === undefined || Role.options.indexOf(role) >= Role.options.indexOf(needs);
  return isEnough ? undefined : `Needs the role ${needs}`;
}

/** A button that changes something: disabled, and saying why, for who may not, or while it can't be done. */
export const ActButton = ({
  type = 'button',
  needs = 'operator',
  blocked,
  disabled,
  title,
  ...button
}: Omit<ComponentProps<'button'>, 'type'> & {
  readonly type?: 'button' | 'submit';
  /** The least role that may. */
  readonly needs?: Role;
  /** Why nobody can do it now. */
  readonly blocked?: string | null | undefined;
}) => {
  const why = useLackOf(needs) ?? blocked ?? undefined;
  return (
    <button
      {...button}
      type={type}
      disabled={disabled === true || why !== undefined}
      title={why ?? title}
    />
  );
};

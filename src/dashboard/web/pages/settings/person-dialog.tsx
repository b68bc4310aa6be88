import { NativeSelect, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { PersonChange, type Person } from '../../../../contracts/sign-in.ts';
import { setPerson } from '../../api-sign-in.ts';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';

const Role = PersonChange.shape.role;
const roles = [
  { value: 'viewer', label: 'viewer: sees everything' },
  { value: 'operator', label: 'operator: also starts, stops and changes work' },
  { value: 'admin', label: 'admin: also people and tokens' },
  { value: 'none', label: 'may not sign in' },
];

/** Lets somebody in, or changes what somebody who is in may do. */
export const PersonDialog = ({
  person,
  onClose,
}: {
  /** Empty for somebody new; closed when left out. */
  person: Partial<Person> | undefined;
  onClose: () => void;
}) => {
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<PersonChange['role']>('viewer');
  useEffect(() => {
    setEmail(person?.email ?? '');
    setRole(person?.role ?? 'viewer');
  }, [person]);
  const isNew = person?.email === undefined;
  const act: Act = {
    title: isNew ? 'Let somebody in' : `Change ${email}`,
    consequence: isNew
      ? 'They sign in with Google under this address.'
      : 'It holds from their next click on.',
    fields: (
      <>
        {isNew && (
          <TextInput
            label="Address"
            type="email"
            placeholder="mara@example.com"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        )}
        <NativeSelect
          label="Role"
          data={roles}
          value={role}
          onChange={(event) => setRole(Role.catch('viewer').parse(event.currentTarget.value))}
        />
      </>
    ),
    verb: isNew ? 'Let in' : 'Change',
    isReasonNeeded: true,
    isReady: email.includes('@'),
    async run(reason) {
      await setPerson({ email, role, reason });
      say(role === 'none' ? `${email} may not sign in.` : `${email} is ${role}.`);
      await client.invalidateQueries();
    },
  };
  return <ReasonDialog act={person && act} onClose={onClose} />;
};

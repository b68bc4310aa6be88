import { Modal, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Role, type CreatedToken } from '../../../../contracts/sign-in.ts';
import { createToken } from '../../api-sign-in.ts';
import { Copy } from '../../parts/copy.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';

/** Makes a token, then shows its secret this once. */
export const TokenDialog = ({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) => {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState(90);
  const [made, setMade] = useState<CreatedToken>();
  useEffect(() => {
    if (isOpen) setName('');
  }, [isOpen]);
  const act: Act = {
    title: 'Make a token',
    consequence: 'A program that has it may do what its role may, until it ends or is revoked.',
    fields: (
      <>
        <TextInput
          label="Name"
          description="What uses it; runs and the audit log name it"
          placeholder="nightly import"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={60}
        />
        <NativeSelect
          label="Role"
          data={[...Role.options]}
          value={role}
          onChange={(event) => setRole(Role.catch('viewer').parse(event.currentTarget.value))}
        />
        <NumberInput
          label="Days until it ends"
          min={1}
          max={365}
          value={days}
          onChange={(value) => setDays(Number(value))}
        />
      </>
    ),
    verb: 'Make it',
    isReasonNeeded: true,
    isReady: name.trim() !== '' && days >= 1 && days <= 365,
    async run(reason) {
      setMade(await createToken({ name, role, days, reason }));
      void client.invalidateQueries(); // the secret is shown in this dialog's place, not beside it
    },
  };
  return (
    <>
      <ReasonDialog act={isOpen ? act : undefined} onClose={onClose} />
      <Modal
        opened={made !== undefined}
        onClose={() => setMade(undefined)}
        title={`The token ${made?.name ?? ''}`}
        centered
        size={560}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {made && (
          <div className="dialog">
            <p className="t2">Copy it now: it is shown this once, and only its hash is kept.</p>
            <p className="row w">
              <code className="secret">{made.secret}</code>
              <Copy text={made.secret} name="Copy token" />
            </p>
            <p className="t3 s12">
              Send it as <code>Authorization: Bearer agentic_…</code>
            </p>
          </div>
        )}
      </Modal>
    </>
  );
};

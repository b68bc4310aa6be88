import { Modal, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addSuppressions } from '../../api.ts';
import { count, counted } from '../../numbers.ts';
import { Icon } from '../../parts/icon.tsx';
import { say } from '../../parts/toast.tsx';

/** Adds what is typed or pasted: one entry a line, or a CSV file of which the first column counts. */
export const AddDialog = ({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) => (
  <Modal
    opened={isOpen}
    onClose={onClose}
    title="Send nothing more to"
    centered
    size={500}
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    {isOpen && <Body onClose={onClose} />}
  </Modal>
);

const linesIn = (text: string): readonly string[] =>
  text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');

const Body = ({ onClose }: { onClose: () => void }) => {
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const lines = linesIn(text);

  const go = async () => {
    setBusy(true);
    setError('');
    try {
      const { given, added } = await addSuppressions(lines, reason.trim());
      say(`${count(added)} added, ${count(given - added)} there already.`);
      onClose();
      await client.invalidateQueries();
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
      setBusy(false);
    }
  };

  return (
    <div className="dialog">
      <Textarea
        label="Addresses and domains"
        description="One a line; a domain stands for all below it. Of a pasted CSV file the first column counts. All are added, or none if one is wrong."
        placeholder={'mara@example.com\nacme.test'}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={5}
        maxRows={12}
        data-autofocus
      />
      <Textarea
        label="Reason"
        description="Required. It is kept with each entry and in the audit log."
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={500}
        autosize
        minRows={2}
      />
      {error && (
        <p className="failed row wrap" role="alert">
          <Icon name="warning" /> {error}
        </p>
      )}
      <div className="actions">
        <button type="button" className="btn" onClick={onClose}>
          Back
        </button>
        <button
          type="button"
          className="btn p"
          disabled={isBusy || lines.length === 0 || reason.trim() === ''}
          onClick={() => void go()}
        >
          Add {lines.length > 0 ? counted(lines.length, 'line') : ''}
        </button>
      </div>
    </div>
  );
};

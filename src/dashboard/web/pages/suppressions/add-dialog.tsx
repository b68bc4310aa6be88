import { Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { addSuppressions } from '../../api.ts';
import { count, counted } from '../../numbers.ts';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { say } from '../../parts/toast.tsx';

const linesIn = (text: string): readonly string[] =>
  text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');

/** Adds what is typed or pasted: one entry a line, or a CSV file of which the first column counts. */
export const AddDialog = ({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) => {
  const client = useQueryClient();
  const [text, setText] = useState('');
  useEffect(() => setText(''), [isOpen]);
  const lines = linesIn(text);
  const act: Act = {
    title: 'Send nothing more to',
    consequence: 'One entry a line; a domain stands for all below it.',
    fields: (
      <Textarea
        label="Addresses and domains"
        description="Of a pasted CSV file the first column counts. All are added, or none if one is wrong."
        placeholder={'mara@example.com\nacme.test'}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={5}
        maxRows={12}
      />
    ),
    asks: { help: 'Required. It is kept with each entry and in the audit log.' },
    verb: `Add ${lines.length > 0 ? counted(lines.length, 'line') : ''}`,
    isReasonNeeded: true,
    isReady: lines.length > 0,
    size: 500,
    async run(reason) {
      const { given, added } = await addSuppressions(lines, reason);
      say(`${count(added)} added, ${count(given - added)} there already.`);
      void client.invalidateQueries();
    },
  };
  return <ReasonDialog act={isOpen ? act : undefined} onClose={onClose} />;
};

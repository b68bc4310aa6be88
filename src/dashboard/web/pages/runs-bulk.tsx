import { useState } from 'react';
import type { RunQuery, RunSummary } from '../../../contracts/api.ts';
import type { BulkAct, BulkQuestion } from '../../../contracts/bulk.ts';
import { count, counted } from '../numbers.ts';
import { ActButton } from '../parts/act-button.tsx';
import { BulkDialog } from '../parts/bulk-dialog.tsx';
import { BulkBar } from '../parts/selection.tsx';

const acts: readonly { readonly act: BulkAct; readonly label: string; readonly look: string }[] = [
  { act: 'retry', label: 'Retry…', look: 'btn xs' },
  { act: 'pause', label: 'Pause…', look: 'btn xs' },
  { act: 'resume', label: 'Resume…', look: 'btn xs' },
  { act: 'cancel', label: 'Cancel…', look: 'btn xs d' },
];

/** What can be done with the runs that are ticked, or with all that match the filter of the page. */
export const RunsBulk = ({
  picked,
  filter,
  total,
  clear,
}: {
  picked: readonly RunSummary[];
  filter: Omit<RunQuery, 'limit' | 'cursor'>;
  total: number;
  clear: () => void;
}) => {
  const [question, ask] = useState<BulkQuestion>();
  const [isAll, setAll] = useState(false);
  if (picked.length === 0 && !question) {
    if (isAll) setAll(false);
    return null;
  }
  const runs = picked.map(({ workflowId, runId }) => ({ workflowId, runId }));
  return (
    <>
      <BulkBar
        label="Selected runs"
        words={
          <b>
            {isAll
              ? `All ${counted(total, 'run')} that match selected`
              : `${counted(picked.length, 'run')} selected`}
          </b>
        }
      >
        {!isAll && total > picked.length && (
          <button type="button" className="btn q xs" onClick={() => setAll(true)}>
            Select all {count(total)} that match
          </button>
        )}
        {acts.map(({ act, label, look }) => (
          <ActButton
            key={act}
            className={look}
            onClick={() =>
              ask({ act, selection: isAll ? { kind: 'filter', filter } : { kind: 'runs', runs } })
            }
          >
            {label}
          </ActButton>
        ))}
        <button
          type="button"
          className="btn q xs"
          onClick={() => {
            setAll(false);
            clear();
          }}
        >
          Clear
        </button>
      </BulkBar>
      <BulkDialog question={question} onClose={() => ask(undefined)} done={clear} />
    </>
  );
};

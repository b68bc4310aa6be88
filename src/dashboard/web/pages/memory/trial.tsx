import { useState } from 'react';
import type { Trial, TrialQuestion } from '../../../../contracts/memory-views.ts';
import { tryMemory, type MemoryRef } from '../../api-memory.ts';
import { count, counted } from '../../numbers.ts';
import { ActButton } from '../../parts/act-button.tsx';

type Question = Pick<TrialQuestion, 'entry' | 'lesson'>;

/** A button that says what the last 30 days would have been like under a memory. It changes nothing. */
export const TryLastMonth = ({
  of,
  question,
  isReady = true,
}: {
  of: MemoryRef;
  question: Question;
  isReady?: boolean;
}) => {
  const [answer, setAnswer] = useState<{ readonly to: string; readonly is: Trial | Error }>();
  const [isBusy, setBusy] = useState(false);
  const asked = JSON.stringify(question);
  const ask = async () => {
    setBusy(true);
    try {
      setAnswer({ to: asked, is: await tryMemory(of, question) });
    } catch (error) {
      setAnswer({ to: asked, is: error instanceof Error ? error : new Error(String(error)) });
    }
    setBusy(false);
  };
  return (
    <>
      <ActButton className="btn xs" disabled={!isReady || isBusy} onClick={() => void ask()}>
        Try last month under it
      </ActButton>
      {answer?.to === asked && (
        <p className="s12 wrap trial" role="status">
          {answer.is instanceof Error ? (
            <span className="failed">{answer.is.message}</span>
          ) : (
            <Words trial={answer.is} />
          )}
        </p>
      )}
    </>
  );
};

const Words = ({ trial: { tasks, elsewhere, saved, unproven, objection } }: { trial: Trial }) => {
  if (tasks === 0) return <>Nothing was seen in the last 30 days, so there is nothing to tell.</>;
  return (
    <>
      Of {counted(tasks, 'task')} in 30 days <b>{count(elsewhere)} would have gone another way</b>,
      and <b>{counted(saved, 'failure')} would not have been met</b>.{' '}
      {unproven > 0 && `${counted(unproven, 'task')} went well in a way that it leaves. `}
      <span className={objection === null ? 't2' : 'failed'}>
        {objection === null ? 'The gate has no objection.' : `The gate objects: ${objection}.`}
      </span>
    </>
  );
};

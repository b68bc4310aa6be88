import { Modal, Textarea, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Icon } from './icon.tsx';

/** An act that asks for a reason before it is done. */
export interface Act {
  readonly title: string;
  /** What will happen, to how many, and what can't be undone. */
  readonly consequence: ReactNode;
  /** The verb on the button: `Cancel the run`. */
  readonly verb: string;
  readonly isDangerous?: boolean;
  readonly isReasonNeeded?: boolean;
  /** For what says enough by itself. */
  readonly hasNoReason?: boolean;
  /** How the reason is asked for, where “Reason” says too little. */
  readonly asks?: { readonly label?: string; readonly help: string };
  /** A name that has to be typed before the button works. */
  readonly typedName?: string | undefined;
  /** What else is to be said before it is done. */
  readonly fields?: ReactNode;
  /** False while a field keeps it from being done. */
  readonly isReady?: boolean;
  readonly size?: number;
  run(reason: string): Promise<unknown>;
}

/** Asks for a reason and does the act. Focus starts on the way out; Enter never presses the red button. */
export const ReasonDialog = ({ act, onClose }: { act: Act | undefined; onClose: () => void }) => (
  <Modal
    opened={act !== undefined}
    onClose={onClose}
    title={act?.title}
    centered
    size={act?.size ?? 460}
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    {act && <Body act={act} onClose={onClose} />}
  </Modal>
);

const Body = ({ act, onClose }: { act: Act; onClose: () => void }) => {
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const [typed, setTyped] = useState('');
  const needsReason = act.isReasonNeeded === true && reason.trim() === '';
  const needsName = act.typedName !== undefined && typed.trim() !== act.typedName;

  const go = async () => {
    setBusy(true);
    setError('');
    try {
      await act.run(reason.trim());
      onClose();
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
      setBusy(false);
    }
  };

  return (
    <div className="dialog">
      <div className="t2">{act.consequence}</div>
      {act.fields}
      {act.hasNoReason !== true && (
        <Textarea
          label={act.asks?.label ?? 'Reason'}
          description={
            act.asks?.help ??
            (act.isReasonNeeded ? 'Required. It is kept in the audit log.' : 'Optional')
          }
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={500}
          autosize
          minRows={2}
        />
      )}
      {act.typedName !== undefined && (
        <TextInput
          label={`Type ${act.typedName}`}
          description="So that nobody does this by accident"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
        />
      )}
      {error && (
        <p className="failed row wrap" role="alert">
          <Icon name="warning" /> {error}
        </p>
      )}
      <div className="actions">
        <button type="button" className="btn" onClick={onClose} data-autofocus>
          Back
        </button>
        <button
          type="button"
          className={`btn ${act.isDangerous ? 'dd' : 'p'}`}
          disabled={isBusy || needsReason || needsName || act.isReady === false}
          onClick={() => void go()}
        >
          {act.verb}
        </button>
      </div>
    </div>
  );
};

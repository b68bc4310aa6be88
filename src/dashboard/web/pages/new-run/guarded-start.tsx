import { Modal, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CapabilityInfo, StartRun } from '../../../../contracts/api.ts';
import type { DryRun } from '../../../../contracts/dry-run.ts';
import { tryDry } from '../../api.ts';
import { count, counted } from '../../numbers.ts';
import { Icon } from '../../parts/icon.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** What a person gives for a start that cannot be taken back. */
export interface Word {
  readonly confirm?: string;
  readonly reason: string;
}

interface Guard {
  readonly capability: CapabilityInfo;
  readonly start: (word: Word) => Promise<unknown>;
  readonly onClose: () => void;
}

/**
 * A dry run first, then the text it asks for and a reason. Focus starts on the way out, and Enter
 * never presses the red button.
 */
export const GuardedStart = ({
  request,
  ...guard
}: Guard & {
  /** What would be started; closed without. */
  readonly request: StartRun | undefined;
}) => (
  <Modal
    opened={request !== undefined}
    onClose={guard.onClose}
    title={`${guard.capability.title}?`}
    centered
    size={560}
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    {request && <Tried request={request} {...guard} />}
  </Modal>
);

const Tried = ({ request, ...guard }: Guard & { readonly request: StartRun }) => {
  const dry = useQuery({
    queryKey: ['dry-run', request],
    queryFn: ({ signal }) => tryDry(request, signal),
    retry: false,
    gcTime: 0, // what was true a minute ago may not be true now
    refetchOnWindowFocus: false,
  });
  if (dry.data) return <Decision dry={dry.data} {...guard} />;
  return (
    <div className="dialog">
      {dry.error ? (
        <p className="failed row" role="alert">
          <Icon name="warning" /> The dry run failed, and nothing was done: {dry.error.message}
        </p>
      ) : (
        <p className="t2" role="status">
          Trying it dry: nothing is sent …
        </p>
      )}
      <div className="actions">
        <button type="button" className="btn" onClick={guard.onClose} data-autofocus>
          Cancel
        </button>
      </div>
    </div>
  );
};

const Decision = ({ dry, capability, start, onClose }: Guard & { readonly dry: DryRun }) => {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const { confirmation, recipients } = dry;
  const isConfirmed = confirmation === null || typed.trim() === confirmation;
  const isReady = dry.wouldAct && isConfirmed && reason.trim() !== '' && !isBusy;
  const reach = recipients.count > 0 ? ` (${counted(recipients.count, 'recipient')})` : '';

  const go = async () => {
    setBusy(true);
    setError('');
    try {
      await start({
        reason: reason.trim(),
        ...(confirmation === null ? {} : { confirm: confirmation }),
      });
      onClose();
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
      setBusy(false);
    }
  };

  return (
    <div className="dialog">
      <WhatWouldHappen dry={dry} />
      {dry.wouldAct && (
        <>
          {confirmation !== null && (
            <TextInput
              label={`Type ${confirmation}`}
              description="It cannot be taken back."
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
            />
          )}
          <Textarea
            label="Reason"
            description="Required. It is kept with the run."
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={500}
            autosize
            minRows={2}
          />
        </>
      )}
      {error && (
        <p className="failed row" role="alert">
          <Icon name="warning" /> {error}
        </p>
      )}
      <div className="actions">
        <button type="button" className="btn" onClick={onClose} autoFocus>
          Cancel
        </button>
        {dry.wouldAct && (
          <ActButton className="btn dd" disabled={!isReady} onClick={() => void go()}>
            {capability.title}
            {reach}
          </ActButton>
        )}
      </div>
    </div>
  );
};

const WhatWouldHappen = ({ dry }: { readonly dry: DryRun }) => {
  const { summary, request, recipients, costUsdCents, ledger, refusals } = dry;
  const more = recipients.count - recipients.first.length;
  return (
    <>
      <p>{summary}</p>
      {refusals.map(({ failure, message }) => (
        <p key={failure} className="failed row" role="alert">
          <Icon name="warning" /> It would be refused: {message}
        </p>
      ))}
      {!dry.wouldAct && refusals.length === 0 && (
        <p className="t2">It would do nothing{ledger ? `: it is ${ledger.state} already` : ''}.</p>
      )}
      <dl className="kv">
        <dt>Request</dt>
        <dd className="mono">{request ? `${request.method} ${request.path}` : 'none'}</dd>
        <dt>Recipients</dt>
        <dd>
          {recipients.count === 0
            ? 'none'
            : `${count(recipients.count)}: ${recipients.first.join(', ')}${more > 0 ? `, and ${count(more)} more` : ''}`}
        </dd>
        <dt>Cost</dt>
        <dd>{costUsdCents === null ? 'none known' : `${(costUsdCents / 100).toFixed(2)} USD`}</dd>
        <dt>Ledger</dt>
        <dd>{ledger ? `${ledger.state}: ${ledger.reason}` : 'nothing yet'}</dd>
      </dl>
    </>
  );
};

import { Modal, Radio, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { EffectEntry, EffectVerdict } from '../../../contracts/effects.ts';
import { settleEffect } from '../api.ts';
import { Ago } from './ago.tsx';
import { Icon } from './icon.tsx';
import { say } from './toast.tsx';

const verdicts: readonly {
  readonly verdict: EffectVerdict;
  readonly label: string;
  readonly means: string;
  readonly verb: string;
}[] = [
  {
    verdict: 'done',
    label: 'It was done',
    means: 'Nobody does it again.',
    verb: 'Note that it was done',
  },
  {
    verdict: 'not-done',
    label: 'It was not done',
    means: 'The next run that wants it does it. If it was done after all, it happens twice.',
    verb: 'Let the next run do it',
  },
  {
    verdict: 'leave-out',
    label: 'Leave it out',
    means: 'Nobody does it; “It was not done” takes that back.',
    verb: 'Leave it out',
  },
];

/** Takes a person's word for what became of an effect, with the reason. */
export const SettleDialog = ({
  effect,
  onClose,
}: {
  effect: EffectEntry | undefined;
  onClose: () => void;
}) => (
  <Modal
    opened={effect !== undefined}
    onClose={onClose}
    title="What became of it?"
    centered
    size={500}
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    {effect && <Body effect={effect} onClose={onClose} />}
  </Modal>
);

const Body = ({ effect, onClose }: { effect: EffectEntry; onClose: () => void }) => {
  const client = useQueryClient();
  const [verdict, setVerdict] = useState<EffectVerdict>();
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const chosen = verdicts.find((each) => each.verdict === verdict);

  const go = async () => {
    if (!chosen) return;
    setBusy(true);
    setError('');
    try {
      await settleEffect(effect.key, chosen.verdict, reason.trim());
      say(`${chosen.label}: noted for ${effect.key}.`);
      onClose();
      await client.invalidateQueries();
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
      setBusy(false);
    }
  };

  return (
    <div className="dialog">
      <p className="t2">
        <code className="wrap">{effect.key}</code> was asked of the vendor{' '}
        <Ago at={effect.updatedAt} />: {effect.reason}. Look at the vendor first; nothing is
        repeated until you decide.
      </p>
      <Radio.Group
        label="What the vendor shows"
        value={verdict ?? ''}
        onChange={(value) => setVerdict(verdicts.find((each) => each.verdict === value)?.verdict)}
      >
        <div className="choices">
          {verdicts.map((each) => (
            <Radio
              key={each.verdict}
              value={each.verdict}
              label={each.label}
              description={each.means}
            />
          ))}
        </div>
      </Radio.Group>
      <Textarea
        label="How you know"
        description="Required. It is kept with the effect and in the audit log."
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={500}
        autosize
        minRows={2}
      />
      {error && (
        <p className="failed row" role="alert">
          <Icon name="warning" /> {error}
        </p>
      )}
      <div className="actions">
        <button type="button" className="btn" onClick={onClose} data-autofocus>
          Back
        </button>
        <button
          type="button"
          className={`btn ${verdict === 'not-done' ? 'dd' : 'p'}`}
          disabled={isBusy || !chosen || reason.trim() === ''}
          onClick={() => void go()}
        >
          {chosen?.verb ?? 'Decide'}
        </button>
      </div>
    </div>
  );
};

import { Modal, NumberInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { FlowKeyDetail } from '../../../../contracts/flow-history.ts';
import { FlowLimits } from '../../../../contracts/flow-keys.ts';
import { limitFlowKey } from '../../api.ts';
import { count } from '../../numbers.ts';
import { Icon } from '../../parts/icon.tsx';

const fields = [
  ['perSecond', 'Calls a second'],
  ['perMinute', 'Calls a minute'],
  ['atOnce', 'Calls at once'],
] as const;

/** Sets limits in place of the declared ones. */
export const LimitsDialog = ({
  detail,
  done,
  onClose,
}: {
  detail: FlowKeyDetail | undefined;
  done: () => Promise<void>;
  onClose: () => void;
}) => (
  <Modal
    opened={detail !== undefined}
    onClose={onClose}
    title={detail && `Change the limits of ${detail.flowKey.key}`}
    centered
    size={460}
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    {detail && <Body detail={detail} done={done} onClose={onClose} />}
  </Modal>
);

const Body = ({
  detail: { flowKey, declared },
  done,
  onClose,
}: {
  detail: FlowKeyDetail;
  done: () => Promise<void>;
  onClose: () => void;
}) => {
  const [limits, setLimits] = useState<Readonly<Record<string, string | number>>>(flowKey.limits);
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const checked = FlowLimits.safeParse(limits);
  const problemOf = (name: string): string | undefined =>
    checked.error?.issues.find(({ path }) => path[0] === name) &&
    `Expected a number ${name === 'atOnce' ? 'from 1 to 10,000' : 'above 0, at most 100,000'}`;
  const isAbove = fields.some(([name]) => checked.data && checked.data[name] > declared[name]);

  const go = async () => {
    if (!checked.success) return;
    setBusy(true);
    setError('');
    try {
      await limitFlowKey(flowKey.key, checked.data, reason.trim());
      onClose();
      await done();
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
      setBusy(false);
    }
  };

  return (
    <div className="dialog">
      <p className="t2">
        They apply to all processes from the next call on, in place of what the agent declares.
      </p>
      {fields.map(([name, label]) => (
        <NumberInput
          key={name}
          label={label}
          description={`Declared: ${count(declared[name])}`}
          value={limits[name] ?? ''}
          onChange={(value) => setLimits({ ...limits, [name]: value })}
          error={problemOf(name)}
          min={0}
          hideControls
        />
      ))}
      {isAbove && (
        <p className="retrying row">
          <Icon name="warning" /> Above what is declared: the vendor may answer 429 and close the
          key.
        </p>
      )}
      <Textarea
        label="Reason"
        description="Required. It is kept in the audit log."
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
          className="btn p"
          disabled={isBusy || !checked.success || reason.trim() === ''}
          onClick={() => void go()}
        >
          Change the limits
        </button>
      </div>
    </div>
  );
};

import { Modal } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ScheduleInfo } from '../../../../contracts/schedules.ts';
import { backfillSchedule, schedulesResource } from '../../api.ts';
import { useNow } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Icon } from '../../parts/icon.tsx';
import { say } from '../../parts/toast.tsx';
import { addDays, dayOf, daysBetween, range } from '../../time.ts';
import { ActButton } from '../../parts/act-button.tsx';

/** Hands past days to a schedule: two dates, and how many runs that makes. */
export const BackfillDialog = ({
  schedule,
  onClose,
}: {
  schedule: ScheduleInfo | undefined;
  onClose: () => void;
}) => (
  <Modal
    opened={schedule !== undefined}
    onClose={onClose}
    title={schedule && `Backfill ${schedule.title}`}
    centered
    size={460}
    closeButtonProps={{ 'aria-label': 'Close' }}
  >
    {schedule && <Body schedule={schedule} onClose={onClose} />}
  </Modal>
);

const Body = ({ schedule, onClose }: { schedule: ScheduleInfo; onClose: () => void }) => {
  const client = useQueryClient();
  const yesterday = addDays(dayOf(useNow()), -1);
  const [from, setFrom] = useState(addDays(yesterday, -6));
  const [to, setTo] = useState(yesterday);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const days = daysBetween(from, to);
  const done = schedule.recent.filter(
    (firing) =>
      firing.state === 'completed' && days.includes(addDays(dayOf(Date.parse(firing.at)), -1)),
  ).length;

  const go = async () => {
    setBusy(true);
    setError('');
    try {
      const started = await backfillSchedule(schedule.id, { from, to });
      say(`Handed ${counted(started.days, 'day')} to ${schedule.title}.`);
      onClose();
      await client.invalidateQueries({ queryKey: [schedulesResource.path] });
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
      setBusy(false);
    }
  };

  return (
    <div className="dialog">
      <div className="row">
        <DateInput
          className="grow"
          label="First day"
          valueFormat="YYYY-MM-DD"
          maxDate={yesterday}
          value={from}
          onChange={(day) => setFrom(day ?? from)}
          data-autofocus
        />
        <DateInput
          className="grow"
          label="Last day"
          valueFormat="YYYY-MM-DD"
          maxDate={yesterday}
          value={to}
          onChange={(day) => setTo(day ?? to)}
        />
      </div>
      <p className="t2" role="status">
        {days.length === 0 ? (
          'The first day must not be after the last.'
        ) : (
          <>
            <b>{counted(days.length, 'day')}</b>, {range(from, to)}: one run a day for account{' '}
            {schedule.account}.{' '}
            {done > 0 && `At least ${done} of them ran before and are pulled again. `}A day that is
            pulled again overwrites its own rows.
          </>
        )}
      </p>
      {error && (
        <p className="failed row" role="alert">
          <Icon name="warning" /> {error}
        </p>
      )}
      <div className="actions">
        <button type="button" className="btn" onClick={onClose}>
          Back
        </button>
        <ActButton
          className="btn p"
          disabled={isBusy || days.length === 0}
          onClick={() => void go()}
        >
          Backfill {days.length > 0 ? counted(days.length, 'day') : ''}
        </ActButton>
      </div>
    </div>
  );
};

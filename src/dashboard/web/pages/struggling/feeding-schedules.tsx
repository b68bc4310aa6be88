import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ScheduleInfo } from '../../../../contracts/schedules.ts';
import type { StrugglingCause } from '../../../../contracts/struggling.ts';
import { schedulesResource, steerSchedule } from '../../api.ts';
import { useNow, useResource } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Card, StandInTag } from '../../parts/card.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { Tick, useSelection } from '../../parts/selection.tsx';
import { say } from '../../parts/toast.tsx';
import { clockZone, exact, relative, when } from '../../time.ts';
import { FiringSquares } from '../schedules/firings.tsx';

/** The schedules that bring more of what struggles, and the way to pause them together. */
export const FeedingSchedules = ({ causes }: { causes: readonly StrugglingCause[] }) => {
  const client = useQueryClient();
  const all = useResource(schedulesResource).data?.schedules ?? [];
  const schedules = all.filter(({ capability, account }) =>
    causes.some((cause) => cause.capability === capability && cause.account === account),
  );
  const selection = useSelection(
    schedules.map(({ id }) => id),
    -1,
  );
  const [act, setAct] = useState<Act>();
  if (schedules.length === 0) return null;

  const picked = schedules.filter(({ id }) => selection.ids.has(id));
  const steer = (how: 'pause' | 'resume'): void => {
    const chosen = picked.filter(({ isPaused }) => isPaused === (how === 'resume'));
    const verb = how === 'pause' ? 'Pause' : 'Resume';
    const words = `${verb} ${counted(chosen.length, 'schedule')}`;
    setAct({
      title: `${words}?`,
      consequence: (
        <>
          <p>
            {how === 'pause'
              ? 'They start nothing until someone resumes them. Runs under way go on. Days that pass meanwhile can be made up by a backfill.'
              : 'They start again at their next time. Days that passed meanwhile are not made up by themselves.'}
          </p>
          <ul className="examples">
            {chosen.map(({ id, title }) => (
              <li key={id} className="cut">
                {title}
              </li>
            ))}
          </ul>
        </>
      ),
      verb: words,
      isReasonNeeded: true,
      run: async (reason) => {
        for (const { id } of chosen) await steerSchedule(id, how, reason);
        say(`${how === 'pause' ? 'Paused' : 'Resumed'} ${counted(chosen.length, 'schedule')}.`);
        selection.set([]);
        await client.invalidateQueries({ queryKey: [schedulesResource.path] });
      },
    });
  };
  const blockedFor = (isPaused: boolean) =>
    picked.length === 0
      ? 'Select schedules first'
      : picked.every((each) => each.isPaused === isPaused)
        ? `They are ${isPaused ? 'paused' : 'on'} already`
        : undefined;

  return (
    <Card
      title="Schedules that feed these"
      tag={schedules.length}
      line
      more={
        <span className="more row">
          <ActButton className="btn xs" blocked={blockedFor(true)} onClick={() => steer('pause')}>
            Pause{picked.length > 0 ? ` ${picked.length}` : ''}…
          </ActButton>
          <ActButton className="btn xs" blocked={blockedFor(false)} onClick={() => steer('resume')}>
            Resume{picked.length > 0 ? ` ${picked.length}` : ''}…
          </ActButton>
        </span>
      }
    >
      <table className="cards">
        <thead>
          <tr>
            <th scope="col">Schedule</th>
            <th scope="col" style={{ width: 170 }}>
              When
            </th>
            <th scope="col" style={{ width: 150 }}>
              Next, {clockZone()}
            </th>
            <th scope="col" style={{ width: 126 }}>
              Last 10
            </th>
          </tr>
        </thead>
        <tbody>
          {schedules.map((schedule) => (
            <Row
              key={schedule.id}
              schedule={schedule}
              isOn={selection.ids.has(schedule.id)}
              toggle={() => selection.toggle(schedule.id)}
            />
          ))}
        </tbody>
      </table>
      <ReasonDialog act={act} onClose={() => setAct(undefined)} />
    </Card>
  );
};

const Row = ({
  schedule: { id, title, isStandIn, isPaused, next, recent, when: words },
  isOn,
  toggle,
}: {
  schedule: ScheduleInfo;
  isOn: boolean;
  toggle: () => void;
}) => {
  const now = useNow();
  const [at] = next;
  return (
    <tr className={isOn ? 'sel' : ''}>
      <th scope="row" className="full">
        <span className="row">
          <Tick label={`Select ${title}`} isOn={isOn} onChange={toggle} />
          <Link to="/schedules" search={{ selected: id }} className="cut strong quiet-link">
            {title}
          </Link>
          {isStandIn && <StandInTag />}
        </span>
      </th>
      <td className="t2 cut" title={words}>
        {words}
      </td>
      <td className="nowrap">
        {isPaused ? (
          <span className="tag">paused</span>
        ) : at === undefined ? (
          <span className="t3">never</span>
        ) : (
          <>
            <time className="num" dateTime={at} title={exact(at)}>
              {when(at, now)}
            </time>{' '}
            <span className="s11 t3">{relative(at, now)}</span>
          </>
        )}
      </td>
      <td>
        <FiringSquares firings={recent} />
      </td>
    </tr>
  );
};

import '@mantine/dates/styles.layer.css';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { ScheduleInfo } from '../../../../contracts/schedules.ts';
import { schedulesResource, steerSchedule } from '../../api.ts';
import { useNow, useResource } from '../../live.ts';
import { counted } from '../../numbers.ts';
import { Card, StandInTag } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { ReasonDialog, type Act } from '../../parts/reason-dialog.tsx';
import { useRowKeys } from '../../parts/row-keys.ts';
import { useTitle } from '../../parts/title.ts';
import { say } from '../../parts/toast.tsx';
import { Empty, View } from '../../parts/view.tsx';
import { clockZone, exact, relative, when } from '../../time.ts';
import { BackfillDialog } from './backfill-dialog.tsx';
import { FiringBadge, FiringSquares } from './firings.tsx';
import { SchedulePanel } from './schedule-panel.tsx';

const route = getRouteApi('/schedules');
const command = 'npm run -s agentic -- worker';

/** What runs by itself: what is next, and whether the last one worked. */
export const SchedulesPage = (): ReactNode => {
  useTitle('Schedules');
  const query = useResource(schedulesResource);
  return (
    <>
      <div className="head">
        <h1>Schedules</h1>
        <span className="t3">What runs by itself, when, and how the last ones went.</span>
      </div>
      <View query={query} what="The list of schedules">
        {({ schedules }) =>
          schedules.length === 0 ? (
            <div className="card">
              <Empty>
                <p>No schedule yet. A worker creates the daily ones when it starts.</p>
                <p className="row w hint">
                  Start one: <code>{command}</code>
                  <Copy text={command} name="Copy command" isIcon className="btn q xs" />
                </p>
              </Empty>
            </div>
          ) : (
            <Content schedules={schedules} />
          )
        }
      </View>
    </>
  );
};

const Content = ({ schedules }: { schedules: readonly ScheduleInfo[] }) => {
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const client = useQueryClient();
  const [act, setAct] = useState<Act>();
  const [backfilled, setBackfilled] = useState<ScheduleInfo>();
  const select = (id: string | undefined) =>
    void navigate({ search: { selected: id }, replace: true, resetScroll: false });
  const index = schedules.findIndex((schedule) => schedule.id === search.selected);
  const selected = schedules[index] ?? schedules[0];
  useRowKeys(schedules.length, () => undefined, {
    current: index,
    move: (at) => select(schedules[at]?.id),
  });

  const actOf = (schedule: ScheduleInfo, how: 'pause' | 'resume' | 'trigger'): Act => ({
    ...actWords(schedule)[how],
    run: async (reason) => {
      await steerSchedule(schedule.id, how, reason);
      say(actWords(schedule)[how].done);
      await client.invalidateQueries({ queryKey: [schedulesResource.path] });
    },
  });

  return (
    <div className="cols aside">
      <Card title="Schedules" tag={schedules.length} line>
        <div className="scroll">
          <table className="cards">
            <thead>
              <tr>
                <th scope="col">Schedule</th>
                <th scope="col" style={{ width: 164 }}>
                  When
                </th>
                <th scope="col" style={{ width: 112 }}>
                  Next, {clockZone()}
                </th>
                <th scope="col" style={{ width: 114 }}>
                  Last
                </th>
                <th scope="col" style={{ width: 114 }}>
                  Last 10
                </th>
                <th scope="col" className="r" style={{ width: 66 }}>
                  Missed
                </th>
              </tr>
            </thead>
            <tbody>
              {schedules.map((schedule) => (
                <Row
                  key={schedule.id}
                  schedule={schedule}
                  isSelected={schedule.id === selected?.id}
                  select={() => select(schedule.id)}
                />
              ))}
            </tbody>
          </table>
        </div>
      </Card>
      {selected && (
        <SchedulePanel
          schedule={selected}
          ask={(how) => setAct(actOf(selected, how))}
          backfill={() => setBackfilled(selected)}
        />
      )}
      <ReasonDialog act={act} onClose={() => setAct(undefined)} />
      <BackfillDialog schedule={backfilled} onClose={() => setBackfilled(undefined)} />
    </div>
  );
};

const actWords = (schedule: ScheduleInfo) =>
  ({
    pause: {
      title: `Pause ${schedule.title}?`,
      consequence:
        'It starts nothing until someone resumes it. A run that is under way goes on. Days that pass meanwhile can be made up by a backfill.',
      verb: 'Pause the schedule',
      done: `Paused ${schedule.title}.`,
    },
    resume: {
      title: `Resume ${schedule.title}?`,
      consequence: `It starts again ${schedule.when}. Days that passed meanwhile are not made up by themselves.`,
      verb: 'Resume the schedule',
      done: `Resumed ${schedule.title}.`,
    },
    trigger: {
      title: `Start ${schedule.title} now?`,
      consequence:
        'It does now what it would do at its next time. If the same work is under way, it joins that run.',
      verb: 'Start now',
      done: `Asked ${schedule.title} to start now.`,
    },
  }) as const;

const Row = ({
  schedule,
  isSelected,
  select,
}: {
  schedule: ScheduleInfo;
  isSelected: boolean;
  select: () => void;
}) => {
  const now = useNow();
  const next = schedule.next[0];
  const last = schedule.recent.findLast((firing) => firing.state !== 'missed');
  return (
    <tr
      className={`two-lines opens ${isSelected ? 'sel' : ''}`}
      aria-current={isSelected ? 'true' : undefined}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest('a, button')) return;
        select();
      }}
    >
      <th scope="row">
        <span className="row">
          <button type="button" className="cut strong quiet-link" onClick={select}>
            {schedule.title}
          </button>
          {schedule.isStandIn && <StandInTag />}
        </span>
        <span className="mono t3 cut block s11">{schedule.id}</span>
      </th>
      <td className="t2 full">
        <span className="cut block" title={schedule.when}>
          {schedule.when}
        </span>
        <span className="s11 t3 cut block">
          <code>{schedule.cron}</code> · {schedule.timeZone}
        </span>
      </td>
      <td>
        {schedule.isPaused ? (
          <span className="tag">paused</span>
        ) : next === undefined ? (
          <span className="t3">never</span>
        ) : (
          <>
            <time className="num block" dateTime={next} title={exact(next)}>
              {when(next, now)}
            </time>
            <span className="s11 t3">{relative(next, now)}</span>
          </>
        )}
      </td>
      <td>{last ? <FiringBadge state={last.state} /> : <span className="t3">not yet</span>}</td>
      <td>
        <FiringSquares firings={schedule.recent} />
      </td>
      <td className="r hide-m">
        {schedule.missed > 0 ? (
          <Link
            to="/schedules"
            search={{ selected: schedule.id }}
            className="retrying strong"
            aria-label={counted(schedule.missed, 'missed time')}
          >
            {schedule.missed}
          </Link>
        ) : (
          <span className="t3">0</span>
        )}
      </td>
    </tr>
  );
};

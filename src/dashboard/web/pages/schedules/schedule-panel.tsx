import type { ScheduleInfo } from '../../../../contracts/schedules.ts';
import { useNow } from '../../live.ts';
import { StandInTag } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { clockZone, duration, exact, relative, when } from '../../time.ts';
import { FiringBadge } from './firings.tsx';
import { ActButton } from '../../parts/act-button.tsx';

/** What happens to a firing while the one before still works. */
const overlapWords: Readonly<Record<string, string>> = {
  BUFFER_ALL: 'each waits its turn',
  BUFFER_ONE: 'one waits, others are left out',
  SKIP: 'it is left out',
  ALLOW_ALL: 'both run',
};

/** One schedule: its next times, how the last went, and what can be done with it. */
export const SchedulePanel = ({
  schedule,
  ask,
  backfill,
}: {
  schedule: ScheduleInfo;
  ask: (how: 'pause' | 'resume' | 'trigger') => void;
  backfill: () => void;
}) => {
  const now = useNow();
  return (
    <aside className="card" aria-label={`Schedule ${schedule.title}`}>
      <header className="b">
        <h2 className="cut">{schedule.title}</h2>
        {schedule.isStandIn && <StandInTag />}
      </header>
      <div className="pad stackv">
        <div className="row w">
          {schedule.isPaused ? (
            <ActButton className="btn p" onClick={() => ask('resume')}>
              <Icon name="play" size="m" />
              Resume…
            </ActButton>
          ) : (
            <ActButton className="btn" onClick={() => ask('pause')}>
              <Icon name="pause" size="m" />
              Pause…
            </ActButton>
          )}
          <ActButton className="btn" onClick={() => ask('trigger')}>
            <Icon name="play" size="m" />
            Start now…
          </ActButton>
          <ActButton className="btn" onClick={backfill}>
            Backfill…
          </ActButton>
        </div>
        {schedule.isPaused && (
          <p className="row t2">
            <Icon name="paused" />
            <span className="wrap">Paused{schedule.note ? `: ${schedule.note}` : '.'}</span>
          </p>
        )}
        <dl className="kv">
          <dt>When</dt>
          <dd>
            {schedule.when}
            <span className="block t3">
              <code>{schedule.cron}</code>, {schedule.timeZone}
            </span>
          </dd>
          <dt>Does</dt>
          <dd className="mono">{schedule.capability}</dd>
          <dt>Account</dt>
          <dd>{schedule.account}</dd>
          <dt>At an overlap</dt>
          <dd title={schedule.overlap}>{overlapWords[schedule.overlap] ?? schedule.overlap}</dd>
          <dt>Catches up</dt>
          <dd>{duration(schedule.catchupSeconds * 1000)} after a stop</dd>
          <dt>Missed</dt>
          <dd>{schedule.missed}</dd>
          {!schedule.isPaused && schedule.note !== '' && (
            <>
              <dt>Note</dt>
              <dd>{schedule.note}</dd>
            </>
          )}
        </dl>
        <div>
          <h3 className="gap-below">Next times, {clockZone()}</h3>
          {schedule.isPaused || schedule.next.length === 0 ? (
            <p className="s12 t2">None while it is paused.</p>
          ) : (
            <ol className="times">
              {schedule.next.slice(0, 3).map((at) => (
                <li key={at}>
                  <time dateTime={at} title={exact(at)} className="num">
                    {when(at, now)}
                  </time>
                  <span className="t3">{relative(at, now)}</span>
                </li>
              ))}
            </ol>
          )}
        </div>
        <div>
          <h3 className="gap-below">Last times, {clockZone()}</h3>
          {schedule.recent.length === 0 ? (
            <p className="s12 t2">It has not fired yet.</p>
          ) : (
            <ol className="times">
              {schedule.recent.toReversed().map((firing) => (
                <li key={firing.at}>
                  <time dateTime={firing.at} title={exact(firing.at)} className="num">
                    {when(firing.at, now)}
                  </time>
                  <FiringBadge state={firing.state} />
                  {firing.workflowId !== null && (
                    <RunLink workflowId={firing.workflowId} className="link end">
                      Open run
                    </RunLink>
                  )}
                </li>
              ))}
            </ol>
          )}
        </div>
      </div>
    </aside>
  );
};

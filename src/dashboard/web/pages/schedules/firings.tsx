import type { ScheduleInfo } from '../../../../contracts/schedules.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { hourMinute, shortDay } from '../../time.ts';

type Firing = ScheduleInfo['recent'][number];

const looks: Readonly<
  Record<
    Firing['state'],
    {
      readonly word: string;
      readonly icon: IconName;
      readonly family: string;
      readonly fill: string;
    }
  >
> = {
  completed: { word: 'Completed', icon: 'completed', family: 'completed', fill: 'f-completed' },
  failed: { word: 'Failed', icon: 'failed', family: 'failed', fill: 'f-failed' },
  running: { word: 'Running', icon: 'running', family: 'running', fill: 'f-running' },
  missed: { word: 'Missed', icon: 'missed', family: 'retrying', fill: 'missed' },
  unknown: { word: 'Not known', icon: 'queued', family: 'queued', fill: 'unknown' },
};

/** How one firing ended: icon, word and colour. */
export const FiringBadge = ({ state }: { state: Firing['state'] }) => (
  <span className={`badge ${looks[state].family}`}>
    <Icon name={looks[state].icon} size="m" />
    {looks[state].word}
  </span>
);

/** The last firings as squares, oldest first; each leads to its run. */
export const FiringSquares = ({ firings }: { firings: readonly Firing[] }) => (
  <span className="squares">
    {firings.map((firing) => {
      const { word, fill } = looks[firing.state];
      const said = `${shortDay(firing.at)} ${hourMinute(firing.at)} UTC: ${word}`;
      return firing.workflowId === null ? (
        <span key={firing.at} className={fill} title={said} role="img" aria-label={said} />
      ) : (
        <span key={firing.at} title={said}>
          <RunLink workflowId={firing.workflowId} className={`square ${fill}`}>
            <span className="hidden">{said}</span>
          </RunLink>
        </span>
      );
    })}
  </span>
);

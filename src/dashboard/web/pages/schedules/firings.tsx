import type { ScheduleInfo } from '../../../../contracts/schedules.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { clockZone, hourMinute, shortDay } from '../../time.ts';

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

/** The last firings as one picture, oldest first; the panel beside it leads to their runs. */
export const FiringSquares = ({ firings }: { firings: readonly Firing[] }) => (
  <span className="squares" role="img" aria-label={inWords(firings)}>
    {firings.map(({ at, state }) => (
      <span
        key={at}
        className={looks[state].fill}
        title={`${shortDay(at)} ${hourMinute(at)} ${clockZone()}: ${looks[state].word}`}
      />
    ))}
  </span>
);

/** `Last 3: completed, failed, completed` */
const inWords = (firings: readonly Firing[]): string =>
  firings.length === 0
    ? 'Has not fired yet'
    : `Last ${firings.length}: ${firings.map(({ state }) => looks[state].word.toLowerCase()).join(', ')}`;

import type { FlowEvent } from '../../../../contracts/flow-history.ts';
import { useNow } from '../../live.ts';
import { count } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { Empty } from '../../parts/view.tsx';
import { exact, when } from '../../time.ts';

const looks: Readonly<Record<FlowEvent['kind'], readonly [word: string, IconName, string]>> = {
  closed: ['Closed', 'waiting', 'waiting'],
  opened: ['Opened', 'completed', 'completed'],
  paused: ['Paused', 'paused', 'queued'],
  resumed: ['Resumed', 'play', 'completed'],
  limits: ['New limits', 'flow-keys', 'queued'],
};

/** What happened to a key, newest first: who, why, until when. */
export const KeyEvents = ({ events }: { events: readonly FlowEvent[] }) => {
  const now = useNow();
  return (
    <Card title="History" tag={events.length === 50 ? 'last 50' : events.length}>
      {events.length === 0 ? (
        <Empty>It was never closed, paused or limited by anybody.</Empty>
      ) : (
        <ul className="list key-events">
          {events.map((event) => {
            const [word, icon, family] = looks[event.kind];
            return (
              <li key={event.id}>
                <span className={`${family} row`}>
                  <Icon name={icon} />
                </span>
                <span className="grow">
                  <span className="block">
                    {word} {byWords(event)}
                    {event.until !== null && ` until ${when(event.until, now)}`}
                    {event.limits &&
                      `: ${count(event.limits.perSecond)} a second, ${count(event.limits.perMinute)} a minute, ${count(event.limits.atOnce)} at once`}
                  </span>
                  {event.why !== '' && <span className="block s12 t3 wrap">{event.why}</span>}
                </span>
                <time className="s12 t3 nowrap num" dateTime={event.at} title={exact(event.at)}>
                  {when(event.at, now)}
                </time>
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
};

const byWords = ({ by }: FlowEvent): string =>
  by === 'guess' ? 'by guess' : by === 'vendor' ? 'by the vendor' : `by ${by}`;

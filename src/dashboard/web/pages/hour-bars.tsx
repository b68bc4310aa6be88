import { VisuallyHidden } from '@mantine/core';
import type { Overview } from '../../../contracts/api.ts';
import { useState } from 'react';
import { counted } from '../numbers.ts';
import { Card } from '../parts/card.tsx';
import { ToLink } from '../parts/to-link.tsx';
import { Empty } from '../parts/view.tsx';
import { clockZone, hourMinute } from '../time.ts';

type Hour = Overview['hours'][number];
const hourMs = 3_600_000;
const sum = (hours: readonly Hour[], of: (hour: Hour) => number): number =>
  hours.reduce((all, hour) => all + of(hour), 0);
const total = (hour: Hour): number => hour.completed + hour.failed + hour.cancelled;

/** The steps of an axis from zero: 1, 2 or 5 times a power of ten, at most four of them. */
function steps(most: number): readonly number[] {
  const sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000];
  const size = sizes.find((each) => most / each <= 4) ?? most;
  return Array.from({ length: Math.ceil(most / size) + 1 }, (_, index) => index * size);
}

const runsOf = (hour: Hour): string =>
  `/runs?from=${hour.at}&to=${new Date(Date.parse(hour.at) + hourMs).toISOString()}`;

const say = (hour: Hour): string =>
  `${hourMinute(hour.at)} ${clockZone()}: ${hour.completed} completed, ${hour.failed} failed, ${hour.cancelled} cancelled`;

/** Finished runs of the last 24 hours; the running hour is outlined. Each bar leads to its runs. */
export const HourBars = ({ hours }: { hours: readonly Hour[] }) => {
  const [isTable, setTable] = useState(false);
  const completed = sum(hours, (hour) => hour.completed);
  const failed = sum(hours, (hour) => hour.failed);
  const cancelled = sum(hours, (hour) => hour.cancelled);
  return (
    <Card
      title="Finished runs by hour"
      line={isTable}
      more={
        <>
          <div className="legend" style={{ marginLeft: 12 }}>
            <span>
              <i className="f-completed" />
              Completed {completed}
            </span>
            <span>
              <i className="f-failed" />
              Failed {failed}
            </span>
            {cancelled > 0 && (
              <span>
                <i className="f-queued" />
                Cancelled {cancelled}
              </span>
            )}
          </div>
          <button type="button" className="more" onClick={() => setTable(!isTable)}>
            {isTable ? 'As chart' : 'As table'}
          </button>
        </>
      }
    >
      {completed + failed + cancelled === 0 ? (
        <Empty>No run has finished in the last 24 hours.</Empty>
      ) : isTable ? (
        <HourTable hours={hours} />
      ) : (
        <HourChart
          hours={hours}
          label={`${counted(completed + failed + cancelled, 'run')} finished in the last 24 hours, ${failed} failed`}
        />
      )}
    </Card>
  );
};

const HourTable = ({ hours }: { hours: readonly Hour[] }) => (
  <table>
    <thead>
      <tr>
        <th scope="col">Hour, {clockZone()}</th>
        <th scope="col" className="r">
          Completed
        </th>
        <th scope="col" className="r">
          Failed
        </th>
        <th scope="col" className="r">
          Cancelled
        </th>
      </tr>
    </thead>
    <tbody>
      {hours
        .filter((hour) => total(hour) > 0)
        .map((hour) => (
          <tr key={hour.at}>
            <th scope="row">
              <ToLink to={runsOf(hour)} className="link">
                {hourMinute(hour.at)}
              </ToLink>
            </th>
            <td className="r">{hour.completed}</td>
            <td className="r">{hour.failed}</td>
            <td className="r">{hour.cancelled}</td>
          </tr>
        ))}
    </tbody>
  </table>
);

const HourChart = ({ hours, label }: { hours: readonly Hour[]; label: string }) => {
  const ticks = steps(Math.max(1, ...hours.map(total)));
  const most = ticks.at(-1) ?? 1;
  const parts = [
    ['completed', 'f-completed'],
    ['failed', 'f-failed'],
    ['cancelled', 'f-queued'],
  ] as const;
  return (
    <div className="hours" role="group" aria-label={label}>
      <div className="hours-axis" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick} style={{ bottom: `${(tick / most) * 100}%` }}>
            {tick}
          </span>
        ))}
      </div>
      <div className="hours-plot">
        {ticks.map((tick) => (
          <hr key={tick} style={{ bottom: `${(tick / most) * 100}%` }} />
        ))}
        {hours.map((hour, index) => {
          const isNow = index === hours.length - 1;
          return (
            <ToLink key={hour.at} to={runsOf(hour)} className="hour">
              <VisuallyHidden>{say(hour)}</VisuallyHidden>
              <span className="hour-bar" title={say(hour)}>
                {parts.map(([part, className]) =>
                  hour[part] > 0 ? (
                    <i
                      key={part}
                      className={isNow && part === 'completed' ? 'f-calm' : className}
                      style={{ height: `max(3px, ${(hour[part] / most) * 100}%)` }}
                    />
                  ) : null,
                )}
              </span>
              <span className="hour-label" aria-hidden="true">
                {isNow
                  ? 'now'
                  : index % 3 === 0 && index < hours.length - 2
                    ? hourMinute(hour.at)
                    : ''}
              </span>
            </ToLink>
          );
        })}
      </div>
    </div>
  );
};

import type { Overview } from '../../../contracts/api.ts';
import { useState } from 'react';
import { counted } from '../numbers.ts';
import { Card } from '../parts/card.tsx';
import { SliceBars } from '../parts/slice-bars.tsx';
import { ToLink } from '../parts/to-link.tsx';
import { Empty } from '../parts/view.tsx';
import { clockZone, hourMinute } from '../time.ts';

type Hour = Overview['hours'][number];
const hourMs = 3_600_000;
const sum = (hours: readonly Hour[], of: (hour: Hour) => number): number =>
  hours.reduce((all, hour) => all + of(hour), 0);
const total = (hour: Hour): number => hour.completed + hour.failed + hour.cancelled;

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

const HourChart = ({ hours, label }: { hours: readonly Hour[]; label: string }) => (
  <SliceBars
    label={label}
    slices={hours.map((hour, index) => {
      const isNow = index === hours.length - 1;
      const isLabelled = index % 3 === 0 && index < hours.length - 2;
      return {
        ...{ key: hour.at, to: runsOf(hour), words: say(hour) },
        label: isNow ? 'now' : isLabelled ? hourMinute(hour.at) : '',
        parts: [
          { fill: isNow ? 'f-calm' : 'f-completed', value: hour.completed },
          { fill: 'f-failed', value: hour.failed },
          { fill: 'f-queued', value: hour.cancelled },
        ],
      };
    })}
  />
);

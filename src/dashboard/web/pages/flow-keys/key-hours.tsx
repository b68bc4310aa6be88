import { useState } from 'react';
import type { FlowKeyDetail, FlowStop } from '../../../../contracts/flow-history.ts';
import { useNow } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/view.tsx';
import { clockZone, duration, hourMinute, when } from '../../time.ts';

type Slice = FlowKeyDetail['slices'][number];

const parts = [
  { name: 'answered', label: 'Answered', fill: 'f-completed' },
  { name: 'failed', label: 'Failed', fill: 'f-failed' },
  { name: 'sentAway', label: 'Sent away, no call', fill: 'f-queued' },
] as const;
const totalOf = (slice: Slice): number => slice.answered + slice.failed + slice.sentAway;

/** Tries of the last six hours in slices of five minutes, with closings and pauses behind them. */
export const KeyHours = ({ detail }: { detail: FlowKeyDetail }) => {
  const [isTable, setTable] = useState(false);
  const { slices, stops } = detail;
  const all = slices.reduce((sum, slice) => sum + totalOf(slice), 0);
  const closings = stops.filter(({ kind }) => kind === 'closed').length;
  return (
    <Card
      title="Tries in the last 6 h"
      line={isTable}
      more={
        <>
          <div className="legend" style={{ marginLeft: 12 }}>
            {parts.map(({ name, label, fill }) => (
              <span key={name}>
                <i className={fill} />
                {label} {count(slices.reduce((sum, slice) => sum + slice[name], 0))}
              </span>
            ))}
            <span>
              <i className="hatch-waiting" />
              Closed {closings}
            </span>
            <span>
              <i className="hatch-paused" />
              Paused {stops.length - closings}
            </span>
          </div>
          <button type="button" className="more" onClick={() => setTable(!isTable)}>
            {isTable ? 'As chart' : 'As table'}
          </button>
        </>
      }
    >
      {isTable ? (
        <HoursTable detail={detail} />
      ) : (
        <>
          <HoursChart
            detail={detail}
            label={`${counted(all, 'try', 'tries')} in the last 6 hours, ${counted(closings, 'closing')}`}
          />
          <p className="hint pad-x">
            One bar is five minutes. A try is one turn of a run’s step; it makes one call or a few.
          </p>
        </>
      )}
    </Card>
  );
};

const HoursChart = ({ detail, label }: { detail: FlowKeyDetail; label: string }) => {
  const { slices, sliceMs, stops } = detail;
  const now = useNow();
  const from = Date.parse(slices[0]?.at ?? '');
  const whole = slices.length * sliceMs;
  const most = Math.max(4, ...slices.map(totalOf));
  const place = (at: number): number => Math.min(100, Math.max(0, ((at - from) / whole) * 100));
  return (
    <div className="hours" role="img" aria-label={label}>
      <div className="hours-axis">
        {[0, Math.ceil(most / 2), most].map((tick) => (
          <span key={tick} style={{ bottom: `${(tick / most) * 100}%` }}>
            {count(tick)}
          </span>
        ))}
      </div>
      <div className="hours-plot key-hours">
        {[0, Math.ceil(most / 2), most].map((tick) => (
          <hr key={tick} style={{ bottom: `${(tick / most) * 100}%` }} />
        ))}
        {stops.map((stop) => {
          const left = place(Date.parse(stop.from));
          const right = place(stop.to === null ? now : Math.min(Date.parse(stop.to), now));
          return (
            <i
              key={`${stop.kind} ${stop.from}`}
              className={`stop ${stop.kind === 'closed' ? 'hatch-waiting' : 'hatch-paused'}`}
              style={{ left: `${left}%`, width: `max(3px, ${right - left}%)` }}
              title={stopWords(stop, now)}
            />
          );
        })}
        {slices.map((slice, index) => (
          <span key={slice.at} className="hour">
            <span className="hour-bar" title={totalOf(slice) > 0 ? sliceWords(slice) : undefined}>
              {parts.map(({ name, fill }) =>
                slice[name] > 0 ? (
                  <i
                    key={name}
                    className={fill}
                    style={{ height: `max(3px, ${(slice[name] / most) * 100}%)` }}
                  />
                ) : null,
              )}
            </span>
            {slice.at.slice(14, 16) === '00' && index < slices.length - 8 && (
              <span className="hour-label">{hourMinute(slice.at)}</span>
            )}
            {index === slices.length - 1 && <span className="hour-label">now</span>}
          </span>
        ))}
      </div>
    </div>
  );
};

const HoursTable = ({ detail: { slices, stops } }: { detail: FlowKeyDetail }) => {
  const now = useNow();
  const busy = slices.filter((slice) => totalOf(slice) > 0).toReversed();
  if (busy.length + stops.length === 0) return <Empty>Nothing happened in the last 6 hours.</Empty>;
  return (
    <>
      {stops.length > 0 && (
        <ul className="list">
          {stops.toReversed().map((stop) => (
            <li key={`${stop.kind} ${stop.from}`}>
              <span className="wrap">{stopWords(stop, now)}</span>
            </li>
          ))}
        </ul>
      )}
      <table>
        <thead>
          <tr>
            <th scope="col">From, {clockZone()}</th>
            {parts.map(({ name, label }) => (
              <th key={name} scope="col" className="r">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {busy.map((slice) => (
            <tr key={slice.at}>
              <th scope="row">{hourMinute(slice.at)}</th>
              {parts.map(({ name }) => (
                <td key={name} className="r">
                  {count(slice[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
};

const sliceWords = (slice: Slice): string =>
  `${hourMinute(slice.at)} ${clockZone()}: ${parts.map(({ name, label }) => `${label.toLowerCase()} ${count(slice[name])}`).join(', ')}`;

function stopWords({ kind, from, to, by, why }: FlowStop, now: number): string {
  const lasted = duration((to === null ? now : Date.parse(to)) - Date.parse(from));
  const word = kind === 'closed' ? 'Closed' : 'Paused';
  return `${word} by ${by} at ${when(from, now)}, ${lasted}${to === null ? ' so far' : ''}: ${why}`;
}

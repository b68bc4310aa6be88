import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { LogHistogram, LogLevel } from '../../../../contracts/logs.ts';
import { readLogHistogram } from '../../api-records.ts';
import { useLiveState } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { levelLooks } from '../../parts/log-level.tsx';
import { useIsNarrow } from '../../parts/narrow.ts';
import { SliceBars } from '../../parts/slice-bars.tsx';
import { ToLink } from '../../parts/to-link.tsx';
import { Empty, Skeleton, Trouble } from '../../parts/view.tsx';
import type { LogsSearch } from '../../search.ts';
import { clock, clockZone, duration, hourMinute, shortDay } from '../../time.ts';
import { filterOf } from './log-search.ts';

type Slice = LogHistogram['slices'][number];

const dayMs = 86_400_000;
const countEveryMs = 10_000;
/** From below. */
const levels = ['error', 'warn', 'info', 'debug'] as const satisfies readonly LogLevel[];
const totalOf = (slice: Slice): number => levels.reduce((sum, level) => sum + slice[level], 0);

/** How many lines match when; asked again now and then. */
export function useLogHistogram(search: LogsSearch) {
  const { mode } = useLiveState();
  const { selected: _, ...wanted } = search;
  return useQuery({
    queryKey: ['log-histogram', wanted],
    queryFn: ({ signal }) => readLogHistogram(filterOf(wanted), signal),
    placeholderData: keepPreviousData,
    refetchInterval: search.to !== undefined || mode === 'paused' ? false : countEveryMs,
  });
}

/** Lines over time by level; each bar narrows the page to its time. */
export const LogBars = ({
  search,
  query,
}: {
  search: LogsSearch;
  query: ReturnType<typeof useLogHistogram>;
}) => {
  const [isTable, setTable] = useState(false);
  const { data, error } = query;
  const shown = data && levels.filter((level) => data.slices.some((slice) => slice[level] > 0));
  return (
    <Card
      title="Lines over time"
      line={isTable}
      more={
        data && (
          <>
            <div className="legend" style={{ marginLeft: 12 }}>
              {shown?.map((level) => (
                <span key={level}>
                  <i className={levelLooks[level].fill} />
                  {levelLooks[level].word}{' '}
                  {count(data.slices.reduce((sum, slice) => sum + slice[level], 0))}
                </span>
              ))}
            </div>
            <button type="button" className="more" onClick={() => setTable(!isTable)}>
              {isTable ? 'As chart' : 'As table'}
            </button>
          </>
        )
      }
    >
      {error && (
        <Trouble
          what="The count of lines"
          error={error}
          at={query.errorUpdatedAt}
          shownAt={data ? query.dataUpdatedAt : 0}
          retry={() => void query.refetch()}
        />
      )}
      {data === undefined ? (
        !error && <Skeleton rows={3} />
      ) : data.slices.length === 0 ? (
        <Empty>No line at this time.</Empty>
      ) : isTable ? (
        <BarTable histogram={data} search={search} />
      ) : (
        <>
          <Bars histogram={data} search={search} />
          <p className="hint pad-x">
            One bar is {duration(data.sliceMs)}; it leads to its lines.
            {!data.isWhole && ` Only the newest ${count(data.total)} lines are counted.`}
          </p>
        </>
      )}
    </Card>
  );
};

function addressOf(search: LogsSearch, slice: Slice, sliceMs: number): string {
  const to = new Date(Date.parse(slice.at) + sliceMs).toISOString();
  const { last: _, selected: __, ...filter } = search;
  const pairs = Object.entries({ ...filter, from: slice.at, to }).flatMap(
    ([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]),
  );
  return `/logs?${new URLSearchParams(pairs).toString()}`;
}

/** A moment as exactly as slices of this length need it. */
const momentOf = (at: string, sliceMs: number, spanMs: number): string => {
  if (sliceMs >= dayMs) return shortDay(at);
  const time = sliceMs < 60_000 ? clock(at) : hourMinute(at);
  return spanMs > dayMs ? `${shortDay(at)} ${time}` : time;
};

const sentence = (slice: Slice, when: string): string =>
  `${when} ${clockZone()}: ${levels.map((level) => `${levelLooks[level].word.toLowerCase()} ${count(slice[level])}`).join(', ')}`;

const Bars = ({ histogram, search }: { histogram: LogHistogram; search: LogsSearch }) => {
  const { slices, sliceMs, total } = histogram;
  const spanMs = slices.length * sliceMs;
  const labels = useIsNarrow() ? 3 : 6;
  const every = Math.max(1, Math.ceil(slices.length / labels));
  return (
    <SliceBars
      label={`${counted(total, 'line')} over time`}
      slices={slices.map((slice, index) => {
        const when = momentOf(slice.at, sliceMs, spanMs);
        return {
          ...{ key: slice.at, to: addressOf(search, slice, sliceMs), words: sentence(slice, when) },
          label: index % every === 0 ? when : '',
          parts: levels.map((level) => ({ fill: levelLooks[level].fill, value: slice[level] })),
        };
      })}
    />
  );
};

const BarTable = ({ histogram, search }: { histogram: LogHistogram; search: LogsSearch }) => {
  const { slices, sliceMs } = histogram;
  const spanMs = slices.length * sliceMs;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">From, {clockZone()}</th>
          {levels.map((level) => (
            <th key={level} scope="col" className="r">
              {levelLooks[level].word}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {slices
          .filter((slice) => totalOf(slice) > 0)
          .toReversed()
          .map((slice) => (
            <tr key={slice.at}>
              <th scope="row">
                <ToLink to={addressOf(search, slice, sliceMs)} className="link">
                  {momentOf(slice.at, sliceMs, spanMs)}
                </ToLink>
              </th>
              {levels.map((level) => (
                <td key={level} className="r">
                  {count(slice[level])}
                </td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  );
};

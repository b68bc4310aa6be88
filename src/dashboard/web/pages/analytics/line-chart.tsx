import { scaleLinear } from 'd3-scale';
import { useState, type ReactNode } from 'react';
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
  type TooltipContentProps,
} from 'recharts';
import { Card } from '../../parts/card.tsx';
import { ToLink } from '../../parts/to-link.tsx';
import { shortDay } from '../../time.ts';
import { PointTable, type DayPoint, type Series } from './point-table.tsx';

/** A moment that explains a change: a dotted line with a label. */
export interface DayMark {
  readonly date: string;
  readonly label: string;
}

const height = 206;
const noMarks: readonly DayMark[] = [];

/** Lines over days, with the same numbers as a table. A day leads to its runs. */
export const DayChart = ({
  title,
  sentence,
  series,
  points,
  format,
  axisFormat = format,
  dayLink,
  today,
  marks = noMarks,
  most,
}: {
  title: string;
  /** The chart in words, for those who do not see it. */
  sentence: string;
  series: readonly Series[];
  points: readonly DayPoint[];
  format: (value: number) => string;
  /** The same, shorter, at the axis. */
  axisFormat?: (value: number) => string;
  dayLink: (date: string) => string;
  today: string;
  marks?: readonly DayMark[];
  /** The upper end of the axis; chosen by the values when left out. */
  most?: number;
}) => {
  const [isTable, setTable] = useState(false);
  return (
    <Card
      title={title}
      line={isTable}
      more={
        <>
          <div className="legend" style={{ marginLeft: 12 }}>
            {series.map((each) => (
              <span key={each.key}>
                <Stroke series={each} />
                {each.label}
              </span>
            ))}
          </div>
          <button
            type="button"
            className="more"
            aria-label={`${title}: ${isTable ? 'as chart' : 'as table'}`}
            onClick={() => setTable(!isTable)}
          >
            {isTable ? 'As chart' : 'As table'}
          </button>
        </>
      }
    >
      {isTable ? (
        <PointTable series={series} points={points} format={format} dayLink={dayLink} />
      ) : (
        <figure className="chart" aria-label={sentence}>
          <Lines
            series={series}
            points={points}
            format={format}
            axisFormat={axisFormat}
            today={today}
            dayLink={dayLink}
            marks={marks}
            most={most}
          />
        </figure>
      )}
    </Card>
  );
};

const Stroke = ({ series }: { series: Series }) => (
  <svg viewBox="0 0 14 4" aria-hidden="true">
    <line
      x1="0"
      x2="14"
      y1="2"
      y2="2"
      stroke={series.colour}
      strokeWidth={series.width ?? 2}
      strokeDasharray={series.dash}
    />
  </svg>
);

const Lines = ({
  series,
  points,
  format,
  axisFormat,
  today,
  dayLink,
  marks,
  most: upperEnd,
}: {
  series: readonly Series[];
  points: readonly DayPoint[];
  format: (value: number) => string;
  axisFormat: (value: number) => string;
  today: string;
  dayLink: (date: string) => string;
  marks: readonly DayMark[];
  most: number | undefined;
}) => {
  const rows = points.map(({ date, values }) => ({ date, ...values }));
  const all = points.flatMap((point) => Object.values(point.values));
  const most = upperEnd ?? Math.max(0, ...all.filter((value) => value !== null));
  const ticks = scaleLinear()
    .domain([0, most || 1])
    .nice(4)
    .ticks(4);
  const every = Math.max(1, Math.ceil(points.length / 8));
  const named = points
    .filter((_, index) => (points.length - 1 - index) % every === 0)
    .map((point) => point.date);
  return (
    <ResponsiveContainer width="100%" height={height}>
      <LineChart data={rows} margin={{ top: 8, right: 24, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
        <XAxis
          dataKey="date"
          ticks={named}
          interval={0}
          tickLine={false}
          axisLine={false}
          tick={{ className: 'ax' }}
          tickFormatter={(date: string) => (date === today ? 'today' : shortDay(date))}
        />
        <YAxis
          width={48}
          ticks={[...ticks]}
          domain={[0, ticks.at(-1) ?? 1]}
          tickLine={false}
          axisLine={false}
          tick={{ className: 'ax' }}
          tickFormatter={axisFormat}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: 'var(--line-control)', strokeDasharray: '2 3' }}
          wrapperStyle={{ pointerEvents: 'auto', zIndex: 5 }}
          content={(props: TooltipContentProps) => (
            <Tip {...props} series={series} format={format} dayLink={dayLink} />
          )}
        />
        {marks.map(({ date, label }, index) => (
          <ReferenceLine
            key={date}
            x={date}
            stroke="var(--accent)"
            strokeDasharray="2 3"
            label={{
              value: label,
              // neighbours stand under each other
              position: index % 2 === 0 ? 'insideBottomRight' : 'insideTopRight',
              fill: 'var(--accent)',
              fontSize: 11,
            }}
          />
        ))}
        {series.toReversed().map((each) => (
          <Line
            key={each.key}
            dataKey={each.key}
            name={each.label}
            stroke={each.colour}
            strokeWidth={each.width ?? 2}
            {...(each.dash === undefined ? {} : { strokeDasharray: each.dash })}
            type="linear"
            connectNulls={false}
            isAnimationActive={false}
            activeDot={{ r: 4, stroke: 'var(--surface)', strokeWidth: 2 }}
            dot={(dot: { cx?: number; cy?: number; index?: number }) => (
              <Lonely
                key={dot.index}
                dot={dot}
                values={points.map((point) => point.values[each.key] ?? null)}
                colour={each.colour}
                isOpenEnded={each.isOpenEnded === true}
              />
            )}
          />
        ))}
      </LineChart>
    </ResponsiveContainer>
  );
};

/** A point without neighbours has no line, so it gets a dot. */
const Lonely = ({
  dot: { cx, cy, index = 0 },
  values,
  colour,
  isOpenEnded,
}: {
  dot: { cx?: number; cy?: number; index?: number };
  values: readonly (number | null)[];
  colour: string;
  isOpenEnded: boolean;
}): ReactNode => {
  if (isOpenEnded && index === values.length - 1 && values[index] !== null) {
    return <circle cx={cx} cy={cy} r={3.5} fill="var(--surface)" stroke={colour} strokeWidth={2} />;
  }
  const isAlone =
    values[index] !== null &&
    (values[index - 1] ?? null) === null &&
    (values[index + 1] ?? null) === null;
  return isAlone ? <circle cx={cx} cy={cy} r={2.5} fill={colour} /> : <g />;
};

const Tip = ({
  active,
  payload,
  label,
  series,
  format,
  dayLink,
}: TooltipContentProps & {
  series: readonly Series[];
  format: (value: number) => string;
  dayLink: (date: string) => string;
}) => {
  if (!active || payload.length === 0 || typeof label !== 'string') return null;
  return (
    <div className="tip">
      <b>{shortDay(label)}</b>
      <dl>
        {series.map((each) => {
          const value: unknown = payload.find((item) => item.dataKey === each.key)?.value;
          return typeof value === 'number' ? (
            <div key={each.key}>
              <dt>
                <Stroke series={each} /> {each.label}
              </dt>
              <dd>{format(value)}</dd>
            </div>
          ) : null;
        })}
      </dl>
      <ToLink to={dayLink(label)} className="link">
        Runs of this day
      </ToLink>
    </div>
  );
};

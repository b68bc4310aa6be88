import type { ReactNode } from 'react';
import { ToLink } from './to-link.tsx';

/** A line of 15 strokes that shows the way a figure went; it says nothing the figure does not. */
export const Spark = ({ values, colour }: { values: readonly number[]; colour: string }) => {
  const most = Math.max(...values);
  const least = Math.min(...values);
  const points = values.map((value, index) => {
    const x = (index / (values.length - 1)) * 64;
    const y = most === least ? 12 : 22 - ((value - least) / (most - least)) * 20;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg className="spark" viewBox="0 0 64 24" preserveAspectRatio="none" aria-hidden="true">
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke={colour}
        strokeWidth="1.5"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
};

/** One big number with its name, its change, and the rows behind it. */
export const Figure = ({
  name,
  value,
  note,
  tone = '',
  to,
  spark,
  colour = 'var(--chart-1)',
  tag,
}: {
  name: string;
  value: string;
  note: string;
  tone?: '' | 'completed' | 'failed';
  /** The address of the rows behind it. */
  to?: string;
  spark?: readonly number[];
  colour?: string;
  tag?: ReactNode;
}) => {
  const hasSpark = spark !== undefined && spark.length > 1 && Math.max(...spark) > 0;
  const body = (
    <>
      <span className="k">
        {name} {tag}
      </span>
      <span className="v block">{value}</span>
      <span className={`d block ${tone}`} title={note}>
        {note}
      </span>
      {hasSpark && <Spark values={spark} colour={colour} />}
    </>
  );
  const className = `kpi ${hasSpark ? 'has-spark' : ''}`;
  return to === undefined ? (
    <div className={className} role="group" aria-label={`${name}: ${value}, ${note}`}>
      {body}
    </div>
  ) : (
    <ToLink to={to} className={className}>
      {body}
    </ToLink>
  );
};

/** Up to six figures in one row. */
export const Figures = ({
  label,
  columns = 6,
  children,
}: {
  label: string;
  columns?: 5 | 6;
  children: ReactNode;
}) => (
  <section className={columns === 5 ? 'kpis five' : 'kpis'} aria-label={label}>
    {children}
  </section>
);

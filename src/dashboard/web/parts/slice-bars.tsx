import { VisuallyHidden } from '@mantine/core';
import { count } from '../numbers.ts';
import { ToLink } from './to-link.tsx';

/** One slice of time: a stack of parts from below, which leads to what it stands for. */
export interface Slice {
  readonly key: string;
  /** The address of its rows. */
  readonly to: string;
  /** All of it as a sentence. */
  readonly words: string;
  /** Under the bar; empty for most. */
  readonly label: string;
  readonly parts: readonly { readonly fill: string; readonly value: number }[];
}

/** The steps of an axis from zero: 1, 2 or 5 times a power of ten, at most four of them. */
function steps(most: number): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most / 4)));
  const size = [1, 2, 5, 10].map((each) => each * power).find((each) => most / each <= 4) ?? most;
  return Array.from({ length: Math.ceil(most / size) + 1 }, (_, index) => index * size);
}

const total = ({ parts }: Slice): number => parts.reduce((sum, { value }) => sum + value, 0);

/** Stacked bars over time. @param label what all of them show together. */
export const SliceBars = ({ slices, label }: { slices: readonly Slice[]; label: string }) => {
  const ticks = steps(Math.max(1, ...slices.map(total)));
  const most = ticks.at(-1) ?? 1;
  return (
    <div className="hours" role="group" aria-label={label}>
      <div className="hours-axis" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick} style={{ bottom: `${(tick / most) * 100}%` }}>
            {count(tick)}
          </span>
        ))}
      </div>
      <div className="hours-plot">
        {ticks.map((tick) => (
          <hr key={tick} style={{ bottom: `${(tick / most) * 100}%` }} />
        ))}
        {slices.map((slice) => (
          <ToLink key={slice.key} to={slice.to} className="hour">
            <VisuallyHidden>{slice.words}</VisuallyHidden>
            <span className="hour-bar" title={slice.words}>
              {slice.parts.map(({ fill, value }) =>
                value > 0 ? (
                  <i
                    key={fill}
                    className={fill}
                    style={{ height: `max(3px, ${(value / most) * 100}%)` }}
                  />
                ) : null,
              )}
            </span>
            <span className="hour-label" aria-hidden="true">
              {slice.label}
            </span>
          </ToLink>
        ))}
      </div>
    </div>
  );
};

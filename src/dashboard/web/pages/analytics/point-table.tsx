import { ToLink } from '../../parts/to-link.tsx';

/** One line: colour, dash and label, so that it is told apart without colour. */
export interface Series {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  readonly dash?: string;
  readonly width?: number;
  /** Marks the last point: the line is not finished. */
  readonly isOpenEnded?: boolean;
}

/** The values of one day by series; null where there are none, which is not zero. */
export interface DayPoint {
  readonly date: string;
  readonly values: Readonly<Record<string, number | null>>;
}

/** The same figures as a table, for those who read rather than look. */
export const PointTable = ({
  series,
  points,
  format,
  dayLink,
}: {
  series: readonly Series[];
  points: readonly DayPoint[];
  format: (value: number) => string;
  dayLink: (date: string) => string;
}) => (
  <div className="tall">
    <table>
      <thead>
        <tr>
          <th scope="col">Day, UTC</th>
          {series.map((each) => (
            <th key={each.key} scope="col" className="r">
              {each.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {points.toReversed().map((point) => (
          <tr key={point.date}>
            <th scope="row">
              <ToLink to={dayLink(point.date)} className="link">
                {point.date}
              </ToLink>
            </th>
            {series.map((each) => {
              const value = point.values[each.key] ?? null;
              return (
                <td key={each.key} className="r">
                  {value === null ? <span className="t3">no rows</span> : format(value)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

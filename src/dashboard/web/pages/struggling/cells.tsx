import type { ReactNode } from 'react';
import type { StrugglingCause, StrugglingRun } from '../../../../contracts/struggling.ts';
import { useNow } from '../../live.ts';
import { count, counted } from '../../numbers.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { clockZone, duration, exact, when } from '../../time.ts';

type Common = StrugglingCause | StrugglingRun;

/** The headers of both tables. */
export const StrugglingHead = ({ what }: { what: string }) => (
  <thead>
    <tr>
      <th scope="col" style={{ width: 132 }}>
        State
      </th>
      <th scope="col" style={{ width: '27%' }}>
        {what}
      </th>
      <th scope="col" className="r" style={{ width: 60 }}>
        Tasks
      </th>
      <th scope="col" className="r" style={{ width: 68 }}>
        Next try
      </th>
      <th scope="col">The vendor said</th>
      <th scope="col" className="r" style={{ width: 108 }}>
        Goes on, {clockZone()}
      </th>
    </tr>
  </thead>
);

/** One row after its name: how many, which try, what was said, and when it goes on. */
export const StrugglingCells = ({
  row,
  tick,
  children,
}: {
  row: Common;
  tick: ReactNode;
  /** Its name, as the cell beside the state. */
  children: ReactNode;
}) => (
  <>
    <td>
      <span className="row">
        {tick}
        <StateBadge kind={row.state} />
      </span>
    </td>
    <td className="only-m num strong r">{counted(row.tasks, 'task')}</td>
    {children}
    <td className="r num strong hide-m">{count(row.tasks)}</td>
    <td className="r num t2 hide-m">{attemptWords(row)}</td>
    <td className="full">
      <span className="cut block t2" title={row.words}>
        <b className="strong">{row.status ?? row.failure}</b>{' '}
        {row.status === null ? row.words : `“${row.words}”`}
      </span>
      <span className="s11 t3 cut block">
        <span className="mono">{row.flowKey}</span> · {row.class}
      </span>
    </td>
    <td className="r full-m">
      <NextTry at={row.nextAt} />
    </td>
  </>
);

const attemptWords = ({ attempts: { least, most } }: Common): string =>
  least === most ? count(least) : `${count(least)}–${count(most)}`;

const NextTry = ({ at }: { at: string | null }) => {
  const now = useNow();
  if (at === null) return <span className="t3">by itself</span>;
  const leftMs = Date.parse(at) - now;
  return (
    <>
      <time className="num block" dateTime={at} title={exact(at)}>
        {when(at, now)}
      </time>
      <span className="s11 t3 num block">
        {leftMs <= 0 ? 'due' : `in ${duration(Math.ceil(leftMs / 1000) * 1000)}`}
      </span>
    </>
  );
};

import { useEffect, useState, type ReactNode } from 'react';
import { isTaken } from '../frame/keys.tsx';

/** Which rows of a list are ticked. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly toggle: (id: string) => void;
  readonly set: (ids: readonly string[]) => void;
}

/**
 * Ticks rows by their box, the one under the keys with `x`, a range with `Shift x`; `Esc` lets all
 * go. Rows that are gone are no longer ticked.
 *
 * @param rows ids of the rows there are, in their order; @param current index of the row under the keys.
 */
export function useSelection(rows: readonly string[], current: number): Selection {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState(-1);
  const ids = new Set(rows.filter((id) => ticked.has(id)));
  const toggle = (id: string) => {
    setLast(rows.indexOf(id));
    setTicked(
      ids.has(id) ? new Set([...ids].filter((each) => each !== id)) : new Set([...ids, id]),
    );
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTaken(event)) return;
      const id = rows[current];
      if (event.key === 'x' && id !== undefined) toggle(id);
      if (event.key === 'X' && id !== undefined) {
        const from = last < 0 ? current : last;
        const range = rows.slice(Math.min(from, current), Math.max(from, current) + 1);
        setTicked(new Set([...ids, ...range]));
      }
      if (event.key === 'Escape' && ids.size > 0) setTicked(new Set());
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
  return { ids, toggle, set: (wanted) => setTicked(new Set(wanted)) };
}

/** The box before a row. */
export const Tick = ({
  label,
  isOn,
  onChange,
}: {
  label: string;
  isOn: boolean;
  onChange: () => void;
}) => (
  <label className="tick">
    <input type="checkbox" checked={isOn} onChange={onChange} />
    <span className="hidden">{label}</span>
  </label>
);

/** What can be done with the rows that are ticked; at the lower edge of their card. */
export const BulkBar = ({
  label,
  words,
  children,
}: {
  /** What is ticked: `Selected leads`. */
  label: string;
  words: ReactNode;
  children: ReactNode;
}) => (
  <div className="bulk-bar" role="toolbar" aria-label={label}>
    <span className="s12 num">{words}</span>
    <span className="grow" />
    {children}
  </div>
);

import { useEffect, useRef, useState } from 'react';
import { isTaken } from '../frame/keys.tsx';

/** A place in a list that is kept elsewhere, in the address for instance. */
export interface KeptPlace {
  readonly current: number;
  readonly move: (index: number) => void;
}

/**
 * Moves through rows with `j` and `k`, opens one with Enter, and selects with `x`.
 *
 * @param select turns the selection of these rows on or off: of one, or of all from the one that
 * was selected last to this one.
 * @returns the index of the row under the keys, -1 before the first press.
 */
export function useRowKeys(
  count: number,
  open: (index: number) => void,
  kept?: KeptPlace,
  select?: (from: number, to: number) => void,
): number {
  const [own, setOwn] = useState(-1);
  const { current, move } = kept ?? { current: Math.min(own, count - 1), move: setOwn };
  const selectedLast = useRef<number>(undefined);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTaken(event) || count === 0) return;
      if (event.key === 'j') move(Math.min(count - 1, current + 1));
      if (event.key === 'k') move(Math.max(0, current - 1));
      if (event.key.toLowerCase() === 'x' && current >= 0) {
        const from = event.shiftKey ? (selectedLast.current ?? current) : current;
        selectedLast.current = current;
        select?.(Math.min(from, current), Math.max(from, current));
      }
      const isOnControl = event.target instanceof HTMLElement && event.target.closest('a, button');
      if (event.key === 'Enter' && current >= 0 && !isOnControl) open(current);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
  return current;
}

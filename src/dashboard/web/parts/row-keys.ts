import { useEffect, useState } from 'react';
import { isTaken } from '../frame/keys.tsx';

/** A place in a list that is kept elsewhere, in the address for instance. */
export interface KeptPlace {
  readonly current: number;
  readonly move: (index: number) => void;
}

/**
 * Moves through rows with `j` and `k` and opens one with Enter.
 *
 * @returns the index of the row under the keys, -1 before the first press.
 */
export function useRowKeys(count: number, open: (index: number) => void, kept?: KeptPlace): number {
  const [own, setOwn] = useState(-1);
  const { current, move } = kept ?? { current: Math.min(own, count - 1), move: setOwn };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTaken(event) || count === 0) return;
      if (event.key === 'j') move(Math.min(count - 1, current + 1));
      if (event.key === 'k') move(Math.max(0, current - 1));
      const isOnControl = event.target instanceof HTMLElement && event.target.closest('a, button');
      if (event.key === 'Enter' && current >= 0 && !isOnControl) open(current);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  });
  return current;
}

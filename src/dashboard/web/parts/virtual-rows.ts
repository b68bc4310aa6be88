import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** The part of a long table that is on screen; the page itself scrolls. */
export interface VirtualRows {
  /** The body of the table. */
  readonly body: RefObject<HTMLTableSectionElement | null>;
  /** The rows to draw, each with `measure` as its ref and its index as `data-index`. */
  readonly items: readonly VirtualItem[];
  readonly measure: (row: HTMLTableRowElement | null) => void;
  /** Height of what lies above and below the rows drawn. */
  readonly before: number;
  readonly after: number;
}

/**
 * Draws only the rows near the screen, and asks for more as their end comes near.
 *
 * @param current the row under the keys, which is kept on screen; -1 for none.
 */
export function useVirtualRows({
  count,
  rowHeight,
  keyOf,
  current,
  isMore,
  more,
}: {
  count: number;
  rowHeight: number;
  keyOf: (index: number) => string | number;
  current: number;
  isMore: boolean;
  more: () => void;
}): VirtualRows {
  const body = useRef<HTMLTableSectionElement>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => setMargin(body.current?.offsetTop ?? 0), []);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => document.getElementById('page'),
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: margin,
    getItemKey: keyOf,
  });
  const items = virtual.getVirtualItems();
  const isAtEnd = (items.at(-1)?.index ?? 0) >= count - 10;
  useEffect(() => {
    if (isAtEnd && isMore) more();
  }, [isAtEnd, isMore, more]);
  useEffect(() => {
    if (current >= 0) virtual.scrollToIndex(current, { align: 'auto' });
  }, [current, virtual]);
  return {
    body,
    items,
    measure: virtual.measureElement,
    before: (items[0]?.start ?? margin) - margin,
    after: virtual.getTotalSize() - ((items.at(-1)?.end ?? margin) - margin),
  };
}

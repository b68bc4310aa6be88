import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode } from 'react';

/** A long list of one-line records in a window of its own; about sixty of them are in the page. */
export function RecordList<T>({
  label,
  records,
  keyOf,
  selected,
  select,
  line,
  follow,
  onLeaveEnd,
  onReachEnd,
}: {
  label: string;
  records: readonly T[];
  keyOf: (record: T) => number;
  selected: number | undefined;
  select: (key: number) => void;
  line: (record: T) => ReactNode;
  /** Stays at the end as records come. */
  follow?: boolean;
  /** The reader scrolled up. */
  onLeaveEnd?: () => void;
  onReachEnd?: () => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: records.length,
    getScrollElement: () => box.current,
    estimateSize: () => 28,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const isAtEnd = (items.at(-1)?.index ?? 0) >= records.length - 3;
  useEffect(() => {
    if (follow && records.length > 0) virtual.scrollToIndex(records.length - 1);
  }, [follow, records.length, virtual]);
  useEffect(() => {
    if (isAtEnd) onReachEnd?.();
  }, [isAtEnd, onReachEnd]);
  return (
    <div
      className="records"
      ref={box}
      role="group"
      aria-label={label}
      tabIndex={0}
      onWheel={(event) => {
        if (event.deltaY < 0) onLeaveEnd?.();
      }}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const record = records[item.index];
          if (record === undefined) return null;
          const key = keyOf(record);
          return (
            <button
              key={item.key}
              type="button"
              className="record"
              aria-pressed={key === selected}
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={() => select(key)}
            >
              {line(record)}
            </button>
          );
        })}
      </div>
    </div>
  );
}

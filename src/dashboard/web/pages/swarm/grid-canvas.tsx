import { useElementSize } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { changedCells, cellCount, nextFailure, orderOf, type GridCells } from './grid-cells.ts';
import { boxAt, placeAfter, placeAt, shapeOf, type GridLevel } from './grid-layout.ts';
import { paintAll, paintPlaces, readColours, type GridPicture } from './grid-paint.ts';

const styles = { tasks: 'task', tiles: 'tile', density: 'density' } as const;

/** The tokens' colours as the theme has them, read again when it changes. */
function useColours(): GridPicture['colours'] {
  const [colours, setColours] = useState(readColours);
  useEffect(() => {
    const observer = new MutationObserver(() => setColours(readColours()));
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    setColours(readColours());
    return () => observer.disconnect();
  }, []);
  return colours;
}

/** Paints a picture at most once a frame, and only the cells that differ from the one before. */
function usePaint(canvas: HTMLCanvasElement | null, picture: GridPicture): void {
  const painted = useRef<GridPicture>(undefined);
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const context = canvas?.getContext('2d');
      if (!canvas || !context) return;
      const before = painted.current;
      const isSame =
        before?.shape === picture.shape &&
        before.colours === picture.colours &&
        before.style === picture.style &&
        before.order === picture.order &&
        before.isInOrder === picture.isInOrder;
      painted.current = picture;
      if (!isSame) {
        fit(canvas, context, picture);
        paintAll(context, picture);
        return;
      }
      const changed = changedCells(before.cells, picture.cells);
      if (changed.length === 0) return;
      paintPlaces(context, picture, placesOf(picture, changed));
    });
    return () => cancelAnimationFrame(frame);
  }, [canvas, picture]);
}

function fit(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  { shape }: GridPicture,
): void {
  const ratio = window.devicePixelRatio;
  canvas.width = Math.ceil(shape.width * ratio);
  canvas.height = Math.ceil(shape.height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

/** Where the changed cells stand; they stand at their own index unless people asked otherwise. */
function placesOf(
  { isInOrder, order }: GridPicture,
  changed: readonly number[],
): readonly number[] {
  if (isInOrder) return changed;
  const wanted = new Set(changed);
  return [...order.keys()].filter((place) => wanted.has(order[place] ?? -1));
}

/** A grid of cells on a canvas, steered by pointer and keys. */
export const GridCanvas = ({
  cells,
  level,
  isNarrow,
  isProblemsFirst,
  label,
  selected,
  wordsOf,
  open,
  step,
}: {
  cells: GridCells;
  level: Exclude<GridLevel, 'list'>;
  isNarrow: boolean;
  isProblemsFirst: boolean;
  /** What the grid shows, for those who don't see it. */
  label: string;
  /** The cell that is open beside the grid. */
  selected: number | undefined;
  /** What a cell holds, in words. */
  wordsOf: (cell: number) => ReactNode;
  open: (cell: number) => void;
  /** Goes to a coarser (1) or finer (-1) way to draw. */
  step?: (by: 1 | -1) => void;
}) => {
  const { ref, width } = useElementSize();
  const [canvas, setCanvas] = useState<HTMLCanvasElement | null>(null);
  const [focus, setFocus] = useState(0);
  const [isFocused, setFocused] = useState(false);
  const [hover, setHover] = useState<number>();
  const colours = useColours();
  const count = cellCount(cells);
  // an order is made anew only when somebody asks: a cell under the pointer must not run away
  const order = useMemo(
    () => orderOf(cells, isProblemsFirst),
    [count, cells.size, isProblemsFirst],
  );
  const shape = useMemo(
    () => shapeOf(level, count, Math.floor(width), isNarrow),
    [level, count, width, isNarrow],
  );
  const picture = useMemo<GridPicture>(
    () => ({
      cells,
      order,
      shape,
      style: styles[level],
      colours,
      isInOrder: !isProblemsFirst,
    }),
    [cells, order, shape, level, colours, isProblemsFirst],
  );
  usePaint(width > 0 ? canvas : null, picture);

  const place = Math.min(focus, count - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const next =
      event.key === 'f' ? nextFailure(cells, order, place) : placeAfter(shape, place, event.key);
    if (event.key === '+' || event.key === '-') step?.(event.key === '+' ? -1 : 1);
    else if (event.key === 'Enter' || event.key === ' ') open(order[place] ?? 0);
    else if (next === undefined) return;
    else setFocus(next);
    event.preventDefault();
    event.stopPropagation();
  };
  const placeUnder = (event: { clientX: number; clientY: number }) => {
    const box = canvas?.getBoundingClientRect();
    return box && placeAt(shape, event.clientX - box.left, event.clientY - box.top);
  };
  const marked = selected === undefined ? -1 : isProblemsFirst ? order.indexOf(selected) : selected;
  const shown = hover ?? (isFocused ? place : undefined);
  return (
    <div
      className="swarm-grid"
      ref={ref}
      role="application"
      aria-roledescription="grid of tasks"
      aria-label={label}
      aria-describedby="grid-keys"
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
    >
      <canvas
        ref={setCanvas}
        style={{ width: shape.width, height: shape.height }}
        aria-hidden="true"
        onPointerMove={(event) => setHover(placeUnder(event))}
        onPointerLeave={() => setHover(undefined)}
        onClick={(event) => {
          const under = placeUnder(event);
          if (under === undefined) return;
          setFocus(under);
          open(order[under] ?? 0);
        }}
      />
      {marked >= 0 && <Ring shape={shape} place={marked} className="chosen" />}
      {isFocused && <Ring shape={shape} place={place} className="focus" />}
      {shown !== undefined && (
        <div className="tip grid-tip" style={tipPlace(shape, shown)}>
          {wordsOf(order[shown] ?? 0)}
        </div>
      )}
      <span className="hidden" role="status" aria-live="polite">
        {isFocused && wordsOf(order[place] ?? 0)}
      </span>
    </div>
  );
};

const Ring = ({
  shape,
  place,
  className,
}: {
  shape: GridPicture['shape'];
  place: number;
  className: string;
}) => {
  const { x, y, width, height } = boxAt(shape, place);
  return (
    <i
      className={`grid-ring ${className}`}
      style={{
        transform: `translate(${x - 3}px, ${y - 3}px)`,
        width: width + 6,
        height: height + 6,
      }}
    />
  );
};

/** Beside the cell, on the side where there is room. */
function tipPlace(shape: GridPicture['shape'], place: number) {
  const { x, y, width, height } = boxAt(shape, place);
  const isRight = x > shape.width / 2;
  return {
    top: y + height + 6,
    ...(isRight ? { right: `calc(100% - ${x + width}px)` } : { left: x }),
  };
}

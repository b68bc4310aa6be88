import { useEffect, useRef, type PointerEvent, type RefObject } from 'react';
import { isTaken } from '../../frame/keys.tsx';
import { moved, zoomed, type Span, type TimelineScale } from './timeline-scale.ts';

const aStep = 1.5;
/** Of a wheel: one notch is 100, and makes it a fifth longer. */
const aPixel = 0.002;
/** A press that moves less than this is a click. */
const dragAbove = 4;

interface Zoom {
  readonly scale: TimelineScale;
  /** What a person chose to see; `undefined` is the whole run. */
  readonly seen: Span | undefined;
  readonly see: (seen: Span | undefined) => void;
  /** What `f` shows: the work of the steps in the list. */
  readonly work: Span | undefined;
}

/** What was pressed on, where, and what was seen then. */
interface Drag {
  readonly x: number;
  readonly scale: TimelineScale;
  readonly holder: HTMLElement;
}

/** Wheel with Ctrl zooms at the pointer, drag pans, `+` and `-` zoom, `f` fits, `0` shows the whole run. */
export function useZoom({ scale, seen, see, work }: Zoom) {
  const lanes = useRef<HTMLDivElement>(null);
  const begun = useRef<Drag>(undefined);

  useEffect(() => {
    const onWheel = (event: WheelEvent) => {
      const box = boxUnder(lanes, event);
      if (!box || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      const around = ((event.clientX - box.left) / box.width) * 100;
      const factor = Math.exp(-event.deltaY * aPixel);
      see(zoomed(scale, factor, Math.min(Math.max(around, 0), 100)));
    };
    const onKey = (event: KeyboardEvent) => {
      if (isTaken(event)) return;
      if (event.key === '0') see(undefined);
      else if (event.key === 'f') see(work);
      else if (event.key === '+') see(zoomed(scale, aStep, 50));
      else if (event.key === '-') see(zoomed(scale, 1 / aStep, 50));
    };
    // a quick hand on a slow machine is one event, and that may come from beyond the lanes
    const onDrag = ({ pointerId, clientX }: globalThis.PointerEvent) => {
      const width = lanes.current?.clientWidth ?? 0;
      if (!begun.current || width === 0) return;
      const { x, holder, scale: before } = begun.current;
      if (!holder.hasPointerCapture(pointerId)) {
        if (Math.abs(x - clientX) <= dragAbove) return;
        holder.setPointerCapture(pointerId); // what is under it gets no click
      }
      see(moved(before, ((x - clientX) / width) * 100));
    };
    const onRelease = (event: globalThis.PointerEvent) => {
      onDrag(event);
      begun.current = undefined;
    };
    const onCancel = () => (begun.current = undefined);
    document.addEventListener('wheel', onWheel, { passive: false });
    document.addEventListener('keydown', onKey);
    document.addEventListener('pointermove', onDrag);
    document.addEventListener('pointerup', onRelease);
    document.addEventListener('pointercancel', onCancel);
    return () => {
      document.removeEventListener('wheel', onWheel);
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('pointermove', onDrag);
      document.removeEventListener('pointerup', onRelease);
      document.removeEventListener('pointercancel', onCancel);
    };
  });

  return {
    /** Lies behind the lanes, as wide as they are. */
    lanes,
    /** For what holds the lanes. */
    pan: {
      onPointerDown({ button, clientX, currentTarget }: PointerEvent<HTMLElement>) {
        if (seen && button === 0) begun.current = { x: clientX, scale, holder: currentTarget };
      },
    },
  };
}

/** The lanes, when the pointer is over them. */
function boxUnder(lanes: RefObject<HTMLDivElement | null>, event: WheelEvent): DOMRect | undefined {
  const box = lanes.current?.getBoundingClientRect();
  const isOver = box && event.clientY >= box.top && event.clientY <= box.bottom;
  return isOver && box.width > 0 ? box : undefined;
}

/** The same for those who rather press a button. */
export const ZoomButtons = ({ scale, seen, see }: Omit<Zoom, 'work'>) => (
  <div className="seg" role="group" aria-label="Zoom">
    <button
      type="button"
      aria-label="Zoom out"
      title="Zoom out (-)"
      disabled={!seen}
      onClick={() => see(zoomed(scale, 1 / aStep, 50))}
    >
      −
    </button>
    <button
      type="button"
      aria-label="Zoom in"
      title="Zoom in (+); with Ctrl and the wheel at the pointer"
      onClick={() => see(zoomed(scale, aStep, 50))}
    >
      +
    </button>
    <button
      type="button"
      aria-pressed={!seen}
      title="The whole run (0)"
      onClick={() => see(undefined)}
    >
      Whole run
    </button>
  </div>
);

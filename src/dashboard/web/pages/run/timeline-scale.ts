import { scaleUtc } from 'd3-scale';
import { duration } from '../../time.ts';

/** A stretch of time in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Places moments on a lane, in percent of its width. */
export interface TimelineScale {
  place(at: number): number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  /** Idle stretches that were cut, with what they hide. */
  readonly seams: readonly {
    readonly at: number;
    readonly width: number;
    readonly label: string;
  }[];
}

const seamShare = 0.035;
const foldAbove = 0.1;

/**
 * Lays `whole` out over a lane. With `isFolded`, stretches longer than a tenth of it in which
 * nothing of `busy` lies shrink to a narrow seam.
 */
export function timelineScale(
  whole: Span,
  busy: readonly Span[],
  isFolded: boolean,
): TimelineScale {
  const idle = isFolded ? idleSpans(whole, busy) : [];
  const idleMs = idle.reduce((sum, span) => sum + span.to - span.from, 0);
  const length = Math.max(1, whole.to - whole.from - idleMs);
  const room = 1 - idle.length * seamShare;

  const place = (at: number): number => {
    let busyMs = Math.min(Math.max(at, whole.from), whole.to) - whole.from;
    let seams = 0;
    for (const span of idle) {
      if (at <= span.from) break;
      const hidden = Math.min(at, span.to) - span.from;
      busyMs -= hidden;
      seams += hidden / (span.to - span.from);
    }
    return ((busyMs / length) * room + seams * seamShare) * 100;
  };

  return {
    place,
    ticks: ticksOf(whole, idle, place),
    seams: idle.map((span) => ({
      at: place(span.from),
      width: seamShare * 100,
      label: `${duration(span.to - span.from)} without work`,
    })),
  };
}

function idleSpans(whole: Span, busy: readonly Span[]): readonly Span[] {
  const least = (whole.to - whole.from) * foldAbove;
  const idle: Span[] = [];
  let end = whole.from;
  for (const span of [...busy].sort((a, b) => a.from - b.from)) {
    if (span.from - end > least) idle.push({ from: end, to: span.from });
    end = Math.max(end, span.to);
  }
  if (whole.to - end > least) idle.push({ from: end, to: whole.to });
  return idle;
}

function ticksOf(
  whole: Span,
  idle: readonly Span[],
  place: (at: number) => number,
): TimelineScale['ticks'] {
  const edges = [whole.from, ...idle.flatMap((span) => [span.from, span.to]), whole.to];
  let last = -Infinity;
  return edges.flatMap((from, index) => {
    const to = edges[index + 1];
    if (index % 2 === 1 || to === undefined || to <= from) return [];
    const wanted = Math.max(2, Math.round(((place(to) - place(from)) / 100) * 8));
    const moments = scaleUtc().domain([from, to]).ticks(wanted).map(Number);
    const step = (moments[1] ?? to) - (moments[0] ?? from);
    return moments.flatMap((moment) => {
      const at = place(moment);
      if (at - last < 7 || at > 97) return [];
      last = at;
      return [{ at, label: labelOf(moment, step) }];
    });
  });
}

function labelOf(moment: number, step: number): string {
  const iso = new Date(moment).toISOString();
  if (step >= 86_400_000) return iso.slice(5, 10);
  if (step >= 60_000) return iso.slice(11, 16);
  return step >= 1_000 ? iso.slice(11, 19) : iso.slice(17, 22);
}

import { scaleLinear, scaleUtc } from 'd3-scale';

/** A stretch of time in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Places moments on a lane, in percent of its width. */
export interface TimelineScale {
  readonly whole: Span;
  /** Below 0 and above 100 for what is not seen. */
  readonly place: (at: number) => number;
  /** The moment at a place; the ends of the whole for what lies beyond them. */
  readonly momentAt: (place: number) => number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  /** Idle stretches that were cut, and how much time they hide; milliseconds. */
  readonly seams: readonly {
    readonly at: number;
    readonly width: number;
    readonly hiddenMs: number;
  }[];
}

const seamShare = 0.035;
const foldAbove = 0.1;
/** What misses no more than this of the whole is the whole: places are fractions, and round. */
const allShare = 1e-4;
/** Nothing shorter is worth the whole lane. */
const shortestMs = 20;

/**
 * Lays `whole` out over a lane, or the part of it that is to be seen. With `isFolded`, stretches longer
 * than a tenth of it in which nothing of `busy` lies shrink to a narrow seam.
 */
export function timelineScale(
  whole: Span,
  busy: readonly Span[],
  isFolded: boolean,
  seen: Span = whole,
): TimelineScale {
  const idle = isFolded ? idleSpans(whole, busy) : [];
  const stretches = stretchesOf(whole, idle);
  const busyMs = sumOf(stretches.filter((each) => !each.isIdle));
  const room = 1 - idle.length * seamShare;
  let end = 0;
  const ends = stretches.map(({ from, to, isIdle }) => {
    end += (isIdle ? seamShare : (room * (to - from)) / Math.max(1, busyMs)) * 100;
    return end;
  });
  const moments = [whole.from, ...stretches.map(({ to }) => to)];
  const unzoomed = scaleLinear(moments, [0, ...ends]).clamp(true);
  const [left, right] = [unzoomed(seen.from), unzoomed(seen.to)];
  const shown = [0, ...ends].map((each) => ((each - left) / Math.max(right - left, 1e-9)) * 100);
  const place = scaleLinear(moments, shown).clamp(true);
  const isSeen = (span: Span): boolean => span.to > seen.from && span.from < seen.to;

  return {
    whole,
    place,
    momentAt: (at) => place.invert(at),
    ticks: ticksOf(
      stretches.filter((each) => !each.isIdle && isSeen(each)).map((each) => both(each, seen)),
      place,
    ),
    seams: idle.filter(isSeen).map((span) => ({
      at: place(span.from),
      width: place(span.to) - place(span.from),
      hiddenMs: span.to - span.from,
    })),
  };
}

/** What is seen when all is drawn `factor` times as long, and what lies at a place stays there; `undefined` for all. */
export function zoomed(
  { whole, momentAt, place }: TimelineScale,
  factor: number,
  around: number,
): Span | undefined {
  const from = momentAt(around - around / factor);
  const to = momentAt(around + (100 - around) / factor);
  const nearlyNone = (whole.to - whole.from) * allShare;
  if (from <= whole.from + nearlyNone && to >= whole.to - nearlyNone) return undefined;
  if (factor > 1 && to - from < shortestMs) return { from: momentAt(0), to: momentAt(100) };
  return place(to) > place(from) ? { from, to } : undefined;
}

/** What is seen when it moves on by so many percent of the lane, as far as there is anything. */
export function moved({ whole, momentAt, place }: TimelineScale, by: number): Span {
  const step = Math.min(Math.max(by, place(whole.from)), place(whole.to) - 100);
  return { from: momentAt(step), to: momentAt(100 + step) };
}

const sumOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, { from, to }) => sum + to - from, 0);

const both = (a: Span, b: Span): Span => ({
  from: Math.max(a.from, b.from),
  to: Math.min(a.to, b.to),
});

/** The whole, cut where idle stretches begin and end. */
function stretchesOf(whole: Span, idle: readonly Span[]) {
  const edges = [whole.from, ...idle.flatMap(({ from, to }) => [from, to]), whole.to];
  return edges.flatMap((from, index) => {
    const to = edges[index + 1];
    return to === undefined || to <= from ? [] : [{ from, to, isIdle: index % 2 === 1 }];
  });
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
  stretches: readonly Span[],
  place: (at: number) => number,
): TimelineScale['ticks'] {
  let last = -Infinity;
  return stretches.flatMap(({ from, to }) => {
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

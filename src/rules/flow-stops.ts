import type { FlowEvent, FlowStop } from '../contracts/flow-history.ts';

/**
 * The stretches in which a flow key let nothing through, from what happened to it. Closings that
 * follow each other without a gap are one; a later word about the end counts.
 *
 * @param events oldest first.
 */
export function stopsOf(events: readonly Omit<FlowEvent, 'id' | 'limits'>[]): FlowStop[] {
  const stops: FlowStop[] = [];
  let closing: FlowStop | undefined;
  let pause: FlowStop | undefined;
  const put = (old: FlowStop | undefined, stop: FlowStop): FlowStop => {
    if (old) stops.splice(stops.indexOf(old), 1, stop);
    else stops.push(stop);
    return stop;
  };
  for (const { kind, at, until, by, why } of events) {
    const open = closing?.to != null && closing.to >= at ? closing : undefined;
    switch (kind) {
      case 'closed':
        closing = put(open, { kind, from: open?.from ?? at, to: until, by, why });
        break;
      case 'opened':
        if (open) closing = put(open, { ...open, to: at });
        break;
      case 'paused':
        pause = put(pause, { kind, from: pause?.from ?? at, to: null, by, why });
        break;
      case 'resumed':
        if (pause) put(pause, { ...pause, to: at });
        pause = undefined;
        break;
      case 'limits':
        break;
    }
  }
  return stops;
}

import { readdirSync, readFileSync } from 'node:fs';

/** What one process holds at a moment. */
export interface VitalSigns {
  readonly rssMb: number;
  /** Files, sockets and the like that are open. */
  readonly handles: number;
}

/** Reads them from Linux; nothing in the process has to help. */
export function vitalSignsOf(pid: number): VitalSigns {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  return { rssMb: Math.round(kb / 102.4) / 10, handles: readdirSync(`/proc/${pid}/fd`).length };
}

/** One value of a series. */
export interface Sample {
  readonly minute: number;
  readonly value: number;
}

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/**
 * How a series grew over its second half, an hour's worth: the median of the slopes between all
 * pairs (Theil & Sen), which a few outliers do not move.
 */
export function growthAnHour(samples: readonly Sample[]): number {
  const half = samples.slice(Math.floor(samples.length / 2));
  const slopes = half.flatMap((from, index) =>
    half.slice(index + 1).map((to) => (to.value - from.value) / (to.minute - from.minute)),
  );
  return Math.round(medianOf(slopes) * 60 * 10) / 10;
}

/** The middle of the second half. */
export const levelOf = (samples: readonly Sample[]): number =>
  medianOf(samples.slice(Math.floor(samples.length / 2)).map(({ value }) => value));

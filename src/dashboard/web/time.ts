/**
 * Times as people read them. On the wire and in the cache they stay ISO strings, which compare by
 * value; they become numbers only here. Clock times are in UTC, or in this machine's own time where
 * the person has chosen so; days, tooltips and what is copied stay in UTC.
 */
import { choice } from './choices.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const plural = (count: number, unit: string): string => `${count} ${unit}`;

/** `4 min 40 s`: two units at most. Below ten seconds with one decimal. */
export function duration(ms: number): string {
  if (ms < 0) return '0 s';
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < 10 * second) return `${(ms / second).toFixed(1)} s`;
  const steps: readonly (readonly [number, string, number, string])[] = [
    [day, 'd', hour, 'h'],
    [hour, 'h', minute, 'min'],
    [minute, 'min', second, 's'],
  ];
  for (const [size, unit, smaller, smallerUnit] of steps) {
    if (ms < size) continue;
    const rest = Math.floor((ms % size) / smaller);
    const whole = plural(Math.floor(ms / size), unit);
    return rest > 0 ? `${whole} ${plural(rest, smallerUnit)}` : whole;
  }
  return plural(Math.floor(ms / second), 's');
}

/** `26 min ago`, `in 4 h`, `now`: one unit, seen from `now` (milliseconds). */
export function relative(at: string, now: number): string {
  const distance = Date.parse(at) - now;
  const size = Math.abs(distance);
  if (size < 2 * second) return 'now';
  const words =
    size < minute
      ? plural(Math.round(size / second), 's')
      : size < 90 * minute
        ? plural(Math.round(size / minute), 'min')
        : size < 36 * hour
          ? plural(Math.round(size / hour), 'h')
          : plural(Math.round(size / day), 'days');
  return distance < 0 ? `${words} ago` : `in ${words}`;
}

/** What clock times are in, as headers say it: `UTC`, `local`. */
export const clockZone = (): 'UTC' | 'local' => (choice('clock') === 'local' ? 'local' : 'UTC');

/** A moment as ISO text of the chosen zone. A day has no zone and stays as it is. */
function inZone(at: string | number): string {
  const date = new Date(at);
  const isDay = typeof at === 'string' && at.length === 10;
  const shiftMs = isDay || clockZone() === 'UTC' ? 0 : date.getTimezoneOffset() * minute;
  return new Date(date.getTime() - shiftMs).toISOString();
}

/** `14:02:11`. */
export const clock = (at: string | number): string => inZone(at).slice(11, 19);

/** `14:02`. */
export const hourMinute = (at: string | number): string => inZone(at).slice(11, 16);

/** `2026-11-24 14:02:11.114 UTC`: for tooltips and copying. */
export const exact = (at: string): string =>
  `${new Date(at).toISOString().replace('T', ' ').slice(0, -1)} UTC`;

const shortMonths = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `24 Nov`, of a day or a time. */
export function shortDay(at: string): string {
  const date = new Date(inZone(at));
  return `${date.getUTCDate()} ${shortMonths[date.getUTCMonth()] ?? ''}`;
}

/** `14:02:11` of today, `24 Nov 14:02` of another day. */
export function when(at: string, now: number): string {
  const isToday = inZone(at).slice(0, 10) === inZone(now).slice(0, 10);
  return isToday ? clock(at) : `${shortDay(at)} ${hourMinute(at)}`;
}

/** The UTC day of a moment, `YYYY-MM-DD`. */
export const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

/** The day `count` days after `from`; both `YYYY-MM-DD`. */
export const addDays = (from: string, count: number): string =>
  dayOf(Date.parse(`${from}T00:00:00Z`) + count * day);

/** Every day from `from` to `to`, both included. */
export function daysBetween(from: string, to: string): readonly string[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / day);
  return Array.from({ length: Math.max(0, count + 1) }, (_, index) => addDays(from, index));
}

/** `3 Nov – 24 Nov`; one day alone stands for itself. */
export const range = (from: string, to: string): string =>
  from === to ? shortDay(from) : `${shortDay(from)} – ${shortDay(to)}`;

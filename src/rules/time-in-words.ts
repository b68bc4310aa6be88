const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A length of time in at most two units: `0.4 s`, `38 s`, `4 min 40 s`, `6 h`, `2 d 3 h`. */
export function spanInWords(ms: number): string {
  if (ms < 9_950) return `${(Math.max(ms, 0) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000) * 1000;
  if (seconds < minuteMs) return `${seconds / 1000} s`;
  if (seconds < hourMs) return twoUnits(seconds, [minuteMs, 'min'], [1000, 's']);
  if (seconds < dayMs) return twoUnits(seconds, [hourMs, 'h'], [minuteMs, 'min']);
  return twoUnits(seconds, [dayMs, 'd'], [hourMs, 'h']);
}

type Unit = readonly [ms: number, name: string];

function twoUnits(ms: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const whole = Math.floor(ms / large);
  const rest = Math.floor((ms % large) / small);
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`;
}

/** The clock time of an instant, with its day when that isn't `now`'s: `14:41:02 UTC`. */
export function clockTime(at: string, now: string): string {
  const time = `${at.slice(11, 19)} UTC`;
  return at.slice(0, 10) === now.slice(0, 10) ? time : `${time} on ${at.slice(0, 10)}`;
}

/** A count and its noun: `1 run`, `1,204 runs`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? noun : plural}`;

/** The text with a full stop, unless it ends like a sentence already. */
export const asSentence = (text: string): string => (/[.!?…]”?$/.test(text) ? text : `${text}.`);

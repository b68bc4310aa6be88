/** Numbers as people read them: thousands separated, rates as percent, changes in words. */
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

/** `31,180`. */
export const count = (value: number): string => whole.format(value);

/** `3 runs`, `1 run`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** `1.4 MB`: bytes, with one decimal from a kilobyte on. */
export function bytes(value: number): string {
  if (value < 1024) return `${count(value)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length, Math.floor(Math.log2(value) / 10));
  return `${(value / 1024 ** step).toFixed(1)} ${units[step - 1] ?? ''}`;
}

/** The share of `part` in `all`; undefined where there is nothing to divide by. */
export const share = (part: number, all: number): number | undefined =>
  all > 0 ? part / all : undefined;

/** `56.5%` of a share from 0 to 1; a dash where there is none. */
export const percent = (value: number | undefined): string =>
  value === undefined ? '–' : `${(value * 100).toFixed(1)}%`;

/** How a figure moved: what to say, and whether it is for the better. */
export interface Change {
  readonly words: string;
  readonly tone: '' | 'completed' | 'failed';
}

const none: Change = { words: 'nothing before to compare', tone: '' };

/** `+14%` against the period before. More is better, unless it is only more. */
export function changeOfCount(value: number, before: number, isGood = true): Change {
  if (before === 0) return none;
  const change = Math.round((value / before - 1) * 100);
  if (change === 0) return { words: 'as before', tone: '' };
  const words = change > 0 ? `+${count(change)}%` : `−${count(-change)}%`;
  return { words, tone: isGood ? (change > 0 ? 'completed' : '') : '' };
}

/** `+0.4 pt, worse`: the difference of two shares, in points, and what it means. */
export function changeOfShare(
  value: number | undefined,
  before: number | undefined,
  isHigherBetter: boolean,
): Change {
  if (value === undefined || before === undefined) return none;
  const points = Math.round((value - before) * 1000) / 10;
  if (points === 0) return { words: 'as before', tone: '' };
  const isBetter = points > 0 === isHigherBetter;
  const sign = points > 0 ? '+' : '−';
  return {
    words: `${sign}${Math.abs(points).toFixed(1)} pt, ${isBetter ? 'better' : 'worse'}`,
    tone: isBetter ? 'completed' : 'failed',
  };
}

/** `Max bounce rate` of `maxBounceRate`, `Emails sent count` of `emails_sent_count`. */
export function words(name: string): string {
  const spaced = name
    .replaceAll('_', ' ')
    .replaceAll('-', ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

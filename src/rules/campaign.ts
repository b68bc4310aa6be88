import type { SenderState, Weekday } from '../contracts/instantly-campaigns.ts';

/** Which day a week begins with where days are numbered from 0. */
export type WeekStart = 'sunday' | 'monday';

const fromMonday = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const fromSunday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const daysFrom = (starts: WeekStart): readonly Weekday[] =>
  starts === 'sunday' ? fromSunday : fromMonday;

/** The seven days by number, and whether each is one of those wanted. */
export const numbered = (
  days: readonly Weekday[],
  starts: WeekStart,
): Readonly<Record<string, boolean>> =>
  Object.fromEntries(daysFrom(starts).map((day, number) => [number, days.includes(day)]));

/** The days behind numbers, in the order of a week from Monday. */
export function named(
  numbers: Readonly<Record<string, boolean | undefined>>,
  starts: WeekStart,
): readonly Weekday[] {
  const days = daysFrom(starts).filter((_, number) => numbers[number] === true);
  return fromMonday.filter((day) => days.includes(day));
}

/** Which numbers stand for which days, and which days those would be if the week began otherwise. */
export function mappingInWords(
  numbers: Readonly<Record<string, boolean | undefined>>,
  starts: WeekStart,
): string {
  const set = Object.keys(numbers).filter((number) => numbers[number] === true);
  const other = starts === 'sunday' ? 'monday' : 'sunday';
  return `${listed(named(numbers, starts))} are the numbers ${set.join(', ')} if Instantly counts from ${inName(starts)} as 0 (INSTANTLY_WEEK_STARTS=${starts}); it does not say. From ${inName(other)} they would be ${listed(named(numbers, other))}`;
}

const listed = (days: readonly Weekday[]): string => days.join(', ') || 'no days';
const inName = (starts: WeekStart): string => (starts === 'sunday' ? 'Sunday' : 'Monday');

/** When a campaign sends, as far as it says. */
export interface SendingHours {
  readonly timing: { readonly from: string; readonly to: string };
  readonly days: Readonly<Record<string, boolean | undefined>>;
  readonly timezone: string;
}

/** `Mon, Tue 09:00–17:00 America/Chicago`, for each of its windows. */
export const scheduleInWords = (hours: readonly SendingHours[], starts: WeekStart): string =>
  hours
    .map(
      ({ timing, days, timezone }) =>
        `${listed(named(days, starts))} ${timing.from}–${timing.to} ${timezone}`,
    )
    .join('; ') || 'no sending hours';

const statuses: Readonly<Record<number, string>> = {
  0: 'draft: it sends nothing until it is activated',
  1: 'active',
  2: 'paused',
  3: 'completed',
  4: 'running subsequences',
  [-1]: 'stopped: its accounts are unhealthy',
  [-2]: 'stopped by the protection against bounces',
  [-99]: 'stopped: the account is suspended',
};
const reasons: Readonly<Record<number, string>> = {
  1: 'it is outside its sending hours',
  2: 'it waits for a lead',
  3: 'its limit for the day is reached',
  4: 'all of its accounts have reached their limit for the day',
  99: 'an error at Instantly: ask their support',
};

/** What the vendor's number of a campaign's state means. */
export const statusInWords = (status: number): string =>
  statuses[status] ?? `the unknown status ${status}`;

/** Why a campaign sends nothing, by the vendor's number; null when there is no reason. */
export const notSendingInWords = (reason: number | null | undefined): string | null =>
  reason == null || reason === 0 ? null : (reasons[reason] ?? `the unknown reason ${reason}`);

const senderStates: Readonly<Record<number, SenderState>> = {
  1: 'active',
  2: 'paused',
  3: 'maintenance',
  [-1]: 'connection-error',
  [-2]: 'bounce-error',
};
/** What the vendor's number of a mailbox's state means; one that is not known may not send. */
export const senderStateOf = (status: number): SenderState =>
  senderStates[status] ?? 'sending-error';

/** Whether mail may leave for its leads: 1 active, 4 running subsequences. */
export const isSending = (status: number): boolean => status === 1 || status === 4;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNothing = (value: unknown): boolean => value == null || value === false;

/** Whether something holds all that is wanted; what it has beside that is not ours to judge. */
function holds(there: unknown, wanted: unknown): boolean {
  if (isNothing(wanted)) return isNothing(there);
  if (Array.isArray(wanted))
    return (
      Array.isArray(there) &&
      there.length === wanted.length &&
      wanted.every((each, at) => holds(there[at], each))
    );
  if (isObject(wanted))
    return (
      isObject(there) && Object.entries(wanted).every(([key, value]) => holds(there[key], value))
    );
  return there === wanted;
}

/** The settings of a campaign that differ from what is wanted, and what that means, one line each. */
export function changesTo(
  there: Json,
  wanted: Json,
): { readonly settings: Json; readonly lines: readonly string[] } {
  const settings = Object.entries(wanted).filter(
    ([name, value]) => !holds(inOrder(name, there[name]), inOrder(name, value)),
  );
  return {
    settings: Object.fromEntries(settings),
    lines: settings.map(([name, value]) => `${name}: ${changeOf(there[name], value)}`),
  };
}

/** The order of senders means nothing. */
const inOrder = (name: string, value: unknown): unknown =>
  name === 'email_list' && Array.isArray(value) ? value.map(String).sort() : value;

function changeOf(there: unknown, wanted: unknown): string {
  if (Array.isArray(wanted) && wanted.every((each) => typeof each === 'string')) {
    const before = Array.isArray(there) ? there.map(String) : [];
    const added = wanted.filter((each) => !before.includes(each)).length;
    const gone = before.filter((each) => !wanted.includes(each)).length;
    return `${added} more, ${gone} less, ${wanted.length} in all`;
  }
  if (typeof wanted === 'object') return 'other than asked, now as asked';
  return `${there === undefined ? 'not set' : JSON.stringify(there)} → ${JSON.stringify(wanted)}`;
}

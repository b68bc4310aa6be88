import { Temporal } from 'temporal-polyfill';
import { weekdays, type CreateCampaignInput } from '../../contracts/instantly-campaigns.ts';

const mostDaysAhead = 370;

/** The next times at which a campaign sends, also one that is under way; UTC. Fewer when it ends before. */
export function sendingWindows(
  {
    days,
    from,
    to,
    timeZone,
    startDate,
    endDate,
  }: Pick<CreateCampaignInput, 'days' | 'from' | 'to' | 'timeZone' | 'startDate' | 'endDate'>,
  now: string,
  most: number,
): { readonly from: string; readonly to: string }[] {
  const windows: { readonly from: string; readonly to: string }[] = [];
  const moment = Temporal.Instant.from(now);
  const today = moment.toZonedDateTimeISO(timeZone).toPlainDate();
  const first = startDate === undefined ? today : later(today, Temporal.PlainDate.from(startDate));
  for (let ahead = 0; ahead < mostDaysAhead && windows.length < most; ahead += 1) {
    const day = first.add({ days: ahead });
    if (endDate !== undefined && day.toString() > endDate) break;
    const weekday = weekdays[day.dayOfWeek - 1];
    if (weekday === undefined || !days.includes(weekday)) continue;
    const at = (time: string): Temporal.Instant =>
      day.toZonedDateTime({ timeZone, plainTime: time }).toInstant();
    if (Temporal.Instant.compare(at(to), moment) > 0)
      windows.push({ from: at(from).toString(), to: at(to).toString() });
  }
  return windows;
}

const later = (a: Temporal.PlainDate, b: Temporal.PlainDate): Temporal.PlainDate =>
  Temporal.PlainDate.compare(a, b) > 0 ? a : b;

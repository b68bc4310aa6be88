import { z } from 'zod';
import { activityOn, figures, type Activity } from './activity.ts';
import { dayNumber, dayText, type DayRange } from './query.ts';
import { beginning, type Campaign, type Mailbox, type Workspace } from './workspace.ts';

const nothing = z
  .record(z.enum(figures), z.number())
  .parse(Object.fromEntries(figures.map((figure) => [figure, 0])));
type Json = Readonly<Record<string, unknown>>;

/**
 * One row for each mailbox and day with mail, as daily analytics send them: day by day, mailboxes
 * in order of creation.
 */
export function accountRows(
  { options }: Workspace,
  mailboxes: readonly Mailbox[],
  range: DayRange,
  today: number,
): readonly Json[] {
  const rows: Json[] = [];
  for (const day of daysOf(range, today)) {
    for (const mailbox of mailboxes) {
      const activity = activityOn(day, mailbox, day === today);
      if (!activity) continue;
      rows.push({
        date: dayText(day),
        email_account: mailbox.email,
        ...counts(options, { ...dailyFigures(activity), bounced: activity.bounced }),
      });
    }
  }
  return rows;
}

/** One row for each day on which the campaigns sent anything. */
export function campaignDayRows(
  { options }: Workspace,
  campaigns: readonly Campaign[],
  range: DayRange,
  today: number,
): readonly Json[] {
  return [...daysOf(range, today)].flatMap((day) => {
    const total = totalOf(campaigns, { first: day, last: day }, today);
    if (total.sent === 0) return [];
    const daily = {
      ...dailyFigures(total),
      opportunities: total.opportunities,
      unique_opportunities: total.opportunities,
    };
    return [{ date: dayText(day), ...counts(options, daily) }];
  });
}

/** The 24 figures of the overview, for these campaigns together. */
export function overview(
  { options }: Workspace,
  campaigns: readonly Campaign[],
  range: DayRange,
  asked: { readonly today: number; readonly expandCrmEvents: boolean },
): Json {
  const total = totalOf(campaigns, range, asked.today);
  return counts(options, {
    ...campaignFigures(total, options.stepsAsLists),
    total_interested: total.interested + (asked.expandCrmEvents ? total.interestedAgain : 0),
    total_meeting_booked: total.meetingsBooked,
    total_meeting_completed: total.meetingsCompleted,
    total_closed: total.closed,
  });
}

/** The figures of one campaign, with what it is. */
export function campaignFigureRow(
  { options }: Workspace,
  campaign: Campaign,
  range: DayRange,
  asked: { readonly today: number; readonly withLeads: boolean },
): Json {
  const total = totalOf([campaign], range, asked.today);
  return {
    campaign_name: campaign.name,
    campaign_id: campaign.id,
    campaign_status: campaign.status,
    campaign_is_evergreen: false,
    ...counts(options, {
      ...(asked.withLeads ? { leads_count: campaign.leads } : {}),
      ...campaignFigures(total, options.stepsAsLists),
    }),
  };
}

function totalOf(campaigns: readonly Campaign[], range: DayRange, today: number): Activity {
  const total = { ...nothing };
  for (const day of daysOf(range, today)) {
    for (const { mailboxes } of campaigns) {
      for (const mailbox of mailboxes) {
        const activity = activityOn(day, mailbox, day === today);
        if (activity) for (const figure of figures) total[figure] += activity[figure];
      }
    }
  }
  return total;
}

/** The days of a range that have begun, from the beginning of all records. */
function* daysOf({ first, last }: DayRange, today: number): Generator<number> {
  const end = Math.min(last, today);
  for (let day = Math.max(first, dayNumber(beginning)); day <= end; day += 1) yield day;
}

const dailyFigures = (activity: Activity) => ({
  sent: activity.sent,
  contacted: activity.contacted,
  new_leads_contacted: activity.newLeads,
  opened: activity.opened,
  unique_opened: activity.uniqueOpened,
  replies: activity.replies,
  unique_replies: activity.uniqueReplies,
  replies_automatic: activity.automaticReplies,
  unique_replies_automatic: activity.uniqueAutomaticReplies,
  clicks: activity.clicks,
  unique_clicks: activity.uniqueClicks,
});

function campaignFigures(total: Activity, stepsAsLists: boolean) {
  const steps = (count: number): number | readonly number[] => {
    if (!stepsAsLists) return count;
    const first = Math.ceil(count * 0.6);
    return [first, count - first];
  };
  return {
    open_count: total.opened,
    open_count_unique: total.uniqueOpened,
    open_count_unique_by_step: steps(total.openedByStep),
    link_click_count: total.clicks,
    link_click_count_unique: total.uniqueClicks,
    link_click_count_unique_by_step: steps(total.clicksByStep),
    reply_count: total.replies,
    reply_count_unique: total.uniqueReplies,
    reply_count_unique_by_step: steps(total.repliesByStep),
    reply_count_automatic: total.automaticReplies,
    reply_count_automatic_unique: total.uniqueAutomaticReplies,
    reply_count_automatic_unique_by_step: steps(total.automaticRepliesByStep),
    bounced_count: total.bounced,
    unsubscribed_count: total.unsubscribed,
    completed_count: total.completed,
    emails_sent_count: total.sent,
    contacted_count: total.contacted,
    new_leads_contacted_count: total.newLeads,
    total_opportunities: total.opportunities,
    total_opportunity_value: total.opportunityCents / 100,
  };
}

/** Numbers as the workspace sends them: as such, or as text. */
function counts(
  { countsAsText }: { readonly countsAsText: boolean },
  row: Readonly<Record<string, number | readonly number[]>>,
): Json {
  if (!countsAsText) return row;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' ? String(value) : value.map(String),
    ]),
  );
}

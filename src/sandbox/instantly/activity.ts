/** Figures of one mailbox on one day. All add up over mailboxes and days. */
export const figures = [
  'sent',
  'bounced',
  'contacted',
  'newLeads',
  'opened',
  'uniqueOpened',
  'openedByStep',
  'clicks',
  'uniqueClicks',
  'clicksByStep',
  'replies',
  'uniqueReplies',
  'repliesByStep',
  'automaticReplies',
  'uniqueAutomaticReplies',
  'automaticRepliesByStep',
  'unsubscribed',
  'completed',
  'interested',
  /** Contacts who became interested a second time. */
  'interestedAgain',
  'opportunities',
  'opportunityCents',
  'meetingsBooked',
  'meetingsCompleted',
  'closed',
] as const;
export type Activity = Readonly<Record<(typeof figures)[number], number>>;

/** How a mailbox sends, as far as its figures depend on it. */
export interface Sender {
  readonly seed: number;
  readonly dailyLimit: number;
  readonly bounceRate: number;
  /** Most of its days it does not send at all. */
  readonly isQuiet: boolean;
}

/** A bounce rate from which a mailbox stands out on any working day. */
export const badBounceRate = 0.22;

/** Share of a day's mail that is out when somebody asks for today. */
const shareOfToday = 0.4;
/** Sunday to Saturday; the mean of a working day is 1. */
const weekdays = [0.06, 0.9, 1.05, 1.1, 1.05, 0.9, 0.12];

/**
 * What a mailbox did on a day, computed from its seed: the same whenever it is asked, and nothing
 * is stored. `undefined` on a day without mail.
 *
 * @param day days since 1970-01-01, UTC.
 * @param isToday the day is not over yet, so that a part of it is still to come.
 */
export function activityOn(day: number, sender: Sender, isToday: boolean): Activity | undefined {
  const roll = diceOf(sender.seed ^ Math.imul(day, 0x9e3779b1));
  if (sender.isQuiet && roll() < 0.6) return undefined;

  const season = 1 + 0.18 * Math.sin(day / 45) + 0.1 * Math.sin(day / 9 + (sender.seed % 7));
  const weekday = weekdays[(day + 4) % 7] ?? 1; // day 0 was a Thursday
  const volume = sender.dailyLimit * 0.7 * season * weekday * (0.85 + 0.3 * roll());
  const sent = Math.max(1, Math.round(volume * (isToday ? shareOfToday : 1)));
  /** A share of a count: whole, never above it, and right on average. */
  const share = (of: number, rate: number): number => Math.min(of, Math.floor(of * rate + roll()));

  const bounced =
    sender.bounceRate >= badBounceRate
      ? Math.ceil(sent * sender.bounceRate)
      : sent < 8
        ? 0
        : share(sent, sender.bounceRate);
  const delivered = sent - bounced;
  const contacted = share(sent, 0.96);
  const uniqueOpened = share(delivered, 0.35 + 0.2 * roll());
  const uniqueClicks = share(uniqueOpened, 0.08);
  const uniqueReplies = share(delivered, 0.045);
  const uniqueAutomaticReplies = share(delivered, 0.02);
  const interested = share(uniqueReplies, 0.35);
  const opportunities = share(interested, 0.7);
  const meetingsBooked = share(interested, 0.5);
  const meetingsCompleted = share(meetingsBooked, 0.75);
  const repeated = (unique: number, rate: number) => unique + share(unique, rate);
  const opened = repeated(uniqueOpened, 0.45);
  const clicks = repeated(uniqueClicks, 0.3);
  const replies = repeated(uniqueReplies, 0.25);
  const automaticReplies = repeated(uniqueAutomaticReplies, 0.2);
  /** Unique within a step, so between unique altogether and all. */
  const byStep = (unique: number, all: number) => unique + share(all - unique, 0.5);
  return {
    sent,
    bounced,
    contacted,
    newLeads: share(contacted, 0.4),
    opened,
    uniqueOpened,
    openedByStep: byStep(uniqueOpened, opened),
    clicks,
    uniqueClicks,
    clicksByStep: byStep(uniqueClicks, clicks),
    replies,
    uniqueReplies,
    repliesByStep: byStep(uniqueReplies, replies),
    automaticReplies,
    uniqueAutomaticReplies,
    automaticRepliesByStep: byStep(uniqueAutomaticReplies, automaticReplies),
    unsubscribed: share(delivered, 0.006),
    completed: share(contacted, 0.3),
    interested,
    interestedAgain: share(interested, 0.2),
    opportunities,
    opportunityCents: opportunities * Math.round(60_000 + 190_000 * roll()),
    meetingsBooked,
    meetingsCompleted,
    closed: share(meetingsCompleted, 0.4),
  };
}

/** Mulberry32: a small generator, good enough to look natural. Numbers from 0 to below 1. */
function diceOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

import { createHash } from 'node:crypto';
import type { ScheduleOptions } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { Temporal } from 'temporal-polyfill';
import { Day, type Agent, type Capability, type DailySchedule } from '../contracts/capability.ts';
import { BadRequest } from '../contracts/check.ts';
import { FailureType } from '../contracts/failures.ts';
import type { TaskMemo, StarterRequest } from '../contracts/runs.ts';
import { runMemoKey, systemQueue } from '../rules/names.ts';
import { accountsOf } from './accounts.ts';
import type { Account, Config } from './config.ts';
import { searchAttributes } from './search-attributes.ts';

/** Memo key of a firing under which the schedule's declaration is kept, as a hash of it. */
export const declarationKey = 'declaration';

/** The most days one backfill takes: the server queues up to 1,000 firings of a schedule. */
const longestBackfill = 1_000;
/** Clock changes are looked up from here on; no day before it can be backfilled. */
const firstYear = 2015;
const yearsAhead = 5;

/** A capability that runs by itself for one login. */
export interface DeclaredSchedule {
  readonly id: string;
  readonly agent: Agent;
  readonly capability: Capability;
  readonly plan: DailySchedule;
  readonly account: Account;
}

/** One schedule for each capability that runs by itself and each login, the tour's aside. */
export function schedulesOf(
  agent: Agent,
  config: Pick<Config, 'accounts'>,
): readonly DeclaredSchedule[] {
  return agent.capabilities.flatMap((capability) => {
    const plan = capability.schedule;
    if (!plan) return [];
    return accountsOf(config, agent.vendor)
      .filter((account) => account.name !== 'tour')
      .map((account) => ({
        id: `${capability.id}/${account.name}`,
        agent,
        capability,
        plan,
        account,
      }));
  });
}

/**
 * The schedule as Temporal keeps it. Firings wait for each other and none is skipped: each stands
 * for a day of its own, so a day that takes long or was missed must not swallow the next one.
 */
export function optionsOf(
  { id, agent, capability, plan, account }: DeclaredSchedule,
  timeZone: string,
) {
  const request: StarterRequest = {
    schedule: id,
    capability: capability.id,
    account: account.name,
    timeZone,
  };
  const memo: TaskMemo = {
    title: `${capability.title} · daily at ${plan.at}`,
    capability: capability.id,
    account: account.name,
    agent: agent.id,
    requestedBy: { kind: 'schedule', name: id },
  };
  const spec = { calendars: calendarsOf(plan.at, timeZone), timezone: timeZone };
  const policies = {
    overlap: 'BUFFER_ALL',
    catchupWindow: '7 days',
    pauseOnFailure: false,
  } as const;
  const declaration = createHash('sha256')
    .update(JSON.stringify({ spec, policies, request, memo }))
    .digest('hex')
    .slice(0, 16);
  return {
    scheduleId: id,
    spec,
    policies,
    memo: { [runMemoKey]: memo },
    action: {
      type: 'startWorkflow',
      workflowType: 'starter',
      workflowId: `schedule/${id}`,
      taskQueue: systemQueue,
      args: [request],
      memo: { [runMemoKey]: memo, [declarationKey]: declaration },
      staticSummary: memo.title,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: searchAttributes.agent, value: memo.agent },
        { key: searchAttributes.capability, value: memo.capability },
        { key: searchAttributes.account, value: memo.account },
      ]),
    },
  } satisfies ScheduleOptions;
}

/**
 * Every day at this time. Temporal skips a time that a clock change leaves out (02:00 on the day
 * summer time begins), and a day with it: those days get a time of their own, after the change.
 */
function calendarsOf(at: string, timeZone: string) {
  const { hour, minute } = Temporal.PlainTime.from(at);
  const now = Temporal.Now.zonedDateTimeISO(timeZone);
  const end = now.add({ years: yearsAhead }).with({ month: 12, day: 31 });
  const moved: { year: number; month: Month; dayOfMonth: number; hour: number; minute: number }[] =
    [];
  let change = now.with({ year: firstYear, month: 1, day: 1 }).getTimeZoneTransition('next');
  for (; change && change.year <= end.year; change = change.getTimeZoneTransition('next')) {
    const fires = change.toPlainDate().toZonedDateTime({ timeZone, plainTime: at });
    if (fires.hour === hour && fires.minute === minute) continue;
    moved.push({
      year: fires.year,
      month: months[fires.month - 1] ?? 'JANUARY',
      dayOfMonth: fires.day,
      hour: fires.hour,
      minute: fires.minute,
    });
  }
  return [{ hour, minute }, ...moved];
}

const months = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
type Month = (typeof months)[number];

/**
 * The whole days on which the firings for these days of work lie: each fires on the day after.
 *
 * @throws {BadRequest} for days that are not over, and for too many of them.
 */
export function firingsOf(
  days: { readonly from: string; readonly to: string },
  timeZone: string,
): { readonly start: Date; readonly end: Date; readonly days: number } {
  const from = dayOf('from', days.from);
  const to = dayOf('to', days.to);
  const yesterday = Temporal.Now.plainDateISO(timeZone).subtract({ days: 1 });
  const count = from.until(to).days + 1;
  if (count < 1) throw wrongDay('from', `expected a day not after ${days.to}`);
  if (from.year < firstYear) throw wrongDay('from', `expected a day from ${firstYear} on`);
  if (Temporal.PlainDate.compare(to, yesterday) > 0) {
    throw wrongDay('to', `expected a day that is over, at most ${yesterday.toString()}`);
  }
  if (count > longestBackfill) {
    throw wrongDay('to', `expected at most ${longestBackfill} days at once, these are ${count}`);
  }
  const startOf = (day: Temporal.PlainDate): number =>
    day.toZonedDateTime(timeZone).epochMilliseconds;
  return {
    start: new Date(startOf(from.add({ days: 1 }))),
    end: new Date(startOf(to.add({ days: 2 })) - 1_000), // both ends belong to the range
    days: count,
  };
}

function dayOf(field: string, text: string): Temporal.PlainDate {
  const day = Day.safeParse(text);
  if (!day.success) throw wrongDay(field, 'expected a day as YYYY-MM-DD');
  return Temporal.PlainDate.from(day.data);
}

const wrongDay = (field: string, message: string): BadRequest =>
  new BadRequest(FailureType.InvalidInput, `${field}: ${message}`, [
    { path: `/${field}`, message },
  ]);

import type { DailyAnalyticsInput, DailyAnalyticsOutput } from '../../contracts/instantly.ts';
import { mostBounced } from '../../rules/bounces.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { InstantlyDeps } from './deps.ts';
import type { MailboxDay } from './answers.ts';
import { mostAddresses } from './client.ts';
import { inChunks } from './in-chunks.ts';

/**
 * Reads what each mailbox did on a day and upserts it, the whole day in one transaction: a repeat
 * changes nothing, and a day is never stored by half. An empty answer is a quiet day.
 */
export const dailyAnalytics =
  ({
    client,
    tables,
    account: find,
  }: InstantlyDeps): CapabilityActivity<DailyAnalyticsInput, DailyAnalyticsOutput> =>
  async ({ account: name, input, method, tunables }) => {
    const account = find(name);
    const day = { startDate: input.date, endDate: input.date };
    const pulled: { readonly answers: MailboxDay[]; readonly chunkSize?: number } =
      method === 'whole-workspace' && (input.emails?.length ?? 0) <= mostAddresses
        ? { answers: await client.mailboxDays(account, day, input.emails) }
        : await inChunks(
            input.emails ?? (await client.mailboxes(account)),
            tunables.chunkSize ?? mostAddresses,
            (emails) => client.mailboxDays(account, day, emails),
          );

    const days = merged(pulled.answers);
    const changed = await tables.upsertMailboxDays(account, days);
    const today = days.filter((row) => row.date === input.date);
    return {
      date: input.date,
      accounts: today.length,
      changed,
      sent: today.reduce((sum, row) => sum + row.sent, 0),
      bounced: today.reduce((sum, row) => sum + row.bounced, 0),
      flagged: mostBounced(
        today.map((row) => ({ ...row, emailAccount: row.email_account })),
        input.maxBounceRate,
      ),
      ...(pulled.chunkSize === undefined ? {} : { chunkSize: pulled.chunkSize }),
    };
  };

/** One row for each mailbox and day: a mailbox that moved between pages counts once. */
function merged(rows: readonly MailboxDay[]): MailboxDay[] {
  return [...new Map(rows.map((row) => [`${row.date} ${row.email_account}`, row])).values()];
}

import type { Account } from '../../platform/config.ts';
import type { EndpointCheck } from '../agent.ts';
import type { DayRange, InstantlyClient } from './client.ts';

/** An address that nobody has: what is asked for is the shape of the answer. */
const nobody = 'nobody@example.com';

/** Asks each endpoint that the capabilities read from, about yesterday and as little as it takes. */
export const instantlyEndpoints =
  (client: InstantlyClient, now: () => number = Date.now) =>
  (account: Account): readonly EndpointCheck[] => {
    const day = new Date(now() - 86_400_000).toISOString().slice(0, 10);
    const yesterday: DayRange = { startDate: day, endDate: day };
    return [
      {
        name: 'GET accounts/analytics/daily',
        async ask() {
          const mailbox = await client.firstMailbox(account);
          return client.mailboxDays(account, yesterday, mailbox === undefined ? [] : [mailbox]);
        },
      },
      {
        name: 'GET campaigns/analytics/overview',
        ask: () => client.overview(account, yesterday),
      },
      { name: 'GET campaigns/analytics', ask: () => client.campaigns(account, yesterday) },
      {
        name: 'GET campaigns and POST leads/list',
        async ask() {
          const [campaign] = await client.campaignIds(account);
          if (campaign !== undefined) await client.lead(account, campaign, nobody);
        },
      },
    ];
  };

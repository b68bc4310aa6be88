import type { CampaignAnalyticsInput, CampaignAnalyticsOutput } from '../../contracts/instantly.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { InstantlyDeps } from './deps.ts';
import type { Campaign } from './answers.ts';
import { inChunks } from './in-chunks.ts';

/** Reads every figure of each campaign in a range of days and upserts them in one transaction. */
export const campaignAnalytics =
  ({
    client,
    tables,
    account: find,
  }: InstantlyDeps): CapabilityActivity<CampaignAnalyticsInput, CampaignAnalyticsOutput> =>
  async ({ account: name, input, method, tunables }) => {
    const account = find(name);
    const { answers, chunkSize }: { answers: readonly Campaign[]; chunkSize?: number } =
      method === 'whole-workspace'
        ? { answers: await client.campaigns(account, input) }
        : await inChunks(await client.campaignIds(account), tunables.chunkSize ?? 50, (ids) =>
            client.campaigns(account, input, ids),
          );

    const campaigns = [...new Map(answers.map((each) => [each.facts.campaign_id, each])).values()];
    const changed = await tables.upsertCampaigns(account, input, campaigns);
    return {
      startDate: input.startDate,
      endDate: input.endDate,
      campaigns: campaigns.length,
      changed,
      sent: campaigns.reduce((sum, each) => sum + each.metrics.emails_sent_count, 0),
      ...(chunkSize === undefined ? {} : { chunkSize }),
    };
  };

import type { CampaignOverviewInput, CampaignOverviewOutput } from '../../contracts/instantly.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { InstantlyDeps } from './deps.ts';

/** Reads the 24 metrics of a range of days and upserts them under exactly the range that was asked. */
export const campaignOverview =
  ({
    client,
    tables,
    account: find,
  }: InstantlyDeps): CapabilityActivity<CampaignOverviewInput, CampaignOverviewOutput> =>
  async ({ account: name, input }) => {
    const account = find(name);
    const metrics = await client.overview(account, input, input.campaignId);
    const { startDate, endDate } = input;
    const campaignId = input.campaignId ?? null;
    const changed = await tables.upsertOverview(
      account,
      { startDate, endDate, campaignId },
      metrics,
    );
    return { startDate, endDate, campaignId, changed, metrics };
  };

import type { CampaignInput, CampaignOutput } from '../../contracts/instantly-writes.ts';
import type { CapabilityActivity } from '../activities.ts';
import type { InstantlyDeps } from './deps.ts';

/** Stops the sending of a campaign; a repeat leaves it as it is. */
export const pauseCampaign =
  ({ client, account: find }: InstantlyDeps): CapabilityActivity<CampaignInput, CampaignOutput> =>
  async ({ account, input: { campaignId } }) => {
    const { status } = await client.pauseCampaign(find(account), campaignId);
    return { campaignId, status };
  };

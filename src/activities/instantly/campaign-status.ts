import type {
  CampaignStatusInput,
  CampaignStatusOutput,
} from '../../contracts/instantly-campaigns.ts';
import {
  mappingInWords,
  notSendingInWords,
  scheduleInWords,
  statusInWords,
} from '../../rules/campaign.ts';
import type { CapabilityActivity } from '../activities.ts';
import { hoursOf } from './answers.ts';
import type { InstantlyDeps } from './deps.ts';
import { findCampaign } from './find-campaign.ts';

/** How a campaign stands: in words, in figures since its beginning, and in the vendor's own diagnosis. */
export const campaignStatus =
  ({
    client,
    account: find,
    weekStarts,
  }: InstantlyDeps): CapabilityActivity<CampaignStatusInput, CampaignStatusOutput> =>
  async ({ account: name, input }) => {
    const account = find(name);
    const campaign = await findCampaign(client, account, input.campaign);
    const [[figures], sending] = await Promise.all([
      client.campaigns(account, undefined, [campaign.id]),
      client.sendingStatus(account, campaign.id),
    ]);
    const hours = hoursOf(campaign);
    return {
      campaignId: campaign.id,
      name: campaign.name,
      status: statusInWords(campaign.status),
      notSending: notSendingInWords(campaign.not_sending_status),
      schedule: scheduleInWords(hours, weekStarts),
      dayMapping: hours[0] ? mappingInWords(hours[0].days, weekStarts) : 'it has no sending hours',
      senders: campaign.email_list.length,
      figures: {
        leads: figures?.facts.leads_count ?? 0,
        contacted: figures?.metrics.contacted_count ?? 0,
        completed: figures?.metrics.completed_count ?? 0,
        sent: figures?.metrics.emails_sent_count ?? 0,
        opened: figures?.metrics.open_count_unique ?? 0,
        replied: figures?.metrics.reply_count_unique ?? 0,
        bounced: figures?.metrics.bounced_count ?? 0,
        unsubscribed: figures?.metrics.unsubscribed_count ?? 0,
      },
      diagnostics: sending.diagnostics,
      summary: sending.summary,
    };
  };

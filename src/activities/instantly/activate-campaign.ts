import { activateCampaign as declared } from '../../contracts/instantly-writes.ts';
import { isSending, mappingInWords, scheduleInWords } from '../../rules/campaign.ts';
import { CampaignState, hoursOf } from './answers.ts';
import type { InstantlyDeps } from './deps.ts';

/** What the vendor's numbers mean: 0 draft, 2 paused. */
const waiting = [0, 2];
/** -1 bounced, -2 unsubscribed, -3 skipped, 3 completed: nothing more is sent to these. */
const leftAlone = [-1, -2, -3, 3];

/**
 * Starts the sending of a campaign. Each confirmed run is an intention of its own, because a campaign
 * may be paused and activated again. Everybody it would write to counts as a recipient.
 */
export const activateCampaign = ({ client, tables, once, weekStarts }: InstantlyDeps) =>
  once(declared, {
    async plan({ account: name, input: { campaignId } }, account, run) {
      const [campaign, leads, isStandIn] = await Promise.all([
        client.campaign(account, campaignId),
        client.leads(account, campaignId),
        tables.isStandInCampaign(campaignId),
      ]);
      const recipients = leads
        .filter(({ status }) => !leftAlone.includes(status))
        .flatMap(({ email }) => email ?? []);
      const hours = hoursOf(campaign);
      const mapping = hours[0] ? ` (${mappingInWords(hours[0].days, weekStarts)})` : '';
      const state = isSending(campaign.status) ? ', which is active already' : '';
      return {
        kind: 'write',
        summary: `Starts the campaign “${campaign.name}”${state}: it writes to its leads from then on, ${scheduleInWords(hours, weekStarts)}${mapping}`,
        key: `activate:${name}:${campaignId}:${run}`,
        recipients,
        request: { method: 'POST', path: `/api/v2/campaigns/${campaignId}/activate` },
        isStandIn,
      };
    },
    reply: CampaignState,
    result: (reply, { input }) => ({ ...input, status: reply?.status ?? null }),
    async lookUp({ input }, account) {
      const { status } = await client.campaign(account, input.campaignId);
      if (isSending(status)) return { kind: 'found', result: { ...input, status } };
      if (waiting.includes(status)) return { kind: 'absent' };
      return { kind: 'cannot-tell', reason: `the campaign has the status ${status}` };
    },
  });

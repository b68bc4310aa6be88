import { instantly } from '../../contracts/instantly.ts';
import type { Account } from '../../platform/config.ts';
import type { Ledger } from '../../platform/ledger.ts';
import type { Activities } from '../activities.ts';
import { accountFinder, checkedLogin, type AgentBundle } from '../agent.ts';
import { carryMany, type OnceManyDeps } from '../once-many.ts';
import { createOnce, createOnceMany } from '../once.ts';
import { activateCampaign } from './activate-campaign.ts';
import { addLead } from './add-lead.ts';
import { campaignAnalytics } from './campaign-analytics.ts';
import { campaignOverview } from './campaign-overview.ts';
import { campaignStatus } from './campaign-status.ts';
import { instantlyCall, type InstantlyClient } from './client.ts';
import { createCampaign } from './create-campaign.ts';
import { dailyAnalytics } from './daily-analytics.ts';
import { debugResponse } from './debug-response.ts';
import { deleteLead } from './delete-lead.ts';
import type { InstantlyDeps } from './deps.ts';
import { instantlyEndpoints } from './endpoints.ts';
import { pauseCampaign } from './pause-campaign.ts';
import { pushLeads } from './push-leads.ts';
import { previewCampaign } from './preview-campaign.ts';

interface BundleDeps
  extends
    Omit<InstantlyDeps, 'account' | 'once' | 'onceMany' | 'ledger'>,
    Omit<OnceManyDeps, 'account' | 'callOf' | 'ledger'> {
  readonly ledger: Ledger;
  /** The same client outside of activities, for the check of logins. */
  readonly probe: InstantlyClient;
  readonly accounts: readonly Account[];
}

/** Binds the declared capabilities to their activities. */
export function createInstantlyAgent({
  client,
  probe,
  tables,
  templates,
  weekStarts,
  leads,
  accounts,
  ...effects
}: BundleDeps): AgentBundle {
  const account = accountFinder('Instantly', accounts);
  const writing = { ...effects, account, callOf: instantlyCall };
  const deps: InstantlyDeps = {
    ...{ client, tables, templates, weekStarts, leads, account },
    once: createOnce(writing),
    onceMany: createOnceMany(writing, carryMany),
    ledger: effects.ledger,
  };
  return {
    agent: instantly,
    accounts,
    activities: {
      'instantly.daily-analytics': dailyAnalytics(deps),
      'instantly.campaign-overview': campaignOverview(deps),
      'instantly.campaign-analytics': campaignAnalytics(deps),
      'instantly.create-campaign': createCampaign(deps),
      'instantly.preview-campaign': previewCampaign(deps),
      'instantly.campaign-status': campaignStatus(deps),
      'instantly.debug-response': debugResponse(deps),
      'instantly.add-lead': addLead(deps),
      'instantly.push-leads': pushLeads(deps),
      'instantly.activate-campaign': activateCampaign(deps),
      'instantly.pause-campaign': pauseCampaign(deps),
      'instantly.delete-lead': deleteLead(deps),
    } satisfies Activities<typeof instantly>,
    checkLogin: (login) =>
      checkedLogin(async () => {
        await probe.firstMailbox(login);
        return 'The key works';
      }),
    endpoints: instantlyEndpoints(probe),
  };
}

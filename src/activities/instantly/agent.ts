import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../contracts/failures.ts';
import { instantly } from '../../contracts/instantly.ts';
import type { Account } from '../../platform/config.ts';
import type { Ledger } from '../../platform/ledger.ts';
import type { Activities } from '../activities.ts';
import type { AgentBundle, LoginCheck } from '../agent.ts';
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
  const account = (name: string): Account => {
    const found = accounts.find((each) => each.name === name);
    if (found) return found;
    throw ApplicationFailure.nonRetryable(
      `This worker's settings have no Instantly account “${name}”`,
      FailureType.CredentialRejected,
    );
  };
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
    async checkLogin(login): Promise<LoginCheck> {
      try {
        await probe.firstMailbox(login);
        return { state: 'working', message: 'The key works' };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const isRefused = error instanceof ApplicationFailure && error.nonRetryable === true;
        return { state: isRefused ? 'refused' : 'unknown', message };
      }
    },
    endpoints: instantlyEndpoints(probe),
  };
}

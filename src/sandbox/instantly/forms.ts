import { notSendingOf } from './campaigns.ts';
import type { Campaign, Mailbox, Workspace } from './workspace.ts';

const organizationOf = (workspace: Workspace) => ({ organization: workspace.id });

/** A mailbox as the vendor shows it. */
export const accountForm = (mailbox: Mailbox, workspace: Workspace) => ({
  email: mailbox.email,
  first_name: mailbox.firstName,
  last_name: mailbox.lastName,
  status: mailbox.status,
  warmup_status: 1,
  daily_limit: mailbox.dailyLimit,
  provider_code: mailbox.providerCode,
  setup_pending: false,
  is_managed_account: false,
  stat_warmup_score: 100,
  timestamp_created: mailbox.createdAt,
  timestamp_updated: mailbox.createdAt,
  ...organizationOf(workspace),
});

/** A campaign as the vendor shows it. */
export const campaignForm = (campaign: Campaign, workspace: Workspace) => ({
  id: campaign.id,
  name: campaign.name,
  status: campaign.status,
  is_evergreen: false,
  campaign_schedule: {
    start_date: null,
    end_date: null,
    schedules: [
      {
        name: 'Office hours',
        timing: { from: '09:00', to: '17:00' },
        days: { 0: false, 1: true, 2: true, 3: true, 4: true, 5: true, 6: false },
        timezone: 'Europe/Belgrade',
      },
    ],
  },
  email_list: campaign.mailboxes.map(({ email }) => email),
  daily_limit: campaign.mailboxes.reduce((sum, { dailyLimit }) => sum + dailyLimit, 0),
  ...campaign.settings,
  not_sending_status: notSendingOf(campaign),
  custom_variables: campaign.variables,
  timestamp_created: campaign.createdAt,
  timestamp_updated: campaign.updatedAt,
  ...organizationOf(workspace),
});

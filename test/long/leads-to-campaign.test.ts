import { testLeadsToCampaign } from '../support/leads-to-campaign.ts';

testLeadsToCampaign(import.meta.filename, 1_000);

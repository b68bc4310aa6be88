import { defineAgent } from './capability.ts';
import { findContacts } from './leads-contacts.ts';
import { scrapeLeads } from './leads-scrape.ts';
import { enrichLeads, exportLeads, forgetLeads, importLeads, processLeads } from './leads-work.ts';

/** Businesses and people that campaigns may write to: found at Apify, kept and made uniform here. */
export const leads = defineAgent({
  id: 'leads',
  title: 'Leads',
  description:
    'Businesses and people that campaigns may write to: found, cleaned, imported, forgotten',
  vendor: 'apify',
  limits: { perSecond: 27, perMinute: 1_620, atOnce: 10 }, // it allows 30 a second for each resource
  capabilities: [
    scrapeLeads,
    findContacts,
    processLeads,
    enrichLeads,
    importLeads,
    exportLeads,
    forgetLeads,
  ],
});

import type { CampaignTemplates } from '../../platform/campaign-templates.ts';
import type { Account } from '../../platform/config.ts';
import type { LeadStore } from '../../platform/leads.ts';
import type { Ledger } from '../../platform/ledger.ts';
import type { WeekStart } from '../../rules/campaign.ts';
import type { InstantlyClient } from './client.ts';
import type { Once, OnceMany } from '../once.ts';
import type { InstantlyTables } from './tables.ts';

/** What the agent's activities need from outside. */
export interface InstantlyDeps {
  readonly client: InstantlyClient;
  readonly tables: InstantlyTables;
  readonly templates: CampaignTemplates;
  /** Which day the vendor numbers 0; it does not say. */
  readonly weekStarts: WeekStart;
  /** Our table of leads. */
  readonly leads: Pick<LeadStore, 'each' | 'notePushes'>;
  /** What was done before. */
  readonly ledger: Pick<Ledger, 'show'>;
  /** Makes what sends, spends and destroys. */
  readonly once: Once;
  /** Makes what sends many at once. */
  readonly onceMany: OnceMany;
  /** The login of that name; a run that reached an activity has one. */
  readonly account: (name: string) => Account;
}

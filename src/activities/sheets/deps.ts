import type { Account } from '../../platform/config.ts';
import type { LeadStore } from '../../platform/leads.ts';
import type { Once } from '../once.ts';
import type { SheetsClient } from './client.ts';
import type { Tabs } from './tabs.ts';

/** What the agent's activities need from outside. */
export interface SheetsDeps {
  readonly client: SheetsClient;
  /** Opens tabs for work that nobody else disturbs. */
  readonly tabs: Tabs;
  readonly leads: Pick<LeadStore, 'each' | 'counts' | 'lists'>;
  /** Makes what must happen once. */
  readonly once: Once;
  /** The login of that name; a run that reached an activity has one. */
  readonly account: (name: string) => Account;
  /** The spreadsheet that is meant when an input names none. @throws `InvalidInput` without such a setting. */
  readonly spreadsheetOf: (account: Account, given: string | undefined) => string;
}

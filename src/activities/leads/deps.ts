import type { Account } from '../../platform/config.ts';
import type { LeadJobs } from '../../platform/lead-jobs.ts';
import type { LeadStore } from '../../platform/leads.ts';
import type { Ledger } from '../../platform/ledger.ts';
import type { StartOnce } from '../once.ts';
import type { ApifyClient } from './client.ts';

/** The actors that do the work, by id or `owner/name`. */
interface Actors {
  readonly googleMaps: string;
  readonly contacts: string;
}

/** What the agent's activities need from outside. */
export interface LeadsDeps {
  readonly client: ApifyClient;
  readonly actors: Actors;
  readonly leads: Pick<LeadStore, 'save' | 'each'>;
  readonly jobs: LeadJobs;
  readonly ledger: Pick<Ledger, 'show'>;
  /** Makes what starts a vendor's job. */
  readonly startOnce: StartOnce;
  /** The login of that name; a run that reached an activity has one. */
  readonly account: (name: string) => Account;
}

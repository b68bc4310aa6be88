import type { Account } from '../../platform/config.ts';
import type { InstantlyClient } from './client.ts';
import type { InstantlyTables } from './tables.ts';

/** What the agent's activities need from outside. */
export interface InstantlyDeps {
  readonly client: InstantlyClient;
  readonly tables: InstantlyTables;
  /** The login of that name; a run that reached an activity has one. */
  readonly account: (name: string) => Account;
}

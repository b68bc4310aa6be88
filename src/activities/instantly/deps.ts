import type { Account } from '../../platform/config.ts';
import type { InstantlyClient } from './client.ts';
import type { Once } from '../once.ts';
import type { InstantlyTables } from './tables.ts';

/** What the agent's activities need from outside. */
export interface InstantlyDeps {
  readonly client: InstantlyClient;
  readonly tables: InstantlyTables;
  /** Makes what sends, spends and destroys. */
  readonly once: Once;
  /** The login of that name; a run that reached an activity has one. */
  readonly account: (name: string) => Account;
}

import type { Account, Config } from './config.ts';

/** The logins at a vendor, as the settings name them; none for a vendor without settings. */
export const accountsOf = (config: Pick<Config, 'accounts'>, vendor: string): readonly Account[] =>
  config.accounts[vendor] ?? [];

import type { Account, Config } from './config.ts';

/** The logins at a vendor, as the settings name them; none for a vendor without settings. */
export const accountsOf = (
  config: Pick<Config, 'instantlyAccounts'>,
  vendor: string,
): readonly Account[] => (vendor === 'instantly' ? config.instantlyAccounts : []);
